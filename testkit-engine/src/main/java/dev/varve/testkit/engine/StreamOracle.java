package dev.varve.testkit.engine;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.StreamChange;
import dev.varve.api.StreamMetadata;
import dev.varve.testkit.ModelStreamStorage;
import dev.varve.testkit.engine.SimulationCounts.Event;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Knows what a storage must answer and hold: a model that is given every acknowledged request in the order of the
 * acknowledgements, and what was handed out along the way.
 *
 * <p>What the storage does in its own time is followed, and judged: a stream must be gone as soon as its life is over, and
 * not before; data may go once retention allows it, and not before. A read that runs while others write must be answered
 * as at one moment between its start and its end.
 *
 * <p>Confined to one thread.
 */
final class StreamOracle {

    private static final int REMEMBERED_OFFSETS = 40;

    /** So much later than its end a stream that is not in memory may be found. */
    static final long MAX_UPKEEP_DELAY_MILLIS = 1_000;

    private static final Set<ErrorKind> MALFORMED_FORK = EnumSet.of(
            ErrorKind.INVALID_OFFSET,
            ErrorKind.INVALID_PARAMS,
            ErrorKind.CONTENT_TYPE_MISMATCH,
            ErrorKind.COMPACTED,
            ErrorKind.INVALID_JSON);

    private final LongSupplier wallMillis;
    private final SimulationCounts counts;
    private final OracleHistory history = new OracleHistory();
    private final List<PendingRead> reads = new ArrayList<>();

    /** The model's incarnations and what they are called in the storage under test. */
    private final Map<Long, Long> incarnations = new HashMap<>();

    private final Map<String, List<Offset>> handedOut = new HashMap<>();
    private final Map<String, Map<String, Producer>> producers = new HashMap<>();

    /** Paths that a deleted stream has held at some time since the last rest, for its forks. */
    private final Set<String> heldByForks = new HashSet<>();

    private List<String> feed = List.of();
    private long lastWritten;

    /**
     * Knows an empty storage.
     *
     * @param wallMillis the wall clock
     * @param counts takes what happened
     */
    StreamOracle(LongSupplier wallMillis, SimulationCounts counts) {
        this.wallMillis = wallMillis;
        this.counts = counts;
    }

    private ModelStreamStorage model() {
        return history.model();
    }

    // ---- what is known

    @Nullable StreamMetadata find(String path) {
        return model().metadata(path).join() instanceof StreamMetadata stream ? stream : null;
    }

    List<Offset> handedOut(String path) {
        return handedOut.getOrDefault(path, List.of());
    }

    @Nullable Producer lastProducer(String path, String id) {
        return producers.getOrDefault(path, Map.of()).get(id);
    }

    // ---- time

    /** The storage's time has moved, and with it the ends of lifetimes. Nothing may be under way. */
    void moveTo(long storageMillis) {
        history.moveTo(storageMillis);
        endLives();
    }

    private void endLives() {
        List<String> over = StreamChance.PATHS.stream().filter(this::isOver).toList();
        if (over.size() > 1 || hasUncertainExpiry()) {
            // Among them may be forks, which hold their source until their end is written down.
            heldByForks.addAll(over);
        }
        for (String path : over) {
            counts.add(Event.EXPIRED);
            history.expire(path, Objects.requireNonNull(find(path)).incarnation());
            noteHeld();
        }
    }

    /** Whether a life is over. A fixed end has passed when both clocks say so. */
    private boolean isOver(String path) {
        StreamMetadata stream = find(path);
        return stream != null
                && model().isDue(path)
                && (stream.expiresAt() == null
                        || wallMillis.getAsLong() >= stream.expiresAt().toEpochMilli());
    }

    /** The storage has looked after everything: what was over is gone for good. */
    void upkeepDone() {
        history.expiriesAreCertain(history.now() - MAX_UPKEEP_DELAY_MILLIS);
    }

    boolean hasUncertainExpiry() {
        return history.hasUncertainExpiry(StreamChance.PATHS);
    }

    long now() {
        return history.now();
    }

    /** Follows what retention has removed. */
    private void followTrim(String path, Offset earliest) {
        StreamMetadata stream = find(path);
        if (stream == null
                || stream.retention().isNone()
                || earliest.isSentinel()
                || earliest.compareTo(stream.earliest()) <= 0) {
            return;
        }
        if (!model().mayTrim(path, earliest)) {
            throw new AssertionError(path + " starts at " + earliest + ", but retention keeps more: "
                    + StreamWords.of(stream) + " at " + history.now());
        }
        counts.add(Event.TRIMMED);
        history.take(model -> model.trim(path, earliest));
    }

    private void followTrim(StreamCall call, Object answer) {
        String path = call.paths().getLast();
        switch (answer) {
            case Refusal refusal
            when refusal.kind() == ErrorKind.COMPACTED && refusal.offset() != null ->
                followTrim(path, refusal.offset());
            case StreamMetadata stream -> followTrim(path, stream.earliest());
            case ReadResult.Page page when call.fromBeginning() -> followTrim(path, page.start());
            case MessagesResult.Messages found
            when call.fromBeginning() ->
                followTrim(
                        path,
                        found.messages().isEmpty()
                                ? found.next()
                                : start(path, found.messages().getFirst()));
            default -> {}
        }
    }

    private Offset start(String path, MessagesResult.Message message) {
        StreamMetadata stream = find(path);
        boolean json =
                stream != null && stream.contentType().toLowerCase(Locale.ROOT).startsWith("application/json");
        return Offset.at(message.next().position() - message.data().remaining() - (json ? 1 : 0));
    }

    /** After upkeep nothing may be left that a bound of bytes or messages gives up. */
    void requireTrimmed() {
        for (String path : StreamChance.PATHS) {
            StreamMetadata stream = find(path);
            if (stream == null
                    || stream.retention().isNone()
                    || stream.retention().ageSeconds() != null) {
                continue;
            }
            if (model().readMessages(path, Offset.BEGINNING, 1).join() instanceof MessagesResult.Messages first
                    && !first.messages().isEmpty()
                    && model().mayTrim(path, first.messages().getFirst().next())) {
                throw new AssertionError("retention should have removed more of " + StreamWords.of(stream));
            }
        }
    }

    // ---- reads

    /** A read was asked for. Gives what is to be told of its answer. */
    PendingRead read(StreamCall call) {
        PendingRead read = new PendingRead(call);
        read.allow(model());
        reads.add(read);
        return read;
    }

    /** Checks a read's answer against all moments at which it ran. */
    void answered(PendingRead read, Object answer) {
        reads.remove(read);
        remember(read.call(), answer);
        if (isLateFarewell(read.call(), answer)) {
            return;
        }
        if (!read.allows(answer)) {
            followTrim(read.call(), answer);
            read.allow(model());
        }
        if (read.ranDuringWrites()) {
            counts.add(Event.READ_DURING_WRITES);
        }
        read.check(answer, history.hasUncertainExpiry(read.call().paths()));
    }

    /** A read that was not answered. */
    void failed(PendingRead read) {
        reads.remove(read);
    }

    // ---- writes

    /** Checks an answer against the model, which takes the request over. Requests come in the order of their answers. */
    void answered(StreamCall call, Object answer) {
        remember(call, answer);
        if (isLateFarewell(call, answer)) {
            return;
        }
        followTrim(call, answer);
        if (answer instanceof CreateResult.Created created) {
            // A fork starts where its source does.
            followTrim(call.paths().getLast(), created.stream().earliest());
        }
        Object modelled = take(call);
        String expected = StreamWords.of(modelled);
        String actual = StreamWords.of(answer);
        if (!actual.equals(expected)
                && !(modelled instanceof CreateResult && isMalformedFork(answer) && isMalformedFork(modelled))
                && !isUnfinishedExpiry(call, answer, modelled)
                && !isKeptForEndingForks(call, answer, modelled)) {
            throw new AssertionError(call + "\n  was answered " + actual + "\n  but should be " + expected);
        }
        if (answer instanceof CreateResult.Created || answer instanceof AppendResult.Appended) {
            lastWritten = Math.max(lastWritten, history.now());
        }
        if (answer instanceof CreateResult.Created created && modelled instanceof CreateResult.Created known) {
            incarnations.put(known.stream().incarnation(), created.stream().incarnation());
            // A stream may be over from the beginning.
            endLives();
        }
    }

    private Object take(StreamCall call) {
        Object modelled = history.take(call);
        noteHeld();
        reads.forEach(read -> read.allow(model()));
        return modelled;
    }

    /** The last fork of a deleted stream is gone, which frees its path a little later. */
    private boolean isLateFarewell(StreamCall call, Object answer) {
        Object refused = answer instanceof AppendAllResult.RefusedAt at ? at.refusal() : answer;
        if (!(refused instanceof Refusal refusal)) {
            return false;
        }
        ErrorKind kind = refusal.kind();
        return (kind == ErrorKind.ALREADY_EXISTS || kind == ErrorKind.GONE || kind == ErrorKind.FORK_SOURCE_GONE)
                && mayMeetLateFarewell(call);
    }

    private boolean mayMeetLateFarewell(StreamCall call) {
        return call.paths().stream().anyMatch(path -> heldByForks.contains(path) && !isHeld(path));
    }

    /** A stream with forks whose life is over is not there, until its end is written down: deleted from then on. */
    private boolean isUnfinishedExpiry(StreamCall call, Object answer, Object modelled) {
        return StreamWords.isMissing(answer)
                && StreamWords.isMissing(modelled)
                && history.hasUncertainExpiry(call.paths());
    }

    /** Forks that are on their way out need their source until that is written down. */
    private boolean isKeptForEndingForks(StreamCall call, Object answer, Object modelled) {
        boolean late = hasUncertainExpiry() || heldByForks.stream().anyMatch(path -> !isHeld(path));
        boolean kept = late
                && answer instanceof DeleteResult.Deleted deleted
                && deleted.kept()
                && modelled instanceof DeleteResult.Deleted;
        if (kept) {
            heldByForks.add(call.paths().getFirst());
        }
        return kept;
    }

    /** When several things are wrong with a fork, any of them may be told. */
    private static boolean isMalformedFork(Object answer) {
        return answer instanceof Refusal refusal && MALFORMED_FORK.contains(refusal.kind());
    }

    private boolean isHeld(String path) {
        return model().metadata(path).join() instanceof Refusal refusal && refusal.kind() == ErrorKind.GONE;
    }

    private void noteHeld() {
        for (String path : StreamChance.PATHS) {
            if (isHeld(path)) {
                heldByForks.add(path);
            }
        }
    }

    /** Everything that follows from the requests so far has happened. */
    void atRest() {
        if (hasUncertainExpiry()) {
            return;
        }
        heldByForks.removeIf(path -> !isHeld(path));
    }

    private void remember(StreamCall call, Object answer) {
        String path = call.paths().getFirst();
        switch (answer) {
            case CreateResult.Created created -> {
                producers.remove(path);
                remember(path, created.stream());
            }
            case CreateResult.Existing existing -> remember(path, existing.stream());
            case AppendResult.Appended appended -> remember(path, appended.next(), appended.producer());
            case AppendResult.Duplicate duplicate -> remember(path, duplicate.next(), duplicate.producer());
            case ReadResult.Page page -> remember(path, page.next(), null);
            case MessagesResult.Messages messages ->
                messages.messages().forEach(message -> remember(path, message.next(), null));
            case DeleteResult.Deleted deleted -> producers.remove(path);
            default -> {}
        }
    }

    private void remember(String path, StreamMetadata stream) {
        remember(path, stream.earliest(), null);
        remember(path, stream.next(), null);
    }

    private void remember(String path, Offset offset, @Nullable Producer producer) {
        List<Offset> known = handedOut.computeIfAbsent(path, key -> new ArrayList<>());
        if (!known.contains(offset)) {
            known.add(offset);
        }
        if (known.size() > REMEMBERED_OFFSETS) {
            known.removeFirst();
        }
        if (producer != null) {
            producers.computeIfAbsent(path, key -> new HashMap<>()).put(producer.id(), producer);
        }
    }

    // ---- listeners

    /** Compares what listeners were told, as soon as nothing is late. */
    void compareTold(List<StreamChange> actual) {
        if (hasUncertainExpiry()) {
            return;
        }
        Map<String, List<String>> expected = byPath(history.told());
        if (!byPath(actual).equals(expected)) {
            throw new AssertionError(
                    "listeners were told\n  " + byPath(actual) + "\n  but should have been\n  " + expected);
        }
        counts.add(Event.CHANGE_TOLD, actual.size());
        actual.clear();
        history.told().clear();
    }

    private static Map<String, List<String>> byPath(List<StreamChange> told) {
        Map<String, List<String>> byPath = new TreeMap<>();
        for (StreamChange change : told) {
            if (!change.path().startsWith("__")) {
                byPath.computeIfAbsent(change.path(), path -> new ArrayList<>())
                        .add(change.type() + " from " + change.from() + " to " + change.next()
                                + (change.closed() ? ", closed" : ""));
            }
        }
        return byPath;
    }

    // ---- everything

    /** Compares everything that a storage at rest holds. */
    void compare(StreamSnapshot actual) {
        String difference = difference(actual);
        if (!difference.isEmpty()) {
            throw new AssertionError(difference);
        }
        taken(actual);
    }

    private String difference(StreamSnapshot actual) {
        return actual.differenceTo(StreamSnapshot.of(model(), StreamChance.PATHS, CompletableFuture::join));
    }

    /**
     * Compares everything that a storage holds after it was opened again: what was acknowledged, and all or nothing of
     * each group that was under way, in order.
     *
     * @param actual what it holds, after upkeep
     * @param storageMillis its time now
     * @param underWay what was under way, in the order of the decisions
     * @param severalGroups whether that may have been more than one group
     * @return whether anything of it was kept
     */
    boolean compareAfterCrash(
            StreamSnapshot actual, long storageMillis, List<StreamCall> underWay, boolean severalGroups) {
        reads.clear();
        if (storageMillis < lastWritten) {
            throw new AssertionError("time runs backwards: something was written at " + lastWritten + ", it is "
                    + storageMillis + " now");
        }
        OracleHistory.Mark before = history.beforeCrash(stream -> isBack(actual, stream));
        String firstDifference = null;
        int step = severalGroups || underWay.isEmpty() ? 1 : underWay.size();
        for (int kept = 0; kept <= underWay.size(); kept += step) {
            List<StreamCall> calls = underWay.subList(0, kept);
            // Of how many it is open depends on which were refused before them.
            int ambiguous = 0;
            long refused = 0;
            do {
                history.backTo(before);
                ambiguous = Math.max(ambiguous, takeAfterCrash(calls, refused));
                String difference = settleAfterCrash(actual, storageMillis);
                if (difference.isEmpty()) {
                    taken(actual);
                    history.told().clear();
                    return kept > 0;
                }
                firstDifference = firstDifference == null ? difference : firstDifference;
                refused++;
            } while (refused < 1L << ambiguous);
        }
        throw new AssertionError("after the crash, without what was under way:\n  " + firstDifference
                + "\nnor does it match with what was: " + underWay);
    }

    /** Whether a stream whose life was over is there again, which it may be until its end was certainly written. */
    private boolean isBack(StreamSnapshot actual, OracleHistory.Expiry expiry) {
        Long known = incarnations.get(expiry.incarnation());
        boolean back = known != null && known.equals(actual.incarnations().get(expiry.path()));
        if (back && expiry.certain()) {
            throw new AssertionError(expiry.path() + " had ended, and is back");
        }
        return back;
    }

    /**
     * Takes requests of unknown outcome for kept.
     *
     * @param refused which of those that may have met a path that was not free yet did: bits, in order
     * @return how many may have
     */
    private int takeAfterCrash(List<StreamCall> calls, long refused) {
        int ambiguous = 0;
        for (StreamCall call : calls) {
            if (mayMeetLateFarewell(call) && (refused >> ambiguous++ & 1) == 1) {
                continue;
            }
            remember(call, take(call));
        }
        return ambiguous;
    }

    private String settleAfterCrash(StreamSnapshot actual, long storageMillis) {
        history.moveTo(storageMillis);
        // A restart counts as an access.
        model().touchAll();
        endLives();
        for (Map.Entry<String, Offset> stream : actual.earliest().entrySet()) {
            StreamMetadata known = find(stream.getKey());
            if (known != null && known.earliest().compareTo(stream.getValue()) < 0) {
                if (!model().mayTrim(stream.getKey(), stream.getValue())) {
                    break;
                }
                followTrim(stream.getKey(), stream.getValue());
            }
        }
        return difference(actual);
    }

    /** The time of the last request that was written. */
    long lastWritten() {
        return lastWritten;
    }

    private void taken(StreamSnapshot actual) {
        actual.incarnations().forEach((path, incarnation) -> {
            StreamMetadata expected = (StreamMetadata) model().metadata(path).join();
            Long known = incarnations.putIfAbsent(expected.incarnation(), incarnation);
            if (known != null && known != (long) incarnation) {
                throw new AssertionError(
                        path + " has incarnation " + incarnation + " now, which was " + known + " before");
            }
        });
        if (new HashSet<>(incarnations.values()).size() < incarnations.size()) {
            throw new AssertionError("an incarnation was given twice: " + incarnations);
        }
        if (actual.feed().size() < feed.size()
                || !actual.feed().subList(0, feed.size()).equals(feed)) {
            throw new AssertionError("the feed was\n  " + feed + "\n  and is now\n  " + actual.feed());
        }
        feed = actual.feed();
        atRest();
    }
}
