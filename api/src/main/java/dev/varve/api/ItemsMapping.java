package dev.varve.api;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Lists and sets, as lists. */
final class ItemsMapping extends ValueMapping {

    private static final String EXPECTED = "a list";

    private final ValueMapping item;
    private final boolean unique;

    /** For {@link Set} when unique, else for {@link List}. */
    ItemsMapping(ValueMapping item, boolean unique) {
        this.item = item;
        this.unique = unique;
    }

    @Override
    EntryValue dumpPresent(Object value, int depth) throws Misfit {
        checkDepth(depth);
        Collection<?> from = (Collection<?>) value;
        List<EntryValue> items = new ArrayList<>(from.size());
        for (Object next : from) {
            try {
                items.add(item.dump(next, depth + 1));
            } catch (Misfit e) {
                throw e.within("[" + items.size() + "]");
            }
        }
        return new EntryValue.Items(items);
    }

    @Override
    Object loadPresent(EntryValue value) throws Misfit {
        if (!(value instanceof EntryValue.Items list)) {
            throw Misfit.of(value, EXPECTED);
        }
        List<@Nullable Object> items = new ArrayList<>(list.items().size());
        for (EntryValue next : list.items()) {
            try {
                items.add(item.load(next));
            } catch (Misfit e) {
                throw e.within("[" + items.size() + "]");
            }
        }
        return unique
                ? Collections.unmodifiableSet(new LinkedHashSet<@Nullable Object>(items))
                : Collections.unmodifiableList(items);
    }

    @Override
    EntryValue given(Object value, int depth) throws Misfit {
        if (!(GivenValues.opened(value) instanceof Collection<?> from)) {
            throw Misfit.of("something else", EXPECTED);
        }
        checkDepth(depth);
        List<EntryValue> items = new ArrayList<>(from.size());
        for (Object next : from) {
            try {
                items.add(next == null ? NULL : item.given(next, depth + 1));
            } catch (Misfit e) {
                throw e.within("[" + items.size() + "]");
            }
        }
        return new EntryValue.Items(items);
    }

    /** Whether it holds each item once. */
    boolean isSet() {
        return unique;
    }

    /** The value of one item, for what somebody gave. */
    EntryValue member(Object given) throws Misfit {
        return item.dump(item.load(item.given(given, 1)), 1);
    }

    @Override
    @Nullable RecordShape records() {
        return item.records();
    }

    @Override
    Object absent() {
        return unique ? Collections.emptySet() : Collections.emptyList();
    }

    /** Equal sets need not iterate in the same order, and a write that changes nothing else would be one too many. */
    @Override
    boolean same(EntryValue one, EntryValue other) {
        if (unique && one instanceof EntryValue.Items left && other instanceof EntryValue.Items right) {
            return new HashSet<>(left.items()).equals(new HashSet<>(right.items()));
        }
        return one.equals(other);
    }
}
