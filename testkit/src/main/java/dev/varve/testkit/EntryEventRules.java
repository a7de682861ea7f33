package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.STORE;
import static dev.varve.testkit.EntryProbe.add;
import static dev.varve.testkit.EntryProbe.delete;
import static dev.varve.testkit.EntryProbe.fails;
import static dev.varve.testkit.EntryProbe.increment;
import static dev.varve.testkit.EntryProbe.merge;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.EntryProbe.value;
import static dev.varve.testkit.StreamProbe.await;
import static dev.varve.testkit.StreamProbe.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryWrite;
import dev.varve.api.ErrorKind;
import dev.varve.api.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Changes as they can be read afterwards, and who is told of them. */
interface EntryEventRules {

    private static void fill(EntryProbe entries, int count) {
        List<EntryOp> ops = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ops.add(set("a/" + i, i));
        }
        entries.written(ops.toArray(EntryOp[]::new));
    }

    @Test
    default void a_change_is_told_with_all_that_belongs_to_it(EntryProbe entries) {
        EntryWrite write = new EntryWrite(STORE, List.of(set("a/b", Map.of("c", 1))), "dev", "op", false, true);
        EntryProbe.written(await(entries.storage().write(write)), 1);

        EntryEvent event = entries.events().get(0);

        assertThat(event)
                .isEqualTo(new EntryEvent(
                        1,
                        EntryOp.Kind.SET,
                        path("a/b"),
                        value(Map.of("c", 1)),
                        null,
                        "dev",
                        "op",
                        true,
                        event.timeMillis()));
        assertThat(event.timeMillis())
                .isGreaterThanOrEqualTo(
                        entries.storage().store(STORE).orElseThrow().createdAt().toEpochMilli());
    }

    @Test
    default void changes_carry_what_came_of_them(EntryProbe entries) {
        entries.written(increment("n", 5), increment("n", 3), add("s", 1), add("s", 2));
        entries.written(merge("m", Map.of("x", 1)), delete("m"));

        assertThat(entries.events().stream().map(EntryEvent::value))
                .containsExactly(
                        value(5), value(8), value(List.of(1)), value(List.of(2, 1)), value(Map.of("x", 1)), null);
    }

    @Test
    default void the_first_change_of_a_write_is_marked(EntryProbe entries) {
        entries.written(set("a", 1), set("b", 2), set("c", 3));
        entries.written(set("d", 4));

        assertThat(entries.events().stream().map(EntryEvent::first)).containsExactly(true, false, false, true);
    }

    @Test
    default void changes_are_read_from_any_place_on(EntryProbe entries) {
        fill(entries, 10);

        for (int after = 0; after <= 12; after++) {
            for (int limit = 1; limit <= 12; limit++) {
                EntryEventPage page = entries.eventPage(after, limit);
                assertThat(page.storeSeq()).isEqualTo(10);
                assertThat(page.events()).hasSizeLessThanOrEqualTo(limit);
                for (int i = 0; i < page.events().size(); i++) {
                    assertThat(page.events().get(i).storeSeq()).isEqualTo(after + i + 1);
                }
                if (after < 10) {
                    assertThat(page.events()).isNotEmpty();
                } else {
                    assertThat(page.events()).isEmpty();
                }
            }
        }
        assertThat(entries.eventPage(Long.MAX_VALUE, 1_000).events()).isEmpty();
    }

    @Test
    default void limits_and_places_that_are_none_are_refused(EntryProbe entries) {
        fill(entries, 1);

        fails(ErrorKind.INVALID_PARAMS, () -> entries.storage().events(STORE, -1, 10));
        fails(ErrorKind.INVALID_PARAMS, () -> entries.storage().events(STORE, 0, 0));
        fails(ErrorKind.INVALID_PARAMS, () -> entries.storage().events(STORE, 0, 1_001));
    }

    @Test
    default void changes_come_back(EntryProbe entries) {
        fill(entries, 5);
        entries.written(increment("n", 2), delete("a"), set("x", List.of("\u00e9", Map.of())));
        List<EntryEvent> before = entries.events();

        entries.reopen();
        assertThat(entries.events()).isEqualTo(before);
        entries.written(set("y", 1));
        entries.reopen();

        assertThat(entries.events()).hasSize(9).startsWith(before.toArray(EntryEvent[]::new));
        assertThat(entries.events(7)).hasSize(2);
    }

    // ---- listeners

    @Test
    default void a_listener_hears_of_changes_that_can_be_read(EntryProbe entries) {
        await(entries.storage().createStore(STORE));
        List<Long> heard = new CopyOnWriteArrayList<>();
        List<String> missing = new CopyOnWriteArrayList<>();
        entries.storage().subscribe(STORE, seq -> {
            heard.add(seq);
            if (entries.storeSeq() < seq) {
                missing.add("told of " + seq + " too early");
            }
        });

        for (int i = 1; i <= 20; i++) {
            entries.written(set("a", i), set("b", i));
        }

        eventually("the last change is told", () -> heard.contains(40L));
        assertThat(heard).isSorted();
        assertThat(missing).isEmpty();
    }

    @Test
    default void a_listener_hears_nothing_of_refusals_checks_and_other_stores(EntryProbe entries) {
        entries.written(set("a", 1));
        List<Long> heard = new CopyOnWriteArrayList<>();
        entries.storage().subscribe(STORE, heard::add);

        entries.write(set("a", 2).onlyIfAbsent());
        entries.write(EntryProbe.check("a"));
        EntryWrite other = new EntryWrite("acme/other", List.of(set("a", 1)), "d", "o", false, true);
        EntryProbe.written(await(entries.storage().write(other)), 1);
        entries.written(set("a", 3));

        eventually("the change is told", () -> !heard.isEmpty());
        assertThat(heard).containsOnly(2L);
    }

    @Test
    default void a_subscription_that_has_ended_hears_nothing(EntryProbe entries) {
        entries.written(set("a", 1));
        List<Long> heard = new CopyOnWriteArrayList<>();
        List<Long> others = new CopyOnWriteArrayList<>();
        Subscription subscription = entries.storage().subscribe(STORE, heard::add);
        entries.storage().subscribe(STORE, others::add);
        subscription.close();
        subscription.close();

        entries.written(set("a", 2));

        eventually("the change is told", () -> !others.isEmpty());
        assertThat(heard).isEmpty();
    }

    @Test
    default void the_same_listener_can_subscribe_twice(EntryProbe entries) {
        entries.written(set("a", 1));
        List<Long> heard = new CopyOnWriteArrayList<>();
        java.util.function.LongConsumer listener = heard::add;
        Subscription first = entries.storage().subscribe(STORE, listener);
        entries.storage().subscribe(STORE, listener);
        first.close();
        first.close();

        entries.written(set("a", 2));

        eventually("the change is told", () -> !heard.isEmpty());
        assertThat(heard).containsExactly(2L);
    }

    @Test
    default void the_end_of_a_store_is_told_once(EntryProbe entries) {
        entries.written(set("a", 1));
        List<Long> heard = new CopyOnWriteArrayList<>();
        entries.storage().subscribe(STORE, heard::add);

        await(entries.storage().archiveStore(STORE));
        List<Long> late = new CopyOnWriteArrayList<>();
        entries.storage().subscribe(STORE, late::add);
        eventually("the end is told", () -> heard.contains(Long.MAX_VALUE) && late.contains(Long.MAX_VALUE));
        await(entries.storage().deleteStore(STORE));
        entries.written(set("a", 1));
        eventually("the next store is there", () -> entries.storeSeq() == 1);

        assertThat(heard).isSorted().containsOnlyOnce(Long.MAX_VALUE);
        assertThat(late).containsExactly(Long.MAX_VALUE);
    }

    @Test
    default void the_deletion_of_a_store_is_told_once(EntryProbe entries) {
        entries.written(set("a", 1));
        List<Long> heard = new CopyOnWriteArrayList<>();
        entries.storage().subscribe(STORE, heard::add);

        await(entries.storage().deleteStore(STORE));

        eventually("the end is told", () -> heard.contains(Long.MAX_VALUE));
        assertThat(heard).isSorted().containsOnlyOnce(Long.MAX_VALUE);
    }
}
