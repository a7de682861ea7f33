package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamListener;
import dev.varve.api.Subscription;
import dev.varve.testkit.ForwardingStreamStorage;
import dev.varve.testkit.ModelStreamStorage;
import java.lang.management.ManagementFactory;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a server that does not start leaves behind. */
final class StartTest {

    private static final int STARTS = 10;

    /** A loop alone has two or three. */
    private static final int OTHERS = 2 * STARTS;

    private static final class Broken extends ForwardingStreamStorage {
        private final boolean early;

        Broken(boolean early) {
            super(new ModelStreamStorage());
            this.early = early;
        }

        @Override
        public Set<StreamCapability> capabilities() {
            if (early) {
                throw new IllegalStateException("broken");
            }
            return super.capabilities();
        }

        @Override
        public Subscription subscribeAll(StreamListener listener) {
            throw new IllegalStateException("broken");
        }
    }

    private static long openFiles() {
        assumeTrue(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean);
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
    }

    private static void assertNothingStaysOpen(VarveServer.Builder options, String why) {
        assertThatThrownBy(options::start).hasMessageContaining(why);
        long before = openFiles();
        for (int i = 0; i < STARTS; i++) {
            assertThatThrownBy(options::start).hasMessageContaining(why);
        }
        assertThat(openFiles()).isLessThan(before + OTHERS);
    }

    @Test
    void a_part_that_cannot_be_made_leaves_nothing_open() {
        assertNothingStaysOpen(VarveServer.builder().port(0).storage(new Broken(true)), "broken");
    }

    @Test
    void a_part_that_cannot_be_started_leaves_nothing_open() {
        assertNothingStaysOpen(VarveServer.builder().port(0).storage(new Broken(false)), "broken");
    }

    @Test
    void a_port_that_is_taken_leaves_nothing_open() {
        try (TestServer other = TestServer.start()) {
            assertNothingStaysOpen(
                    VarveServer.builder().port(other.server.port()).storage(new ModelStreamStorage()), "cannot listen");
        }
    }
}
