package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.VarveException;
import dev.varve.api.spi.Transport;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** Tests of stores that are reached by every transport: one server for all of a class, a store for each. */
abstract class ReachedTest {

    private static Reached.World world;

    private final ArrayDeque<AutoCloseable> open = new ArrayDeque<>();

    @BeforeAll
    static void serve() throws IOException {
        world = new Reached.World();
    }

    @AfterAll
    static void stop() throws IOException {
        world.close();
    }

    @AfterEach
    void closeAll() throws Exception {
        world.proxy().mend();
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    static Reached.World world() {
        return world;
    }

    static Stream<Transport.Kind> kinds() {
        return Reached.kinds();
    }

    static Stream<Transport.Kind> telling() {
        return Reached.kinds().filter(kind -> kind != Transport.Kind.HTTP);
    }

    /** Closes something after the test. */
    void opened(AutoCloseable one) {
        open.push(one);
    }

    /** A store that does not exist, of which nothing was sent. */
    Reached by(Transport.Kind kind) {
        Reached reached = world.by(kind);
        open.push(reached);
        reached.sent();
        return reached;
    }

    static VarveException failure(Runnable call) {
        VarveException failure = catchThrowableOfType(VarveException.class, call::run);
        assertThat(failure).as("a failure").isNotNull();
        return failure;
    }
}
