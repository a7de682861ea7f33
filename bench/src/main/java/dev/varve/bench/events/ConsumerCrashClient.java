package dev.varve.bench.events;

import dev.varve.api.AggregateId;
import dev.varve.api.DeliveredEvent;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.EventSubscriptions;
import dev.varve.api.ParkedEvent;
import dev.varve.api.Settlement;
import dev.varve.api.StoredEvent;
import dev.varve.api.SubscriptionInfo;
import dev.varve.api.SubscriptionSettings;
import dev.varve.api.SubscriptionSettings.Distribution;
import dev.varve.api.Varve;
import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The only consumer of a subscription of a log: settles what it is handed, or lets it be handed out again. Never handed again what was
 * settled for certain; of an aggregate never an event before all earlier ones are settled; and in the end each event was
 * settled or is parked, with none left out.
 */
final class ConsumerCrashClient extends EventCrashClient {

    private static final Duration WAIT = Duration.ofMillis(200);
    private static final Duration LAST_WAIT = Duration.ofSeconds(3);
    private static final int AT_ONCE = 20;
    private static final int PARKED_PAGE = 100;
    private static final String CONSUMER = "one";

    private final String log;
    private final String name;
    private final boolean ordered;
    private final Findings findings;

    /** Settled for certain, by position; and perhaps, because nobody answered. */
    private final Set<Long> settled = new HashSet<>();

    private final Set<Long> perhaps = new HashSet<>();
    private final Map<AggregateId, Long> versions = new HashMap<>();
    private final Set<Long> handed = new HashSet<>();
    private boolean made;

    ConsumerCrashClient(int number, String log, boolean ordered, Findings findings, long seed) {
        super(seed);
        this.log = log;
        this.name = "group-" + number;
        this.ordered = ordered;
        this.findings = findings;
    }

    @Override
    @Nullable String step(Varve varve) {
        EventSubscriptions subscriptions = varve.store(log).events().subscriptions();
        if (!made) {
            make(subscriptions);
        }
        take(subscriptions, WAIT);
        return null;
    }

    private void make(EventSubscriptions subscriptions) {
        boolean there =
                subscriptions.list().stream().anyMatch(info -> info.name().equals(name));
        if (!there) {
            SubscriptionInfo _ = subscriptions.create(
                    name,
                    SubscriptionSettings.of(EventRead.all())
                            .withRetries(1000, Duration.ZERO)
                            .withMaxInFlight(AT_ONCE)
                            .withDistribution(ordered ? Distribution.BY_AGGREGATE : Distribution.ROUND_ROBIN));
        }
        made = true;
    }

    /** Returns whether anything came. */
    private boolean take(EventSubscriptions subscriptions, Duration wait) {
        List<DeliveredEvent> deliveries = subscriptions.next(name, CONSUMER, AT_ONCE, wait);
        for (DeliveredEvent delivery : deliveries) {
            judge(delivery.event());
        }
        Map<Settlement, Map<String, StoredEvent>> decisions = new HashMap<>();
        for (DeliveredEvent delivery : deliveries) {
            decisions.computeIfAbsent(decision(), key -> new HashMap<>()).put(delivery.token(), delivery.event());
        }
        decisions.forEach((settlement, events) -> settle(subscriptions, settlement, events));
        return !deliveries.isEmpty();
    }

    private Settlement decision() {
        return switch (random.nextInt(40)) {
            case 0 -> Settlement.retry("so the test wants it");
            case 1 -> Settlement.park("so the test wants it");
            case 2 -> Settlement.SKIP;
            default -> Settlement.ACK;
        };
    }

    private void judge(StoredEvent event) {
        long position = event.position();
        if (settled.contains(position)) {
            findings.add(Kind.DUPLICATED, name + " was handed " + position + " again, which was settled");
        }
        if (!handed.add(position)) {
            count("handed again");
        }
        AggregateId aggregate = event.aggregate();
        if (!ordered || aggregate == null) {
            return;
        }
        // All earlier versions were settled, perhaps, or this one is not the first.
        long last = versions.getOrDefault(aggregate, EventStore.EMPTY);
        if (event.version() > last + 1) {
            findings.add(
                    Kind.REORDERED,
                    name + " was handed version " + event.version() + " of " + aggregate + " after " + last);
        }
    }

    private void settle(EventSubscriptions subscriptions, Settlement settlement, Map<String, StoredEvent> events) {
        boolean again = settlement.action() == Settlement.Action.RETRY;
        if (!again) {
            events.values().forEach(event -> {
                perhaps.add(event.position());
                AggregateId aggregate = event.aggregate();
                if (aggregate != null) {
                    versions.merge(aggregate, event.version(), Math::max);
                }
            });
        }
        int count = subscriptions.settle(name, settlement, events.keySet());
        if (count != events.size()) {
            findings.add(
                    Kind.REFUSED,
                    name + " settled " + events.size() + " events in time, and " + count + " were taken as such");
        }
        acknowledged++;
        count(settlement.action() + " of events");
        if (!again) {
            events.values().forEach(event -> {
                perhaps.remove(event.position());
                settled.add(event.position());
            });
        }
    }

    @Override
    @Nullable String check(Varve varve) {
        return null;
    }

    /** Takes all that is left. */
    @Override
    @Nullable String finish(Varve varve) {
        EventStore events = varve.store(log).events();
        EventSubscriptions subscriptions = events.subscriptions();
        if (!made) {
            make(subscriptions);
        }
        SubscriptionInfo info;
        do {
            while (take(subscriptions, WAIT)) {
                // More may come.
            }
            info = subscriptions.info(name);
        } while (info.checkpoint() < events.head() && take(subscriptions, LAST_WAIT));
        if (info.checkpoint() != events.head() || info.inFlight() != 0 || info.waiting() != 0) {
            return name + " came to an end before the log, which is at " + events.head() + ": " + info;
        }
        Set<Long> missing = new TreeSet<>();
        events.stream(EventRead.all()).map(StoredEvent::position).forEach(missing::add);
        missing.removeAll(settled);
        missing.removeAll(perhaps);
        if (!missing.isEmpty()) {
            findings.add(Kind.LOST, name + " was never handed, or never settled, " + missing);
        }
        return parked(subscriptions, info);
    }

    private @Nullable String parked(EventSubscriptions subscriptions, SubscriptionInfo info) {
        long after = EventStore.EMPTY;
        long count = 0;
        while (true) {
            List<ParkedEvent> page = subscriptions.parked(name, after, PARKED_PAGE);
            if (page.isEmpty()) {
                break;
            }
            count += page.size();
            after = page.getLast().position();
        }
        return count == info.parked() ? null : name + " has " + count + " parked events, and says " + info.parked();
    }
}
