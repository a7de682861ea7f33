package dev.varve.cli;

import picocli.CommandLine.TypeConversionException;

/** An option's number of bytes. Immutable. */
record ByteSize(long bytes) {
    static ByteSize parse(String text) {
        try {
            return new ByteSize(Sizes.parse(text));
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
