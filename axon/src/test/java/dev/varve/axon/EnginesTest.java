package dev.varve.axon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.AggregateId;
import dev.varve.api.EventStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.axonframework.eventsourcing.eventstore.AppendCondition;
import org.axonframework.eventsourcing.eventstore.AppendEventsTransactionRejectedException;
import org.axonframework.eventsourcing.eventstore.ConsistencyMarker;
import org.axonframework.eventsourcing.eventstore.EventStorageEngine;
import org.axonframework.eventsourcing.eventstore.GenericTaggedEventMessage;
import org.axonframework.eventsourcing.eventstore.GlobalIndexConsistencyMarker;
import org.axonframework.eventsourcing.eventstore.SourcingCondition;
import org.axonframework.eventsourcing.eventstore.TaggedEventMessage;
import org.axonframework.messaging.core.MessageStream;
import org.axonframework.messaging.core.MessageType;
import org.axonframework.messaging.core.QualifiedName;
import org.axonframework.messaging.eventhandling.EventMessage;
import org.axonframework.messaging.eventhandling.GenericEventMessage;
import org.axonframework.messaging.eventhandling.TerminalEventMessage;
import org.axonframework.messaging.eventstreaming.EventCriteria;
import org.axonframework.messaging.eventstreaming.StreamingCondition;
import org.axonframework.messaging.eventstreaming.Tag;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What engines have of a Varve, beyond what Axon's suites ask for. */
final class EnginesTest {

    private final Place place = Place.embedded();
    private final EventStore events = place.fresh();
    private final VarveEventStorageEngine tags = new VarveEventStorageEngine(events, Suites.converter());
    private final VarveAggregateEventStorageEngine aggregates =
            new VarveAggregateEventStorageEngine(events, Suites.converter());

    @AfterEach
    void close() {
        place.close();
    }

    private static TaggedEventMessage<?> event(String id, @Nullable String payload, Tag... tags) {
        return new GenericTaggedEventMessage<>(
                new GenericEventMessage(
                        id,
                        new MessageType("course.Changed", "7"),
                        payload,
                        Map.of("who", "ann"),
                        Instant.parse("2026-11-21T10:00:00.123456789Z")),
                Set.of(tags));
    }

    private static TaggedEventMessage<?> event(Tag... tags) {
        return event(UUID.randomUUID().toString(), "text", tags);
    }

    private static ConsistencyMarker append(
            EventStorageEngine engine, AppendCondition condition, TaggedEventMessage<?>... all) throws Exception {
        return commit(engine.appendEvents(condition, null, List.of(all)).get(10, TimeUnit.SECONDS));
    }

    private static <R> ConsistencyMarker commit(EventStorageEngine.AppendTransaction<R> transaction) throws Exception {
        return transaction
                .commit(null)
                .thenCompose(result -> transaction.afterCommit(result, null))
                .get(10, TimeUnit.SECONDS);
    }

    /** All that a finite stream has, the marker last. */
    private static List<MessageStream.Entry<EventMessage>> drained(MessageStream<EventMessage> stream)
            throws Exception {
        return stream.<List<MessageStream.Entry<EventMessage>>>reduce(new ArrayList<>(), (all, entry) -> {
                    all.add(entry);
                    return all;
                })
                .get(30, TimeUnit.SECONDS);
    }

    private static ConsistencyMarker marker(List<MessageStream.Entry<EventMessage>> entries) {
        MessageStream.Entry<EventMessage> last = entries.get(entries.size() - 1);
        assertThat(last.message()).isSameAs(TerminalEventMessage.INSTANCE);
        return Optional.ofNullable(last.getResource(ConsistencyMarker.RESOURCE_KEY))
                .orElseThrow();
    }

    @Test
    void an_event_comes_back_as_it_was() throws Exception {
        append(tags, AppendCondition.none(), event("not a UUID", "text", new Tag("a", "1")), event("0-0-0-0-1", null));

        List<MessageStream.Entry<EventMessage>> found =
                drained(tags.source(SourcingCondition.conditionFor(EventCriteria.havingAnyTag()), null));
        assertThat(found).hasSize(3);
        EventMessage first = found.get(0).message();
        assertThat(first.identifier()).isEqualTo("not a UUID");
        assertThat(first.type()).isEqualTo(new MessageType("course.Changed", "7"));
        assertThat(first.payload()).isEqualTo("text".getBytes(UTF_8));
        assertThat(first.metadata()).isEqualTo(Map.of("who", "ann"));
        assertThat(first.timestamp()).isEqualTo(Instant.parse("2026-11-21T10:00:00.123456789Z"));
        EventMessage second = found.get(1).message();
        assertThat(second.identifier()).isEqualTo("0-0-0-0-1");
        assertThat(second.payload()).isNull();
    }

    @Test
    void no_two_tags_are_the_same() throws Exception {
        append(
                tags,
                AppendCondition.none(),
                event(new Tag("a:b", "c")),
                event(new Tag("a", "b:c")),
                event(new Tag("a\\", "c")));
        for (Tag tag : List.of(new Tag("a:b", "c"), new Tag("a", "b:c"), new Tag("a\\", "c"))) {
            assertThat(drained(tags.source(SourcingCondition.conditionFor(EventCriteria.havingTags(tag)), null)))
                    .as(tag.toString())
                    .hasSize(2);
        }
    }

    @Test
    void criteria_that_take_every_event_beside_others_take_every_event() throws Exception {
        append(tags, AppendCondition.none(), event(new Tag("a", "1")), event(new Tag("b", "1")));
        EventCriteria all =
                EventCriteria.either(EventCriteria.havingTags(new Tag("a", "1")), EventCriteria.havingAnyTag());
        EventCriteria byType = EventCriteria.havingAnyTag().andBeingOneOfTypes(new QualifiedName("course.Changed"));
        EventCriteria byOther = EventCriteria.havingAnyTag().andBeingOneOfTypes(new QualifiedName("course.Other"));
        assertThat(drained(tags.source(SourcingCondition.conditionFor(all), null)))
                .hasSize(3);
        assertThat(drained(tags.source(SourcingCondition.conditionFor(byType), null)))
                .hasSize(3);
        assertThat(drained(tags.source(SourcingCondition.conditionFor(byOther), null)))
                .hasSize(1);
    }

    @Test
    void more_than_a_slice_is_sourced_in_order_as_of_the_beginning() throws Exception {
        Tag a = new Tag("order", "a");
        Tag b = new Tag("order", "b");
        append(aggregates, AppendCondition.none(), many(2_500, a));
        append(aggregates, AppendCondition.none(), many(1_200, b));
        EventCriteria both = EventCriteria.havingTags(a).or(EventCriteria.havingTags(b));

        MessageStream<EventMessage> byTags = tags.source(SourcingCondition.conditionFor(both), null);
        MessageStream<EventMessage> byAggregates = aggregates.source(SourcingCondition.conditionFor(both), null);
        append(aggregates, AppendCondition.none(), event(a), event(b));

        List<MessageStream.Entry<EventMessage>> tagged = drained(byTags);
        assertThat(tagged).hasSize(3_701);
        assertThat(marker(tagged)).isEqualTo(new GlobalIndexConsistencyMarker(3_700));
        List<MessageStream.Entry<EventMessage>> found = drained(byAggregates);
        assertThat(found).hasSize(3_701);
        ConsistencyMarker marker = marker(found);
        assertThatThrownBy(() ->
                        append(aggregates, AppendCondition.withCriteria(both).withMarker(marker), event(a)))
                .hasCauseInstanceOf(AppendEventsTransactionRejectedException.class);
    }

    private static TaggedEventMessage<?>[] many(int count, Tag tag) {
        return IntStream.range(0, count).mapToObj(i -> event(tag)).toArray(TaggedEventMessage<?>[]::new);
    }

    @Test
    void of_two_that_create_an_aggregate_one_does() throws Exception {
        Tag order = new Tag("order", "1");
        EventCriteria criteria = EventCriteria.havingTags(order);
        SourcingCondition sourcing = SourcingCondition.conditionFor(criteria);
        ConsistencyMarker one = marker(drained(aggregates.source(sourcing, null)));
        ConsistencyMarker other = marker(drained(aggregates.source(sourcing, null)));

        ConsistencyMarker after =
                append(aggregates, AppendCondition.withCriteria(criteria).withMarker(one), event(order));
        assertThatThrownBy(() -> append(
                        aggregates, AppendCondition.withCriteria(criteria).withMarker(other), event(order)))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(AppendEventsTransactionRejectedException.class);
        append(aggregates, AppendCondition.withCriteria(criteria).withMarker(after), event(order));
        assertThat(events.aggregate(new AggregateId("order", "1")).version()).isEqualTo(1);
    }

    @Test
    void a_condition_on_one_aggregate_lets_another_be_written() throws Exception {
        Tag order = new Tag("order", "1");
        Tag customer = new Tag("customer", "1");
        append(aggregates, AppendCondition.none(), event(order), event(customer));
        ConsistencyMarker seen = marker(
                drained(aggregates.source(SourcingCondition.conditionFor(EventCriteria.havingTags(order)), null)));
        AppendCondition condition =
                AppendCondition.withCriteria(EventCriteria.havingTags(order)).withMarker(seen);
        append(aggregates, condition, event(customer));
        append(aggregates, condition, event(order));
        assertThatThrownBy(() -> append(aggregates, condition, event(customer)))
                .hasCauseInstanceOf(AppendEventsTransactionRejectedException.class);
    }

    @Test
    void criteria_without_an_aggregate_are_told_apart() {
        MessageStream<EventMessage> stream =
                aggregates.source(SourcingCondition.conditionFor(EventCriteria.havingAnyTag()), null);
        assertThat(stream.error()).containsInstanceOf(IllegalArgumentException.class);
        CompletableFuture<?> refused = aggregates.appendEvents(
                AppendCondition.withCriteria(
                        EventCriteria.havingAnyTag().andBeingOneOfTypes(new QualifiedName("course.Changed"))),
                null,
                List.of(event(new Tag("order", "1"))));
        assertThat(refused).isCompletedExceptionally();
    }

    @Test
    void what_is_not_taken_from_a_stream_waits() throws Exception {
        append(tags, AppendCondition.none(), many(3_000, new Tag("a", "1")));
        MessageStream<EventMessage> stream = tags.stream(
                StreamingCondition.startingFrom(tags.firstToken(null).get()), null);
        try {
            List<EventMessage> taken = new ArrayList<>();
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> {
                stream.next().ifPresent(entry -> taken.add(entry.message()));
                while (stream.hasNextAvailable()) {
                    stream.next().ifPresent(entry -> taken.add(entry.message()));
                }
                return taken.size() == 3_000;
            });
        } finally {
            stream.close();
        }
        assertThat(stream.isCompleted()).isTrue();
    }
}
