package dev.varve.engine.groups;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryPath;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.engine.TestClock;
import dev.varve.engine.shard.EngineTime;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What of a group is written when, by a storage that answers when the test says so. */
final class GroupWriterTest {

    private final Deque<CompletableFuture<EntryWriteResult>> writes = new ArrayDeque<>();

    private final GroupWriter writer = new GroupWriter(
            new GroupRecords((EntryStorage) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {EntryStorage.class}, (proxy, method, args) -> {
                        CompletableFuture<EntryWriteResult> answer = new CompletableFuture<>();
                        writes.add(answer);
                        return answer;
                    })),
            EntryPath.of("group"),
            new EngineTime(new TestClock()),
            Runnable::run,
            () -> EntryValue.of("settings"),
            () -> EntryValue.of("progress"));

    private void succeeds() {
        writes.remove().complete(new EntryWriteResult.Written(List.of(), 1));
    }

    @Test
    void what_changes_while_something_is_written_goes_out_with_the_next_write() {
        writer.changed();
        CompletableFuture<Void> first = writer.durable();
        writer.changed();
        CompletableFuture<Void> second = writer.durable();
        assertThat(writes).hasSize(1);

        succeeds();

        assertThat(first).isCompleted();
        assertThat(second).isNotDone();
        succeeds();
        assertThat(second).isCompleted();
        assertThat(writer.isBehind()).isFalse();
        assertThat(writer.durable()).isCompleted();
        assertThat(writes).isEmpty();
    }

    @Test
    void what_could_not_be_written_goes_out_with_the_next_write() {
        writer.changed();
        CompletableFuture<Void> first = writer.durable();
        writes.remove().completeExceptionally(new VarveException(ErrorKind.UNAVAILABLE, "no disk"));
        assertThat(first).isCompletedExceptionally();

        CompletableFuture<Void> second = writer.durable();
        succeeds();

        assertThat(second).isCompleted();
    }

    @Test
    void a_group_that_is_gone_is_not_written_and_whoever_waits_is_told() {
        writer.changed();
        CompletableFuture<Void> first = writer.durable();
        writer.changed();
        CompletableFuture<Void> second = writer.durable();

        writer.drop(new VarveException(ErrorKind.NOT_FOUND, "gone"));
        succeeds();

        assertThat(first).isCompletedExceptionally();
        assertThat(second).isCompletedExceptionally();
        assertThat(writer.durable()).isCompletedExceptionally();
        assertThat(writes).isEmpty();
    }

    @Test
    void a_flush_writes_what_nobody_waits_for_also_behind_a_write_that_is_on_its_way() {
        writer.changed();
        CompletableFuture<Void> first = writer.durable();
        writer.lazily();
        CompletableFuture<Void> flushed = writer.flush();

        succeeds();

        assertThat(first).isCompleted();
        assertThat(flushed).isNotDone();
        succeeds();
        assertThat(flushed).isCompleted();
    }
}
