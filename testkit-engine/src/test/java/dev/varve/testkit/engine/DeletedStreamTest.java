package dev.varve.testkit.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendRequest;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.Fork;
import dev.varve.api.ListResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.Retention;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.engine.journal.JournalOptions;
import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import dev.varve.testkit.engine.SimulatedDisk.Failure;
import dev.varve.testkit.engine.SimulatedEngine.Settings;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is deleted or trimmed stays away and leaves nothing behind, whatever happens at the same time. */
final class DeletedStreamTest {

    private static final StreamConfig SLIDING = StreamConfig.of("text/plain").withTtlSeconds(100L);

    private final SplittableRandom random = new SplittableRandom(1);
    private final SimulatedDisk disk = new SimulatedDisk(1);
    private final SimulatedClock clock = new SimulatedClock();
    private Runnable meanwhile = () -> {};
    private SimulatedState state = state(new MemoryStateStore());
    private SimulatedEngine engine = open();

    DeletedStreamTest() throws IOException {}

    private SimulatedState state(MemoryStateStore store) {
        return new SimulatedState(store, disk, random, () -> meanwhile.run());
    }

    private SimulatedEngine open() throws IOException {
        JournalOptions journal = new JournalOptions(64 << 10, 16 << 10, 1, 1, 1, 0, 5);
        return SimulatedEngine.open(disk, state, clock, new Settings(journal, true, 4_096, 1 << 20, 8), random);
    }

    @Test
    void a_read_that_meets_a_deletion_brings_nothing_back() {
        create(SLIDING);
        checkpoint();
        clock.advanceMillis(50_000);

        CompletableFuture<DeleteResult> deletion = engine.storage().delete("a/0");
        engine.storage().runPending();
        // The deletion is written but nobody knows yet: the read is an access to the stream, to be written down.
        CompletableFuture<ReadResult> read = engine.storage().read("a/0", Offset.NOW, 1);
        engine.drain();

        assertThat(read).isCompletedWithValueMatching(ReadResult.Page.class::isInstance);
        assertThat(deletion).isCompletedWithValueMatching(DeleteResult.Deleted.class::isInstance);
        assertThat(engine.await(engine.storage().metadata("a/0"))).isInstanceOf(Refusal.class);
        assertThat(engine.await(engine.storage().create(CreateRequest.of("a/0", SLIDING))))
                .isInstanceOf(CreateResult.Created.class);
    }

    @Test
    void a_stream_that_is_deleted_while_its_path_is_looked_up_stays_away() throws IOException {
        create(StreamConfig.of("text/plain"));
        engine.await(engine.storage()
                .create(CreateRequest.of("a/1", StreamConfig.DEFAULT).withFork(new Fork("a/0", null, null))));
        engine.close();
        state = state(state.afterCrash());
        engine = open();

        // While the path is looked up, the fork's deletion brings its source into memory by its number.
        CompletableFuture<ReadResult> read = engine.storage().read("a/0", Offset.BEGINNING, 1);
        meanwhile = () -> {
            meanwhile = () -> {};
            CompletableFuture<DeleteResult> fork = engine.storage().delete("a/1");
            engine.await(fork);
            engine.await(engine.storage().delete("a/0"));
        };
        engine.drain();

        assertThat(read).isDone();
        assertThat(engine.await(engine.storage().metadata("a/0"))).isInstanceOf(Refusal.class);
        assertThat(engine.await(engine.storage().create(CreateRequest.of("a/0", SLIDING))))
                .isInstanceOf(CreateResult.Created.class);
    }

    @Test
    void a_deleted_stream_whose_last_fork_goes_while_streams_are_listed_is_not_listed() {
        create(StreamConfig.of("text/plain"));
        create("a/1", "a/0");
        create("a/2", null);
        checkpoint();
        // From here on the state is outdated: it has a stream without its deletion.
        assertThat(engine.await(engine.storage().delete("a/0")))
                .isInstanceOfSatisfying(
                        DeleteResult.Deleted.class,
                        deleted -> assertThat(deleted.kept()).isTrue());

        meanwhile = () -> {
            meanwhile = () -> {};
            engine.await(engine.storage().delete("a/1"));
            engine.drain();
        };

        assertThat(listed()).containsExactly("a/2");
    }

    @Test
    void a_stream_that_is_deleted_while_streams_are_listed_is_not_listed_as_it_was_at_the_last_checkpoint() {
        create(StreamConfig.of("text/plain"));
        create("a/1", null);
        checkpoint();
        append("x");

        meanwhile = () -> {
            meanwhile = () -> {};
            engine.await(engine.storage().delete("a/0"));
        };

        assertThat(listed()).containsExactly("a/1");
    }

    @Test
    void a_checkpoint_that_failed_still_removes_what_was_trimmed_when_it_is_written_again() throws IOException {
        create(StreamConfig.of("text/plain").withRetention(new Retention(null, null, 1L)));
        for (int i = 0; i < 3; i++) {
            append("x".repeat(100));
            checkpoint();
        }
        engine.keepUp();
        assertThat(((StreamMetadata) engine.await(engine.storage().metadata("a/0"))).earliest())
                .isEqualTo(Offset.at(200));

        // The last write of the checkpoint is its commit.
        engine.beginCheckpoint();
        disk.failAt(disk.operations() + 5, Failure.IO_ERROR_ONCE);
        engine.writeCheckpoint();
        engine.drain();
        assertThat(state.takeFailedCheckpoints()).isEqualTo(1);
        checkpoint();

        assertThat(chunks()).isEqualTo(1);
    }

    private void create(StreamConfig config) {
        engine.await(engine.storage().create(CreateRequest.of("a/0", config)));
    }

    private void create(String path, @Nullable String source) {
        CreateRequest request = CreateRequest.of(path, StreamConfig.DEFAULT);
        engine.await(
                engine.storage().create(source == null ? request : request.withFork(new Fork(source, null, null))));
    }

    private List<String> listed() {
        ListResult listed = engine.await(engine.storage().list("", null, 10));
        assertThat(listed).isInstanceOf(ListResult.Listing.class);
        return ((ListResult.Listing) listed)
                .streams().stream().map(StreamMetadata::path).toList();
    }

    private void append(String text) {
        engine.await(engine.storage().append(AppendRequest.of("a/0", "text/plain", text.getBytes(UTF_8))));
    }

    private void checkpoint() {
        engine.beginCheckpoint();
        engine.writeCheckpoint();
        engine.drain();
    }

    /** The chunks of the first stream that was made; the registry's come later. */
    private int chunks() throws IOException {
        int count = 0;
        try (StateStore.Cursor cursor = state.scan(Table.STREAM_CHUNKS, key(1), key(2))) {
            while (cursor.next()) {
                count++;
            }
        }
        return count;
    }

    private static byte[] key(int incarnation) {
        return new byte[] {0, 0, 0, 0, 0, 0, 0, (byte) incarnation};
    }
}
