package dev.varve.axon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EventData;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.axonframework.common.configuration.AxonConfiguration;
import org.axonframework.eventsourcing.annotation.EventSourcedEntity;
import org.axonframework.eventsourcing.annotation.EventSourcingHandler;
import org.axonframework.eventsourcing.annotation.EventTag;
import org.axonframework.eventsourcing.annotation.reflection.EntityCreator;
import org.axonframework.eventsourcing.configuration.EventSourcedEntityModule;
import org.axonframework.eventsourcing.configuration.EventSourcingConfigurer;
import org.axonframework.eventsourcing.eventstore.AppendEventsTransactionRejectedException;
import org.axonframework.eventsourcing.eventstore.EventStorageEngine;
import org.axonframework.messaging.commandhandling.annotation.CommandHandler;
import org.axonframework.messaging.commandhandling.gateway.CommandGateway;
import org.axonframework.messaging.eventhandling.annotation.EventHandler;
import org.axonframework.messaging.eventhandling.conversion.EventConverter;
import org.axonframework.messaging.eventhandling.gateway.EventAppender;
import org.axonframework.modelling.annotation.TargetEntityId;
import org.junit.jupiter.api.Test;

/** A program of Axon's that decides commands over what it has sourced, and streams it, with each of the engines. */
final class CourseTest {

    /** A command. */
    public record Enroll(@TargetEntityId String course, String student) {}

    /** What it leads to. */
    public record Enrolled(@EventTag(key = "course") String course, String student) {}

    /** Has three seats. */
    @EventSourcedEntity(tagKey = "course")
    public static final class Course {

        private final List<String> students = new ArrayList<>();

        @EntityCreator
        public Course() {}

        @CommandHandler
        public void handle(Enroll command, EventAppender events) {
            if (students.size() == 3) {
                throw new IllegalStateException("the course is full");
            }
            events.append(new Enrolled(command.course(), command.student()));
        }

        @EventSourcingHandler
        public void on(Enrolled event) {
            students.add(event.student());
        }
    }

    /** Is told of every event that is stored. */
    public static final class Names {

        private final Queue<String> seen;

        Names(Queue<String> seen) {
            this.seen = seen;
        }

        @EventHandler
        public void on(Enrolled event) {
            seen.add(event.student());
        }
    }

    @Test
    void with_conditions_on_tags_no_seat_is_taken_twice() throws Exception {
        enrol(converter -> events -> new VarveEventStorageEngine(events, converter, EventData.JSON));
    }

    @Test
    void with_aggregates_no_seat_is_taken_twice() throws Exception {
        enrol(converter -> events -> new VarveAggregateEventStorageEngine(events, converter, EventData.JSON));
    }

    /** Ten want three seats at a time, each as often as somebody else was before. */
    private static void enrol(Function<EventConverter, Function<EventStore, EventStorageEngine>> engine)
            throws Exception {
        try (Place place = Place.embedded()) {
            EventStore events = place.fresh();
            Queue<String> seen = new ConcurrentLinkedQueue<>();
            AxonConfiguration program = EventSourcingConfigurer.create()
                    .registerEventStorageEngine(
                            configuration -> engine.apply(configuration.getComponent(EventConverter.class))
                                    .apply(events))
                    .registerEntity(EventSourcedEntityModule.autodetected(String.class, Course.class))
                    .messaging(messaging -> messaging.eventProcessing(processing ->
                            processing.pooledStreaming(pooled -> pooled.defaultProcessor(
                                    "names", handlers -> handlers.autodetected(configuration -> new Names(seen))))))
                    .build();
            program.start();
            try {
                CommandGateway commands = program.getComponent(CommandGateway.class);
                List<CompletableFuture<Boolean>> answers = IntStream.range(0, 10)
                        .mapToObj(i -> CompletableFuture.supplyAsync(() -> enrolled(commands, "s" + i)))
                        .toList();
                int seats = 0;
                for (CompletableFuture<Boolean> answer : answers) {
                    seats += answer.get(60, TimeUnit.SECONDS) ? 1 : 0;
                }
                assertThat(seats).isEqualTo(3);
                Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> seen.size() == 3);
            } finally {
                program.shutdown();
            }
            List<StoredEvent> found = events.read(EventRead.all().matching(EventQuery.tags("course:c1")))
                    .events();
            assertThat(found).hasSize(3).allSatisfy(event -> {
                assertThat(event.type()).isEqualTo(Enrolled.class.getName());
                assertThat(event.data().text()).contains("\"course\":\"c1\"");
            });
        }
    }

    private static boolean enrolled(CommandGateway commands, String student) {
        while (true) {
            try {
                commands.send(new Enroll("c1", student), Object.class).get(60, TimeUnit.SECONDS);
                return true;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof IllegalStateException) {
                    return false;
                }
                assertThat(e.getCause()).isInstanceOf(AppendEventsTransactionRejectedException.class);
            } catch (InterruptedException | TimeoutException e) {
                throw new AssertionError(e);
            }
        }
    }
}
