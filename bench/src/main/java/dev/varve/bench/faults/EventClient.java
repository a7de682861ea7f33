package dev.varve.bench.faults;

import dev.varve.api.ErrorKind;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.bench.events.EventNotes;
import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Has the scene's clients of events make one request after the other over a connection of the Java client, which sends nothing again by itself, and looks
 * at how each ended. Confined to one thread.
 */
final class EventClient implements AutoCloseable {

    private final Scene scene;
    private final Answers answers;
    private final Duration timeout;
    private @Nullable Varve varve;

    EventClient(Scene scene, Answers answers, int timeoutMillis) {
        this.scene = scene;
        this.answers = answers;
        this.timeout = Duration.ofMillis(timeoutMillis);
    }

    /** A step of a writer of the log. Returns whether it was answered as it should be. */
    boolean append(int writer) {
        return ask("an append of events", connection -> scene.events().append(writer, connection));
    }

    /** A step of a client of transactions. Returns whether it was answered as it should be. */
    boolean transact(int counter) {
        return ask("a transaction", connection -> scene.events().transact(counter, connection));
    }

    private boolean ask(String what, Predicate<Varve> request) {
        double sent = System.currentTimeMillis() / 1_000.0;
        try {
            if (request.test(connection())) {
                answers.good(sent, what);
            }
            return true;
        } catch (VarveException e) {
            switch (e.kind()) {
                case NETWORK, TIMEOUT -> answers.none();
                default -> answers.bad(what, problem(e.kind()), e.retryAfter().isPresent(), e.toString());
            }
            return false;
        }
    }

    /** As it comes over HTTP. */
    private static String problem(ErrorKind kind) {
        int status = switch (kind) {
            case OUTCOME_UNKNOWN -> 500;
            case UNAVAILABLE, OVERLOADED -> 503;
            case OUT_OF_SPACE -> 507;
            default -> 0;
        };
        return status + " " + kind.wireName();
    }

    private Varve connection() {
        Varve open = varve;
        if (open == null) {
            open = EventNotes.connect(scene.port(), timeout);
            varve = open;
        }
        return open;
    }

    @Override
    public void close() {
        if (varve != null) {
            varve.close();
        }
    }
}
