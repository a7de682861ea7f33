package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.JSON;
import static dev.varve.testkit.StreamProbe.TEXT;
import static dev.varve.testkit.StreamProbe.bytes;
import static dev.varve.testkit.StreamProbe.eventually;
import static dev.varve.testkit.StreamProbe.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.Offset;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamChange;
import dev.varve.api.StreamConfig;
import dev.varve.api.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Who hears of changes. */
interface StreamListenerRules {

    /** What was heard of the streams that tests created; a storage's own streams are its own business. */
    private static List<StreamChange> ofUsers(List<StreamChange> heard) {
        return heard.stream().filter(change -> !change.path().startsWith("__")).toList();
    }

    private static StreamChange last(List<StreamChange> heard) {
        return heard.get(heard.size() - 1);
    }

    @Test
    default void a_listener_hears_of_an_append(StreamProbe streams) {
        long incarnation = streams.created("t/log", TEXT, "abc").incarnation();
        List<StreamChange> heard = new CopyOnWriteArrayList<>();
        streams.storage().subscribe("t/log", heard::add);

        streams.appended("t/log", "de");

        eventually("the append is told", () -> !heard.isEmpty());
        assertThat(heard)
                .containsExactly(new StreamChange(
                        "t/log", incarnation, StreamChange.Type.APPENDED, Offset.at(3), Offset.at(5), false));
    }

    @Test
    default void what_a_listener_heard_of_can_be_read(StreamProbe streams) {
        streams.created("t/log", TEXT);
        List<StreamChange> heard = new CopyOnWriteArrayList<>();
        streams.storage().subscribe("t/log", heard::add);
        List<CompletableFuture<AppendResult>> started = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            started.add(streams.storage().append(AppendRequest.of("t/log", "text/plain", bytes("x"))));
            if (!heard.isEmpty()) {
                Offset told = last(heard).next();
                assertThat(streams.page("t/log", Offset.BEGINNING).next()).isGreaterThanOrEqualTo(told);
            }
        }
        started.forEach(StreamProbe::await);
        eventually(
                "everything is told",
                () -> !heard.isEmpty() && last(heard).next().equals(Offset.at(50)));
        assertThat(heard.stream().map(StreamChange::next)).isSorted();
    }

    @Test
    default void a_listener_hears_of_the_closing(StreamProbe streams) {
        streams.created("t/log", TEXT);
        List<StreamChange> heard = new CopyOnWriteArrayList<>();
        streams.storage().subscribe("t/log", heard::add);

        streams.closed("t/log");

        eventually("the closing is told", () -> !heard.isEmpty());
        assertThat(last(heard).closed()).isTrue();
        assertThat(last(heard).type()).isEqualTo(StreamChange.Type.APPENDED);
    }

    @Test
    default void a_listener_hears_of_the_deletion(StreamProbe streams) {
        streams.created("t/log", TEXT);
        List<StreamChange> heard = new CopyOnWriteArrayList<>();
        streams.storage().subscribe("t/log", heard::add);

        streams.deleted("t/log");

        eventually("the deletion is told", () -> !heard.isEmpty());
        assertThat(last(heard).type()).isEqualTo(StreamChange.Type.DELETED);
    }

    @Test
    default void a_listener_may_come_before_its_stream_and_stay_for_the_next(StreamProbe streams) {
        List<StreamChange> heard = new CopyOnWriteArrayList<>();
        streams.storage().subscribe("t/log", heard::add);

        long first = streams.created("t/log", TEXT, "abc").incarnation();
        eventually("the creation is told", () -> !heard.isEmpty());
        streams.deleted("t/log");
        long second = streams.created("t/log", TEXT).incarnation();

        eventually("the second creation is told", () -> last(heard).incarnation() == second);
        assertThat(heard.get(0))
                .isEqualTo(
                        new StreamChange("t/log", first, StreamChange.Type.CREATED, Offset.ZERO, Offset.at(3), false));
    }

    @Test
    default void a_listener_hears_of_its_own_stream_alone_and_of_real_changes_alone(StreamProbe streams) {
        streams.created("t/log", JSON);
        streams.created("t/log2", JSON);
        List<StreamChange> heard = new CopyOnWriteArrayList<>();
        streams.storage().subscribe("t/log", heard::add);

        streams.appended("t/log2", "1");
        refused(streams.append(streams.request("t/log", "{")), ErrorKind.INVALID_JSON);
        streams.create(CreateRequest.of("t/log", JSON));
        streams.page("t/log", Offset.BEGINNING);
        Offset tail = streams.appended("t/log", "2");

        eventually("the append is told", () -> !heard.isEmpty());
        assertThat(heard).singleElement().extracting(StreamChange::next).isEqualTo(tail);
    }

    @Test
    default void every_listener_hears_and_a_closed_one_does_not(StreamProbe streams) {
        streams.created("t/log", TEXT);
        List<StreamChange> first = new CopyOnWriteArrayList<>();
        List<StreamChange> second = new CopyOnWriteArrayList<>();
        Subscription subscription = streams.storage().subscribe("t/log", first::add);
        streams.storage().subscribe("t/log", second::add);
        streams.appended("t/log", "a");
        eventually("both hear", () -> first.size() + second.size() == 2);

        subscription.close();
        subscription.close();
        streams.appended("t/log", "b");

        eventually("the second hears", () -> second.size() == 2);
        assertThat(first).hasSize(1);
    }

    @Test
    default void a_listener_that_fails_does_no_harm(StreamProbe streams) {
        streams.created("t/log", TEXT);
        List<StreamChange> heard = new CopyOnWriteArrayList<>();
        streams.storage().subscribe("t/log", change -> {
            throw new IllegalStateException("this listener always fails, as the test wants it");
        });
        streams.storage().subscribe("t/log", heard::add);

        streams.appended("t/log", "a");
        streams.appended("t/log", "b");

        eventually(
                "the other hears", () -> !heard.isEmpty() && last(heard).next().equals(Offset.at(2)));
        assertThat(streams.content("t/log")).isEqualTo("ab");
    }

    @Test
    default void a_listener_may_subscribe_and_unsubscribe(StreamProbe streams) {
        streams.created("t/log", TEXT);
        List<StreamChange> heard = new CopyOnWriteArrayList<>();
        List<Subscription> own = new CopyOnWriteArrayList<>();
        own.add(streams.storage().subscribe("t/log", change -> {
            own.forEach(Subscription::close);
            streams.storage().subscribe("t/log", heard::add);
        }));

        streams.appended("t/log", "a");
        eventually("the new listener is there", () -> {
            streams.appended("t/log", "b");
            return !heard.isEmpty();
        });

        assertThat(last(heard).type()).isEqualTo(StreamChange.Type.APPENDED);
    }

    // ---- all streams

    @Test
    default void a_listener_to_all_hears_every_change_once_in_order_before_the_writer(StreamProbe streams) {
        streams.needs(StreamCapability.SUBSCRIBE_ALL);
        List<StreamChange> heard = new CopyOnWriteArrayList<>();
        streams.storage().subscribeAll(heard::add);

        long a = streams.created("t/a", TEXT, "abc").incarnation();
        assertThat(ofUsers(heard)).hasSize(1);
        streams.appended("t/a", "d");
        assertThat(ofUsers(heard)).hasSize(2);
        long b = streams.created("u/b", StreamConfig.DEFAULT).incarnation();
        streams.closed("u/b");
        streams.appended(streams.request("t/a", "e").withClose());
        streams.deleted("t/a");

        assertThat(ofUsers(heard))
                .containsExactly(
                        new StreamChange("t/a", a, StreamChange.Type.CREATED, Offset.ZERO, Offset.at(3), false),
                        new StreamChange("t/a", a, StreamChange.Type.APPENDED, Offset.at(3), Offset.at(4), false),
                        new StreamChange("u/b", b, StreamChange.Type.CREATED, Offset.ZERO, Offset.ZERO, false),
                        new StreamChange("u/b", b, StreamChange.Type.APPENDED, Offset.ZERO, Offset.ZERO, true),
                        new StreamChange("t/a", a, StreamChange.Type.APPENDED, Offset.at(4), Offset.at(5), true),
                        new StreamChange("t/a", a, StreamChange.Type.DELETED, Offset.at(5), Offset.at(5), true));
    }

    @Test
    default void a_listener_to_all_hears_nothing_of_refusals_and_duplicates(StreamProbe streams) {
        streams.needs(StreamCapability.SUBSCRIBE_ALL, StreamCapability.PRODUCERS);
        streams.created("t/log", TEXT);
        streams.appended(streams.request("t/log", "a", "p", 0, 0));
        List<StreamChange> heard = new CopyOnWriteArrayList<>();
        streams.storage().subscribeAll(heard::add);

        streams.duplicate(streams.request("t/log", "a", "p", 0, 0));
        refused(streams.append(streams.request("t/log", "a", "p", 0, 2)), ErrorKind.PRODUCER_GAP);
        streams.create(CreateRequest.of("t/log", TEXT));
        refused(streams.delete("t/none"), ErrorKind.NOT_FOUND);

        assertThat(heard).isEmpty();
    }

    @Test
    default void a_fork_is_told_from_its_fork_point(StreamProbe streams) {
        streams.needs(StreamCapability.SUBSCRIBE_ALL, StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        List<StreamChange> heard = new CopyOnWriteArrayList<>();
        streams.storage().subscribeAll(heard::add);

        long incarnation = streams.created(CreateRequest.of("t/fork", TEXT)
                        .withFork(Fork.atTailOf("t/source"))
                        .withBody(bytes("de")))
                .incarnation();

        assertThat(ofUsers(heard))
                .containsExactly(new StreamChange(
                        "t/fork", incarnation, StreamChange.Type.CREATED, Offset.at(3), Offset.at(5), false));
    }

    @Test
    default void an_atomic_append_is_told_item_by_item(StreamProbe streams) {
        streams.needs(StreamCapability.SUBSCRIBE_ALL, StreamCapability.ATOMIC_APPEND);
        streams.created("t/a", TEXT);
        streams.created("t/b", TEXT);
        List<StreamChange> heard = new CopyOnWriteArrayList<>();
        streams.storage().subscribeAll(heard::add);

        streams.appendAll(streams.request("t/a", "1"), streams.request("t/b", "22"));
        streams.appendAll(streams.request("t/a", "1"), streams.request("t/b", ""));

        assertThat(ofUsers(heard)).extracting(StreamChange::path).containsExactly("t/a", "t/b");
        assertThat(ofUsers(heard)).extracting(StreamChange::next).containsExactly(Offset.at(1), Offset.at(2));
    }

    @Test
    default void a_closed_listener_to_all_hears_nothing(StreamProbe streams) {
        streams.needs(StreamCapability.SUBSCRIBE_ALL);
        List<StreamChange> heard = new CopyOnWriteArrayList<>();
        Subscription subscription = streams.storage().subscribeAll(heard::add);
        streams.created("t/a", TEXT);
        int before = heard.size();

        subscription.close();
        subscription.close();
        streams.created("t/b", TEXT);

        assertThat(before).isPositive();
        assertThat(heard).hasSize(before);
    }
}
