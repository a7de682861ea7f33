package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryChange;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.Key;
import dev.varve.api.RecordEvent;
import dev.varve.api.RecordListener;
import dev.varve.api.Repository;
import dev.varve.api.Required;
import dev.varve.api.Schema;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import dev.varve.api.spi.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What users of DustEcto rely on of subscriptions, and of the bridge that tells processes of one program; see {@link
 * RepositoryChecklistTest}. Varve's bridge is a {@link Flow.Publisher}, and what all who listen share needs no name.
 *
 * <pre>
 * item of the list                                  tests
 * upsert on a foreign set once complete             an_upsert_is_told_once_a_record_that_others_write_is_complete
 * incomplete is dropped                             (the same)
 * deleted on root delete                            deleted_is_told_when_the_record_is_deleted
 * the raw event                                     a_raw_event_has_path_value_and_store_seq_and_is_committed_as_all_are
 * prefix of several segments                        (all of them)
 * a field delete gives upserted and no deleted      the_delete_of_a_field_tells_an_upsert_and_no_delete
 * unsubscribe                                       unsubscribe_stops_it_and_is_harmless_afterwards
 * bridge: upsert, delete                            bridge_tells_upserts_and_deletes
 * bridge: two callers share, both receive           bridge_callers_share_and_each_is_told
 * bridge: HTTP                                      bridge_over_http_is_not_supported
 * bridge: stop, and when absent                     bridge_that_is_cancelled_stops_and_may_be_cancelled_again
 * </pre>
 */
@Timeout(240)
final class SubscriptionChecklistTest extends ReachedTest {

    @Schema(prefix = {"app", "links"})
    record Link(
            @Key String slug,
            @Required String title,
            @Required String url,
            @Nullable String note) {

        static Link of(String slug) {
            return new Link(slug, "Dust", "https://example.org", null);
        }
    }

    /** Notes what is told, in words. */
    private static final class Told implements RecordListener<Object>, Flow.Subscriber<Object> {

        private final List<String> events = new CopyOnWriteArrayList<>();
        private Flow.@Nullable Subscription subscription;

        @Override
        public void changed(Object event) {
            events.add(words(event));
        }

        private static String words(Object event) {
            return switch (event) {
                case RecordEvent.Upserted<?> upserted -> "upserted " + upserted.value() + " @" + upserted.storeSeq();
                case RecordEvent.Deleted<?> deleted -> "deleted " + deleted.key() + " @" + deleted.storeSeq();
                case EntryChange raw -> raw.kind() + " " + raw.path() + " " + raw.value() + " @" + raw.storeSeq();
                default -> event.toString();
            };
        }

        @Override
        public void ended(VarveException failure) {
            events.add("ended " + failure.kind());
        }

        @Override
        public synchronized void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(Object event) {
            changed(event);
        }

        @Override
        public void onError(Throwable failure) {
            events.add("ended " + failure);
        }

        @Override
        public void onComplete() {
            events.add("completed");
        }

        synchronized void cancel() {
            if (subscription != null) {
                subscription.cancel();
            }
        }

        /** All that was told, once the last of it is this. */
        void isTold(String... all) {
            Patience.await()
                    .pollInterval(Duration.ofMillis(10))
                    .untilAsserted(() -> assertThat(events).containsExactly(all));
        }
    }

    private static Repository<Link> links(Reached reached) {
        return reached.store.repository(Link.class);
    }

    private static long set(Reached reached, String field, String value) {
        return reached.others.entries().set(EntryPath.parse("app/links/" + field), EntryValue.of(value));
    }

    private static String upserted(String slug, long storeSeq) {
        return "upserted " + Link.of(slug) + " @" + storeSeq;
    }

    // ---- subscriptions

    @ParameterizedTest
    @MethodSource("telling")
    void an_upsert_is_told_once_a_record_that_others_write_is_complete(Transport.Kind kind) {
        Reached reached = by(kind);
        Told told = new Told();
        opened(links(reached).subscribe(told));
        set(reached, "dust/title", "Dust");
        long complete = set(reached, "dust/url", "https://example.org");
        set(reached, "half/title", "stays incomplete");
        long last =
                reached.others.repository(Link.class).insert(Link.of("last")).storeSeq();
        told.isTold(upserted("dust", complete), upserted("last", last));
    }

    @ParameterizedTest
    @MethodSource("telling")
    void deleted_is_told_when_the_record_is_deleted(Transport.Kind kind) {
        Reached reached = by(kind);
        reached.others.repository(Link.class).insert(Link.of("dust"));
        reached.settle();
        Told told = new Told();
        opened(links(reached).subscribe(told));
        long deleted = reached.others.repository(Link.class).delete("dust").storeSeq();
        told.isTold("deleted dust @" + deleted);
    }

    @ParameterizedTest
    @MethodSource("telling")
    void the_delete_of_a_field_tells_an_upsert_and_no_delete(Transport.Kind kind) {
        Reached reached = by(kind);
        reached.others.repository(Link.class).insert(new Link("dust", "Dust", "https://example.org", "noted"));
        reached.settle();
        Told told = new Told();
        opened(links(reached).subscribe(told));
        long field = reached.others.entries().delete(EntryPath.parse("app/links/dust/note"));
        told.isTold(upserted("dust", field));
    }

    @ParameterizedTest
    @MethodSource("telling")
    void deleting_all_tells_each_record_that_was_there_as_deleted(Transport.Kind kind) {
        Reached reached = by(kind);
        reached.others.repository(Link.class).insert(Link.of("a"));
        reached.others.repository(Link.class).insert(Link.of("b"));
        reached.settle();
        Told told = new Told();
        opened(links(reached).subscribe(told));
        long all = reached.others.repository(Link.class).deleteAll().storeSeq();
        told.isTold("deleted a @" + all, "deleted b @" + all);
    }

    @ParameterizedTest
    @MethodSource("telling")
    void one_write_of_several_fields_tells_one_upsert(Transport.Kind kind) {
        Reached reached = by(kind);
        Told told = new Told();
        opened(links(reached).subscribe(told));
        long own = links(reached).insert(Link.of("own")).storeSeq();
        long foreign =
                reached.others.repository(Link.class).insert(Link.of("foreign")).storeSeq();
        told.isTold(upserted("own", own), upserted("foreign", foreign));
    }

    @ParameterizedTest
    @MethodSource("telling")
    void a_raw_event_has_path_value_and_store_seq_and_is_committed_as_all_are(Transport.Kind kind) {
        Reached reached = by(kind);
        List<EntryChange> raw = new CopyOnWriteArrayList<>();
        opened(links(reached).subscribeRaw(raw::add));
        long seq = set(reached, "dust/title", "Dust");
        Patience.await().until(() -> raw.size() == 1);
        EntryChange told = raw.get(0);
        assertThat(told.path()).hasToString("app/links/dust/title");
        assertThat(told.value()).isEqualTo(EntryValue.of("Dust"));
        assertThat(told.kind()).isEqualTo(EntryOp.Kind.SET);
        assertThat(told.storeSeq()).isEqualTo(seq);
    }

    @ParameterizedTest
    @MethodSource("telling")
    void unsubscribe_stops_it_and_is_harmless_afterwards(Transport.Kind kind) {
        Reached reached = by(kind);
        Told stopped = new Told();
        Told told = new Told();
        Subscription subscription = links(reached).subscribe(stopped);
        opened(links(reached).subscribe(told));
        links(reached).unsubscribe(subscription);
        links(reached).unsubscribe(subscription);
        long seq = links(reached).insert(Link.of("dust")).storeSeq();
        told.isTold(upserted("dust", seq));
        assertThat(stopped.events).isEmpty();
    }

    // ---- the bridge

    @ParameterizedTest
    @MethodSource("telling")
    void bridge_tells_upserts_and_deletes(Transport.Kind kind) {
        Reached reached = by(kind);
        Told told = new Told();
        links(reached).publisher().subscribe(told);
        long inserted =
                reached.others.repository(Link.class).insert(Link.of("dust")).storeSeq();
        long deleted = reached.others.repository(Link.class).delete("dust").storeSeq();
        told.isTold(upserted("dust", inserted), "deleted dust @" + deleted);
        told.cancel();
    }

    @ParameterizedTest
    @MethodSource("telling")
    void bridge_callers_share_and_each_is_told(Transport.Kind kind) {
        Reached reached = by(kind);
        Flow.Publisher<RecordEvent<Link>> publisher = links(reached).publisher();
        List<Told> callers = List.of(new Told(), new Told());
        callers.forEach(publisher::subscribe);
        long seq = reached.others.repository(Link.class).insert(Link.of("dust")).storeSeq();
        callers.forEach(one -> one.isTold(upserted("dust", seq)));
        callers.forEach(Told::cancel);
    }

    @Test
    void bridge_over_http_is_not_supported() {
        Reached reached = by(Transport.Kind.HTTP);
        Told told = new Told();
        links(reached).publisher().subscribe(told);
        assertThat(told.events).singleElement().asString().startsWith("ended ").contains("live");
    }

    @ParameterizedTest
    @MethodSource("telling")
    void bridge_that_is_cancelled_stops_and_may_be_cancelled_again(Transport.Kind kind) {
        Reached reached = by(kind);
        List<Told> callers = new ArrayList<>(List.of(new Told(), new Told()));
        callers.forEach(one -> links(reached).publisher().subscribe(one));
        callers.get(0).cancel();
        callers.get(0).cancel();
        long seq = reached.others.repository(Link.class).insert(Link.of("dust")).storeSeq();
        callers.get(1).isTold(upserted("dust", seq));
        assertThat(callers.get(0).events).isEmpty();
        callers.get(1).cancel();
    }
}
