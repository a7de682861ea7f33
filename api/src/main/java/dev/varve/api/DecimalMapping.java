package dev.varve.api;

import java.math.BigDecimal;
import java.math.BigInteger;

/** Numbers of any size, as text, because not every reader of JSON keeps the digits of a number. */
final class DecimalMapping extends ValueMapping {

    /** The most characters, inclusive: reading a number takes time that grows with the square of its length. */
    static final int MAX_LENGTH = 100_000;

    private final boolean whole;

    /** For {@link BigInteger} when whole, else for {@link BigDecimal}. */
    DecimalMapping(boolean whole) {
        this.whole = whole;
    }

    @Override
    EntryValue dumpPresent(Object value, int depth) throws Misfit {
        String text = value.toString();
        if (text.length() > MAX_LENGTH) {
            throw Misfit.of("one of " + text.length(), expected());
        }
        return EntryValue.of(text);
    }

    @Override
    Object loadPresent(EntryValue value) throws Misfit {
        try {
            if (value instanceof EntryValue.Whole number) {
                return whole ? BigInteger.valueOf(number.value()) : BigDecimal.valueOf(number.value());
            }
            if (value instanceof EntryValue.Text text && text.value().length() <= MAX_LENGTH) {
                return whole ? new BigInteger(text.value()) : new BigDecimal(text.value());
            }
            if (value instanceof EntryValue.Fraction number) {
                return whole ? exactly(number.value()) : number.value();
            }
        } catch (ArithmeticException | NumberFormatException e) {
            throw Misfit.of(value, expected());
        }
        throw Misfit.of(value, expected());
    }

    private static BigInteger exactly(BigDecimal number) {
        if (number.scale() < -MAX_LENGTH) {
            throw new ArithmeticException("a short exponent can stand for more zeros than there is memory");
        }
        return number.toBigIntegerExact();
    }

    private String expected() {
        return "a " + (whole ? "whole " : "") + "number of at most " + MAX_LENGTH + " characters";
    }
}
