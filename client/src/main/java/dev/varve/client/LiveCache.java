package dev.varve.client;

import dev.varve.api.Entry;
import dev.varve.api.EntryChange;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.LiveOptions;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A copy that is brought up to date by what a channel tells: write by write, each as a whole. Until it is filled, and while it is
 * filled anew, what comes is put together out of sight. Confined to one thread at a time, but for {@link #committed()}.
 */
final class LiveCache {

    private final LiveEffects effects;
    private final int maxEntries;
    private volatile @Nullable LiveRoot committed;
    /** What is being filled, or null. */
    private @Nullable LiveNode filling;

    private long fillingSeq;
    /** What has come of a write whose end has not. */
    private final List<EntryChange> write = new ArrayList<>();

    LiveCache(LiveOptions options, LiveEffects effects) {
        this.effects = effects;
        this.maxEntries = options.maxEntries();
    }

    /** What is durable; null until it is filled. Any thread may ask. */
    @Nullable LiveRoot committed() {
        return committed;
    }

    /** What was kept in a file. */
    void restore(LiveRoot kept) {
        checkBound(kept.node());
        committed = kept;
    }

    /** A channel is joined anew: what was not whole comes again. */
    void begin() {
        write.clear();
        filling = committed == null ? LiveNode.EMPTY : null;
        fillingSeq = 0;
    }

    /** A snapshot begins: what was there before is void. */
    void beginSnapshot(long storeSeq) {
        write.clear();
        filling = LiveNode.EMPTY;
        fillingSeq = storeSeq;
    }

    /** An entry of a snapshot. */
    void snapshotEntry(Entry entry) {
        LiveNode into = filling;
        if (into == null) {
            throw PhoenixMessage.broken("continues a snapshot that has not begun");
        }
        LiveNode filled = effects.put(into, entry.path(), entry.value(), entry.type(), entry.revision());
        checkBound(filled);
        filling = filled;
    }

    /**
     * A change.
     *
     * @param more whether more of its write follow
     * @return the write that it ends, or null
     */
    @Nullable LiveCommit change(EntryChange change, boolean more) {
        LiveNode into = filling;
        if (into != null) {
            if (change.storeSeq() > fillingSeq) {
                LiveNode filled = effects.apply(into, change);
                checkBound(filled);
                filling = filled;
                fillingSeq = change.storeSeq();
            }
            return null;
        }
        LiveRoot before = committed;
        if (before == null || change.storeSeq() <= before.storeSeq()) {
            return null; // told before
        }
        write.add(change);
        return more ? null : end(before, change.storeSeq());
    }

    /**
     * The store has come to a change between two writes.
     *
     * @return what it ends, or null
     */
    @Nullable LiveCommit progress(long storeSeq) {
        LiveRoot before = committed;
        if (filling != null) {
            fillingSeq = Math.max(fillingSeq, storeSeq);
            return null;
        }
        return before == null || storeSeq <= before.storeSeq() ? null : end(before, storeSeq);
    }

    private LiveCommit end(LiveRoot before, long storeSeq) {
        LiveNode node = before.node();
        for (EntryChange change : write) {
            node = effects.apply(node, change);
        }
        checkBound(node);
        LiveCommit commit = new LiveCommit(write, before, new LiveRoot(node, storeSeq));
        write.clear();
        committed = commit.after();
        return commit;
    }

    /**
     * All has come that was there when the channel was joined.
     *
     * @return the copy if it was filled anew, or null
     */
    @Nullable LiveRoot caughtUp(long storeSeq) {
        LiveNode filled = filling;
        if (filled == null) {
            return null;
        }
        LiveRoot root = new LiveRoot(filled, Math.max(fillingSeq, storeSeq));
        filling = null;
        committed = root;
        return root;
    }

    private void checkBound(LiveNode node) {
        if (node.size() > maxEntries) {
            throw new VarveException(
                    ErrorKind.TOO_LARGE,
                    "the patterns of the live sync match more than " + maxEntries
                            + " entries; raise LiveOptions.maxEntries or keep fewer");
        }
    }

    /** An entry as a snapshot says it. */
    static Entry entry(String path, EntryValue said) {
        EntryAnswer entry = EntryAnswer.of("a snapshot", said);
        String type = entry.text("type");
        EntryValue value = entry.value("value");
        for (EntryType known : EntryType.values()) {
            if (known.wireName().equals(type)) {
                return new Entry(entry.pathOf(path), value, known, 0);
            }
        }
        throw entry.broken("type");
    }
}
