package dev.varve.testkit;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AggregateStatus;
import dev.varve.api.AppendCondition;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppend.Addressed;
import dev.varve.api.EventAppend.Check;
import dev.varve.api.EventAppend.Tracking;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventAppendResult.Violation;
import dev.varve.api.EventAppendResult.Written;
import dev.varve.api.EventData;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.LoadedAggregate;
import dev.varve.api.NewEvent;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import dev.varve.api.StoreInfo;
import dev.varve.api.StoredEvent;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Events in plain lists: what every storage is compared with. Slow on purpose: there is no index, every question is answered by looking at
 * every event. Nothing is ever forgotten but by {@link #scavenge}, so it recognises appends that come again however long ago they were made.
 *
 * <p>Where the contract leaves a choice, this is how it is made:
 *
 * <ul>
 *   <li>An aggregate that is not deleted is {@link AggregateStatus#LIVE} and keeps its version, also when its settings or the deletion of
 *       single events left nothing to read. Events of a deleted one are in no read and in no condition, also not when it is written again.
 *   <li>An append comes again when its events stand in the log side by side and in this order as events of one append, in the same aggregates,
 *       which were not deleted since, and right after the version that it expects where that is exact. Bounds of age, count and
 *       version do not hinder that, as long as the events were not scavenged.
 *   <li>An append that does not come again is refused for the first of these: an aggregate that it writes was tombstoned; an expected version
 *       of the kinds {@code noStream} and {@code exactly} does not hold; an id is there with other content; an id is there; another
 *       expected version does not hold; the condition; the tracking.
 *   <li>Data that was redacted counts as the same as any.
 *   <li>A time to begin at means the first such event of the aggregate, the category or the store, whatever the other bounds are.
 * </ul>
 *
 * <p>Every call but a wait is finished when it returns, and listeners were called by the calling thread. Thread-safe.
 */
public final class ModelEventStorage implements EventStorage {

    private final LongSupplier nowMillis;
    private final Map<String, Log> logs = new HashMap<>();
    private final List<Listening> listeners = new ArrayList<>();

    /**
     * Creates a model without stores.
     *
     * @param nowMillis the time; must not run backwards
     */
    public ModelEventStorage(LongSupplier nowMillis) {
        this.nowMillis = nowMillis;
    }

    /** The events of one store, and what belongs to them. */
    private static final class Log {
        /** Every event that was ever appended, at its position. */
        private final List<Logged> events = new ArrayList<>();

        private final Map<AggregateId, Aggregate> aggregates = new HashMap<>();
        private final List<Kept> snapshots = new ArrayList<>();
        private final NavigableMap<String, Long> checkpoints = new TreeMap<>();
        private final List<Waiting> waiting = new ArrayList<>();
        private long lastMillis = Long.MIN_VALUE;

        long head() {
            return events.size() - 1L;
        }

        /** What is known of an aggregate; for one without anything a new one, which is kept only by {@link #touched}. */
        Aggregate known(AggregateId id) {
            Aggregate found = aggregates.get(id);
            return found == null ? new Aggregate() : found;
        }

        Aggregate touched(AggregateId id) {
            return aggregates.computeIfAbsent(id, missing -> new Aggregate());
        }

        /** Whether the event belongs to what its aggregate is now, and was not deleted by itself. */
        boolean stands(Logged logged) {
            if (logged.deleted) {
                return false;
            }
            AggregateId id = logged.event.aggregate();
            if (id == null) {
                return true;
            }
            Aggregate aggregate = known(id);
            return aggregate.status == AggregateStatus.LIVE && aggregate.life == logged.life;
        }

        boolean readable(Logged logged, long millis) {
            if (!stands(logged)) {
                return false;
            }
            AggregateId id = logged.event.aggregate();
            return id == null || known(id).keeps(logged.event, millis);
        }

        /** An id is used once only, also when its event was deleted. */
        @Nullable Logged byId(UUID id) {
            return events.stream()
                    .filter(logged -> logged.event.id().equals(id))
                    .findFirst()
                    .orElse(null);
        }

        AggregateInfo info(AggregateId id, long millis) {
            Aggregate aggregate = known(id);
            long first = events.stream()
                    .filter(logged -> id.equals(logged.event.aggregate()) && readable(logged, millis))
                    .mapToLong(logged -> logged.event.version())
                    .min()
                    .orElse(aggregate.version + 1);
            return new AggregateInfo(
                    id,
                    aggregate.status,
                    aggregate.version,
                    first,
                    aggregate.lastPosition,
                    aggregate.settings,
                    aggregate.settingsRevision);
        }

        void tellWaiting() {
            waiting.removeIf(one -> one.answer.isDone());
            for (Waiting one : List.copyOf(waiting)) {
                if (reached(one.names, one.position)) {
                    one.answer.complete(true);
                }
            }
        }

        boolean reached(Set<String> names, long position) {
            return names.stream().allMatch(name -> checkpoints.getOrDefault(name, Long.MIN_VALUE) >= position);
        }
    }

    /** An event, and in which life of its aggregate it was appended. */
    private static final class Logged {
        private StoredEvent event;
        private final long life;
        private boolean deleted;
        private boolean scavenged;

        Logged(StoredEvent event, long life) {
            this.event = event;
            this.life = life;
        }
    }

    /** What became of an aggregate. Each deletion ends a life of it. */
    private static final class Aggregate {
        private AggregateStatus status = AggregateStatus.EMPTY;
        private long life;
        private long firstOfLife;
        private long version = EventStore.EMPTY;
        private long lastPosition = EventStore.EMPTY;
        private AggregateSettings settings = AggregateSettings.NONE;
        private long settingsRevision;

        /** The version that checks compare with, and that reads tell. */
        long seen() {
            return status == AggregateStatus.LIVE ? version : EventStore.EMPTY;
        }

        /** Whether the settings let an event be read. */
        boolean keeps(StoredEvent event, long millis) {
            Duration maxAge = settings.maxAge();
            Long maxCount = settings.maxCount();
            return event.version() >= settings.truncateBefore()
                    && (maxCount == null || event.version() > version - maxCount)
                    && (maxAge == null
                            || Duration.between(event.recordedAt(), Instant.ofEpochMilli(millis))
                                            .compareTo(maxAge)
                                    <= 0);
        }
    }

    /** A snapshot, and of which life of its aggregate. */
    private record Kept(Snapshot snapshot, long life) {}

    /** Somebody who waits for readers. */
    private record Waiting(Set<String> names, long position, CompletableFuture<Boolean> answer) {}

    /** One subscription; the same listener may have several. */
    private static final class Listening {
        private final String store;
        private final LongConsumer listener;

        Listening(String store, LongConsumer listener) {
            this.store = store;
            this.listener = listener;
        }
    }

    // ---- stores

    private @Nullable Log found(String store) {
        return logs.get(store);
    }

    /** The log of a store for a read: an empty one when there is none. */
    private Log anyLog(String store) {
        Log found = found(store);
        return found == null ? new Log() : found;
    }

    private Log required(String store) {
        Log found = found(store);
        if (found == null) {
            throw new VarveException(ErrorKind.NOT_FOUND, "there is no store " + store);
        }
        return found;
    }

    private static VarveException invalid(String message) {
        return new VarveException(ErrorKind.INVALID_PARAMS, message);
    }

    private static <T> CompletableFuture<T> answer(Supplier<T> call) {
        try {
            return CompletableFuture.completedFuture(call.get());
        } catch (VarveException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    // ---- appends

    @Override
    public synchronized CompletableFuture<EventAppendResult> append(
            String store, EventAppend append, boolean createStore) {
        return answer(() -> {
            if (!StoreInfo.NAME.matcher(store).matches()) {
                throw invalid(store + " is no name of a store");
            }
            Log log = createStore ? anyLog(store) : required(store);
            long millis = Math.max(log.lastMillis, nowMillis.getAsLong());
            Appended again = cameAgain(log, append);
            if (again != null) {
                Refused reused = reused(log, append);
                return reused == null ? again : reused;
            }
            Refused refused = refusal(log, append, millis);
            if (refused != null) {
                return refused;
            }
            if (append.events().isEmpty()) {
                return nothingWritten(log, append);
            }
            checkRoom(log, append.tracking());
            logs.put(store, log);
            Appended appended = write(log, append, millis);
            List.copyOf(listeners).stream()
                    .filter(listening -> listening.store.equals(store))
                    .forEach(listening -> listening.listener.accept(log.head()));
            log.tellWaiting();
            return appended;
        });
    }

    /** The answer of then, when the same append was made before, whatever the content of its events was; else null. */
    private static @Nullable Appended cameAgain(Log log, EventAppend append) {
        List<StoredEvent> then = new ArrayList<>();
        for (Addressed addressed : append.events()) {
            Logged logged = log.byId(addressed.event().id());
            if (logged == null || !log.stands(logged)) {
                return null;
            }
            if (!Objects.equals(addressed.aggregate(), logged.event.aggregate())) {
                return null;
            }
            then.add(logged.event);
        }
        if (then.isEmpty()) {
            return null;
        }
        long first = then.get(0).position();
        for (int i = 0; i < then.size(); i++) {
            if (then.get(i).position() != first + i
                    || then.get(i).appendFirst() != then.get(0).appendFirst()) {
                return null;
            }
        }
        List<Written> written = new ArrayList<>();
        for (AggregateId id : written(append)) {
            List<Long> versions = then.stream()
                    .filter(event -> id.equals(event.aggregate()))
                    .map(StoredEvent::version)
                    .toList();
            written.add(new Written(id, Collections.min(versions) - 1, Collections.max(versions)));
        }
        for (Check check : append.checks()) {
            long before = written.stream()
                    .filter(one -> one.aggregate().equals(check.aggregate()))
                    .mapToLong(Written::versionBefore)
                    .findFirst()
                    .orElse(Long.MIN_VALUE);
            if (before == Long.MIN_VALUE) {
                continue;
            }
            if (check.expected() instanceof ExpectedVersion.Exactly exactly && exactly.version() != before) {
                return null;
            }
            if (check.expected() instanceof ExpectedVersion.NoStream
                    && before + 1 != log.known(check.aggregate()).firstOfLife) {
                return null;
            }
        }
        return new Appended(first, first + then.size() - 1, written, true);
    }

    /** The aggregates that an append writes, in the order of their first events. */
    private static Set<AggregateId> written(EventAppend append) {
        Set<AggregateId> written = new LinkedHashSet<>();
        for (Addressed addressed : append.events()) {
            if (addressed.aggregate() != null) {
                written.add(addressed.aggregate());
            }
        }
        return written;
    }

    /** The refusal of an id that came with other content before, else null. */
    private static @Nullable Refused reused(Log log, EventAppend append) {
        for (Addressed addressed : append.events()) {
            NewEvent event = addressed.event();
            Logged logged = log.byId(event.id());
            if (logged != null && log.stands(logged)) {
                StoredEvent there = logged.event;
                boolean same = there.type().equals(event.type())
                        && (there.redacted() || there.data().equals(event.data()));
                if (!same) {
                    return new Refused(Reason.EVENT_ID_REUSED, List.of(), there.position(), event.id());
                }
            }
        }
        return null;
    }

    /** Why an append that did not come before cannot be made, else null. */
    private static @Nullable Refused refusal(Log log, EventAppend append, long millis) {
        Set<AggregateId> written = written(append);
        List<Violation> violations = new ArrayList<>();
        Set<AggregateId> gone = new LinkedHashSet<>();
        for (AggregateId id : written) {
            if (log.known(id).status == AggregateStatus.TOMBSTONED) {
                gone.add(id);
            }
        }
        boolean exact = false;
        boolean tombstoned = !gone.isEmpty();
        Set<AggregateId> checked = new LinkedHashSet<>();
        for (int i = 0; i < append.checks().size(); i++) {
            Check check = append.checks().get(i);
            AggregateId id = check.aggregate();
            ExpectedVersion expected = check.expected();
            Aggregate aggregate = log.known(id);
            // Any version of an aggregate to which nothing is written stands for a write of nothing.
            boolean writesNothing =
                    expected instanceof ExpectedVersion.Any && aggregate.status == AggregateStatus.TOMBSTONED;
            tombstoned |= writesNothing;
            checked.add(id);
            if (gone.contains(id) || writesNothing || !expected.holds(aggregate.status, aggregate.seen())) {
                violations.add(new Violation(i, id, expected, aggregate.status, aggregate.seen()));
                exact |= expected instanceof ExpectedVersion.Exactly || expected instanceof ExpectedVersion.NoStream;
            }
        }
        for (AggregateId id : gone) {
            if (!checked.contains(id)) {
                violations.add(
                        new Violation(-1, id, ExpectedVersion.any(), AggregateStatus.TOMBSTONED, EventStore.EMPTY));
            }
        }
        if (tombstoned) {
            return new Refused(Reason.TOMBSTONED, violations, EventStore.EMPTY, null);
        }
        if (exact) {
            return new Refused(Reason.WRONG_EXPECTED_VERSION, violations, EventStore.EMPTY, null);
        }
        Refused reused = reused(log, append);
        if (reused != null) {
            return reused;
        }
        for (Addressed addressed : append.events()) {
            UUID id = addressed.event().id();
            Logged logged = log.byId(id);
            if (logged != null) {
                return new Refused(Reason.EVENT_ID_CONFLICT, List.of(), logged.event.position(), id);
            }
        }
        if (!violations.isEmpty()) {
            return new Refused(Reason.WRONG_EXPECTED_VERSION, violations, EventStore.EMPTY, null);
        }
        return ruledOut(log, append, millis);
    }

    private static @Nullable Refused ruledOut(Log log, EventAppend append, long millis) {
        AppendCondition condition = append.condition();
        if (condition != null) {
            for (Logged logged : log.events) {
                StoredEvent event = logged.event;
                if (event.position() > condition.after()
                        && log.readable(logged, millis)
                        && condition.failIfEventsMatch().matches(event.type(), event.tags())) {
                    return new Refused(Reason.CONDITION_FAILED, List.of(), event.position(), null);
                }
            }
        }
        Tracking tracking = append.tracking();
        if (tracking != null) {
            Long reached = log.checkpoints.get(tracking.source());
            if (reached != null && tracking.position() <= reached) {
                return new Refused(Reason.TRACKING_NOT_INCREASING, List.of(), reached, null);
            }
        }
        return null;
    }

    private static Appended nothingWritten(Log log, EventAppend append) {
        if (append.checks().size() > 1) {
            return new Appended(EventStore.EMPTY, EventStore.EMPTY, List.of(), false);
        }
        AggregateId id = append.checks().get(0).aggregate();
        long version = log.known(id).version;
        return new Appended(EventStore.EMPTY, EventStore.EMPTY, List.of(new Written(id, version, version)), false);
    }

    private static void checkRoom(Log log, @Nullable Tracking tracking) {
        if (tracking != null) {
            checkRoom(log, tracking.source());
        }
    }

    private static void checkRoom(Log log, String name) {
        if (!log.checkpoints.containsKey(name) && log.checkpoints.size() >= MAX_CHECKPOINTS) {
            throw new VarveException(
                    ErrorKind.LIMIT_EXCEEDED, "a store has at most " + MAX_CHECKPOINTS + " checkpoints");
        }
    }

    private static Appended write(Log log, EventAppend append, long millis) {
        long first = log.head() + 1;
        long last = log.head() + append.events().size();
        log.lastMillis = millis;
        Instant recordedAt = Instant.ofEpochMilli(millis);
        Map<AggregateId, Written> written = new LinkedHashMap<>();
        for (Addressed addressed : append.events()) {
            AggregateId id = addressed.aggregate();
            NewEvent event = addressed.event();
            long position = log.head() + 1;
            long version = EventStore.EMPTY;
            long life = 0;
            if (id != null) {
                Aggregate aggregate = log.touched(id);
                long before = aggregate.version;
                if (aggregate.status != AggregateStatus.LIVE) {
                    aggregate.status = AggregateStatus.LIVE;
                    aggregate.firstOfLife = before + 1;
                }
                version = before + 1;
                life = aggregate.life;
                aggregate.version = version;
                aggregate.lastPosition = position;
                Written sofar = written.getOrDefault(id, new Written(id, before, before));
                written.put(id, new Written(id, sofar.versionBefore(), version));
            }
            StoredEvent stored = new StoredEvent(
                    position,
                    id,
                    version,
                    event.id(),
                    event.type(),
                    event.data(),
                    event.tags(),
                    event.metadata(),
                    event.time() == null ? recordedAt : event.time(),
                    recordedAt,
                    first,
                    last,
                    false);
            log.events.add(new Logged(stored, life));
        }
        Tracking tracking = append.tracking();
        if (tracking != null) {
            log.checkpoints.put(tracking.source(), tracking.position());
        }
        return new Appended(first, last, List.copyOf(written.values()), false);
    }

    // ---- reads

    @Override
    public synchronized CompletableFuture<EventSlice> read(String store, EventRead read) {
        return answer(() -> slice(anyLog(store), read));
    }

    private EventSlice slice(Log log, EventRead read) {
        AggregateId id = read.aggregate();
        Aggregate aggregate = id == null ? null : log.known(id);
        long end = aggregate == null ? log.head() : aggregate.seen();
        Bounds bounds = bounds(log, read, end);
        List<StoredEvent> chosen = new ArrayList<>();
        long bytes = 0;
        boolean more = false;
        for (StoredEvent event : matching(log, read, bounds)) {
            if (chosen.size() == read.limit() || bytes > EventSlice.MAX_BYTES) {
                more = true;
                break;
            }
            chosen.add(event);
            bytes += event.data().size();
        }
        long next;
        if (more) {
            long last = place(read, chosen.get(chosen.size() - 1));
            next = read.backwards() ? last - 1 : last;
        } else {
            next = read.backwards() ? read.after() : Math.max(read.after(), Math.min(read.upTo(), end));
        }
        return new EventSlice(
                chosen,
                log.head(),
                aggregate == null ? AggregateStatus.LIVE : aggregate.status,
                aggregate == null ? EventStore.EMPTY : aggregate.seen(),
                next,
                more);
    }

    /** What bounds of a read mean: versions of a read of one aggregate, else positions. */
    private static long place(EventRead read, StoredEvent event) {
        return read.aggregate() == null ? event.position() : event.version();
    }

    private static boolean inScope(EventRead read, StoredEvent event) {
        AggregateId id = event.aggregate();
        if (read.aggregate() != null) {
            return read.aggregate().equals(id);
        }
        return read.category() == null || (id != null && id.type().equals(read.category()));
    }

    /** Both inclusive. */
    private record Bounds(long lowest, long highest) {}

    /** What is left after the bounds and the time to begin at, and after skipping. */
    private Bounds bounds(Log log, EventRead read, long end) {
        long lowest = read.after() == Long.MAX_VALUE ? Long.MAX_VALUE : read.after() + 1;
        long highest = Math.min(read.upTo(), end);
        Instant from = read.from();
        if (from != null) {
            long millis = nowMillis.getAsLong();
            long begin = log.events.stream()
                    .filter(logged -> inScope(read, logged.event)
                            && log.readable(logged, millis)
                            && !logged.event.time().isBefore(from))
                    .mapToLong(logged -> place(read, logged.event))
                    .findFirst()
                    .orElse(Long.MAX_VALUE);
            lowest = Math.max(lowest, begin);
        }
        // Of a category every event that ever was is counted, otherwise every position or version.
        List<Long> places = new ArrayList<>();
        for (long at = lowest; at <= highest && at >= 0; at++) {
            if (read.category() == null || inScope(read, log.events.get((int) at).event)) {
                places.add(at);
            }
        }
        if (read.skip() >= places.size()) {
            return new Bounds(1, 0);
        }
        List<Long> left = read.backwards()
                ? places.subList(0, places.size() - (int) read.skip())
                : places.subList((int) read.skip(), places.size());
        return new Bounds(left.get(0), left.get(left.size() - 1));
    }

    /** In the order of the read. */
    private List<StoredEvent> matching(Log log, EventRead read, Bounds bounds) {
        long millis = nowMillis.getAsLong();
        List<StoredEvent> matching = new ArrayList<>();
        for (Logged logged : log.events) {
            StoredEvent event = logged.event;
            long place = place(read, event);
            if (inScope(read, event)
                    && log.readable(logged, millis)
                    && place >= bounds.lowest
                    && place <= bounds.highest
                    && read.query().matches(event.type(), event.tags())
                    && read.filter().passes(event)) {
                matching.add(event);
            }
        }
        if (read.backwards()) {
            Collections.reverse(matching);
        }
        return matching;
    }

    @Override
    public synchronized CompletableFuture<Long> count(String store, EventRead read, long atMost) {
        return answer(() -> {
            Log log = anyLog(store);
            long end = read.aggregate() == null
                    ? log.head()
                    : log.known(read.aggregate()).seen();
            EventRead whole = read.skipping(0);
            return Math.min(
                    atMost, (long) matching(log, whole, bounds(log, whole, end)).size());
        });
    }

    @Override
    public synchronized long head(String store) {
        return anyLog(store).head();
    }

    @Override
    public synchronized Subscription subscribe(String store, LongConsumer listener) {
        Listening listening = new Listening(store, listener);
        listeners.add(listening);
        return () -> {
            synchronized (this) {
                listeners.remove(listening);
            }
        };
    }

    // ---- aggregates

    @Override
    public synchronized CompletableFuture<AggregateInfo> aggregate(String store, AggregateId aggregate) {
        return answer(() -> anyLog(store).info(aggregate, nowMillis.getAsLong()));
    }

    @Override
    public synchronized CompletableFuture<List<AggregateInfo>> aggregates(
            String store, @Nullable String category, @Nullable AggregateId after, int limit) {
        return answer(() -> {
            if (limit < 1 || limit > EventRead.MAX_LIMIT) {
                throw invalid("limit is 1 to " + EventRead.MAX_LIMIT);
            }
            Log log = anyLog(store);
            long millis = nowMillis.getAsLong();
            return log.aggregates.keySet().stream()
                    .filter(id -> category == null || id.type().equals(category))
                    .filter(id -> after == null || id.compareTo(after) > 0)
                    .sorted()
                    .map(id -> log.info(id, millis))
                    .filter(info -> info.status() != AggregateStatus.EMPTY)
                    .limit(limit)
                    .toList();
        });
    }

    @Override
    public synchronized CompletableFuture<AggregateInfo> configure(
            String store, AggregateId aggregate, AggregateSettings settings, @Nullable Long expectedRevision) {
        return answer(() -> {
            Log log = required(store);
            Aggregate known = log.known(aggregate);
            if (known.status == AggregateStatus.TOMBSTONED) {
                throw new VarveException(ErrorKind.GONE, aggregate + " was deleted for ever");
            }
            if (expectedRevision != null && expectedRevision != known.settingsRevision) {
                throw new VarveException(
                        ErrorKind.CONFLICT, "the settings were changed " + known.settingsRevision + " times");
            }
            Aggregate touched = log.touched(aggregate);
            touched.settings = settings;
            touched.settingsRevision++;
            return log.info(aggregate, nowMillis.getAsLong());
        });
    }

    @Override
    public synchronized CompletableFuture<AggregateInfo> delete(
            String store, AggregateId aggregate, ExpectedVersion expected, AggregateDeletion deletion) {
        return answer(() -> {
            Log log = required(store);
            Aggregate known = log.known(aggregate);
            AggregateStatus wanted = switch (deletion) {
                case SOFT -> AggregateStatus.SOFT_DELETED;
                case TOMBSTONE -> AggregateStatus.TOMBSTONED;
                case REMOVE -> AggregateStatus.EMPTY;
            };
            boolean nothingToDo = known.status == wanted
                    || (known.status == AggregateStatus.EMPTY && deletion != AggregateDeletion.TOMBSTONE);
            if (nothingToDo) {
                return log.info(aggregate, nowMillis.getAsLong());
            }
            boolean gone = known.status == AggregateStatus.TOMBSTONED;
            if (gone || !expected.holds(known.status, known.seen())) {
                throw new EventsRefusedException(new Refused(
                        gone ? Reason.TOMBSTONED : Reason.WRONG_EXPECTED_VERSION,
                        List.of(new Violation(0, aggregate, expected, known.status, known.seen())),
                        EventStore.EMPTY,
                        null));
            }
            Aggregate touched = log.touched(aggregate);
            touched.status = wanted;
            touched.life++;
            if (deletion == AggregateDeletion.REMOVE) {
                touched.version = EventStore.EMPTY;
                touched.lastPosition = EventStore.EMPTY;
                touched.firstOfLife = 0;
                touched.settings = AggregateSettings.NONE;
                touched.settingsRevision = 0;
            }
            return log.info(aggregate, nowMillis.getAsLong());
        });
    }

    // ---- single events

    private @Nullable Logged readable(Log log, long position) {
        if (position < 0 || position > log.head()) {
            return null;
        }
        Logged logged = log.events.get((int) position);
        return log.readable(logged, nowMillis.getAsLong()) ? logged : null;
    }

    @Override
    public synchronized CompletableFuture<Boolean> redact(String store, long position, EventData replacement) {
        return answer(() -> {
            replacement.check();
            Logged logged = readable(required(store), position);
            if (logged == null) {
                return false;
            }
            StoredEvent event = logged.event;
            logged.event = new StoredEvent(
                    event.position(),
                    event.aggregate(),
                    event.version(),
                    event.id(),
                    event.type(),
                    replacement,
                    event.tags(),
                    event.metadata(),
                    event.time(),
                    event.recordedAt(),
                    event.appendFirst(),
                    event.appendLast(),
                    true);
            return true;
        });
    }

    @Override
    public synchronized CompletableFuture<Integer> deleteEvents(String store, Collection<Long> positions) {
        return answer(() -> {
            Log log = required(store);
            if (positions.size() > EventRead.MAX_LIMIT) {
                throw invalid("at most " + EventRead.MAX_LIMIT + " events are deleted at once");
            }
            int deleted = 0;
            for (long position : positions) {
                Logged logged = readable(log, position);
                if (logged != null) {
                    logged.deleted = true;
                    deleted++;
                }
            }
            return deleted;
        });
    }

    @Override
    public synchronized CompletableFuture<Long> scavenge(String store) {
        return answer(() -> {
            Log log = required(store);
            long millis = nowMillis.getAsLong();
            long removed = 0;
            for (Logged logged : log.events) {
                if (!logged.scavenged && !log.readable(logged, millis)) {
                    logged.scavenged = true;
                    // What is gone does not come back when the settings change.
                    logged.deleted = true;
                    removed++;
                }
            }
            return removed;
        });
    }

    // ---- snapshots

    @Override
    public synchronized CompletableFuture<Void> saveSnapshot(String store, Snapshot snapshot, int keep) {
        return answer(() -> {
            Log log = required(store);
            if (keep < 1 || keep > Snapshot.MAX_KEPT) {
                throw invalid("1 to " + Snapshot.MAX_KEPT + " snapshots are kept, not " + keep);
            }
            AggregateId id = snapshot.aggregate();
            Aggregate aggregate = log.known(id);
            if (snapshot.version() > aggregate.seen() || snapshot.version() < aggregate.firstOfLife) {
                throw invalid("the aggregate has no version " + snapshot.version());
            }
            log.snapshots.removeIf(kept -> kept.snapshot.aggregate().equals(id)
                    && (kept.life != aggregate.life || kept.snapshot.version() == snapshot.version()));
            log.snapshots.add(new Kept(snapshot, aggregate.life));
            List<Snapshot> newest = snapshots(log, id);
            newest.subList(0, Math.min(keep, newest.size())).clear();
            log.snapshots.removeIf(kept -> newest.contains(kept.snapshot));
            return null;
        });
    }

    /** Those that can be found, the highest version first. */
    private static List<Snapshot> snapshots(Log log, AggregateId id) {
        Aggregate aggregate = log.known(id);
        List<Snapshot> found = new ArrayList<>();
        for (Kept kept : log.snapshots) {
            if (kept.snapshot.aggregate().equals(id)
                    && kept.life == aggregate.life
                    && aggregate.status == AggregateStatus.LIVE) {
                found.add(kept.snapshot);
            }
        }
        found.sort(Comparator.comparingLong(Snapshot::version).reversed());
        return found;
    }

    @Override
    public synchronized CompletableFuture<List<Snapshot>> snapshots(
            String store, AggregateId aggregate, SnapshotQuery query) {
        return answer(() -> snapshots(anyLog(store), aggregate).stream()
                .filter(query::matches)
                .limit(query.limit())
                .toList());
    }

    @Override
    public synchronized CompletableFuture<Integer> deleteSnapshots(
            String store, AggregateId aggregate, SnapshotQuery query) {
        return answer(() -> {
            Log log = required(store);
            List<Snapshot> gone =
                    snapshots(log, aggregate).stream().filter(query::matches).toList();
            log.snapshots.removeIf(kept -> gone.contains(kept.snapshot));
            return gone.size();
        });
    }

    @Override
    public synchronized CompletableFuture<LoadedAggregate> load(String store, AggregateId aggregate, String schema) {
        return answer(() -> {
            Log log = anyLog(store);
            Optional<Snapshot> snapshot = EventStorage.newest(snapshots(log, aggregate), schema);
            long after = snapshot.map(Snapshot::version).orElse(EventStore.EMPTY);
            return new LoadedAggregate(
                    snapshot, slice(log, EventRead.of(aggregate).after(after)));
        });
    }

    // ---- checkpoints

    /** A name of a checkpoint is that of a source of a tracking. */
    private static void checkName(String name) {
        if (new Tracking(name, 0).position() != 0) {
            throw new AssertionError("a tracking is what it was made of");
        }
    }

    @Override
    public synchronized CompletableFuture<Long> saveCheckpoint(String store, String name, long position) {
        return answer(() -> {
            checkName(name);
            if (position < EventStore.EMPTY) {
                throw invalid("a checkpoint is -1 or more, was " + position);
            }
            Log log = required(store);
            checkRoom(log, name);
            long stands = log.checkpoints.merge(name, position, Math::max);
            log.tellWaiting();
            return stands;
        });
    }

    @Override
    public synchronized CompletableFuture<OptionalLong> checkpoint(String store, String name) {
        return answer(() -> {
            Long position = anyLog(store).checkpoints.get(name);
            return position == null ? OptionalLong.empty() : OptionalLong.of(position);
        });
    }

    @Override
    public synchronized CompletableFuture<Map<String, Long>> checkpoints(String store) {
        return answer(() -> new LinkedHashMap<>(anyLog(store).checkpoints));
    }

    @Override
    public synchronized CompletableFuture<Boolean> deleteCheckpoint(String store, String name) {
        return answer(() -> required(store).checkpoints.remove(name) != null);
    }

    @Override
    public synchronized CompletableFuture<Boolean> awaitCheckpoints(
            String store, Set<String> names, long position, Duration timeout) {
        if (timeout.isNegative() || timeout.compareTo(MAX_WAIT) > 0) {
            return CompletableFuture.failedFuture(invalid("a wait takes at most " + MAX_WAIT + ", not " + timeout));
        }
        Log log = anyLog(store);
        Set<String> unknown = new TreeSet<>(names);
        unknown.removeAll(log.checkpoints.keySet());
        if (!unknown.isEmpty()) {
            return CompletableFuture.failedFuture(invalid("no checkpoint was ever saved of " + unknown));
        }
        if (log.reached(names, position) || timeout.isZero()) {
            return CompletableFuture.completedFuture(log.reached(names, position));
        }
        CompletableFuture<Boolean> waited = new CompletableFuture<>();
        log.waiting.add(new Waiting(Set.copyOf(names), position, waited));
        return waited.completeOnTimeout(false, timeout.toNanos(), TimeUnit.NANOSECONDS);
    }
}
