package dev.varve.client;

import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What counters and sets came to by a write, whose answer does not say it: read as of right after each change, whatever others
 * have written since. The write was made and is told so even when this cannot be read. Stateless.
 */
final class Totals {

    private Totals() {}

    /** The changes with what stands there after each of them; null where that is not to be had. */
    static List<Applied> filledIn(HttpEntryReads reads, List<EntryOp> ops, List<Applied> applied) {
        List<Applied> filled = new ArrayList<>(applied.size());
        for (int i = 0; i < ops.size(); i++) {
            Applied change = applied.get(i);
            boolean asks = switch (ops.get(i).kind()) {
                case INCREMENT, ADD, REMOVE -> change.value() == null;
                default -> false;
            };
            Entry entry = asks ? after(reads, change.path(), change.storeSeq()) : null;
            filled.add(
                    entry == null
                            ? change
                            : new Applied(change.path(), change.storeSeq(), change.made(), entry.value()));
        }
        return filled;
    }

    static @Nullable Entry after(HttpEntryReads reads, EntryPath path, long storeSeq) {
        try {
            return reads.getAt(path, storeSeq).orElse(null);
        } catch (VarveException e) {
            return null;
        }
    }
}
