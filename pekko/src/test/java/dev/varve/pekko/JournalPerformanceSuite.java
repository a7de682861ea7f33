package dev.varve.pekko;

import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.persistence.japi.journal.JavaJournalPerfSpec;
import org.apache.pekko.persistence.journal.JournalSpec$;
import org.jspecify.annotations.Nullable;
import org.scalactic.source.Position;
import org.scalatest.Informer;
import scala.Option;

/** Pekko's suite of the journal, with many events. Made by its runner. */
public final class JournalPerformanceSuite extends JavaJournalPerfSpec {

    private @Nullable ActorSystem system;

    public JournalPerformanceSuite() {
        super(Place.COMMON);
    }

    /** Asked for before the constructor of this class runs. */
    @Override
    public synchronized ActorSystem system() {
        ActorSystem started = system;
        if (started == null) {
            started = SuiteRun.system(config().withFallback(JournalSpec$.MODULE$.config()));
            system = started;
        }
        return started;
    }

    /** Each of its events waits for the disk, where there is one. */
    @Override
    public int eventsCount() {
        return 1_000;
    }

    /** How long it took is nobody's business here. */
    @Override
    public Informer info() {
        return new Informer() {
            @Override
            public void apply(String message, Option<Object> payload, Position position) {}
        };
    }

    @Override
    public int measurementIterations() {
        return 2;
    }

    @Override
    public long awaitDurationMillis() {
        return 60_000;
    }
}
