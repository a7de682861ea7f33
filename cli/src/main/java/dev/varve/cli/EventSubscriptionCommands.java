package dev.varve.cli;

import dev.varve.api.DeliveredEvent;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.EventSubscriptionStorage;
import dev.varve.api.EventSubscriptions;
import dev.varve.api.ParkedEvent;
import dev.varve.api.Settlement;
import dev.varve.api.StoredEvent;
import dev.varve.api.SubscriptionInfo;
import dev.varve.api.SubscriptionSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code varve event subscription}: the commands that work with the subscriptions of a store whose positions it keeps. */
@Command(
        name = "subscription",
        aliases = "subscriptions",
        description = "Hand out the events of a store to consumers that share them.")
final class EventSubscriptionCommands extends CommandGroup {

    private EventSubscriptionCommands() {
        super("say what to do with which subscription, for example: varve event subscription list acme/orders");
    }

    static CommandLine commandLine(Io io) {
        CommandLine subscription = new CommandLine(new EventSubscriptionCommands());
        subscription.addSubcommand(new ListAll(io));
        subscription.addSubcommand(new Show(io));
        subscription.addSubcommand(new Create(io));
        subscription.addSubcommand(new Update(io));
        subscription.addSubcommand(new Delete(io));
        subscription.addSubcommand(new Next(io));
        subscription.addSubcommand(new Ack(io));
        subscription.addSubcommand(new Nak(io));
        subscription.addSubcommand(new Park(io));
        subscription.addSubcommand(new Leave(io));
        subscription.addSubcommand(new Parked(io));
        subscription.addSubcommand(new Replay(io));
        subscription.addSubcommand(new Pause(io));
        subscription.addSubcommand(new Resume(io));
        subscription.addSubcommand(new Reset(io));
        return subscription;
    }

    private static String line(SubscriptionInfo info) {
        return String.join(
                "\t",
                info.name(),
                Long.toString(info.checkpoint()),
                Long.toString(info.head()),
                Integer.toString(info.inFlight()),
                Integer.toString(info.waiting()),
                Integer.toString(info.parked()),
                !info.paused()
                        ? "active"
                        : info.pausedReason().isEmpty() ? "paused" : "paused: " + info.pausedReason());
    }

    /** {@code varve event subscription list}. */
    @Command(
            name = "list",
            description =
                    "List the subscriptions of a store, one line each: name, checkpoint, head of the store, how many events"
                            + " are in flight, waiting and parked, and whether it is paused.")
    private static final class ListAll extends EventAction {

        ListAll(Io io) {
            super(io);
        }

        @Override
        int run(EventStore events) throws IOException {
            for (SubscriptionInfo info : events.subscriptions().list()) {
                output.text((json() ? EventSubscriptionJson.info(info) : line(info)) + "\n");
            }
            output.flush();
            return ExitCode.OK;
        }
    }

    /** A command about one subscription. */
    private abstract static class One extends EventAction {

        @Parameters(index = "1", paramLabel = "NAME", description = "The subscription.")
        private String name = "";

        One(Io io) {
            super(io);
        }

        @Override
        final int run(EventStore events) throws IOException {
            return run(events.subscriptions(), name);
        }

        abstract int run(EventSubscriptions subscriptions, String name) throws IOException;

        final int said(SubscriptionInfo info) throws IOException {
            output.line(json() ? EventSubscriptionJson.info(info) : line(info));
            return ExitCode.OK;
        }

        final int said(String what, int count) throws IOException {
            output.line(json() ? "{\"" + what + "\":" + count + "}" : Integer.toString(count));
            return ExitCode.OK;
        }
    }

    /** {@code varve event subscription show}. */
    @Command(
            name = "show",
            description =
                    "Tell what is known of a subscription, one line for each thing, or with --json its settings, too.")
    private static final class Show extends One {

        Show(Io io) {
            super(io);
        }

        @Override
        int run(EventSubscriptions subscriptions, String name) throws IOException {
            SubscriptionInfo info = subscriptions.info(name);
            if (json()) {
                return said(info);
            }
            SubscriptionSettings settings = info.settings();
            output.line("checkpoint\t" + info.checkpoint());
            output.line("head\t" + info.head());
            output.line("in flight\t" + info.inFlight());
            output.line("waiting\t" + info.waiting());
            output.line("parked\t" + info.parked());
            output.line("paused\t" + (info.paused() ? "yes " + info.pausedReason() : "no").strip());
            output.line("consumers\t" + String.join(", ", info.consumers()));
            output.line("timeout ms\t" + settings.messageTimeout().toMillis());
            output.line("retries\t" + settings.maxRetries());
            output.line("distribution\t" + EventSubscriptionJson.word(settings.distribution()));
            return ExitCode.OK;
        }
    }

    /** A command that takes settings. */
    private abstract static class WithSettings extends One {

        @Mixin
        private final EventSelection selection = new EventSelection();

        @Option(names = "--aggregate", paramLabel = "TYPE/ID", description = "Only of this aggregate.")
        private @Nullable String aggregate;

        @Option(
                names = "--timeout-ms",
                paramLabel = "N",
                description = "How long a consumer has an event to itself. At first: 30000.")
        private @Nullable Long timeoutMillis;

        @Option(
                names = "--max-retries",
                paramLabel = "N",
                description = "So often an event is tried again before it is parked. At first: 10.")
        private @Nullable Integer maxRetries;

        @Option(
                names = "--retry-pause-ms",
                paramLabel = "N",
                description = "The first pause before that, doubled each time. At first: 1000.")
        private @Nullable Long retryPauseMillis;

        @Option(
                names = "--max-in-flight",
                paramLabel = "N",
                description = "How many events one consumer has at a time. At first: 20.")
        private @Nullable Integer maxInFlight;

        @Option(names = "--max-consumers", paramLabel = "N", description = "How many consumers. At first: 1000.")
        private @Nullable Integer maxConsumers;

        @Option(
                names = "--distribution",
                paramLabel = "WORD",
                description = "round_robin, single, by_aggregate or by_correlation. At first: round_robin.")
        private @Nullable String distribution;

        WithSettings(Io io) {
            super(io);
        }

        /** Which events are named. */
        final EventRead events() {
            return selection.read(aggregate);
        }

        final SubscriptionSettings with(SubscriptionSettings before) {
            return typed(() -> {
                SubscriptionSettings settings = before.withRetries(
                        maxRetries == null ? before.maxRetries() : maxRetries,
                        retryPauseMillis == null ? before.retryPause() : Duration.ofMillis(retryPauseMillis));
                if (timeoutMillis != null) {
                    settings = settings.withMessageTimeout(Duration.ofMillis(timeoutMillis));
                }
                if (maxInFlight != null) {
                    settings = settings.withMaxInFlight(maxInFlight);
                }
                if (maxConsumers != null) {
                    settings = settings.withMaxConsumers(maxConsumers);
                }
                return distribution == null ? settings : settings.withDistribution(distribution(distribution));
            });
        }

        private static SubscriptionSettings.Distribution distribution(String typed) {
            for (SubscriptionSettings.Distribution one : SubscriptionSettings.Distribution.values()) {
                if (EventSubscriptionJson.word(one).equals(typed)) {
                    return one;
                }
            }
            throw new UsageException("--distribution is round_robin, single, by_aggregate or by_correlation");
        }
    }

    /** A position as typed, or now. */
    private static long position(String typed) {
        if (typed.equals("now")) {
            return SubscriptionSettings.END;
        }
        try {
            return Long.parseLong(typed);
        } catch (NumberFormatException e) {
            throw new UsageException("\"" + typed + "\" is no position; write a number, or now");
        }
    }

    /** {@code varve event subscription create}. */
    @Command(name = "create", description = "Make a subscription.")
    private static final class Create extends WithSettings {

        @Option(
                names = "--after",
                paramLabel = "POSITION",
                description = "Begin behind this position, or now. Default: with the first event.")
        private String after = "-1";

        Create(Io io) {
            super(io);
        }

        @Override
        int run(EventSubscriptions subscriptions, String name) throws IOException {
            SubscriptionSettings settings = typed(() -> SubscriptionSettings.of(events().after(position(after))));
            return said(subscriptions.create(name, with(settings)));
        }
    }

    /** {@code varve event subscription update}. */
    @Command(
            name = "update",
            description = "Change settings of a subscription; those that are not named stay as they are.")
    private static final class Update extends WithSettings {

        Update(Io io) {
            super(io);
        }

        @Override
        int run(EventSubscriptions subscriptions, String name) throws IOException {
            EventRead named = events();
            SubscriptionSettings before = subscriptions.info(name).settings();
            SubscriptionSettings settings = named.equals(EventRead.all())
                    ? before
                    : typed(() -> before.withEvents(named.after(before.events().after())));
            return said(subscriptions.update(name, with(settings)));
        }
    }

    /** {@code varve event subscription delete}. */
    @Command(name = "delete", description = "Delete a subscription, and what is parked.")
    private static final class Delete extends One {

        Delete(Io io) {
            super(io);
        }

        @Override
        int run(EventSubscriptions subscriptions, String name) throws IOException {
            boolean deleted = subscriptions.delete(name);
            if (json()) {
                output.line("{\"deleted\":" + deleted + "}");
            } else if (!deleted) {
                io.err().println("varve: not_found: there is no subscription " + name);
            }
            return deleted ? ExitCode.OK : ExitCode.REFUSED;
        }
    }

    /** {@code varve event subscription next}. */
    @Command(
            name = "next",
            description =
                    "Get events, one line each: token, attempt, position, aggregate, version, type and data. They are handed"
                            + " to somebody else when they are not settled in time.")
    private static final class Next extends One {

        @Option(names = "--consumer", paramLabel = "NAME", description = "Who asks. Default: varve.")
        private String consumer = "varve";

        @Option(names = "--max", paramLabel = "N", description = "How many events at most. Default: 1.")
        private int max = 1;

        @Option(names = "--wait-ms", paramLabel = "N", description = "How long to wait for the first one. Default: 0.")
        private long waitMillis;

        Next(Io io) {
            super(io);
        }

        @Override
        int run(EventSubscriptions subscriptions, String name) throws IOException {
            List<DeliveredEvent> deliveries = subscriptions.next(name, consumer, max, Duration.ofMillis(waitMillis));
            for (DeliveredEvent delivery : deliveries) {
                output.text((json()
                                ? EventSubscriptionJson.delivery(delivery)
                                : delivery.token() + "\t" + delivery.attempt() + "\t"
                                        + EventReads.line(delivery.event()))
                        + "\n");
            }
            output.flush();
            return ExitCode.OK;
        }
    }

    /** A command that settles deliveries. */
    private abstract static class Settling extends One {

        @Parameters(
                index = "2",
                arity = "1..*",
                paramLabel = "TOKEN",
                description = "Which deliveries, as next wrote them.")
        private List<String> tokens = List.of();

        Settling(Io io) {
            super(io);
        }

        abstract Settlement settlement();

        @Override
        final int run(EventSubscriptions subscriptions, String name) throws IOException {
            return said("settled", subscriptions.settle(name, settlement(), tokens));
        }
    }

    /** {@code varve event subscription ack}. */
    @Command(
            name = "ack",
            description = "Say that events were processed. Writes of how many deliveries that was still to be said.")
    private static final class Ack extends Settling {

        Ack(Io io) {
            super(io);
        }

        @Override
        Settlement settlement() {
            return Settlement.ACK;
        }
    }

    /** {@code varve event subscription nak}. */
    @Command(name = "nak", description = "Give events back. Writes how many deliveries this concerned.")
    private static final class Nak extends Settling {

        @Option(
                names = "--action",
                paramLabel = "WORD",
                description =
                        "retry: they are handed out again after a pause; park: they are laid aside; skip: they need not"
                                + " be processed; stop: the subscription is paused. Default: retry.")
        private String action = "retry";

        @Option(names = "--reason", paramLabel = "TEXT", description = "Why.")
        private String reason = "";

        Nak(Io io) {
            super(io);
        }

        @Override
        Settlement settlement() {
            return switch (action) {
                case "retry" -> Settlement.retry(reason);
                case "park" -> Settlement.park(reason);
                case "skip" -> Settlement.SKIP;
                case "stop" -> Settlement.stop(reason);
                default -> throw new UsageException("--action is retry, park, skip or stop");
            };
        }
    }

    /** {@code varve event subscription park}. */
    @Command(name = "park", description = "Lay events aside. Writes how many deliveries this concerned.")
    private static final class Park extends Settling {

        @Option(names = "--reason", paramLabel = "TEXT", description = "Why.")
        private String reason = "";

        Park(Io io) {
            super(io);
        }

        @Override
        Settlement settlement() {
            return Settlement.park(reason);
        }
    }

    /** {@code varve event subscription leave}. */
    @Command(name = "leave", description = "Say that a consumer is gone: what it has is handed to others at once.")
    private static final class Leave extends One {

        @Option(names = "--consumer", paramLabel = "NAME", description = "Who goes. Default: varve.")
        private String consumer = "varve";

        Leave(Io io) {
            super(io);
        }

        @Override
        int run(EventSubscriptions subscriptions, String name) {
            subscriptions.leave(name, consumer);
            return ExitCode.OK;
        }
    }

    /** {@code varve event subscription parked}. */
    @Command(
            name = "parked",
            description =
                    "List parked events, one line each: attempts, reason, position, aggregate, version, type and data.")
    private static final class Parked extends One {

        @Option(names = "--after", paramLabel = "POSITION", description = "Only behind this position.")
        private long after = EventStore.EMPTY;

        @Option(names = "--limit", paramLabel = "N", description = "How many at most. Default: all.")
        private int limit = Integer.MAX_VALUE;

        Parked(Io io) {
            super(io);
        }

        @Override
        int run(EventSubscriptions subscriptions, String name) throws IOException {
            if (limit < 1) {
                throw new UsageException("--limit is 1 or more");
            }
            long from = after;
            int left = limit;
            while (left > 0) {
                List<ParkedEvent> page =
                        subscriptions.parked(name, from, Math.min(left, EventSubscriptionStorage.MAX_PARKED_PAGE));
                for (ParkedEvent parked : page) {
                    output.text((json() ? EventSubscriptionJson.parked(parked) : line(parked)) + "\n");
                    from = parked.position();
                }
                output.flush();
                left = page.isEmpty() ? 0 : left - page.size();
            }
            return ExitCode.OK;
        }

        private static String line(ParkedEvent parked) {
            StoredEvent event = parked.event();
            return parked.attempts() + "\t" + parked.reason().replace('\t', ' ').replace('\n', ' ') + "\t"
                    + (event == null ? parked.position() + "\t-\t-\t-\t-" : EventReads.line(event));
        }
    }

    /** {@code varve event subscription replay}. */
    @Command(
            name = "replay",
            description = "Have parked events handed out again, from the lowest position on. Writes how many.")
    private static final class Replay extends One {

        @Option(names = "--stop-at", paramLabel = "N", description = "How many at most. Default: all.")
        private int stopAt = Integer.MAX_VALUE;

        Replay(Io io) {
            super(io);
        }

        @Override
        int run(EventSubscriptions subscriptions, String name) throws IOException {
            return said("replayed", subscriptions.replayParked(name, stopAt));
        }
    }

    /** {@code varve event subscription pause}. */
    @Command(name = "pause", description = "Have nothing handed out any more.")
    private static final class Pause extends One {

        Pause(Io io) {
            super(io);
        }

        @Override
        int run(EventSubscriptions subscriptions, String name) throws IOException {
            return said(subscriptions.pause(name));
        }
    }

    /** {@code varve event subscription resume}. */
    @Command(name = "resume", description = "Have events handed out again.")
    private static final class Resume extends One {

        Resume(Io io) {
            super(io);
        }

        @Override
        int run(EventSubscriptions subscriptions, String name) throws IOException {
            return said(subscriptions.resume(name));
        }
    }

    /** {@code varve event subscription reset}. */
    @Command(name = "reset", description = "Begin anew behind a position.")
    private static final class Reset extends One {

        @Parameters(index = "2", paramLabel = "POSITION", description = "A position, -1 for the first event, or now.")
        private String position = "";

        Reset(Io io) {
            super(io);
        }

        @Override
        int run(EventSubscriptions subscriptions, String name) throws IOException {
            return said(subscriptions.reset(name, position(position)));
        }
    }
}
