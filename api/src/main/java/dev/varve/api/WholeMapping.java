package dev.varve.api;

import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** Whole numbers of a fixed range, read exactly or not at all. */
final class WholeMapping extends ValueMapping {

    private final long min;
    private final long max;
    private final LongFunction<Object> box;
    private final @Nullable Object absent;

    private WholeMapping(long min, long max, LongFunction<Object> box, @Nullable Object absent) {
        this.min = min;
        this.max = max;
        this.box = box;
        this.absent = absent;
    }

    static ValueMapping boxed(long min, long max, LongFunction<Object> box) {
        return new WholeMapping(min, max, box, null);
    }

    static ValueMapping primitive(long min, long max, LongFunction<Object> box) {
        return new WholeMapping(min, max, box, box.apply(0));
    }

    @Override
    EntryValue dumpPresent(Object value, int depth) {
        return EntryValue.of(((Number) value).longValue());
    }

    @Override
    Object loadPresent(EntryValue value) throws Misfit {
        if (value instanceof EntryValue.Whole whole && min <= whole.value() && whole.value() <= max) {
            return box.apply(whole.value());
        }
        if (value instanceof EntryValue.Fraction fraction) {
            try {
                return loadPresent(EntryValue.of(fraction.value().longValueExact()));
            } catch (ArithmeticException e) {
                throw Misfit.of(value, expected());
            }
        }
        throw Misfit.of(value, expected());
    }

    @Override
    EntryValue given(Object value, int depth) throws Misfit {
        EntryValue plain = super.given(value, depth);
        if (plain instanceof EntryValue.Text text) {
            try {
                return EntryValue.of(Long.parseLong(text.value()));
            } catch (NumberFormatException e) {
                throw Misfit.of(plain, expected());
            }
        }
        return plain;
    }

    private String expected() {
        return "a whole number from " + min + " to " + max;
    }

    @Override
    @Nullable Object absent() {
        return absent;
    }
}
