package dev.varve.client;

import dev.varve.api.Entry;
import dev.varve.api.EntryChange;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a change that was made does to the entries of a copy. Of these only those come in that are kept. Immutable; thread-safe. */
final class LiveEffects {

    private final LivePatterns kept;

    LiveEffects(LivePatterns kept) {
        this.kept = kept;
    }

    LiveNode apply(LiveNode root, EntryChange change) {
        return apply(root, change.kind(), change.path(), change.value(), change.storeSeq());
    }

    /**
     * Applies a change.
     *
     * @param given what was set or merged; the total, or all members
     * @param revision of the entries that come of it; 0 when it is not known
     */
    LiveNode apply(LiveNode root, EntryOp.Kind kind, EntryPath path, @Nullable EntryValue given, long revision) {
        EntryValue value = given == null ? new EntryValue.Null() : given;
        return switch (kind) {
            case SET, PUT_FILE -> flat(root.without(path), path, value, revision);
            case DELETE -> root.without(path);
            case MERGE -> merged(root, path, value, revision);
            case INCREMENT -> put(root, path, value, EntryType.COUNTER, revision);
            case ADD, REMOVE -> put(root, path, value, EntryType.SET, revision);
            case LEASE, RENEW -> put(root, path, value, EntryType.LEASE, revision);
            case RELEASE -> root.withoutLeaf(path);
            case CHECK -> root;
        };
    }

    private LiveNode merged(LiveNode root, EntryPath path, EntryValue value, long revision) {
        LiveNode changed = root;
        for (Map.Entry<String, EntryValue> field : fields(value).entrySet()) {
            EntryPath child = path.child(field.getKey());
            EntryValue of = field.getValue();
            // A value leaves what is below its path, an object takes its place.
            changed = flat(of.isWhole() ? changed : changed.without(child), child, of, revision);
        }
        return changed;
    }

    private LiveNode flat(LiveNode root, EntryPath path, EntryValue value, long revision) {
        if (value.isWhole()) {
            return put(root, path, value, EntryType.of(value), revision);
        }
        LiveNode changed = root;
        for (Map.Entry<String, EntryValue> field : fields(value).entrySet()) {
            changed = flat(changed, path.child(field.getKey()), field.getValue(), revision);
        }
        return changed;
    }

    LiveNode put(LiveNode root, EntryPath path, EntryValue value, EntryType type, long revision) {
        return kept.keeps(path) ? root.with(new Entry(path, value, type, revision)) : root;
    }

    private static Map<String, EntryValue> fields(EntryValue value) {
        return value instanceof EntryValue.Fields object ? object.fields() : Map.of();
    }
}
