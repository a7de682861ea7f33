package dev.varve.server;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryOp.Kind;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.InvalidEntryPathException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The bodies of requests about many entries. Stateless. */
final class EntryBatch {

    private static final Set<Kind> KINDS =
            EnumSet.of(Kind.SET, Kind.DELETE, Kind.MERGE, Kind.INCREMENT, Kind.ADD, Kind.REMOVE, Kind.CHECK);

    private EntryBatch() {}

    /**
     * Reads {@code {"ops":[{"op", "path", "value", "if_match", "if_absent", "if_none", "fence"}]}}.
     *
     * @throws EntryProblem naming the first item that is wrong
     */
    static List<EntryOp> ops(EntryBody body) {
        List<EntryValue> items = body.items("ops");
        if (items == null) {
            throw EntryProblem.invalid("ops array required");
        }
        if (items.isEmpty()) {
            throw EntryProblem.invalid("ops cannot be empty");
        }
        if (items.size() > EntryWrite.MAX_OPS) {
            throw EntryProblem.invalid("maximum " + EntryWrite.MAX_OPS + " ops per batch");
        }
        body.requireUnconditional();
        List<EntryOp> ops = new ArrayList<>(items.size());
        for (int i = 0; i < items.size(); i++) {
            ops.add(op(items.get(i), i));
        }
        return ops;
    }

    /**
     * Reads one of them.
     *
     * @param index which one it is, for the words of a refusal
     * @throws EntryProblem when it is anything else
     */
    static EntryOp op(EntryValue value, int index) {
        return op(EntryBody.item(value, index));
    }

    private static EntryOp op(EntryBody item) {
        EntryValue named = item.get("op");
        if (named == null) {
            throw item.refuse("missing 'op' field");
        }
        Kind kind = named instanceof EntryValue.Text(String name) ? Kind.ofWireName(name) : null;
        if (kind == null || !KINDS.contains(kind)) {
            throw item.refuse("unknown op " + EntryBody.got(named)
                    + "; known are set, delete, merge, increment, add, remove and check");
        }
        EntryPath path = item.path("path", "'path' required and must be a string");
        boolean valueless = kind == Kind.DELETE || kind == Kind.CHECK;
        EntryValue value = valueless ? null : item.storable("value");
        if (value == null && !valueless) {
            throw item.refuse("'value' required for " + kind.wireName());
        }
        EntryOp op = item.withConditions(EntryOp.of(kind, path, value));
        boolean unconditional = op.ifMatch() == null && !op.ifAbsent() && !op.ifNone() && op.fence() == null;
        if (kind == Kind.CHECK && unconditional) {
            throw item.refuse("check needs one of if_match, if_absent, if_none and fence");
        }
        return op;
    }

    /**
     * Reads {@code {"paths":[…]}}.
     *
     * @return each path once, in their order
     * @throws EntryProblem when it is anything else
     */
    static Set<EntryPath> paths(EntryBody body) {
        List<EntryValue> items = body.items("paths");
        if (items == null) {
            throw EntryProblem.invalid("paths required");
        }
        if (items.size() > EntryQuery.MAX_LIMIT) {
            throw EntryProblem.invalid("maximum " + EntryQuery.MAX_LIMIT + " paths per batch");
        }
        Set<EntryPath> paths = new LinkedHashSet<>();
        for (EntryValue item : items) {
            if (!(item instanceof EntryValue.Text(String text))) {
                throw EntryProblem.invalid("paths must be strings");
            }
            try {
                paths.add(EntryPath.parse(text));
            } catch (InvalidEntryPathException e) {
                throw EntryProblem.invalid("invalid path: " + EntryBody.got(item))
                        .with(EntryListing.HINT, e.reason());
            }
        }
        return paths;
    }
}
