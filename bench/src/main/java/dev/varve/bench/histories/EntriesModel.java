package dev.varve.bench.histories;

import dev.varve.api.EntryOp;
import dev.varve.testkit.history.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a store of entries does when requests come one after another.
 *
 * <p>Every answered write says which number it got, so that only one order of them is possible. One without an answer may
 * have got any number that is free. Where the history holds a reading of all changes, such a write can only have been what was
 * read there, and is tried nowhere else; readings themselves are judged like every answer. Immutable; thread-safe.
 */
final class EntriesModel implements HistoryModel<EntryState, EntryRequest, EntryAnswer> {

    /** The number of a change that was not needed, where the transport does not tell it. */
    static final long SEQ_NOT_TOLD = -1;

    private final Set<String> sentAgain = new HashSet<>();
    private List<EntryAnswer.Change> log = List.of();

    EntriesModel(List<Operation<EntryRequest, EntryAnswer>> history) {
        Set<String> names = new HashSet<>();
        for (Operation<EntryRequest, EntryAnswer> operation : history) {
            if (operation.input() instanceof EntryRequest.Write write && write.once() && !names.add(write.name())) {
                sentAgain.add(write.name());
            }
            if (operation.output() instanceof EntryAnswer.Changes(List<EntryAnswer.Change> changes)
                    && changes.size() > log.size()) {
                log = changes;
            }
        }
    }

    @Override
    public EntryState initial() {
        return EntryState.EMPTY;
    }

    @Override
    public @Nullable EntryState step(EntryState state, EntryRequest input, @Nullable EntryAnswer output) {
        if (input instanceof EntryRequest.Write write) {
            if (output instanceof EntryAnswer.Written written && !mayBeNext(state, write, written)) {
                return null;
            }
            if (output == null && !mayHaveHappened(state, write)) {
                return null;
            }
            EntryState unchanged = null;
            for (boolean live : new boolean[] {false, true}) {
                Decision decision = decide(state, write, live);
                if (output == null ? matchesLog(state, decision.after) : fits(decision.answer, output)) {
                    if (decision.after.seq() > state.seq()) {
                        return decision.after;
                    }
                    unchanged = state;
                }
            }
            return unchanged;
        }
        if (input instanceof EntryRequest.Expire expire && output == null) {
            return expired(state, expire);
        }
        return output == null || fits(looked(state, input, output), output) ? state : null;
    }

    @Override
    public EntryAnswer expected(EntryState state, EntryRequest input, @Nullable EntryAnswer output) {
        return input instanceof EntryRequest.Write write
                ? decide(state, write, output instanceof EntryAnswer.Refused).answer
                : looked(state, input, output);
    }

    private static EntryAnswer looked(EntryState state, EntryRequest input, @Nullable EntryAnswer output) {
        return switch (input) {
            case EntryRequest.Get(String _, String path) -> state.read(path);
            case EntryRequest.GetMany(String _, List<String> paths) -> state.readMany(paths);
            case EntryRequest.ListBelow(String _, String path) -> state.list(path);
            case EntryRequest.Expire expire ->
                state.stands(expire) ? state.read(expire.path()) : new EntryAnswer.Missing();
            case EntryRequest.Log _ -> {
                if (output instanceof EntryAnswer.Changes(List<EntryAnswer.Change> changes)
                        && state.isResultOf(changes)) {
                    yield output;
                }
                List<EntryAnswer.Change> changes = new ArrayList<>();
                for (EntryState.Node node = state.last(); node != null; node = node.before) {
                    changes.addFirst(node.change);
                }
                yield new EntryAnswer.Changes(changes);
            }
            case EntryRequest.Write _, EntryRequest.Drop _ ->
                throw new IllegalArgumentException("does not only look: " + input);
        };
    }

    private record Decision(EntryAnswer answer, EntryState after) {}

    private Decision decide(EntryState state, EntryRequest.Write write, boolean endedLeasesLive) {
        boolean again = sentAgain.contains(write.name());
        EntryAnswer.Written before = again ? state.recognised().get(write.name()) : null;
        if (before != null) {
            return new Decision(before, state);
        }
        EntryDraft draft = new EntryDraft(state, endedLeasesLive);
        List<EntryAnswer.Done> done = new ArrayList<>();
        try {
            for (int i = 0; i < write.ops().size(); i++) {
                EntryRequest.Op op = write.ops().get(i);
                done.add(draft.apply(i, op, again || op.livesMillis() != 0 ? write.name() : ""));
            }
        } catch (EntryDraft.Refusal refusal) {
            return new Decision(refusal.answer, state);
        }
        EntryAnswer.Written answer = new EntryAnswer.Written(done, draft.seq());
        if (draft.seq() == state.seq()) {
            return new Decision(answer, state);
        }
        Map<String, EntryAnswer.Written> recognised = state.recognised();
        if (again && write.ops().stream().allMatch(op -> op.terms() == null)) {
            recognised = new HashMap<>(recognised);
            recognised.put(write.name(), answer);
        }
        return new Decision(answer, draft.state(recognised));
    }

    /** What stands as it was set for some time goes by a change of its own; what was written again stays. */
    private @Nullable EntryState expired(EntryState state, EntryRequest.Expire expire) {
        if (!state.stands(expire)) {
            return state;
        }
        EntryDraft draft = new EntryDraft(state, false);
        draft.expire(expire.path());
        EntryState after = draft.state(state.recognised());
        return matchesLog(state, after) ? after : null;
    }

    /** Whether an answered write got the next number, or none. */
    private boolean mayBeNext(EntryState state, EntryRequest.Write write, EntryAnswer.Written written) {
        if (sentAgain.contains(write.name())) {
            return true;
        }
        for (EntryAnswer.Done done : written.ops()) {
            if (done.made()) {
                return done.seq() == state.seq() + 1;
            }
        }
        return agrees(state.seq(), written.storeSeq());
    }

    /** Whether a write without an answer may have got the next number, for all that was read later. */
    private boolean mayHaveHappened(EntryState state, EntryRequest.Write write) {
        if (log.isEmpty()) {
            return true;
        }
        if (state.seq() >= log.size()) {
            return false; // all readings of changes come last, and it is not there
        }
        EntryAnswer.Change next = log.get((int) state.seq());
        for (EntryRequest.Op op : write.ops()) {
            if (op.kind() != EntryOp.Kind.CHECK) {
                return op.kind() == next.kind() && op.path().equals(next.path());
            }
        }
        return false;
    }

    /** Whether what was changed was read so later. */
    private boolean matchesLog(EntryState before, EntryState after) {
        if (log.isEmpty()) {
            return true;
        }
        for (EntryState.Node node = after.last(); node != null && node.seq > before.seq(); node = node.before) {
            if (node.seq > log.size() || !node.change.equals(log.get((int) node.seq - 1))) {
                return false;
            }
        }
        return true;
    }

    /** Whether an answer says the same as the expected one, as far as the transport lets it say so. */
    private static boolean fits(EntryAnswer expected, EntryAnswer given) {
        if (!(given instanceof EntryAnswer.Written(List<EntryAnswer.Done> ops, long storeSeq))) {
            return expected.equals(given);
        }
        if (!(expected instanceof EntryAnswer.Written other)
                || !agrees(other.storeSeq(), storeSeq)
                || other.ops().size() != ops.size()) {
            return false;
        }
        for (int i = 0; i < ops.size(); i++) {
            EntryAnswer.Done one = ops.get(i);
            EntryAnswer.Done wanted = other.ops().get(i);
            if (!agrees(wanted.seq(), one.seq())
                    || one.made() != wanted.made()
                    || (one.value() != null && !one.value().equals(wanted.value()))) {
                return false;
            }
        }
        return true;
    }

    private static boolean agrees(long expected, long given) {
        return given == SEQ_NOT_TOLD || given == expected;
    }

    @Override
    public int rank(EntryRequest input, @Nullable EntryAnswer output) {
        return output == null ? 1 : 0;
    }

    @Override
    public boolean onlyLooks(EntryRequest input, @Nullable EntryAnswer output) {
        return switch (input) {
            case EntryRequest.Write write ->
                output instanceof EntryAnswer.Refused
                        || (output instanceof EntryAnswer.Written written
                                && !sentAgain.contains(write.name())
                                && written.ops().stream().noneMatch(EntryAnswer.Done::made));
            case EntryRequest.Expire _ -> output != null;
            default -> true;
        };
    }
}
