package dev.varve.pekko;

import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.persistence.japi.journal.JavaJournalSpec;
import org.apache.pekko.persistence.journal.JournalSpec$;
import org.jspecify.annotations.Nullable;

/** Pekko's suite of the journal. Made by its runner. */
public final class JournalSuite extends JavaJournalSpec {

    private @Nullable ActorSystem system;

    public JournalSuite() {
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
}
