package dev.varve.pekko;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import dev.varve.api.AggregateId;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.testkit.ModelEventStorage;
import java.util.Objects;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.testkit.javadsl.TestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import scala.Option;

/** A message comes back as it was. */
final class PersistentEventsTest {

    private static final ActorSystem SYSTEM =
            ActorSystem.create("events", Place.COMMON.withFallback(ConfigFactory.load()));
    private static final AggregateId AGGREGATE = new AggregateId("pekko", "p");

    private final EventStore store = EventStore.over(new ModelEventStorage(System::currentTimeMillis), "acme/events");
    private final PersistentEvents events = new PersistentEvents((ExtendedActorSystem) SYSTEM);

    @AfterAll
    static void stop() {
        TestKit.shutdownActorSystem(SYSTEM);
    }

    @Test
    void with_all_that_pekko_says_of_it() {
        ActorRef sender = new TestKit(SYSTEM).getRef();
        PersistentRepr message = PersistentRepr.apply("payload", 1, "p", "manifest", false, sender, "writer")
                .withTimestamp(1_234_567)
                .withMetadata(42L);

        store.append(AGGREGATE, ExpectedVersion.noStream(), events.write(message));
        PersistentRepr read = Objects.requireNonNull(events.read(
                "p", store.fetch(AGGREGATE, EventStore.EMPTY).events().get(0)));

        assertThat(read).isEqualTo(message);
        assertThat(read.timestamp()).isEqualTo(1_234_567);
        assertThat(read.metadata()).isEqualTo(Option.apply(42L));
    }

    @Test
    void a_rejected_one_does_not() {
        store.append(AGGREGATE, ExpectedVersion.any(), PersistentEvents.rejected());
        assertThat(store.fetch(AGGREGATE, EventStore.EMPTY).events())
                .singleElement()
                .satisfies(event -> assertThat(events.read("p", event)).isNull());
    }
}
