package dev.varve.api;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** Numbers of binary floating point. Finite ones only: an entry has no word for others. */
final class FloatingMapping extends ValueMapping {

    /** The most characters of a text that is taken for a number, inclusive: those of every finite one fit many times. */
    private static final int MAX_LENGTH = 2_000;

    private final boolean single;
    private final @Nullable Object absent;

    private FloatingMapping(boolean single, @Nullable Object absent) {
        this.single = single;
        this.absent = absent;
    }

    static ValueMapping boxed(boolean single) {
        return new FloatingMapping(single, null);
    }

    static ValueMapping primitive(boolean single) {
        return new FloatingMapping(single, single ? (Object) 0f : (Object) 0d);
    }

    @Override
    EntryValue dumpPresent(Object value, int depth) throws Misfit {
        if (!Double.isFinite(((Number) value).doubleValue())) {
            throw Misfit.of(value.toString(), "a finite number");
        }
        // The shortest digits that read back as the same number; those of a float are fewer than those of its double.
        return new EntryValue.Fraction(new BigDecimal(value.toString()));
    }

    @Override
    Object loadPresent(EntryValue value) throws Misfit {
        if (value instanceof EntryValue.Whole whole) {
            return single ? (Object) (float) whole.value() : (Object) (double) whole.value();
        }
        if (value instanceof EntryValue.Fraction fraction) {
            if (single && Float.isFinite(fraction.value().floatValue())) {
                return fraction.value().floatValue();
            }
            if (!single && Double.isFinite(fraction.value().doubleValue())) {
                return fraction.value().doubleValue();
            }
        }
        throw misfit(value);
    }

    @Override
    EntryValue given(Object value, int depth) throws Misfit {
        EntryValue plain = super.given(value, depth);
        if (plain instanceof EntryValue.Text text) {
            try {
                if (text.value().length() <= MAX_LENGTH) {
                    return new EntryValue.Fraction(new BigDecimal(text.value()));
                }
            } catch (NumberFormatException e) {
                throw misfit(plain);
            }
            throw misfit(plain);
        }
        return plain;
    }

    private Misfit misfit(EntryValue value) {
        return Misfit.of(value, "a number that a " + (single ? "float" : "double") + " can hold");
    }

    @Override
    @Nullable Object absent() {
        return absent;
    }
}
