package dev.varve.axon;

import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.StoredEvent;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.axonframework.common.infra.ComponentDescriptor;
import org.axonframework.eventsourcing.eventstore.AppendCondition;
import org.axonframework.eventsourcing.eventstore.AppendEventsTransactionRejectedException;
import org.axonframework.eventsourcing.eventstore.ConsistencyMarker;
import org.axonframework.eventsourcing.eventstore.EmptyAppendTransaction;
import org.axonframework.eventsourcing.eventstore.EventStorageEngine;
import org.axonframework.eventsourcing.eventstore.SourcingCondition;
import org.axonframework.eventsourcing.eventstore.TaggedEventMessage;
import org.axonframework.messaging.core.Context;
import org.axonframework.messaging.core.LegacyResources;
import org.axonframework.messaging.core.MessageStream;
import org.axonframework.messaging.core.MessageStream.Entry;
import org.axonframework.messaging.core.SimpleEntry;
import org.axonframework.messaging.core.unitofwork.ProcessingContext;
import org.axonframework.messaging.eventhandling.EventMessage;
import org.axonframework.messaging.eventhandling.conversion.EventConverter;
import org.axonframework.messaging.eventhandling.processing.streaming.token.GlobalSequenceTrackingToken;
import org.axonframework.messaging.eventhandling.processing.streaming.token.TrackingToken;
import org.axonframework.messaging.eventhandling.processing.streaming.token.WrappedToken;
import org.axonframework.messaging.eventstreaming.StreamingCondition;
import org.jspecify.annotations.Nullable;

/**
 * What both engines have in common. Tokens, markers and positions to start at count events: the position of the next event, which
 * is one more than that of the last one that was seen.
 */
abstract class VarveStorageEngine implements EventStorageEngine {

    /** Where the store is waited for, and where programs go on. */
    private static final Executor VIRTUAL_THREADS = Thread::startVirtualThread;

    final EventStore events;
    private final AxonEvents messages;

    VarveStorageEngine(EventStore events, EventConverter converter, String contentType) {
        this.events = events;
        this.messages = new AxonEvents(converter, contentType);
    }

    /** What is appended, and what must hold. Throws when the events cannot be. */
    abstract EventAppend append(
            AppendCondition condition, EventAppend.Builder builder, List<TaggedEventMessage<?>> tagged);

    /** The marker of whoever has made the append. */
    abstract ConsistencyMarker after(AppendCondition condition, EventAppendResult.Appended appended);

    /** The events of the condition, and the marker; the first slice was read when it returns. */
    abstract MessageStream<EventMessage> sourced(SourcingCondition condition);

    final void add(
            EventAppend.Builder builder, dev.varve.api.@Nullable AggregateId aggregate, TaggedEventMessage<?> tagged) {
        if (aggregate == null) {
            builder.event(messages.write(tagged));
        } else {
            builder.event(aggregate, messages.write(tagged));
        }
    }

    @Override
    public final CompletableFuture<AppendTransaction<?>> appendEvents(
            AppendCondition condition, @Nullable ProcessingContext context, List<TaggedEventMessage<?>> tagged) {
        if (tagged.isEmpty()) {
            return CompletableFuture.completedFuture(EmptyAppendTransaction.INSTANCE);
        }
        try {
            return CompletableFuture.completedFuture(
                    new Transaction(condition, append(condition, EventAppend.builder(), tagged)));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Everything happens when it is committed: the store checks and writes at once. */
    private final class Transaction implements AppendTransaction<EventAppendResult.Appended> {
        private final AppendCondition condition;
        private final EventAppend append;
        private final AtomicBoolean finished = new AtomicBoolean();

        Transaction(AppendCondition condition, EventAppend append) {
            this.condition = condition;
            this.append = append;
        }

        @Override
        public CompletableFuture<EventAppendResult.Appended> commit(@Nullable ProcessingContext context) {
            if (finished.getAndSet(true)) {
                return CompletableFuture.failedFuture(
                        new IllegalStateException("the transaction was committed or rolled back already"));
            }
            // What goes on from here is the program's, and may block: not on a thread of the store.
            return events.appendAsync(append).thenComposeAsync(this::answer, VIRTUAL_THREADS);
        }

        private CompletableFuture<EventAppendResult.Appended> answer(EventAppendResult result) {
            if (result instanceof EventAppendResult.Refused refused) {
                return CompletableFuture.failedFuture(failure(refused));
            }
            return CompletableFuture.completedFuture((EventAppendResult.Appended) result);
        }

        private Exception failure(EventAppendResult.Refused refused) {
            EventsRefusedException cause = new EventsRefusedException(refused);
            return switch (refused.reason()) {
                case CONDITION_FAILED, WRONG_EXPECTED_VERSION -> {
                    Exception rejected = AppendEventsTransactionRejectedException.conflictingEventsDetected(
                            condition.consistencyMarker());
                    rejected.addSuppressed(cause);
                    yield rejected;
                }
                default -> cause;
            };
        }

        @Override
        public void rollback(@Nullable ProcessingContext context) {
            finished.set(true);
        }

        @Override
        public CompletableFuture<ConsistencyMarker> afterCommit(
                EventAppendResult.Appended appended, @Nullable ProcessingContext context) {
            return CompletableFuture.completedFuture(after(condition, appended));
        }
    }

    @Override
    public final MessageStream<EventMessage> source(SourcingCondition condition, @Nullable ProcessingContext context) {
        try {
            return sourced(condition);
        } catch (RuntimeException e) {
            return MessageStream.failed(e);
        }
    }

    final MessageStream<EventMessage> sourced(List<SourcedMessages.Part> parts, ConsistencyMarker marker) {
        return new SourcedMessages(events, parts, VarveStorageEngine::entry, marker, VIRTUAL_THREADS);
    }

    @Override
    public final MessageStream<EventMessage> stream(StreamingCondition condition, @Nullable ProcessingContext context) {
        try {
            return streamed(condition);
        } catch (RuntimeException e) {
            return MessageStream.failed(e);
        }
    }

    private MessageStream<EventMessage> streamed(StreamingCondition condition) {
        TrackingToken token = condition.position() == null ? null : WrappedToken.unwrapLowerBound(condition.position());
        long next = token == null ? 0 : Math.max(0, token.position().orElse(0));
        EventRead read =
                EventRead.all().matching(AxonEvents.query(condition.criteria())).after(next - 1);
        return new FollowedMessages(events, read, VarveStorageEngine::entry);
    }

    private static Entry<EventMessage> entry(StoredEvent event) {
        Context context = TrackingToken.addToContext(Context.empty(), token(event.position() + 1));
        if (event.aggregate() != null) {
            context = context.withResource(
                            LegacyResources.AGGREGATE_TYPE_KEY,
                            event.aggregate().type())
                    .withResource(
                            LegacyResources.AGGREGATE_IDENTIFIER_KEY,
                            event.aggregate().id())
                    .withResource(LegacyResources.AGGREGATE_SEQUENCE_NUMBER_KEY, event.version());
        }
        return new SimpleEntry<>(AxonEvents.read(event), context);
    }

    private static TrackingToken token(long next) {
        return new GlobalSequenceTrackingToken(next);
    }

    @Override
    public final CompletableFuture<TrackingToken> firstToken(@Nullable ProcessingContext context) {
        return CompletableFuture.completedFuture(token(0));
    }

    @Override
    public final CompletableFuture<TrackingToken> latestToken(@Nullable ProcessingContext context) {
        return CompletableFuture.supplyAsync(() -> token(events.head() + 1), VIRTUAL_THREADS);
    }

    @Override
    public final CompletableFuture<TrackingToken> tokenAt(Instant at, @Nullable ProcessingContext context) {
        EventRead read = EventRead.all().from(at).withLimit(1);
        return CompletableFuture.supplyAsync(
                () -> {
                    EventSlice slice = events.read(read);
                    while (slice.events().isEmpty() && slice.more()) {
                        slice = events.read(read.after(slice.next()));
                    }
                    return token(
                            slice.events().isEmpty()
                                    ? slice.head() + 1
                                    : slice.events().get(0).position());
                },
                VIRTUAL_THREADS);
    }

    @Override
    public final void describeTo(ComponentDescriptor descriptor) {
        descriptor.describeProperty("events", events);
    }
}
