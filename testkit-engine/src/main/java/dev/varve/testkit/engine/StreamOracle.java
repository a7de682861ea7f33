package dev.varve.testkit.engine;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.MessagesResult;
import dev.varve.api.MetadataResult;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.StreamMetadata;
import dev.varve.testkit.ModelStreamStorage;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Knows what a storage must answer and hold: a model that is given every acknowledged request in the order of the
 * acknowledgements, and what was handed out along the way. Confined to one thread.
 */
final class StreamOracle {

    private static final int REMEMBERED_OFFSETS = 40;

    private static final Set<ErrorKind> MALFORMED_FORK = EnumSet.of(
            ErrorKind.INVALID_OFFSET,
            ErrorKind.INVALID_REQUEST,
            ErrorKind.CONTENT_TYPE_MISMATCH,
            ErrorKind.COMPACTED,
            ErrorKind.INVALID_JSON);

    private final ModelStreamStorage model;

    /** The model's incarnations and what they are called in the storage under test. */
    private final Map<Long, Long> incarnations = new HashMap<>();

    private final Map<String, List<Offset>> handedOut = new HashMap<>();
    private final Map<String, Map<String, Producer>> producers = new HashMap<>();

    /** Paths that a deleted stream has held at some time since the last rest, for its forks. */
    private final Set<String> heldByForks = new HashSet<>();

    private List<String> feed = List.of();

    StreamOracle(LongSupplier nowMillis) {
        this.model = new ModelStreamStorage(nowMillis);
    }

    // ---- what is known

    @Nullable StreamMetadata find(String path) {
        return model.metadata(path).join() instanceof StreamMetadata stream ? stream : null;
    }

    List<Offset> handedOut(String path) {
        return handedOut.getOrDefault(path, List.of());
    }

    @Nullable Producer lastProducer(String path, String id) {
        return producers.getOrDefault(path, Map.of()).get(id);
    }

    // ---- answers

    /** Checks an answer against the model, which takes the request over. Requests come in the order of their answers. */
    void answered(StreamCall call, Object answer) {
        remember(call, answer);
        if (isLateFarewell(call, answer)) {
            return;
        }
        Object modelled = call.make(model).join();
        String expected = StreamWords.of(modelled);
        String actual = StreamWords.of(answer);
        if (!actual.equals(expected)
                && !(modelled instanceof CreateResult && isMalformedFork(answer) && isMalformedFork(modelled))) {
            throw new AssertionError(call + "\n  was answered " + actual + "\n  but should be " + expected);
        }
        noteHeld();
    }

    /** Takes over a request whose outcome was unknown and turned out to be that it was kept. */
    void kept(StreamCall call) {
        remember(call, call.make(model).join());
        noteHeld();
    }

    /** The last fork of a deleted stream is gone, which frees its path a little later. */
    private boolean isLateFarewell(StreamCall call, Object answer) {
        Object refused = answer instanceof AppendAllResult.RefusedAt at ? at.refusal() : answer;
        if (!(refused instanceof Refusal refusal)) {
            return false;
        }
        ErrorKind kind = refusal.kind();
        if (kind != ErrorKind.ALREADY_EXISTS && kind != ErrorKind.GONE && kind != ErrorKind.FORK_SOURCE_GONE) {
            return false;
        }
        return call.paths().stream().anyMatch(path -> heldByForks.contains(path) && !isHeld(path));
    }

    /** When several things are wrong with a fork, any of them may be told. */
    private static boolean isMalformedFork(Object answer) {
        return answer instanceof Refusal refusal && MALFORMED_FORK.contains(refusal.kind());
    }

    private boolean isHeld(String path) {
        return model.metadata(path).join() instanceof Refusal refusal && refusal.kind() == ErrorKind.GONE;
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

    // ---- everything

    private StreamSnapshot modelSnapshot() {
        return StreamSnapshot.of(model, StreamChance.PATHS, CompletableFuture::join);
    }

    /** Compares everything that a storage at rest holds. */
    void compare(StreamSnapshot actual) {
        String difference = actual.differenceTo(modelSnapshot());
        if (!difference.isEmpty()) {
            throw new AssertionError(difference);
        }
        taken(actual);
    }

    /**
     * Compares everything that a storage holds after a crash: what was acknowledged, and all or nothing of what was under
     * way.
     *
     * @return whether it was kept
     */
    boolean compareAfterCrash(StreamSnapshot actual, List<StreamCall> underWay) {
        String without = actual.differenceTo(modelSnapshot());
        if (without.isEmpty()) {
            taken(actual);
            return false;
        }
        underWay.forEach(this::kept);
        String with = actual.differenceTo(modelSnapshot());
        if (!with.isEmpty()) {
            throw new AssertionError("after the crash, without what was under way:\n  " + without
                    + "\nand with all of it, which is " + underWay + ":\n  " + with);
        }
        taken(actual);
        return !underWay.isEmpty();
    }

    private void taken(StreamSnapshot actual) {
        actual.incarnations().forEach((path, incarnation) -> {
            MetadataResult expected = model.metadata(path).join();
            long inModel = ((StreamMetadata) expected).incarnation();
            Long known = incarnations.putIfAbsent(inModel, incarnation);
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
