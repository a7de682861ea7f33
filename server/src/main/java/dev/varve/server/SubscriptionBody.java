package dev.varve.server;

import dev.varve.api.EventRead;
import dev.varve.api.Settlement;
import dev.varve.api.SubscriptionSettings;
import dev.varve.api.SubscriptionSettings.Distribution;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads what the bodies of the routes of subscriptions of events say. Stateless. */
final class SubscriptionBody {

    private static final int DEFAULT_MAX = 10;

    private SubscriptionBody() {}

    // ---- settings

    /** Settings; what is not said is as it was before, and as by default where there was nothing before. */
    static SubscriptionSettings settings(EventsBody body, @Nullable SubscriptionSettings before) {
        SubscriptionSettings[] settings = {before == null ? SubscriptionSettings.of(EventRead.all()) : before};
        body.object("the body", name -> {
            SubscriptionSettings changed = settings(body, name, settings[0]);
            if (changed == null) {
                return false;
            }
            settings[0] = changed;
            return true;
        });
        return settings[0];
    }

    private static @Nullable SubscriptionSettings settings(EventsBody body, String name, SubscriptionSettings before) {
        return switch (name) {
            case "events" -> before.withEvents(EventsRead.subscription(body.asked(name)));
            case "message_timeout_ms" -> before.withMessageTimeout(Duration.ofMillis(body.whole(name)));
            case "max_retries" -> before.withRetries(whole(body, name), before.retryPause());
            case "retry_pause_ms" -> before.withRetries(before.maxRetries(), Duration.ofMillis(body.whole(name)));
            case "max_in_flight" -> before.withMaxInFlight(whole(body, name));
            case "max_consumers" -> before.withMaxConsumers(whole(body, name));
            case "distribution" -> before.withDistribution(distribution(body.text(name)));
            default -> null;
        };
    }

    private static Distribution distribution(String text) {
        for (Distribution distribution : Distribution.values()) {
            if (wireName(distribution).equals(text)) {
                return distribution;
            }
        }
        throw HttpProblem.invalid("a distribution is round_robin, single, by_aggregate or by_correlation");
    }

    /** A name of Java as bodies have it. */
    static String wireName(Enum<?> name) {
        return name.name().toLowerCase(Locale.ROOT);
    }

    /** What does not fit is out of bounds in any case. */
    private static int whole(EventsBody body, String name) {
        return Math.clamp(body.whole(name), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    // ---- consumers

    /**
     * What a consumer asks for.
     *
     * @param consumer who asks
     * @param max how many events at most
     * @param longest how long to wait for the first
     */
    record Asking(String consumer, int max, Duration longest) {}

    static Asking asking(EventsBody body) {
        String[] consumer = new String[1];
        int[] max = {DEFAULT_MAX};
        Duration[] longest = {Duration.ZERO};
        body.object("the body", name -> {
            switch (name) {
                case "consumer" -> consumer[0] = body.text(name);
                case "max" -> max[0] = whole(body, name);
                case "wait_ms" -> longest[0] = ProjectionRoutes.timeout(body.whole(name));
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (consumer[0] == null) {
            throw HttpProblem.invalid("the body needs a consumer");
        }
        return new Asking(consumer[0], max[0], longest[0]);
    }

    /** The name of a consumer, which is all that the body says. */
    static String consumer(EventsBody body) {
        String[] consumer = new String[1];
        body.object("the body", name -> {
            consumer[0] = body.text(name);
            return name.equals("consumer");
        });
        if (consumer[0] == null) {
            throw HttpProblem.invalid("the body needs a consumer");
        }
        return consumer[0];
    }

    /**
     * What is said of deliveries.
     *
     * @param tokens which
     * @param settlement what is said
     */
    record Settling(Set<String> tokens, Settlement settlement) {}

    /**
     * What is said of deliveries.
     *
     * @param action what the URL says; null when the body does
     */
    static Settling settling(EventsBody body, Settlement.@Nullable Action action) {
        Settlement.Action[] said = {action == null ? Settlement.Action.RETRY : action};
        String[] reason = {""};
        List<Set<String>> tokens = new ArrayList<>(1);
        body.object("the body", name -> {
            switch (name) {
                case "tokens" -> tokens.add(body.texts(name));
                case "reason" -> {
                    if (action == Settlement.Action.ACK) {
                        return false;
                    }
                    reason[0] = body.text(name);
                }
                case "action" -> {
                    if (action != null) {
                        return false;
                    }
                    said[0] = action(body.text(name));
                }
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (tokens.isEmpty()) {
            throw HttpProblem.invalid("the body needs the tokens of deliveries");
        }
        return new Settling(tokens.getFirst(), new Settlement(said[0], reason[0]));
    }

    private static Settlement.Action action(String text) {
        for (Settlement.Action action : Settlement.Action.values()) {
            if (action != Settlement.Action.ACK && wireName(action).equals(text)) {
                return action;
            }
        }
        throw HttpProblem.invalid("an action is retry, park, skip or stop");
    }

    // ---- commands

    /** How many parked events are replayed at most. */
    static int stopAt(EventsBody body) {
        int[] stopAt = {Integer.MAX_VALUE};
        body.object("the body", name -> {
            if (!name.equals("stop_at")) {
                return false;
            }
            stopAt[0] = whole(body, name);
            return true;
        });
        return stopAt[0];
    }

    /** A position to begin anew after; {@code now} is the end of the log. */
    static long position(EventsBody body) {
        List<Long> position = new ArrayList<>(1);
        body.object("the body", name -> {
            if (!name.equals("position")) {
                return false;
            }
            position.add(body.isText() && body.text(name).equals("now") ? SubscriptionSettings.END : body.whole(name));
            return true;
        });
        if (position.isEmpty()) {
            throw HttpProblem.invalid("the body needs a position");
        }
        return position.getFirst();
    }
}
