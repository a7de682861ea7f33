package dev.varve.testkit;

import static dev.varve.testkit.EntriesProbe.typed;
import static dev.varve.testkit.EntryProbe.acquire;
import static dev.varve.testkit.EntryProbe.add;
import static dev.varve.testkit.EntryProbe.delete;
import static dev.varve.testkit.EntryProbe.increment;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.pattern;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.EntryProbe.value;
import static dev.varve.testkit.StreamProbe.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entries;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryType;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.ErrorKind;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Changes as they were committed, and as they come. */
interface EntriesChangeRules {

    /** Keeps what it is told; asked by one thread. */
    class Told<T> {
        final BlockingQueue<T> seen = new LinkedBlockingQueue<>();
        final BlockingQueue<VarveException> ended = new LinkedBlockingQueue<>();

        private static <T> T next(BlockingQueue<T> queue) {
            try {
                T next = queue.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                if (next == null) {
                    throw new AssertionError("nothing came");
                }
                return next;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }

        List<T> take(int count) {
            List<T> taken = new ArrayList<>();
            while (taken.size() < count) {
                taken.add(next(seen));
            }
            return taken;
        }

        void ends(ErrorKind kind) {
            VarveException cause = next(ended);
            assertThat(cause.kind()).as(cause.getMessage()).isEqualTo(kind);
            assertThat(ended).isEmpty();
        }

        /** Nothing came; only for what can no longer come, as nothing is waited for. */
        void heardNothingMore() {
            assertThat(seen).isEmpty();
            assertThat(ended).isEmpty();
        }
    }

    private static Subscription follow(EntriesProbe store, String pattern, long after, Told<EntryEvent> told) {
        return store.entries().follow(pattern(pattern), after, told.seen::add, told.ended::add);
    }

    private static List<Long> numbers(List<EntryEvent> events) {
        return events.stream().map(EntryEvent::storeSeq).toList();
    }

    private static List<Long> from(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    // ---- what there is

    @Test
    default void a_change_is_read_with_all_that_belongs_to_it(EntriesProbe store) {
        store.set("a/b", Map.of("c", typed("decimal", "1.50"), "d", "1.50", "e", List.of(1, "x")));
        store.entries().write(increment("n", 5), add("s", 1), add("s", "two"), set("none", null), delete("a"));
        store.wrote(acquire("lock", "me", 3_600_000));
        store.entries().delete(path("n"));
        store.entries().rollback(path("n"), 7);

        EntryEventPage page = store.entries().events(0, 100);
        assertThat(page.storeSeq()).isEqualTo(9);
        List<EntryEvent> events = page.events();
        assertThat(numbers(events)).isEqualTo(from(1, 9));
        assertThat(events.stream().map(EntryEvent::kind))
                .containsExactly(
                        EntryOp.Kind.SET,
                        EntryOp.Kind.INCREMENT,
                        EntryOp.Kind.ADD,
                        EntryOp.Kind.ADD,
                        EntryOp.Kind.SET,
                        EntryOp.Kind.DELETE,
                        EntryOp.Kind.LEASE,
                        EntryOp.Kind.DELETE,
                        EntryOp.Kind.SET);
        assertThat(events.stream().map(event -> event.path().toString()))
                .containsExactly("a/b", "n", "s", "s", "none", "a", "lock", "n", "n");
        List<@Nullable Object> values = new ArrayList<>();
        events.forEach(event -> values.add(event.value()));
        values.remove(6); // what the lease is called, and until when it lasts
        assertThat(values)
                .containsExactly(
                        value(Map.of("c", typed("decimal", "1.50"), "d", "1.50", "e", List.of(1, "x"))),
                        value(5),
                        value(List.of(1)),
                        value(List.of("two", 1)),
                        value(null),
                        null,
                        null,
                        value(5));
        assertThat(events.get(8).label()).isEqualTo(EntryType.COUNTER);
        assertThat(events.subList(0, 8)).extracting(EntryEvent::label).containsOnlyNulls();
        assertThat(events.stream().map(EntryEvent::first))
                .containsExactly(true, true, false, false, false, false, true, true, true);
        assertThat(events).extracting(EntryEvent::timeMillis).isSorted();
        assertThat(events).allSatisfy(event -> {
            assertThat(event.deviceId()).isNotEmpty();
            assertThat(event.clientOpId()).isNotEmpty();
        });
    }

    @Test
    default void changes_are_read_from_any_place_on(EntriesProbe store) {
        for (int i = 0; i < 5; i++) {
            store.set("a", i);
        }
        for (int after = 0; after <= 6; after++) {
            EntryEventPage page = store.entries().events(after, 2);
            assertThat(page.storeSeq()).isEqualTo(5);
            assertThat(numbers(page.events())).isEqualTo(from(after + 1, Math.min(5, after + 2)));
        }
        assertThat(numbers(store.entries().events(1, 1_000).events())).isEqualTo(from(2, 5));
        EntriesProbe.fails(ErrorKind.INVALID_PARAMS, () -> store.entries().events(0, 0));
        EntriesProbe.fails(ErrorKind.INVALID_PARAMS, () -> store.entries().events(0, 1_001));
        EntriesProbe.fails(ErrorKind.INVALID_PARAMS, () -> store.entries().events(-2, 1));
    }

    @Test
    default void a_store_that_is_not_there_has_no_changes(EntriesProbe store) {
        EntriesProbe.fails(ErrorKind.NOT_FOUND, () -> store.entries().events(0, 1));
        assertThat(store.store().info()).isEmpty();
    }

    // ---- what comes

    @Test
    default void a_follower_sees_what_was_and_what_comes_once_and_in_order(EntriesProbe store) {
        int before = 3 * 700;
        for (int i = 0; i < before; i += 700) {
            EntryOp[] ops = new EntryOp[700];
            for (int j = 0; j < ops.length; j++) {
                ops[j] = set("n/" + j % 7, i + j);
            }
            store.entries().write(ops);
        }
        Told<EntryEvent> told = new Told<>();
        try (Subscription following = follow(store, "n/*", 0, told)) {
            assertThat(following).isNotNull();
            store.set("other", "not meant");
            store.set("n/last", "meant");
            List<EntryEvent> events = told.take(before + 1);
            assertThat(numbers(events.subList(0, before))).isEqualTo(from(1, before));
            assertThat(events.get(before))
                    .isEqualTo(store.entries().events(before + 1, 1).events().get(0));
        }
        told.heardNothingMore();
    }

    @Test
    default void a_follower_begins_where_it_wants_and_makes_the_store(EntriesProbe store) {
        Told<EntryEvent> first = new Told<>();
        Told<EntryEvent> now = new Told<>();
        Told<EntryEvent> third = new Told<>();
        try (Subscription one = follow(store, "**", Entries.NOW, first)) {
            assertThat(one).isNotNull();
            assertThat(store.store().info()).isPresent();
            store.set("a", 1);
            store.set("a", 2);
            try (Subscription two = follow(store, "**", Entries.NOW, now);
                    Subscription three = follow(store, "**", 1, third)) {
                assertThat(two).isNotNull();
                assertThat(three).isNotNull();
                store.set("a", 3);
                assertThat(numbers(first.take(3))).isEqualTo(from(1, 3));
                assertThat(numbers(now.take(1))).isEqualTo(from(3, 3));
                assertThat(numbers(third.take(2))).isEqualTo(from(2, 3));
            }
        }
        first.heardNothingMore();
        now.heardNothingMore();
        third.heardNothingMore();
    }

    @Test
    default void writes_are_told_whole_and_so_is_what_replaces_what_is_meant(EntriesProbe store) {
        Told<List<EntryEvent>> told = new Told<>();
        try (Subscription following =
                store.entries().followWrites(pattern("a/*/c"), Entries.NOW, told.seen::add, told.ended::add)) {
            assertThat(following).isNotNull();
            store.entries().write(set("x", 1), set("a/1/c", 2), set("y", 3), set("a/2/c", 4), set("z", 5));
            store.set("x", 2);
            store.refused(Reason.CONFLICT, set("a/1/c", 9).ifMatch(1));
            store.entries().write(set("a/1/d", 1), delete("a/2"));
            store.entries().delete(path("a"));
            assertThat(told.take(3).stream().map(EntriesChangeRules::numbers))
                    .containsExactly(List.of(2L, 4L), List.of(8L), List.of(9L));
        }
        told.heardNothingMore();
    }

    @Test
    default void a_listener_that_fails_is_told_on(EntriesProbe store) {
        Told<EntryEvent> told = new Told<>();
        try (Subscription following = store.entries()
                .follow(
                        EntryPattern.ALL,
                        Entries.NOW,
                        event -> {
                            told.seen.add(event);
                            if (event.storeSeq() == 1) {
                                throw new IllegalStateException("as listeners do");
                            }
                        },
                        told.ended::add)) {
            assertThat(following).isNotNull();
            store.entries().write(set("a", 1), set("b", 2));
            store.set("c", 3);
            assertThat(numbers(told.take(3))).isEqualTo(from(1, 3));
        }
        told.heardNothingMore();
    }

    @Test
    default void a_follower_that_was_closed_hears_nothing_more(EntriesProbe store) {
        store.store().create();
        Told<EntryEvent> closed = new Told<>();
        Told<EntryEvent> told = new Told<>();
        Subscription first = follow(store, "**", 0, closed);
        try (Subscription second = follow(store, "**", 0, told)) {
            assertThat(second).isNotNull();
            store.set("a", 1);
            closed.take(1);
            first.close();
            first.close();
            store.set("a", 2);
            assertThat(numbers(told.take(2))).isEqualTo(from(1, 2));
            closed.heardNothingMore();
            store.store().delete();
            told.ends(ErrorKind.NOT_FOUND);
        }
        closed.heardNothingMore();
    }

    @Test
    default void the_end_of_a_store_is_told_after_all_that_was_before_it(EntriesProbe store) {
        Told<EntryEvent> deleted = new Told<>();
        try (Subscription following = follow(store, "**", 0, deleted)) {
            assertThat(following).isNotNull();
            store.set("a", 1);
            deleted.take(1);
            store.store().delete();
            deleted.ends(ErrorKind.NOT_FOUND);
            store.set("a", 1);
            deleted.heardNothingMore();
        }
        store.set("a", 2);
        store.store().archive();
        Told<EntryEvent> archived = new Told<>();
        try (Subscription following = follow(store, "**", 0, archived)) {
            assertThat(following).isNotNull();
            archived.ends(ErrorKind.NOT_FOUND);
            assertThat(numbers(archived.take(2))).isEqualTo(from(1, 2));
        }
        archived.heardNothingMore();
    }

    @Test
    default void followers_beside_writers_see_every_write_once_and_whole(EntriesProbe store) {
        int writers = 3;
        int writes = 60;
        Told<List<EntryEvent>> told = new Told<>();
        try (Subscription following =
                store.entries().followWrites(EntryPattern.ALL, Entries.NOW, told.seen::add, told.ended::add)) {
            assertThat(following).isNotNull();
            List<Callable<Boolean>> tasks = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                int own = i;
                tasks.add(() -> {
                    for (int j = 0; j < writes; j++) {
                        EntryOp[] ops = new EntryOp[1 + j % 3];
                        for (int k = 0; k < ops.length; k++) {
                            ops[k] = set("w" + own + "/" + k, j);
                        }
                        store.entries().write(ops);
                    }
                    return true;
                });
            }
            EventProbe.together(tasks);
            List<EntryEvent> all = new ArrayList<>();
            for (List<EntryEvent> write : told.take(writers * writes)) {
                assertThat(write.get(0).first()).isTrue();
                assertThat(write.subList(1, write.size())).noneMatch(EntryEvent::first);
                all.addAll(write);
            }
            assertThat(numbers(all)).isEqualTo(from(1, 2L * writers * writes));
        }
        told.heardNothingMore();
    }
}
