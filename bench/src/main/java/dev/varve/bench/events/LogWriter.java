package dev.varve.bench.events;

import dev.varve.api.AggregateId;
import dev.varve.api.AppendCondition;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppend.Addressed;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventAppendResult.Violation;
import dev.varve.api.EventData;
import dev.varve.api.EventQuery;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.StoredEvent;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import dev.varve.testkit.ModelEventStorage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One of several that append to one log: to aggregates of its own under the versions that it knows, to several at once, without an aggregate
 * under a condition over a tag of its own, to one aggregate that all race for; and the same once more. Knows of each append where it
 * must stand, that it may be there, or that it must not.
 */
final class LogWriter extends EventCrashClient {

    private static final int OWN_AGGREGATES = 5;
    private static final int MAX_EVENTS = 3;
    private static final int REMEMBERED = 40;

    private final int number;
    private final SharedLog log;
    private final Findings findings;
    private final Map<AggregateId, Long> versions = new HashMap<>();

    /** By number: what was sent and answered, and where it stands; what may be there; where something was found. */
    private final TreeMap<Long, Long> told = new TreeMap<>();

    private final TreeMap<Long, EventAppend> sent = new TreeMap<>();
    private final Set<Long> inDoubt = new HashSet<>();
    private final Map<Long, Long> places = new HashMap<>();
    private long next;
    private long lastTagged = EventStore.EMPTY;
    private long sharedVersion = EventStore.EMPTY;
    private long lastFound = -1;

    LogWriter(int number, SharedLog log, Findings findings, long seed) {
        super(seed);
        this.number = number;
        this.log = log;
        this.findings = findings;
        log.add(this);
    }

    int number() {
        return number;
    }

    private String tag() {
        return "writer:" + number;
    }

    /** Takes it that the first steps were made, with no other writer in the log: a model tells what they came to. */
    void remember(int steps) {
        EventStore same = EventStore.over(new ModelEventStorage(System::currentTimeMillis), log.name());
        for (int i = 0; i < steps; i++) {
            step(same);
        }
        madeNow = 0;
    }

    // ---- events say who sent them

    private UUID id(long append, int index) {
        return new UUID((long) number << 40 | append, index);
    }

    static int writerOf(UUID id) {
        return (int) (id.getMostSignificantBits() >>> 40);
    }

    private static long appendOf(UUID id) {
        return id.getMostSignificantBits() & 0xff_ffff_ffffL;
    }

    private NewEvent event(long append, int index, boolean tagged) {
        String data = "{\"writer\":" + number + ",\"append\":" + append + ",\"index\":" + index + ",\"filler\":\""
                + "x".repeat((int) (append * 37 % 400)) + "\"}";
        NewEvent event = NewEvent.of("T" + append % 3, EventData.json(data)).withId(id(append, index));
        return tagged ? event.withTags(tag(), "all") : event.withTags("all");
    }

    // ---- what is asked

    @Override
    @Nullable String step(Varve varve) {
        step(varve.store(log.name()).events());
        return null;
    }

    void step(EventStore events) {
        if (!inDoubt.isEmpty()) {
            settle(events);
            return;
        }
        switch (random.nextInt(12)) {
            case 0 -> again(events);
            case 1 -> wrongVersion(events);
            case 2 -> wrongCondition(events);
            case 3, 4 -> race(events);
            case 5, 6 -> tagged(events);
            case 7, 8 -> several(events);
            default -> own(events);
        }
    }

    private AggregateId ownAggregate(int index) {
        return new AggregateId("own", number + "/" + index);
    }

    private static ExpectedVersion exactly(long version) {
        return ExpectedVersion.exactly(version);
    }

    private void own(EventStore events) {
        long append = next++;
        AggregateId aggregate = ownAggregate(random.nextInt(OWN_AGGREGATES));
        List<NewEvent> all = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(MAX_EVENTS); i++) {
            all.add(event(append, i, false));
        }
        mustSucceed(events, append, EventAppend.to(aggregate, exactly(known(aggregate)), all));
    }

    private void several(EventStore events) {
        long append = next++;
        AggregateId one = ownAggregate(0);
        AggregateId other = ownAggregate(1 + random.nextInt(OWN_AGGREGATES - 1));
        EventAppend.Builder builder = EventAppend.builder()
                .check(one, exactly(known(one)))
                .check(other, exactly(known(other)))
                .event(one, event(append, 0, false))
                .event(event(append, 1, false))
                .event(SharedLog.shared(), event(append, 2, false));
        if (random.nextBoolean()) {
            builder.event(other, event(append, 3, false));
        }
        mustSucceed(events, append, builder.build());
    }

    private void tagged(EventStore events) {
        long append = next++;
        mustSucceed(events, append, EventAppend.when(onlyMine(lastTagged), event(append, 0, true)));
    }

    private AppendCondition onlyMine(long after) {
        return new AppendCondition(EventQuery.tags(tag(), "all"), after);
    }

    private void race(EventStore events) {
        long append = next++;
        EventAppend raced = EventAppend.to(
                SharedLog.shared(), exactly(sharedVersion), List.of(event(append, 0, false), event(append, 1, false)));
        if (send(events, append, raced) instanceof Refused refused) {
            require(refused, Reason.WRONG_EXPECTED_VERSION, append);
            count("lost a race");
            List<Violation> violations = refused.violations();
            if (violations.size() != 1 || violations.getFirst().actual() <= sharedVersion) {
                findings.add(Kind.REFUSED, "at version " + sharedVersion + " of all: " + refused);
            } else {
                sharedVersion = violations.getFirst().actual();
            }
        }
    }

    private void wrongVersion(EventStore events) {
        AggregateId aggregate = ownAggregate(0);
        if (known(aggregate) != EventStore.EMPTY) {
            long append = next++;
            EventAppend wrong =
                    EventAppend.to(aggregate, exactly(known(aggregate) - 1), List.of(event(append, 0, false)));
            mustFail(events, append, wrong, Reason.WRONG_EXPECTED_VERSION);
        }
    }

    private void wrongCondition(EventStore events) {
        if (lastTagged != EventStore.EMPTY) {
            long append = next++;
            EventAppend wrong = EventAppend.when(onlyMine(lastTagged - 1), event(append, 0, true));
            mustFail(events, append, wrong, Reason.CONDITION_FAILED);
        }
    }

    /** One that was answered before is answered so again. */
    private void again(EventStore events) {
        List<Long> known = List.copyOf(sent.tailMap(next - REMEMBERED).keySet());
        if (known.isEmpty()) {
            return;
        }
        long append = known.get(random.nextInt(known.size()));
        Long place = told.get(append);
        EventAppend same = sent.get(append);
        if (place == null || same == null) {
            return;
        }
        if (!(events.tryAppend(same) instanceof Appended appended)
                || !appended.idempotent()
                || appended.firstPosition() != place) {
            findings.add(Kind.DUPLICATED, "append " + number + "/" + append + " at " + place + " was made again");
        }
        count("came again");
        acknowledged++;
    }

    private long known(AggregateId aggregate) {
        return versions.getOrDefault(aggregate, EventStore.EMPTY);
    }

    private void mustSucceed(EventStore events, long append, EventAppend what) {
        if (send(events, append, what) instanceof Refused refused) {
            findings.add(Kind.REFUSED, what + " by " + number + ": " + refused);
        }
    }

    private void mustFail(EventStore events, long append, EventAppend what, Reason reason) {
        // Not in doubt: it must never be there.
        if (events.tryAppend(what) instanceof Refused refused) {
            acknowledged++;
            require(refused, reason, append);
        } else {
            findings.add(Kind.INVENTED, what + " by " + number + " was not refused");
        }
    }

    private void require(Refused refused, Reason reason, long append) {
        count("refused");
        if (refused.reason() != reason) {
            findings.add(Kind.REFUSED, number + "/" + append + " should be " + reason + ": " + refused);
        }
    }

    /** What nobody knows of is asked for once more: it is made once, or it is refused, was never made and never will be. */
    private void settle(EventStore events) {
        long append = inDoubt.iterator().next();
        EventAppend same = sent.get(append);
        if (same != null) {
            var _ = send(events, append, same);
            count("sent again");
        }
    }

    private EventAppendResult send(EventStore events, long append, EventAppend what) {
        sent.put(append, what);
        sent.headMap(next - 2 * REMEMBERED).keySet().removeIf(old -> !inDoubt.contains(old));
        boolean first = inDoubt.add(append);
        EventAppendResult result;
        try {
            result = events.tryAppend(what);
        } catch (VarveException e) {
            if (first && !e.outcomeUnknown()) {
                inDoubt.remove(append); // nothing was applied, and it must never be there
            }
            throw e;
        }
        inDoubt.remove(append);
        acknowledged++;
        if (result instanceof Appended appended) {
            madeNow += appended.idempotent() ? 0 : 1;
            told.put(append, appended.firstPosition());
            learn(what, appended);
        }
        return result;
    }

    private void learn(EventAppend what, Appended appended) {
        appended.aggregates().forEach(written -> {
            if (written.aggregate().equals(SharedLog.shared())) {
                sharedVersion = Math.max(sharedVersion, written.version());
            } else {
                versions.put(written.aggregate(), written.version());
            }
        });
        if (what.condition() != null) {
            lastTagged = Math.max(lastTagged, appended.lastPosition());
        }
    }

    // ---- what is found

    void readAnew() {
        places.clear();
        lastFound = -1;
    }

    /** An append of this writer stands in the log. */
    void found(List<StoredEvent> events) {
        StoredEvent first = events.getFirst();
        long append = appendOf(first.id());
        String words = "append " + number + "/" + append + " at " + first.position();
        Long before = places.put(append, first.position());
        if (before != null) {
            findings.add(Kind.DUPLICATED, words + " stands at " + before + ", too");
        } else if (append < lastFound) {
            findings.add(Kind.REORDERED, words + " comes after " + lastFound);
        }
        lastFound = Math.max(lastFound, append);
        Long place = told.get(append);
        if (place == null && !inDoubt.remove(append)) {
            findings.add(Kind.INVENTED, words + " was refused, or was not there once");
        } else if (place == null) {
            told.put(append, first.position());
            count("under way and kept");
        } else if (place != first.position()) {
            findings.add(Kind.MISPLACED, words + " was acknowledged at " + place);
        }
        EventAppend asked = sent.get(append);
        if (asked != null && asked.events().size() != events.size()) {
            findings.add(
                    Kind.TORN,
                    words + " has " + events.size() + " events of "
                            + asked.events().size());
        }
        for (int i = 0; i < events.size(); i++) {
            StoredEvent event = events.get(i);
            boolean tagged = event.tags().contains(tag());
            NewEvent right = event(append, i, tagged);
            Addressed addressed = asked == null || i >= asked.events().size()
                    ? null
                    : asked.events().get(i);
            if (!event.id().equals(right.id())
                    || !event.type().equals(right.type())
                    || !event.data().equals(right.data())
                    || !event.tags().equals(right.tags())
                    || (addressed != null && !java.util.Objects.equals(addressed.aggregate(), event.aggregate()))) {
                findings.add(Kind.TORN, words + " should have " + right + " as event " + i + ", has " + event);
            }
            if (tagged) {
                lastTagged = Math.max(lastTagged, event.position());
            }
        }
    }

    /** The log was read to its end. */
    void wasRead() {
        told.forEach((append, place) -> {
            if (!places.containsKey(append)) {
                findings.add(Kind.LOST, "append " + number + "/" + append + ", acknowledged at " + place);
            }
        });
        for (int i = 0; i < OWN_AGGREGATES; i++) {
            versions.put(ownAggregate(i), log.version(ownAggregate(i)));
        }
    }

    /** What was under way and is not there is sent again, or never again. */
    @Override
    @Nullable String check(Varve varve) {
        for (long append : List.copyOf(inDoubt)) {
            inDoubt.remove(append);
            EventAppend same = sent.get(append);
            if (same != null
                    && random.nextBoolean()
                    && send(varve.store(log.name()).events(), append, same) instanceof Appended appended) {
                if (appended.idempotent()) {
                    findings.add(Kind.INVENTED, "append " + number + "/" + append + " was there, and was not read");
                }
                count("sent again");
            } else {
                count("under way without effect");
            }
        }
        return null;
    }
}
