package dev.varve.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.AggregateId;
import dev.varve.api.AppendRequest;
import dev.varve.api.Commit;
import dev.varve.api.CommitPage;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.ErrorKind;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Store;
import dev.varve.api.StreamConfig;
import dev.varve.api.Subscription;
import dev.varve.api.TransactionResult;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commits as programs see them over HTTP: what is embedded says what they must be. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class HttpCommitsTest {

    private static final String STORE = "acme/shop";
    private static final EntryPath PATH = EntryPath.of("a", "b");

    @TempDir
    private Path directory;

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

    private void event(String json) {
        store.events().append(new AggregateId("order", "1"), ExpectedVersion.any(), NewEvent.json("Placed", json));
    }

    private static void fails(ErrorKind kind, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void pages_are_what_the_engine_shows() {
        store.entries().set(PATH, new EntryValue.Fields(Map.of("n", EntryValue.of(1), "t", EntryValue.of("x"))));
        server.storage()
                .write(new EntryWrite(
                        STORE,
                        List.of(EntryOp.of(EntryOp.Kind.INCREMENT, EntryPath.of("hits"), EntryValue.of(2))),
                        "device",
                        "op",
                        false,
                        true))
                .join();
        store.entries().delete(PATH);
        event("{\"a\": [1.50,\n2]}");
        varve.streams().create(STORE + "/log", StreamConfig.of("text/plain"));
        varve.streams().create(STORE + "/orders", StreamConfig.of("application/json"));
        varve.streams().append(STORE + "/log", "one\n".getBytes(UTF_8));
        varve.streams().append(STORE + "/log", new byte[] {-1, 0});
        varve.streams().append(STORE + "/orders", "[{\"n\": 1.0},\n{\"m\":\n2}]".getBytes(UTF_8));
        varve.streams().close(STORE + "/orders");
        varve.streams().delete(STORE + "/orders");

        List<Commit> embedded = server.store(STORE).commits(0, 100).commits();
        assertThat(embedded).hasSizeGreaterThanOrEqualTo(8);
        CommitPage all = store.commits(0, 100);
        assertThat(all.commits()).isEqualTo(embedded);
        assertThat(all.hasMore()).isFalse();
        CommitPage some = store.commits(embedded.get(1).number(), 2);
        assertThat(some.commits()).isEqualTo(embedded.subList(2, 4));
        assertThat(some.hasMore()).isTrue();
        assertThat(some.next()).isEqualTo(embedded.get(3).number());
        fails(ErrorKind.INVALID_PARAMS, () -> store.commits(0, 0));
        fails(ErrorKind.NOT_FOUND, () -> varve.store("acme/none").commits(0, 1));
    }

    @Test
    void a_transaction_and_an_append_to_several_streams_are_one_commit_each() {
        varve.streams().create(STORE + "/a", StreamConfig.of("text/plain"));
        varve.streams().create(STORE + "/b", StreamConfig.of("text/plain"));
        TransactionResult.Committed committed = store.transaction()
                .entry(EntryOp.set(PATH, EntryValue.of(1)))
                .event(NewEvent.json("Placed", "{}"))
                .append(STORE + "/a", "text/plain", "0".getBytes(UTF_8))
                .commit();
        varve.streams()
                .appendAll(List.of(
                        AppendRequest.of(STORE + "/a", "text/plain", "1".getBytes(UTF_8)),
                        AppendRequest.of(STORE + "/b", "text/plain", "2".getBytes(UTF_8))));
        List<Commit> commits = store.commits(0, 10).commits();
        assertThat(commits).hasSize(2);
        assertThat(commits.get(0).number()).isEqualTo(committed.number());
        assertThat(commits.get(0).entries()).hasSize(1);
        assertThat(commits.get(0).events()).hasSize(1);
        assertThat(commits.get(0).streams()).hasSize(1);
        assertThat(commits.get(1).streams()).map(Commit.Appended::path).containsExactly(STORE + "/a", STORE + "/b");
    }

    @Test
    void a_follower_goes_on_over_restarts_of_the_server() throws InterruptedException {
        BlockingQueue<Commit> seen = new LinkedBlockingQueue<>();
        BlockingQueue<RuntimeException> ended = new LinkedBlockingQueue<>();
        store.entries().set(PATH, EntryValue.of(0));
        try (Subscription _ = store.followCommits(0, seen::add, ended::add)) {
            for (int i = 1; i <= 20; i++) {
                if (i % 7 == 0) {
                    server.restart();
                }
                store.entries().set(PATH, EntryValue.of(i));
            }
            for (int i = 0; i <= 20; i++) {
                Commit commit = seen.poll(60, TimeUnit.SECONDS);
                assertThat(commit).isNotNull();
                assertThat(commit.entries()).hasSize(1);
                assertThat(commit.entries().get(0).value()).isEqualTo(EntryValue.of(i));
            }
        }
        assertThat(seen).isEmpty();
        assertThat(ended).isEmpty();
    }

    @Test
    void a_follower_hears_why_it_ends() throws InterruptedException {
        BlockingQueue<Commit> seen = new LinkedBlockingQueue<>();
        BlockingQueue<RuntimeException> ended = new LinkedBlockingQueue<>();
        store.entries().set(PATH, EntryValue.of(1));
        store.entries().set(PATH, EntryValue.of(2));
        try (Subscription _ = store.followCommits(0, seen::add, ended::add)) {
            assertThat(seen.poll(60, TimeUnit.SECONDS)).isNotNull();
            assertThat(seen.poll(60, TimeUnit.SECONDS)).isNotNull();
            server.storage().compact(STORE, 1).join();
            try (Subscription _ = store.followCommits(0, seen::add, ended::add)) {
                assertKind(ended, ErrorKind.COMPACTED);
            }
            store.delete();
            assertKind(ended, ErrorKind.NOT_FOUND);
        }
        IllegalStateException thrown = new IllegalStateException("as listeners do");
        store.entries().set(PATH, EntryValue.of(3));
        try (Subscription _ = store.followCommits(
                0,
                _ -> {
                    throw thrown;
                },
                ended::add)) {
            assertThat(ended.poll(60, TimeUnit.SECONDS)).isSameAs(thrown);
        }
        try (Subscription _ = store.followCommits(0, seen::add, ended::add)) {
            assertThat(seen.poll(60, TimeUnit.SECONDS)).isNotNull();
            varve.close();
            assertKind(ended, ErrorKind.UNAVAILABLE);
        }
    }

    /** Of commits that came while there was no connection the last is told, though nothing comes after them. */
    @Test
    void a_listener_goes_on_over_restarts_of_the_server() throws InterruptedException {
        BlockingQueue<Long> told = new LinkedBlockingQueue<>();
        store.entries().set(PATH, EntryValue.of(0));
        try (Subscription _ = store.transactions().subscribeCommits(STORE, told::add)) {
            long last = 0;
            for (int i = 1; i <= 3; i++) {
                store.entries().set(PATH, EntryValue.of(i));
                server.restart();
                server.store(STORE).entries().set(PATH, EntryValue.of(-i));
                // What it heard last is not kept any more: it need not be.
                server.storage().compact(STORE, 2L * i).join();
                long newest =
                        server.store(STORE).transactions().lastCommit(STORE).join();
                while (last < newest) {
                    Long next = told.poll(60, TimeUnit.SECONDS);
                    assertThat(next).isBetween(last + 1, newest);
                    last = next;
                }
            }
            server.stop();
            assertThat(told).isEmpty();
            server.start();
            server.storage().deleteStore(STORE).join();
            server.storage().createStore(STORE).join();
            assertThat(told.poll(60, TimeUnit.SECONDS)).isEqualTo(Long.MAX_VALUE);
        }
        assertThat(told).isEmpty();
    }

    private static void assertKind(BlockingQueue<RuntimeException> ended, ErrorKind kind) throws InterruptedException {
        assertThat(ended.poll(60, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }
}
