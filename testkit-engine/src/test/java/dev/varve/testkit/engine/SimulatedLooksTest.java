package dev.varve.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.varve.api.Entry;
import dev.varve.api.EntryDifference;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import dev.varve.testkit.ForwardingEntryStorage;
import dev.varve.testkit.ModelEntryStorage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whoever reads entries in simulations finds a storage that shows what is wrong. */
final class SimulatedLooksTest {

    private static final String STORE = "sim/entries";
    private static final int SEEDS = 20;
    private static final int CHANGES = 60;
    private static final int LOOKS = 4;

    private static final List<EntryPath> PATHS =
            Stream.of("a", "a/b", "a/b/c", "a-b", "s").map(EntryPath::parse).toList();

    private static void run(UnaryOperator<EntryStorage> shown, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        EntryStorage right = new ModelEntryStorage(() -> 1_000);
        EntryStorage storage = shown.apply(right);
        SimulatedUsers.Excuses none = new SimulatedUsers.Excuses();
        SimulatedLooks looks =
                new SimulatedLooks(random.split(), new SimulationCounts(), SimulatedLooksTest::ignore, PATHS);
        for (int i = 0; i < CHANGES; i++) {
            write(right, random, i);
            for (int j = 0; j < LOOKS; j++) {
                looks.look(storage, STORE);
            }
            looks.settle(none);
        }
        List<EntryEvent> events = right.events(STORE, 0, 1_000).join().events();
        assertThat(events).hasSizeGreaterThan(CHANGES / 2);
        looks.compare(
                STORE,
                events,
                seq -> SimulatedTree.of(events.subList(0, Math.toIntExact(seq)), _ -> SimulatedTree.NEVER));
    }

    private static void write(EntryStorage storage, SplittableRandom random, int number) {
        EntryPath path = PATHS.get(random.nextInt(PATHS.size()));
        EntryValue value = EntryValue.of(number);
        EntryOp op = switch (random.nextInt(4)) {
            case 0 -> EntryOp.delete(path);
            case 1 -> EntryOp.set(path, new EntryValue.Fields(Map.of("b", value, "c", value)));
            default -> EntryOp.set(path, value);
        };
        storage.write(new EntryWrite(STORE, List.of(op), "device", "w" + number, false, true))
                .join();
    }

    private static void ignore(String words) {
        // Nobody reads them here.
    }

    @Test
    void what_is_right_passes() {
        for (long seed = 0; seed < SEEDS; seed++) {
            long one = seed;
            assertThatCode(() -> run(right -> right, one)).doesNotThrowAnyException();
        }
    }

    private static Arguments wrong(String how, UnaryOperator<EntryStorage> shown) {
        return Arguments.of(how, shown);
    }

    private static long before(EntryStorage storage) {
        return Math.max(0, storage.store(STORE).map(StoreInfo::storeSeq).orElse(0L) - 1);
    }

    static Stream<Arguments> wrongs() {
        return Stream.of(
                wrong("shows an entry as it was before the last change", right -> new ForwardingEntryStorage(right) {
                    @Override
                    public CompletableFuture<Optional<Entry>> get(String store, EntryPath path) {
                        return super.getAt(store, path, before(this));
                    }
                }),
                wrong("shows an earlier entry as it is now", right -> new ForwardingEntryStorage(right) {
                    @Override
                    public CompletableFuture<Optional<Entry>> getAt(String store, EntryPath path, long atSeq) {
                        return super.get(store, path);
                    }
                }),
                wrong("shows the first of several only", right -> new ForwardingEntryStorage(right) {
                    @Override
                    public CompletableFuture<List<Entry>> getMany(String store, List<EntryPath> paths) {
                        return super.getMany(store, paths.subList(0, 1));
                    }
                }),
                wrong("lists what stood there before the last change", right -> new ForwardingEntryStorage(right) {
                    @Override
                    public CompletableFuture<EntryPage> list(EntryQuery query) {
                        long now = before(this) + 1;
                        return query.descending()
                                ? super.list(query)
                                : super.listAt(query, before(this))
                                        .thenApply(page -> new EntryPage(page.entries(), page.next(), now));
                    }
                }),
                wrong("lists without the last entry", right -> new ForwardingEntryStorage(right) {
                    @Override
                    public CompletableFuture<EntryPage> listAt(EntryQuery query, long atSeq) {
                        return super.listAt(query, atSeq)
                                .thenApply(page -> new EntryPage(
                                        page.entries()
                                                .subList(
                                                        0,
                                                        Math.max(
                                                                0,
                                                                page.entries().size() - 1)),
                                        page.next(),
                                        page.storeSeq()));
                    }
                }),
                wrong("says that a list is whole that is not", right -> new ForwardingEntryStorage(right) {
                    @Override
                    public CompletableFuture<EntryPage> list(EntryQuery query) {
                        return super.list(query)
                                .thenApply(page -> new EntryPage(page.entries(), null, page.storeSeq()));
                    }
                }),
                wrong("leaves a change out", right -> new ForwardingEntryStorage(right) {
                    @Override
                    public CompletableFuture<EntryEventPage> events(String store, long after, int limit) {
                        return super.events(store, after, limit)
                                .thenApply(page -> new EntryEventPage(
                                        page.events().size() < 3
                                                ? page.events()
                                                : Stream.of(
                                                                page.events().getFirst(),
                                                                page.events().getLast())
                                                        .toList(),
                                        page.storeSeq()));
                    }
                }),
                wrong("compares the other way round", right -> new ForwardingEntryStorage(right) {
                    @Override
                    public CompletableFuture<List<EntryDifference>> diff(String store, long fromSeq, long toSeq) {
                        return super.diff(store, toSeq, fromSeq);
                    }
                }),
                wrong("answers never", right -> new ForwardingEntryStorage(right) {
                    @Override
                    public CompletableFuture<Optional<Entry>> get(String store, EntryPath path) {
                        return new CompletableFuture<>();
                    }
                }),
                wrong("fails without a reason", right -> new ForwardingEntryStorage(right) {
                    @Override
                    public CompletableFuture<EntryPage> listAt(EntryQuery query, long atSeq) {
                        return CompletableFuture.failedFuture(new VarveException(ErrorKind.COMPACTED, "gone"));
                    }
                }));
    }

    @ParameterizedTest(name = "one that {0}")
    @MethodSource("wrongs")
    void what_is_wrong_is_found(String how, UnaryOperator<EntryStorage> shown) {
        int found = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            try {
                run(shown, seed);
            } catch (AssertionError e) {
                found++;
            }
        }
        assertThat(found).as(how).isPositive();
    }
}
