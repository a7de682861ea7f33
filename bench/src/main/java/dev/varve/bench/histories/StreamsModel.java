package dev.varve.bench.histories;

import dev.varve.api.ErrorKind;
import dev.varve.testkit.history.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What streams do when requests come one after another. The state names the streams that exist.
 *
 * <p>Made for one history: no two messages share a name, so an append without an answer whose messages were read
 * somewhere can only have happened there, and is tried nowhere else, unless it was sent again and may have happened once before
 * its stream was deleted and once after. And what was read at a position of a stream that nobody asked to delete is all that
 * was ever there, so nothing else is tried at that position. Immutable; thread-safe.
 */
final class StreamsModel implements HistoryModel<Map<String, StreamState>, Request, Answer> {

    private static final int PLAIN = 0;
    private static final int CLOSING = 1;
    private static final int LIFECYCLE = 2;
    private static final int NEVER_SEEN = 3;

    /** Where each message was read, by name; not of those that may have been in a deleted stream as well. */
    private final Map<String, Set<Long>> seenAt = new HashMap<>();

    /** The message that was read at a position, by path; of streams that nobody asked to delete. */
    private final Map<String, Map<Long, String>> heldAt = new HashMap<>();

    StreamsModel(List<Operation<Request, Answer>> history) {
        Set<String> deleted = new HashSet<>();
        Set<String> sent = new HashSet<>();
        Set<String> sentAgain = new HashSet<>();
        for (Operation<Request, Answer> operation : history) {
            if (operation.input() instanceof Request.Delete delete) {
                deleted.add(delete.path());
            } else if (operation.input() instanceof Request.Append append) {
                for (Message message : append.messages()) {
                    if (!sent.add(message.name())) {
                        sentAgain.add(message.name());
                    }
                }
            }
        }
        for (Operation<Request, Answer> operation : history) {
            if (operation.output() instanceof Answer.Page page) {
                long start = page.next()
                        - page.messages().stream().mapToLong(Message::length).sum();
                String path = operation.input().paths().getFirst();
                Map<Long, String> held =
                        deleted.contains(path) ? new HashMap<>() : heldAt.computeIfAbsent(path, key -> new HashMap<>());
                for (Message message : page.messages()) {
                    if (!deleted.contains(path) || !sentAgain.contains(message.name())) {
                        seenAt.computeIfAbsent(message.name(), name -> new HashSet<>())
                                .add(start);
                    }
                    held.put(start, message.name());
                    start += message.length();
                }
            }
        }
    }

    @Override
    public Map<String, StreamState> initial() {
        return Map.of();
    }

    @Override
    public @Nullable Map<String, StreamState> step(
            Map<String, StreamState> state, Request input, @Nullable Answer output) {
        Decision decision = decide(state, input, output);
        boolean possible = output == null ? mayHaveHappened(input, decision.answer) : fits(decision.answer, output);
        return possible ? decision.after : null;
    }

    @Override
    public Answer expected(Map<String, StreamState> state, Request input, @Nullable Answer output) {
        return decide(state, input, output).answer;
    }

    private record Decision(Answer answer, Map<String, StreamState> after) {}

    private static Decision decide(Map<String, StreamState> state, Request input, @Nullable Answer output) {
        return switch (input) {
            case Request.Create create -> create(state, create);
            case Request.Append append -> append(state, append);
            case Request.AppendAll all -> appendAll(state, all);
            case Request.Read read -> new Decision(read(state, read, output), state);
            case Request.Tail(String path) -> {
                StreamState stream = state.get(path);
                yield new Decision(stream == null ? missing() : new Answer.End(stream.tail(), stream.closed()), state);
            }
            case Request.Delete(String path) ->
                state.containsKey(path)
                        ? new Decision(new Answer.Deleted(), with(state, path, null))
                        : new Decision(missing(), state);
        };
    }

    private static Decision create(Map<String, StreamState> state, Request.Create create) {
        StreamState there = state.get(create.path());
        if (there == null) {
            return new Decision(new Answer.Made(true, 0, false), with(state, create.path(), StreamState.EMPTY));
        }
        // To create it open when it is closed is to ask for another stream.
        return new Decision(
                there.closed()
                        ? Answer.Refused.of(ErrorKind.ALREADY_EXISTS)
                        : new Answer.Made(false, there.tail(), false),
                state);
    }

    private static Decision append(Map<String, StreamState> state, Request.Append append) {
        StreamState there = state.get(append.path());
        if (there == null) {
            return new Decision(missing(), state);
        }
        StreamState.Decision decision = there.append(append);
        return new Decision(
                decision.answer(),
                isSame(decision.after(), there) ? state : with(state, append.path(), decision.after()));
    }

    private static Decision appendAll(Map<String, StreamState> state, Request.AppendAll all) {
        Map<String, StreamState> after = state;
        List<Answer.Written> written = new ArrayList<>();
        for (Request.Append item : all.items()) {
            Decision decision = append(after, item);
            switch (decision.answer) {
                case Answer.Written one -> written.add(one);
                case Answer.Refused refused -> {
                    return new Decision(refused.at(written.size()), state);
                }
                default -> throw new IllegalStateException("an append comes to " + decision.answer);
            }
            after = decision.after;
        }
        return new Decision(new Answer.WrittenAll(written), after);
    }

    private static Answer read(Map<String, StreamState> state, Request.Read read, @Nullable Answer output) {
        StreamState stream = state.get(read.path());
        if (stream == null) {
            return missing();
        }
        return stream.read(read.from(), output instanceof Answer.Page page ? page.next() : null);
    }

    private static Answer missing() {
        return Answer.Refused.of(ErrorKind.NOT_FOUND);
    }

    private static Map<String, StreamState> with(
            Map<String, StreamState> state, String path, @Nullable StreamState stream) {
        Map<String, StreamState> changed = new TreeMap<>(state);
        if (stream == null) {
            changed.remove(path);
        } else {
            changed.put(path, stream);
        }
        return changed;
    }

    @SuppressWarnings("ReferenceEquality") // a decision that changes nothing gives the state back
    private static boolean isSame(StreamState after, StreamState before) {
        return after == before;
    }

    /** Whether a request without an answer may have had this one, for all that was read later. */
    private boolean mayHaveHappened(Request input, Answer answer) {
        return switch (input) {
            case Request.Append append -> !(answer instanceof Answer.Written written) || possible(append, written);
            case Request.AppendAll all -> {
                boolean possible = true;
                if (answer instanceof Answer.WrittenAll(List<Answer.Written> items)) {
                    for (int i = 0; possible && i < items.size(); i++) {
                        possible = possible(all.items().get(i), items.get(i));
                    }
                }
                yield possible;
            }
            default -> true;
        };
    }

    private boolean possible(Request.Append append, Answer.Written written) {
        if (Boolean.TRUE.equals(written.duplicate())) {
            return true;
        }
        Map<Long, String> held = heldAt.getOrDefault(append.path(), Map.of());
        long start = written.next() - append.length();
        for (Message message : append.messages()) {
            Set<Long> seen = seenAt.get(message.name());
            String there = held.get(start);
            if ((seen != null && !seen.contains(start)) || (there != null && !there.equals(message.name()))) {
                return false;
            }
            start += message.length();
        }
        return true;
    }

    /** Whether an answer says the same as the expected one, as far as the transport lets it say so. */
    private static boolean fits(Answer expected, Answer given) {
        return switch (given) {
            case Answer.Written one -> expected instanceof Answer.Written other && fits(other, one);
            case Answer.WrittenAll(List<Answer.Written> items) -> {
                boolean fits = expected instanceof Answer.WrittenAll other
                        && other.items().size() == items.size();
                for (int i = 0; fits && i < items.size(); i++) {
                    fits = fits(((Answer.WrittenAll) expected).items().get(i), items.get(i));
                }
                yield fits;
            }
            case Answer.Page page ->
                expected instanceof Answer.Page other
                        && agrees(other.start(), page.start())
                        && other.next() == page.next()
                        && other.hasMore() == page.hasMore()
                        && other.closed() == page.closed()
                        && other.messages().equals(page.messages());
            case Answer.Refused refused ->
                expected instanceof Answer.Refused other
                        && other.kind() == refused.kind()
                        && agrees(other.item(), refused.item())
                        && agrees(other.offset(), refused.offset())
                        && agrees(other.epoch(), refused.epoch())
                        && agrees(other.expected(), refused.expected())
                        && agrees(other.received(), refused.received());
            default -> expected.equals(given);
        };
    }

    private static boolean fits(Answer.Written expected, Answer.Written given) {
        return expected.next() == given.next()
                && expected.closed() == given.closed()
                && agrees(expected.duplicate(), given.duplicate())
                && agrees(expected.producer(), given.producer());
    }

    private static boolean agrees(@Nullable Object expected, @Nullable Object given) {
        return given == null || Objects.equals(expected, given);
    }

    @Override
    public int rank(Request input, @Nullable Answer output) {
        return switch (input) {
            case Request.Append append -> rank(append, output);
            case Request.AppendAll all ->
                all.items().stream().mapToInt(item -> rank(item, output)).max().orElse(PLAIN);
            default -> output == null ? NEVER_SEEN : LIFECYCLE;
        };
    }

    private int rank(Request.Append append, @Nullable Answer output) {
        boolean seen = append.messages().stream().anyMatch(message -> seenAt.containsKey(message.name()));
        if (output == null && !seen) {
            return NEVER_SEEN;
        }
        return append.close() ? CLOSING : PLAIN;
    }

    @Override
    public boolean onlyLooks(Request input, @Nullable Answer output) {
        return switch (input) {
            case Request.Read _, Request.Tail _ -> true;
            default ->
                switch (output) {
                    case null -> false;
                    case Answer.Refused _ -> true;
                    case Answer.Written written -> Boolean.TRUE.equals(written.duplicate());
                    case Answer.Made made -> !made.created();
                    default -> false;
                };
        };
    }
}
