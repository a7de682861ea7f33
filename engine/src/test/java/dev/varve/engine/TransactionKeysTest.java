package dev.varve.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.FileReference;
import dev.varve.api.NewEvent;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionResult;
import dev.varve.api.TransactionResult.Committed;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an engine keeps of transactions beyond what the contract promises, and what does not fit into one commit. */
final class TransactionKeysTest {

    private static final String STORE = "acme/app";
    private static final EntryPath X = EntryPath.of("x");

    private final Engine engine = Engine.inMemory(TestEngines.OPTIONS);

    @AfterEach
    void close() {
        engine.close();
    }

    private CompletableFuture<TransactionResult> send(String key) {
        return engine.transactions()
                .commit(
                        STORE,
                        Transaction.builder()
                                .entry(EntryOp.of(EntryOp.Kind.INCREMENT, X, EntryValue.of(1)))
                                .key(key)
                                .build());
    }

    private boolean isReplayed(String key) {
        return send(key).join() instanceof Committed committed && committed.replayed();
    }

    @Test
    void the_last_10_000_keys_are_kept_and_those_before_them_go_with_a_checkpoint() {
        int all = Transaction.REMEMBERED_KEYS + 20;
        List<CompletableFuture<TransactionResult>> sent = new ArrayList<>();
        for (int i = 0; i < all; i++) {
            sent.add(send("k" + i));
            if (i == all / 2) {
                sent.getLast().join();
                assertThat(engine.checkpoint().join()).isTrue();
            }
        }
        sent.forEach(CompletableFuture::join);
        assertThat(isReplayed("k0")).isTrue();
        assertThat(engine.checkpoint().join()).isTrue();

        assertThat(isReplayed("k20")).isTrue();
        assertThat(isReplayed("k" + (all - 1))).isTrue();
        assertThat(isReplayed("k19")).isFalse();
        assertThat(isReplayed("k0")).isFalse();
        assertThat(isReplayed("k0")).isTrue();
    }

    @Test
    void what_does_not_fit_into_one_commit_is_refused_and_the_engine_goes_on() {
        // Small changes that come to much: a set is logged as a whole whenever a member comes.
        List<EntryOp> ops = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            ops.add(EntryOp.of(
                    EntryOp.Kind.ADD, X, EntryValue.of(Integer.toString(i).repeat(100))));
        }
        Transaction.Builder large = Transaction.builder();
        ops.forEach(large::entry);

        assertTooLarge(engine.transactions().commit(STORE, large.build()));
        assertTooLarge(engine.entries().write(new EntryWrite(STORE, ops, "device", "write", false, true)));
        NewEvent event = NewEvent.json("Said", "{}").withMetadata("n", "v".repeat(NewEvent.MAX_METADATA_BYTES - 1));
        EventAppend.Builder many = EventAppend.builder();
        for (int i = 0; i < 2_000; i++) {
            many.event(event.withId(new UUID(0, i)));
        }
        assertTooLarge(engine.events().append(STORE, many.build(), true));
        assertThat(engine.entries().store(STORE)).isEmpty();
        assertThat(send("k").join()).isInstanceOf(Committed.class);
    }

    private static void assertTooLarge(CompletableFuture<?> answer) {
        assertThat(answer.handle((_, cause) -> cause).join())
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.TOO_LARGE));
    }

    @Test
    void a_file_is_put_together_with_the_rest() {
        FileReference file = FileReference.of(engine.varve()
                .store(STORE)
                .entries()
                .putFile(EntryPath.of("first"), new byte[] {1, 2, 3}, "image/png", "a.png")
                .value());
        assertThat(file).isNotNull();
        TransactionResult result = engine.transactions()
                .commit(
                        STORE,
                        Transaction.builder()
                                .entry(EntryOp.of(EntryOp.Kind.PUT_FILE, X, file.toValue()))
                                .key("k")
                                .build())
                .join();
        assertThat(result).isInstanceOf(Committed.class);
        assertThat(engine.entries().get(STORE, X).join().orElseThrow().value()).isEqualTo(file.toValue());
        assertThat(engine.poison()).isNull();
    }
}
