package dev.varve.pekko;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateSettings;
import dev.varve.api.EventData;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.StoredEvent;
import dev.varve.testkit.ModelEventStorage;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.PoisonPill;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.persistence.SaveSnapshotFailure;
import org.apache.pekko.testkit.javadsl.TestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What persistent actors have of a Varve, beyond what Pekko's suites ask for. */
final class ActorsTest {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final AggregateId ONE = new AggregateId("Notes", "1");

    private final EventStore events = EventStore.over(new ModelEventStorage(System::currentTimeMillis), "acme/notes");

    private final ActorSystem system = started(Place.COMMON, VarveSetup.of(events));
    private final TestKit probe = new TestKit(system);

    private static ActorSystem started(Config config, VarveSetup... setup) {
        ActorSystemSetup all =
                ActorSystemSetup.create(BootstrapSetup.create(config.withFallback(ConfigFactory.load())));
        for (VarveSetup one : setup) {
            all = all.withSetup(one);
        }
        return ActorSystem.create("notes", all);
    }

    @AfterEach
    void stop() {
        TestKit.shutdownActorSystem(system);
    }

    private ActorRef notes() {
        return system.actorOf(Notes.props("Notes|1", probe.getRef()));
    }

    private void tell(ActorRef notes, Object message, Object... answers) {
        notes.tell(message, ActorRef.noSender());
        for (Object answer : answers) {
            assertThat(probe.receiveOne(SOON)).isEqualTo(answer);
        }
    }

    private void end(ActorRef notes) {
        probe.watch(notes);
        notes.tell(PoisonPill.getInstance(), ActorRef.noSender());
        probe.expectTerminated(SOON, notes);
    }

    @Test
    void an_event_is_found_by_what_it_is_and_by_its_tags() {
        ActorRef notes = notes();
        tell(notes, "plain", "plain");
        tell(notes, new Notes.Tag("tagged", Set.of("red", "blue")), "tagged");

        List<StoredEvent> red = events.read(EventRead.all().matching(EventQuery.tags("red", "blue")))
                .events();
        assertThat(red).singleElement().satisfies(event -> {
            assertThat(event.aggregate()).isEqualTo(ONE);
            assertThat(event.version()).isEqualTo(1);
            assertThat(event.type()).isEqualTo("java.lang.String");
            assertThat(event.data()).isEqualTo(EventData.of("application/octet-stream", "tagged".getBytes(UTF_8)));
        });
        end(notes);
        tell(notes(), new Notes.Read(), List.of("plain", "tagged"));
    }

    @Test
    void a_rejected_event_leaves_nothing_and_numbering_goes_on() {
        ActorRef notes = notes();
        tell(notes, "first", "first");
        tell(notes, new Notes.Unwritable(), new Notes.Failed("rejected", "NotSerializableException"));
        tell(notes, "third", "third");
        end(notes);

        ActorRef again = notes();
        tell(again, new Notes.Read(), List.of("first", "third"));
        tell(again, "fourth", "fourth");
        assertThat(events.aggregate(ONE).version()).isEqualTo(3);
    }

    @Test
    void an_event_that_is_too_large_is_rejected_alone() {
        ActorRef notes = notes();
        String large = "x".repeat(EventData.MAX_BYTES + 1);
        tell(notes, large, new Notes.Failed("rejected", "VarveException"));
        tell(notes, "small", "small");
        end(notes);
        tell(notes(), new Notes.Read(), List.of("small"));
    }

    @Test
    void events_that_are_persisted_together_are_one_append() {
        List<String> many = IntStream.range(0, 2_500).mapToObj(i -> "n" + i).toList();
        ActorRef notes = notes();
        tell(notes, new Notes.All(many), many.toArray());
        StoredEvent last =
                events.read(EventRead.of(ONE).backward().withLimit(1)).events().get(0);
        assertThat(last.appendFirst()).isZero();
        assertThat(last.appendLast()).isEqualTo(2_499);
        end(notes);
        tell(notes(), new Notes.Read(), many);
    }

    @Test
    void a_writer_that_was_overtaken_is_stopped() {
        ActorRef notes = notes();
        tell(notes, "first", "first");
        events.append(ONE, ExpectedVersion.any(), NewEvent.json("Other", "{}"));

        probe.watch(notes);
        tell(notes, "second", new Notes.Failed("second", "wrong expected version"));
        probe.expectTerminated(SOON, notes);
        assertThat(events.aggregate(ONE).version()).isEqualTo(1);
    }

    @Test
    void deleting_truncates_and_leaves_other_settings_alone() {
        ActorRef notes = notes();
        tell(notes, "first", "first");
        events.configure(ONE, AggregateSettings.NONE.withMaxCount(1_000));
        tell(notes, "second", "second");
        tell(notes, new Notes.Save(), "saved");
        tell(notes, new Notes.Forget(), "forgotten");

        AggregateInfo info = events.aggregate(ONE);
        assertThat(info.settings())
                .isEqualTo(AggregateSettings.NONE.withMaxCount(1_000).withTruncateBefore(2));
        assertThat(info.version()).isEqualTo(1);
        assertThat(events.fetch(ONE, EventStore.EMPTY).events()).isEmpty();

        tell(notes, new Notes.Save(), "saved");
        tell(notes, "third", "third");
        end(notes);
        tell(notes(), new Notes.Read(), List.of("first", "second", "third"));
    }

    @Test
    void a_snapshot_without_events_is_refused() {
        tell(notes(), new Notes.Save());
        assertThat(probe.receiveOne(SOON)).isInstanceOf(SaveSnapshotFailure.class);
    }

    @Test
    void who_configures_nothing_is_told_what_to_set() {
        ActorSystem bare = started(Place.COMMON);
        try {
            TestKit told = new TestKit(bare);
            bare.actorOf(Notes.props("p", told.getRef()));
            assertThat(told.receiveOne(SOON))
                    .isInstanceOfSatisfying(
                            Notes.Failed.class,
                            failed -> assertThat(failed.cause()).contains("varve-journal needs a store"));
        } finally {
            TestKit.shutdownActorSystem(bare);
        }
    }
}
