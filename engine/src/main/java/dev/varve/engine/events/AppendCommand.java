package dev.varve.engine.events;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateStatus;
import dev.varve.api.AppendCondition;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventAppendResult.Violation;
import dev.varve.api.EventAppendResult.Written;
import dev.varve.api.EventQuery;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.VarveException;
import dev.varve.engine.entries.Stores;
import dev.varve.engine.events.RememberedIds.Noted;
import dev.varve.engine.shard.FacePart;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Appends events, all or none. */
final class AppendCommand extends EventCommand<EventAppendResult> implements FacePart<EventAppendResult> {

    /** So many fit into one commit with all their metadata and tags; of more that has to be seen. */
    private static final int FEW_EVENTS = 64;

    /** After so many searches that others did not wait for an append is refused: too much comes, or is taken away, meanwhile. */
    private static final int MAX_TIMES_LEFT = 3;

    /** What an event takes beside its texts and data. */
    private static final int EVENT_BYTES = 256;

    /** What a tag, and a name or value of the metadata, takes beside its characters: the text and its place in a collection. */
    private static final int TEXT_BYTES = 64;

    private final List<EventAppend.Check> checks;
    private final List<EventAppend.Addressed> events;
    private final @Nullable AppendCondition condition;
    private final EventAppend.@Nullable Tracking tracking;
    private final boolean create;
    private final Supplier<UUID> freshId;
    private final int weightBytes;
    private final Set<AggregateId> written = new LinkedHashSet<>();
    private final Set<AggregateId> concerned = new LinkedHashSet<>();

    /** Events that may be those of this append, from before what is remembered. */
    private final Map<UUID, Noted> older = new HashMap<>();

    private boolean lookedForOlder;

    /** Looks through what is durable for the condition; null where the owner does that itself. */
    private @Nullable MatchSearch search;

    /** How often a search has taken so long that others went first. */
    private int timesLeft;

    /** The event that the condition rules out, or {@link EventStore#EMPTY}. Known when this is prepared. */
    private long conflict = EventStore.EMPTY;

    /** Whether nobody waits for an answer any more. */
    private volatile boolean released;

    /** The events as they will stand in the log; null when there is nothing to make. */
    private @Nullable List<byte[]> planned;

    private final List<EventFormat.Head> plannedHeads = new ArrayList<>();

    /** What is asked for is as {@link EventAppend} has it, but that a condition or a tracking may come without events. */
    AppendCommand(
            EventsFace face,
            String store,
            List<EventAppend.Check> checks,
            List<EventAppend.Addressed> events,
            @Nullable AppendCondition condition,
            EventAppend.@Nullable Tracking tracking,
            boolean create,
            Supplier<UUID> freshId) {
        super(face, store);
        this.checks = checks;
        this.events = events;
        this.condition = condition;
        this.tracking = tracking;
        this.create = create;
        this.freshId = freshId;
        int bytes = 0;
        for (EventAppend.Addressed addressed : events) {
            bytes += weightBytes(addressed.event());
            if (addressed.aggregate() != null) {
                written.add(addressed.aggregate());
            }
        }
        this.weightBytes = bytes;
        concerned.addAll(written);
        checks.forEach(check -> concerned.add(check.aggregate()));
    }

    /** What an event takes while it waits; texts as they are in memory, which for most is one byte for each character. */
    static int weightBytes(NewEvent event) {
        int bytes = EVENT_BYTES + event.type().length() + event.data().size();
        for (String tag : event.tags()) {
            bytes += TEXT_BYTES + tag.length();
        }
        for (Map.Entry<String, String> text : event.metadata().entrySet()) {
            bytes += 2 * TEXT_BYTES + text.getKey().length() + text.getValue().length();
        }
        return bytes;
    }

    @Override
    public int weightBytes() {
        return super.weightBytes() + weightBytes;
    }

    // ---- knowing

    @Override
    void forget() {
        older.clear();
        lookedForOlder = false;
    }

    @Override
    public void lookAhead() {
        EventLog log = isBusy() ? null : decidedLog();
        if (log != null) {
            knows(log, concerned);
        }
    }

    @Override
    public boolean prepare() {
        if (isBusy()) {
            return isReady();
        }
        EventLog log = decidedLog();
        return log == null || (knows(log, concerned) && remembers(log) && knowsMatch(log) && knowsOlder(log));
    }

    private boolean remembers(EventLog log) {
        if (log.remembered.complete || events.isEmpty()) {
            return true;
        }
        long upTo = log.memoryFrom();
        long from = Math.max(0, upTo - EventStorage.REMEMBERED_IDS);
        load(() -> stored(log, from, upTo), log.remembered::complete);
        return false;
    }

    private List<Noted> stored(EventLog log, long from, long upTo) throws IOException {
        List<Noted> noted = new ArrayList<>();
        try (StateStore.Cursor cursor = face.state()
                .scanFromFloor(
                        Table.EVENTS,
                        Binary.key(log.store, 0),
                        Binary.key(log.store, from),
                        Binary.key(log.store, upTo))) {
            while (cursor.next()) {
                long first = Keys.firstOfRow(cursor.key());
                byte[][] events = BlockFormat.decode(first, cursor.value());
                for (int i = 0; i < events.length; i++) {
                    if (events[i].length > 0 && first + i >= from && first + i < upTo) {
                        noted.add(Noted.of(EventFormat.head(events[i]), first + i));
                    }
                }
            }
        }
        return noted;
    }

    /**
     * What is durable is looked through on the pool, where it is more than the owner may look at; what came since by the owner. While it is,
     * later commands of the store wait, until that takes too long: then this {@link #leaves}.
     */
    private boolean knowsMatch(EventLog log) {
        AppendCondition wanted = condition;
        if (wanted == null) {
            return true;
        }
        if (log.removalsUnderWay > 0) {
            return false; // what was decided before this is told by what is durable then, and nothing is decided
            // between
        }
        MatchSearch looked = searchOf(log);
        if (looked != null && !looked.isDone()) {
            return true; // it leaves
        }
        EventQuery query = wanted.failIfEventsMatch();
        boolean large = isLarge(query);
        long upTo = looked == null ? wanted.after() : looked.upTo();
        long found = looked == null ? EventStore.EMPTY : looked.found();
        if (found != EventStore.EMPTY && log.decidedRestricted && upTo < log.decidedNext - 1) {
            return looks(log, upTo, wanted.after()); // a bound of its aggregate may leave it out by now
        }
        if (found == EventStore.EMPTY && upTo + 1 < log.memoryFrom()) {
            if (large || LastStored.mayMatch(face.state(), log, query, upTo)) {
                return looks(log, upTo, upTo);
            }
            upTo = log.memoryFrom() - 1;
        }
        long since = Math.max(upTo, log.memoryFrom() - 1);
        boolean anySince = since < log.decidedNext - 1;
        Work work = Work.ofTheOwner(face.bounds());
        long recent = anySince && !large
                ? LogReader.lastDecidedMatch(log, query, since, face.time().millis(), work)
                : EventStore.EMPTY;
        boolean unknown = recent == EventStore.EMPTY && anySince && (large || work.isDone());
        if (unknown && found == EventStore.EMPTY) {
            return looks(log, upTo, upTo);
        }
        conflict = recent != EventStore.EMPTY ? recent : found;
        return true;
    }

    /** What was looked through; null when that is of no use any more. */
    private @Nullable MatchSearch searchOf(EventLog log) {
        MatchSearch looked = search;
        boolean outdated = looked != null && (looked.log != log || looked.removals != log.removals.get());
        if (outdated) {
            search = null;
        }
        return outdated ? null : looked;
    }

    /** Whether a query has more types and tags than the owner may look at. */
    private boolean isLarge(EventQuery query) {
        int terms = 0;
        for (EventQuery.Item item : query.items()) {
            terms += 1 + item.types().size() + item.tags().size();
        }
        return terms > face.bounds().ofTheOwner() / 2;
    }

    /**
     * Looks through what is durable, when that is more than was looked through; else waits until it is.
     *
     * @param known up to where was looked before
     * @param from beyond what to look now
     * @return false: {@link #prepare} is asked again then
     */
    private boolean looks(EventLog log, long known, long from) {
        AppendCondition wanted = Objects.requireNonNull(condition);
        if (log.head() <= known) {
            log.isAwaited = true;
            return false;
        }
        MatchSearch next = new MatchSearch(
                face.state(), log, wanted.failIfEventsMatch(), from, face.time().millis(), new Work(face.bounds()));
        search = next;
        boolean again = timesLeft > 0 && from == wanted.after();
        loadInTasks(
                () -> {
                    next.goOn();
                    return next.isDone() || next.isLong() || again ? next : null;
                },
                _ -> {});
        return false;
    }

    @Override
    public @Nullable CompletableFuture<?> leaves() {
        MatchSearch unfinished = search;
        if (failure() != null || unfinished == null || unfinished.isDone() || unfinished.log != decidedLog()) {
            return null;
        }
        forget();
        if (++timesLeft > MAX_TIMES_LEFT || !face.longSearches().tryAcquire()) {
            failWith(new VarveException(
                    ErrorKind.OVERLOADED,
                    "too much has to be looked through for the condition; nothing was applied",
                    null,
                    Duration.ofSeconds(1)));
            return null;
        }
        CompletableFuture<MatchSearch> searching = face.disk().forCallerInTasks(() -> {
            boolean over = released || future.isDone() || !face.isThere(unfinished.log);
            if (!over) {
                unfinished.goOn();
            }
            return over || unfinished.isDone() ? unfinished : null;
        });
        CompletableFuture<?> _ =
                searching.whenComplete((_, _) -> face.longSearches().release());
        return searching;
    }

    /** When a version has passed that was expected exactly, this may be an append from long ago that comes again. */
    private boolean knowsOlder(EventLog log) {
        if (lookedForOlder || log.decidedNext <= EventStorage.REMEMBERED_IDS || remembersAny(log)) {
            return true;
        }
        Map<AggregateId, Long> from = expectedOfWritten(log);
        if (from.isEmpty() || from.size() != written.size() || !versionsHavePassed(log, from)) {
            return true;
        }
        lookedForOlder = true;
        Map<AggregateId, AggregateHead> heads = new HashMap<>();
        from.keySet().forEach(aggregate -> heads.put(aggregate, head(log, aggregate)));
        load(() -> olderEvents(log, heads, from), older::putAll);
        return false;
    }

    private boolean remembersAny(EventLog log) {
        for (EventAppend.Addressed addressed : events) {
            if (log.remembered.find(addressed.event().id()) != null) {
                return true;
            }
        }
        return events.isEmpty();
    }

    private boolean versionsHavePassed(EventLog log, Map<AggregateId, Long> from) {
        for (Map.Entry<AggregateId, Long> entry : from.entrySet()) {
            if (head(log, entry.getKey()).version() < entry.getValue() + countOf(entry.getKey())) {
                return false;
            }
        }
        return true;
    }

    private int countOf(AggregateId aggregate) {
        int count = 0;
        for (EventAppend.Addressed addressed : events) {
            count += aggregate.equals(addressed.aggregate()) ? 1 : 0;
        }
        return count;
    }

    private Map<UUID, Noted> olderEvents(
            EventLog log, Map<AggregateId, AggregateHead> heads, Map<AggregateId, Long> from) throws IOException {
        Map<UUID, Noted> found = new HashMap<>();
        try (LogReader reader = new LogReader(face.state(), log, face.time().millis())) {
            for (Map.Entry<AggregateId, Long> entry : from.entrySet()) {
                AggregateHead head = heads.get(entry.getKey());
                if (head == null) {
                    continue;
                }
                LogReader.AggregatePositions positions = reader.positions(entry.getKey(), head);
                long first = entry.getValue() + 1;
                for (long version = first; version < first + countOf(entry.getKey()); version++) {
                    long position = positions.of(version);
                    byte[] event =
                            position < 0 || position >= reader.next ? EventFormat.UNKNOWN : reader.event(position);
                    if (!EventFormat.isGone(event)) {
                        Noted noted = Noted.of(EventFormat.head(event), position);
                        found.put(noted.id(), noted);
                    }
                }
            }
        }
        return found;
    }

    /** The versions that written aggregates are expected to have exactly. */
    private Map<AggregateId, Long> expectedOfWritten(EventLog log) {
        Map<AggregateId, Long> expected = new LinkedHashMap<>();
        for (EventAppend.Check check : checks) {
            if (!written.contains(check.aggregate())) {
                continue;
            }
            if (check.expected() instanceof ExpectedVersion.Exactly(long version)) {
                expected.put(check.aggregate(), version);
            } else if (check.expected() instanceof ExpectedVersion.NoStream) {
                expected.put(check.aggregate(), head(log, check.aggregate()).deletedBefore() - 1);
            }
        }
        return expected;
    }

    // ---- deciding

    @Override
    void decide(long nowMillis) {
        if (!plan(nowMillis)) {
            return;
        }
        long bytes = events.size() > FEW_EVENTS ? plannedBytes() : 0;
        if (bytes > FacePart.MAX_BYTES) {
            failWith(FacePart.tooLarge(bytes));
        } else {
            make(nowMillis);
        }
    }

    @Override
    public boolean plan(long nowMillis) {
        EventLog log = decidedLog();
        if (log == null && !create) {
            failWith(Stores.notFound(store));
            return false;
        }
        EventAppendResult answer = log == null ? decideNew() : decide(log);
        if (answer != null) {
            answerWith(answer);
            return answer instanceof Appended;
        }
        VarveException refusal = log == null ? face.stores().mayCreate(store) : refusal(log);
        if (refusal != null) {
            failWith(refusal);
            return false;
        }
        answerWith(encodeEvents(log, nowMillis));
        return true;
    }

    private @Nullable VarveException refusal(EventLog log) {
        VarveException refusal = face.stores().refusal(store);
        boolean full = tracking != null && !log.hasRoomFor(tracking.source(), EventStorage.MAX_CHECKPOINTS);
        return refusal == null && full ? CheckpointCommand.tooMany(store) : refusal;
    }

    @Override
    public long plannedBytes() {
        List<byte[]> encoded = planned;
        if (encoded == null) {
            return 0;
        }
        long size = new Effect.Appended(0, 0, encoded).encodedBytesAtMost();
        return tracking == null
                ? size
                : size + new Effect.Checkpoint(0, tracking.source(), tracking.position()).encodedBytesAtMost();
    }

    @Override
    public void release() {
        released = true;
    }

    /** What there is to say about an append to a store that is not there; null when it is to be made. */
    private @Nullable EventAppendResult decideNew() {
        List<Violation> violations = violations(null);
        if (!violations.isEmpty()) {
            return refused(violations);
        }
        return writesNothing(null);
    }

    private @Nullable Appended writesNothing(@Nullable EventLog log) {
        if (!events.isEmpty() || tracking != null) {
            return null;
        }
        List<Written> as = new ArrayList<>();
        if (checks.size() == 1) {
            AggregateId aggregate = checks.getFirst().aggregate();
            long version = head(log, aggregate).version();
            as.add(new Written(aggregate, version, version));
        }
        return new Appended(EventStore.EMPTY, EventStore.EMPTY, as, false);
    }

    /** What there is to say about an append; null when it is to be made. */
    private @Nullable EventAppendResult decide(EventLog log) {
        List<Noted> found = new ArrayList<>();
        Refused reused = null;
        for (EventAppend.Addressed addressed : events) {
            UUID id = addressed.event().id();
            Noted recent = log.remembered.find(id);
            Noted noted = recent != null ? recent : older.get(id);
            if (noted != null) {
                found.add(noted);
                if (reused == null && stands(log, noted) && !noted.isSame(addressed.event())) {
                    reused = new Refused(Reason.EVENT_ID_REUSED, List.of(), noted.position(), id);
                }
            }
        }
        boolean whole = !found.isEmpty() && found.size() == events.size();
        if (whole && isReplay(log, found, expectedOfWritten(log))) {
            return reused != null ? reused : replayed(found);
        }
        List<Violation> violations = violations(log);
        if (violations.stream().anyMatch(AppendCommand::isExact)
                || (!violations.isEmpty() && (found.isEmpty() || writesToTombstone(violations)))) {
            return refused(violations);
        }
        if (reused != null) {
            return reused;
        }
        if (!found.isEmpty()) {
            Noted noted = found.getFirst();
            return new Refused(Reason.EVENT_ID_CONFLICT, List.of(), noted.position(), noted.id());
        }
        if (condition != null && conflict > condition.after()) {
            return new Refused(Reason.CONDITION_FAILED, List.of(), conflict, null);
        }
        Long reached = tracking == null ? null : log.decidedCheckpoints.get(tracking.source());
        if (tracking != null && reached != null && tracking.position() <= reached) {
            return new Refused(Reason.TRACKING_NOT_INCREASING, List.of(), reached, null);
        }
        return writesNothing(log);
    }

    private static boolean isExact(Violation violation) {
        return violation.expected() instanceof ExpectedVersion.Exactly
                || violation.expected() instanceof ExpectedVersion.NoStream;
    }

    private boolean writesToTombstone(List<Violation> violations) {
        return violations.stream()
                .anyMatch(violation -> violation.status() == AggregateStatus.TOMBSTONED
                        && (written.contains(violation.aggregate())
                                || violation.expected() instanceof ExpectedVersion.Any));
    }

    /** Whether an event is still there, in what its aggregate is now. */
    private boolean stands(EventLog log, Noted noted) {
        AggregateId aggregate = noted.aggregate();
        if (noted.gone() || aggregate == null) {
            return !noted.gone();
        }
        AggregateHead head = head(log, aggregate);
        return head.status() == AggregateStatus.LIVE
                && noted.position() >= head.incarnation()
                && noted.version() >= head.deletedBefore();
    }

    private boolean isReplay(EventLog log, List<Noted> found, Map<AggregateId, Long> expected) {
        Map<AggregateId, Long> next = new HashMap<>(expected);
        Noted first = found.getFirst();
        for (int i = 0; i < found.size(); i++) {
            Noted noted = found.get(i);
            AggregateId aggregate = events.get(i).aggregate();
            if (noted.appendFirst() != first.appendFirst()
                    || noted.position() != first.position() + i
                    || !Objects.equals(noted.aggregate(), aggregate)) {
                return false;
            }
            if (!stands(log, noted)) {
                return false;
            }
            if (aggregate != null) {
                Long before = next.get(aggregate);
                if (before != null) {
                    if (noted.version() != before + 1) {
                        return false;
                    }
                    next.put(aggregate, before + 1);
                }
            }
        }
        return true;
    }

    private static Appended replayed(List<Noted> found) {
        Map<AggregateId, Written> aggregates = new LinkedHashMap<>();
        for (Noted noted : found) {
            AggregateId aggregate = noted.aggregate();
            if (aggregate != null) {
                Written first = aggregates.get(aggregate);
                long before = first == null ? noted.version() - 1 : first.versionBefore();
                aggregates.put(aggregate, new Written(aggregate, before, noted.version()));
            }
        }
        return new Appended(
                found.getFirst().position(), found.getLast().position(), List.copyOf(aggregates.values()), true);
    }

    private List<Violation> violations(@Nullable EventLog log) {
        List<Violation> violations = new ArrayList<>();
        Set<AggregateId> checked = new LinkedHashSet<>();
        for (int i = 0; i < checks.size(); i++) {
            EventAppend.Check check = checks.get(i);
            AggregateHead head = head(log, check.aggregate());
            boolean writes = written.contains(check.aggregate()) || check.expected() instanceof ExpectedVersion.Any;
            boolean gone = head.status() == AggregateStatus.TOMBSTONED && writes;
            if (gone || !check.expected().holds(head.status(), head.version())) {
                violations.add(
                        new Violation(i, check.aggregate(), check.expected(), head.status(), head.seenVersion()));
            }
            checked.add(check.aggregate());
        }
        for (AggregateId aggregate : written) {
            AggregateHead head = head(log, aggregate);
            if (head.status() == AggregateStatus.TOMBSTONED && !checked.contains(aggregate)) {
                violations.add(new Violation(-1, aggregate, ExpectedVersion.any(), head.status(), head.seenVersion()));
            }
        }
        return violations;
    }

    private Refused refused(List<Violation> violations) {
        boolean gone = writesToTombstone(violations);
        return new Refused(
                gone ? Reason.TOMBSTONED : Reason.WRONG_EXPECTED_VERSION, violations, EventStore.EMPTY, null);
    }

    /** Makes the events as they will stand in the log. */
    private Appended encodeEvents(@Nullable EventLog log, long nowMillis) {
        long first = log == null ? 0 : log.decidedNext;
        Map<AggregateId, Written> aggregates = new LinkedHashMap<>();
        List<byte[]> encoded = new ArrayList<>(events.size());
        int count = events.size();
        plannedHeads.clear();
        for (int i = 0; i < count; i++) {
            EventAppend.Addressed addressed = events.get(i);
            AggregateId aggregate = addressed.aggregate();
            long version = EventStore.EMPTY;
            if (aggregate != null) {
                Written before = aggregates.get(aggregate);
                long since = before == null ? head(log, aggregate).version() : before.versionBefore();
                version = (before == null ? since : before.version()) + 1;
                aggregates.put(aggregate, new Written(aggregate, since, version));
            }
            EventFormat.Encoded event = EventFormat.encoded(
                    addressed.event(), aggregate, version, nowMillis, new EventFormat.InAppend(i, count));
            encoded.add(event.bytes());
            plannedHeads.add(event.head());
        }
        planned = encoded;
        return count == 0
                ? new Appended(EventStore.EMPTY, EventStore.EMPTY, List.of(), false)
                : new Appended(first, first + count - 1, List.copyOf(aggregates.values()), false);
    }

    @Override
    public void make(long nowMillis) {
        List<byte[]> encoded = planned;
        if (encoded == null) {
            return;
        }
        EventLog log = logOrNew(freshId, nowMillis);
        if (!encoded.isEmpty()) {
            change(new Effect.Appended(log.store, log.decidedNext, encoded), plannedHeads);
        }
        if (tracking != null) {
            change(new Effect.Checkpoint(log.store, tracking.source(), tracking.position()));
        }
    }
}
