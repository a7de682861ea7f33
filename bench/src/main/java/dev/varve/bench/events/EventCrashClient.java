package dev.varve.bench.events;

import dev.varve.api.ErrorKind;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.client.VarveClient;
import java.net.URI;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A client of a server that is killed again and again: it remembers what it was told, and what it was not told, and compares that with what
 * is there after each crash. Sends nothing again by itself. Confined to one thread at a time.
 */
abstract class EventCrashClient {

    private static final Duration TIMEOUT = Duration.ofSeconds(150);

    /** What says something about events, and not that nobody knows what became of a request. */
    private static final Set<ErrorKind> ANSWERS = EnumSet.of(
            ErrorKind.NOT_FOUND,
            ErrorKind.CONFLICT,
            ErrorKind.GONE,
            ErrorKind.INVALID_PARAMS,
            ErrorKind.EVENT_ID_REUSED);

    final Random random;

    /** Changes that were answered. */
    long acknowledged;

    /** Those of them that were acknowledged as made just now. */
    long madeNow;

    private final Map<String, Long> counts = new TreeMap<>();

    EventCrashClient(long seed) {
        this.random = new Random(seed);
    }

    /** A connection that asks once. */
    static Varve connect(URI url) {
        return connect(url, TIMEOUT);
    }

    /** The same, which waits so long for an answer. */
    static Varve connect(URI url, Duration timeout) {
        return VarveClient.builder(url)
                .retryFor(Duration.ZERO)
                .requestTimeout(timeout)
                .connect();
    }

    /**
     * Makes one request or a few that belong together.
     *
     * @return what went wrong, or null
     * @throws VarveException when the server is gone
     */
    abstract @Nullable String step(Varve varve);

    /** Compares what is there with what it was told; then there is no doubt any more. Returns what is wrong, or null. */
    abstract @Nullable String check(Varve varve);

    /** The same once more when all is over, with all that takes its time. */
    @Nullable String finish(Varve varve) {
        return null;
    }

    /** Makes requests until the server is gone. Returns what went wrong, or null. */
    final @Nullable String write(URI url) {
        try (Varve varve = connect(url)) {
            while (!Thread.currentThread().isInterrupted()) {
                String wrong = step(varve);
                if (wrong != null) {
                    return wrong;
                }
            }
        } catch (VarveException e) {
            if (isAnswer(e.kind())) {
                return "failed: " + e;
            }
            // The server was killed: what was under way stays in doubt.
        }
        return null;
    }

    /** Whether a failure is an answer to what was asked. */
    static boolean isAnswer(ErrorKind kind) {
        return ANSWERS.contains(kind);
    }

    final void count(String what) {
        counts.merge(what, 1L, Long::sum);
    }

    /** What happened, and how often. */
    final Map<String, Long> counts() {
        return counts;
    }

    /** Adds what happened, and how often, to what is known of clients of this kind. */
    final void addTo(Map<String, Map<String, Long>> all) {
        Map<String, Long> its = all.computeIfAbsent(getClass().getSimpleName(), name -> new TreeMap<>());
        its.merge("acknowledged", acknowledged, Long::sum);
        counts.forEach((what, times) -> its.merge(what, times, Long::sum));
    }
}
