package dev.varve.bench.histories;

import dev.varve.api.AggregateStatus;
import dev.varve.api.EventRead;
import dev.varve.bench.histories.EventRequest.Change;
import dev.varve.bench.histories.EventRequest.Check;
import dev.varve.bench.histories.EventRequest.Condition;
import dev.varve.bench.histories.EventRequest.Event;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What one client was told, and what it asks because of that: at random, mostly sensibly. Confined to its thread. */
final class EventMemory {

    private static final int MAX_EVENTS = 3;
    private static final List<String> TYPES = List.of("T0", "T1", "T2");
    private static final List<String> TAGS = List.of("t0", "t1", "t2");

    private final EventShared shared;
    private final SplittableRandom random;

    // Of aggregates and entries, each by its name behind that of its store; else by the store.
    private final Map<String, Long> versions = new HashMap<>();
    private final Set<String> softDeleted = new HashSet<>();
    private final Map<String, Long> revisions = new HashMap<>();
    private final Map<String, Long> heads = new HashMap<>();

    /** Up to which commit the feed was read. */
    private final Map<String, Long> commits = new HashMap<>();

    /** The key of the last transaction that was made. */
    private final Map<String, String> keys = new HashMap<>();

    EventMemory(EventShared shared, SplittableRandom random) {
        this.shared = shared;
        this.random = random;
    }

    // ---- what was told

    void learn(EventRequest request, EventAnswer answer) {
        String store = request.store();
        switch (answer) {
            case EventAnswer.Appended appended -> {
                learnVersions(store, appended.versions());
                heads.merge(store, appended.first(), Math::max);
            }
            case EventAnswer.Refused refused -> {
                learnVersions(store, refused.actual());
                heads.merge(store, refused.position(), Math::max);
            }
            case EventAnswer.Page page -> heads.merge(store, page.head(), Math::max);
            case EventAnswer.Committed committed -> {
                learnVersions(store, committed.versions());
                heads.merge(store, committed.first(), Math::max);
                if (request instanceof EventRequest.Transact transact) {
                    keys.put(store, transact.key());
                    learnRevision(store, transact.change(), committed.seq());
                }
            }
            case EventAnswer.Changed changed -> {
                if (request instanceof EventRequest.ChangeEntry change) {
                    learnRevision(store, change.change(), changed.seq());
                }
            }
            case EventAnswer.Unchanged unchanged -> {
                if (request instanceof EventRequest.ChangeEntry change) {
                    learnRevision(store, change.change(), unchanged.revision());
                }
            }
            case EventAnswer.Value value -> {
                if (request instanceof EventRequest.GetEntry get) {
                    revisions.put(store + get.path(), value.revision());
                }
            }
            case EventAnswer.Deleted deleted -> {
                if (request instanceof EventRequest.Delete delete) {
                    versions.put(store + delete.aggregate(), -1L);
                    if (deleted.status() == AggregateStatus.SOFT_DELETED) {
                        softDeleted.add(store + delete.aggregate());
                    }
                }
            }
            case EventAnswer.Absent _ -> {
                if (request instanceof EventRequest.Read read) {
                    versions.put(store + read.aggregate(), -1L);
                }
            }
            case EventAnswer.Commits page -> commits.merge(store, page.next(), Math::max);
            case EventAnswer.Blocked _, EventAnswer.Opened _, EventAnswer.Messages _, EventAnswer.Said _ -> {}
        }
    }

    private void learnVersions(String store, Map<String, Long> told) {
        told.forEach((aggregate, version) -> {
            versions.put(store + aggregate, version);
            if (version >= 0) {
                softDeleted.remove(store + aggregate);
            }
        });
    }

    private void learnRevision(String store, @Nullable Change change, long revision) {
        if (change != null) {
            revisions.put(store + change.path(), revision);
        }
    }

    // ---- what to ask

    /** Something to ask, or several things one after another. */
    List<EventRequest> next(String store) {
        if (random.nextInt(8) == 0) {
            return sight(store);
        }
        return List.of(one(store));
    }

    private EventRequest one(String store) {
        if (random.nextInt(4) == 0) {
            return read(store);
        }
        // Of a store that is not there nothing can be deleted.
        if (random.nextInt(1_000) < shared.deletionsPermille && heads.getOrDefault(store, -1L) >= 0) {
            return delete(store);
        }
        if (shared.alone) {
            return append(store);
        }
        return switch (random.nextInt(15)) {
            case 0 -> commits(store, 1 + random.nextInt(20));
            case 1 -> new EventRequest.ChangeEntry(store, name(), change(store));
            case 2 -> new EventRequest.Say(store, name());
            case 3, 4, 5, 6, 7 -> transact(store);
            default -> append(store);
        };
    }

    private String name() {
        return Long.toString(shared.next.getAndIncrement());
    }

    private EventRequest read(String store) {
        return new EventRequest.Read(
                store,
                random.nextBoolean() ? "" : aggregate(),
                random.nextInt(3) == 0 ? any(TYPES) : "",
                random.nextInt(3) == 0 ? any(TAGS) : "",
                -1,
                random.nextInt(4) == 0);
    }

    /** From where it was read last; sometimes from the beginning, as one does who does not know. */
    private EventRequest commits(String store, int limit) {
        return new EventRequest.GetCommits(store, random.nextInt(16) == 0 ? 0 : commits.getOrDefault(store, 0L), limit);
    }

    /** Looks at all that a transaction writes, at one after another: what is seen first must not be missing later. */
    private List<EventRequest> sight(String store) {
        List<EventRequest> looks = new ArrayList<>();
        looks.add(new EventRequest.Read(store, "", "", "", heads.getOrDefault(store, -1L), false));
        if (!shared.alone) {
            looks.add(new EventRequest.GetEntry(store, random.nextBoolean() ? shared.counter : any(shared.entries)));
            looks.add(new EventRequest.GetMessages(store));
            looks.add(commits(store, EventRead.MAX_LIMIT));
        }
        for (int i = looks.size() - 1; i > 0; i--) {
            Collections.swap(looks, i, random.nextInt(i + 1));
        }
        return looks;
    }

    private EventRequest delete(String store) {
        boolean forEver = random.nextInt(6) == 0;
        String aggregate = forEver ? any(shared.mortals) : aggregate();
        return new EventRequest.Delete(
                store, name(), aggregate, random.nextBoolean() ? "any" : expected(store, aggregate), forEver);
    }

    private EventRequest transact(String store) {
        EventRequest.Append append = append(store);
        String used = keys.get(store);
        if (append.events().isEmpty()) {
            return random.nextBoolean()
                    ? new EventRequest.Transact(append, null, false)
                    : new EventRequest.Transact(append, change(store), random.nextBoolean());
        }
        Change change = random.nextInt(8) == 0 ? null : change(store);
        return new EventRequest.Transact(
                used != null && random.nextInt(24) == 0 ? used : append.name(),
                append,
                change,
                change == null || random.nextBoolean());
    }

    /** Mostly at the revision as last seen, which others may have moved. */
    private Change change(String store) {
        if (random.nextBoolean()) {
            return new Change(shared.counter, Change.ANY, 1 + random.nextInt(3));
        }
        String path = any(shared.entries);
        return new Change(path, random.nextInt(4) == 0 ? Change.ANY : revisions.getOrDefault(store + path, 0L), 0);
    }

    private EventRequest.Append append(String store) {
        List<Check> checks = new ArrayList<>();
        List<Event> events = new ArrayList<>();
        String one = aggregate();
        switch (random.nextInt(8)) {
            case 0 -> events.add(event(""));
            case 1 -> {
                for (int i = 2 + random.nextInt(MAX_EVENTS); i > 0; i--) {
                    events.add(event(random.nextInt(4) == 0 ? "" : aggregate()));
                }
                for (String aggregate : shared.aggregates) {
                    if (random.nextBoolean()) {
                        checks.add(new Check(aggregate, expected(store, aggregate)));
                    }
                }
            }
            case 2 -> checks.add(new Check(one, expected(store, one)));
            default -> {
                for (int i = 1 + random.nextInt(MAX_EVENTS); i > 0; i--) {
                    events.add(event(one));
                }
                checks.add(new Check(one, expected(store, one)));
            }
        }
        boolean conditional = !events.isEmpty() && random.nextInt(3) == 0;
        boolean tracked = !events.isEmpty() && random.nextInt(8) == 0;
        return new EventRequest.Append(
                store,
                name(),
                checks,
                events,
                conditional ? condition(store) : null,
                tracked ? shared.tracking.addAndGet(random.nextInt(3)) : 0);
    }

    private String aggregate() {
        return any(shared.deletionsPermille > 0 && random.nextInt(6) == 0 ? shared.mortals : shared.aggregates);
    }

    private Event event(String aggregate) {
        List<String> tags = TAGS.stream().filter(tag -> random.nextInt(3) == 0).toList();
        return new Event(aggregate, any(TYPES), tags);
    }

    private Condition condition(String store) {
        long head = heads.getOrDefault(store, -1L);
        return new Condition(
                random.nextBoolean() ? List.of() : List.of(any(TYPES)),
                TAGS.stream().filter(tag -> random.nextInt(3) > 0).toList(),
                random.nextInt(4) == 0 ? Math.max(-1, head - random.nextInt(6)) : head);
    }

    /** Mostly the version as last seen, which others may have moved. */
    private String expected(String store, String aggregate) {
        long version = versions.getOrDefault(store + aggregate, -1L);
        String none = softDeleted.contains(store + aggregate) && random.nextBoolean() ? "softDeleted" : "noStream";
        return switch (random.nextInt(10)) {
            case 0 -> "exists";
            case 1 -> none;
            case 2 -> "gte" + version;
            case 3 -> "lt" + (version + 1 + random.nextInt(3));
            case 4 -> "ne" + version;
            default -> version < 0 ? none : Long.toString(version);
        };
    }

    private <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }
}
