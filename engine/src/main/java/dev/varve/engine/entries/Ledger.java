package dev.varve.engine.entries;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts while the changes of one write are decided: how much stands in the whole store, and for that, if there are several
 * changes, at each path of the write's {@link Footprint}. Confined to the shard's owner.
 */
final class Ledger {

    /** What stands at a path, and what belongs to it below. */
    private static final class Account {
        private final boolean takesBelow;
        private Totals at;
        private Totals below;

        Account(boolean takesBelow, Footprint.Held held) {
            this.takesBelow = takesBelow;
            this.at = held.at();
            this.below = held.below();
        }
    }

    private final NavigableMap<byte[], Account> accounts = new TreeMap<>(Arrays::compareUnsigned);

    /** What the only change takes away, if there is only one. */
    private final @Nullable Totals taken;

    private Totals totals;

    /** Of a write of one change, which takes away this. */
    Ledger(Totals before, Totals taken) {
        this.totals = before;
        this.taken = taken;
    }

    /** Of a write of several changes. */
    Ledger(Totals before, NavigableMap<byte[], Boolean> paths, NavigableMap<byte[], Footprint.Held> held) {
        this.totals = before;
        this.taken = null;
        paths.forEach((key, takesBelow) -> {
            Footprint.Held there = held.get(key);
            if (there == null) {
                throw new IllegalStateException("how much stands at a path was not counted before deciding");
            }
            accounts.put(key, new Account(takesBelow, there));
        });
    }

    Totals totals() {
        return totals;
    }

    /**
     * Counts a change that is made.
     *
     * @param value what is written
     */
    void change(long store, EntryOp.Kind kind, EntryPath path, @Nullable EntryValue value) {
        if (taken != null) {
            totals = totals.minus(taken).plus(value == null ? Totals.NONE : Totals.ofAll(value));
            return;
        }
        byte[] key = Keys.key(store, path);
        switch (kind) {
            case SET, PUT_FILE -> {
                clear(key);
                putAll(store, path, value);
            }
            case DELETE -> clear(key);
            case MERGE -> {
                if (value instanceof EntryValue.Fields(Map<String, EntryValue> fields)) {
                    fields.forEach((name, field) -> {
                        EntryPath child = path.child(name);
                        if (!field.isWhole()) {
                            clear(Keys.key(store, child));
                        }
                        putAll(store, child, field);
                    });
                }
            }
            case INCREMENT, ADD, REMOVE, LEASE, RENEW -> putAll(store, path, value);
            case RELEASE -> putAt(account(key), Totals.NONE);
            case CHECK -> {
                // Changes nothing.
            }
        }
    }

    private void clear(byte[] key) {
        empty(account(key));
        accounts.subMap(Keys.belowFrom(key), Keys.belowTo(key)).values().forEach(this::empty);
    }

    private void empty(Account account) {
        totals = totals.minus(account.at).minus(account.below);
        account.at = Totals.NONE;
        account.below = Totals.NONE;
    }

    private void putAll(long store, EntryPath path, @Nullable EntryValue value) {
        if (value != null) {
            Flattened.each(path, value, (at, leaf) -> put(Keys.key(store, at), Totals.ofValue(leaf)));
        }
    }

    private void put(byte[] key, Totals entry) {
        Account own = accounts.get(key);
        if (own != null) {
            putAt(own, entry);
            return;
        }
        // Only what is below a path that was emptied right before: nothing can have stood there.
        List<byte[]> above = Keys.ancestors(key);
        for (byte[] ancestor : above.reversed()) {
            Account account = accounts.get(ancestor);
            if (account != null && account.takesBelow) {
                account.below = account.below.plus(entry);
                totals = totals.plus(entry);
                return;
            }
        }
        throw new IllegalStateException("an entry is put where the write was not said to put any");
    }

    private void putAt(Account account, Totals entry) {
        totals = totals.minus(account.at).plus(entry);
        account.at = entry;
    }

    private Account account(byte[] key) {
        Account account = accounts.get(key);
        if (account == null) {
            throw new IllegalStateException("a path is changed that the write was not said to change");
        }
        return account;
    }
}
