package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.Store;
import dev.varve.api.Subscription;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Changes of entries as programs see them over HTTP: what is embedded says what they must be. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class HttpEntryFollowTest {

    private static final String STORE = "acme/shop";
    private static final EntryPath A = EntryPath.of("a");
    private static final EntryPath B = EntryPath.of("b");

    @TempDir
    private Path directory;

    private final BlockingQueue<List<EntryEvent>> writes = new LinkedBlockingQueue<>();
    private final BlockingQueue<VarveException> ended = new LinkedBlockingQueue<>();
    private RestartableServer server;
    private Varve varve;
    private Store store;

    @BeforeEach
    void start() {
        server = new RestartableServer(directory);
        varve = Varve.connect(server.url());
        store = varve.store(STORE);
    }

    @AfterEach
    void stop() {
        varve.close();
        server.close();
    }

    private Subscription follow(long after) {
        return store.entries().followWrites(EntryPattern.ALL, after, writes::add, ended::add);
    }

    private static void write(Store to, int value) {
        to.entries().write(EntryOp.set(A, EntryValue.of(value)), EntryOp.set(B, EntryValue.of(value)));
    }

    private List<EntryEvent> told(int count) throws InterruptedException {
        List<EntryEvent> told = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<EntryEvent> write = writes.poll(60, TimeUnit.SECONDS);
            assertThat(write).isNotNull().hasSize(2);
            told.addAll(write);
        }
        return told;
    }

    private void assertEnds(ErrorKind kind) throws InterruptedException {
        assertThat(ended.poll(60, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void a_follower_goes_on_over_restarts_of_the_server() throws InterruptedException {
        write(store, 0);
        try (Subscription _ = follow(0)) {
            for (int i = 1; i <= 20; i++) {
                if (i % 7 == 0) {
                    server.restart();
                }
                write(server.store(STORE), i);
            }
            assertThat(told(21))
                    .isEqualTo(server.store(STORE).entries().events(0, 100).events());
        }
        assertThat(writes).isEmpty();
        assertThat(ended).isEmpty();
    }

    @Test
    void a_store_that_was_deleted_and_made_anew_meanwhile_is_not_taken_for_the_other() throws InterruptedException {
        write(store, 0);
        try (Subscription _ = follow(0)) {
            told(1);
            server.restart();
            server.storage().deleteStore(STORE).join();
            for (int i = 0; i < 5; i++) {
                write(server.store(STORE), i);
            }
            assertEnds(ErrorKind.NOT_FOUND);
        }
        assertThat(writes).isEmpty();
    }

    @Test
    void a_follower_hears_why_it_ends() throws InterruptedException {
        write(store, 1);
        write(store, 2);
        server.storage().compact(STORE, 2).join();
        try (Subscription _ = follow(0)) {
            assertEnds(ErrorKind.COMPACTED);
        }
        try (Subscription _ = follow(2)) {
            told(1);
            varve.close();
            assertEnds(ErrorKind.UNAVAILABLE);
        }
        assertThat(writes).isEmpty();
    }
}
