package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.Repository;
import dev.varve.api.VarveException;
import dev.varve.cli.TransportFaultsTest.Link;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Tests of what happens between programs and a server that can be restarted: one server for all of a class, a store for each. */
abstract class FaultsTest {

    private static final AtomicInteger NAMES = new AtomicInteger();

    @TempDir
    static Path directory;

    static RestartableServer server;

    static FaultyProxy proxy;

    final ArrayDeque<AutoCloseable> open = new ArrayDeque<>();
    final String name = "acme/s" + NAMES.incrementAndGet();

    @BeforeAll
    static void serve() throws IOException {
        server = new RestartableServer(directory);
        proxy = new FaultyProxy(server.url());
    }

    @AfterAll
    static void stop() throws IOException {
        proxy.close();
        server.close();
    }

    @AfterEach
    void closeAll() throws Exception {
        proxy.mend();
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    Repository<Link> others() {
        return server.store(name).repository(Link.class);
    }

    static VarveException failure(Runnable call) {
        VarveException failure = catchThrowableOfType(VarveException.class, call::run);
        assertThat(failure).as("a failure").isNotNull();
        return failure;
    }
}
