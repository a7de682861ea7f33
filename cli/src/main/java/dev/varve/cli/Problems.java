package dev.varve.cli;

import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.VarveException;

/** Errors as lines for people: {@code varve: <kind>: <sentence>}. Thread-safe. */
final class Problems {
    private Problems() {}

    static String line(VarveException failure) {
        StringBuilder line = new StringBuilder("varve: ")
                .append(failure.kind().wireName())
                .append(": ")
                .append(sentence(failure));
        if (failure instanceof RefusedException refused) {
            Refusal refusal = refused.refusal();
            Offset offset = refusal.offset();
            if (offset != null && !line.toString().contains(offset.toString())) {
                line.append(offsetName(refusal.kind())).append(offset);
            }
        }
        return line.toString();
    }

    private static String offsetName(ErrorKind kind) {
        return switch (kind) {
            case COMPACTED -> "; the earliest offset is ";
            case CLOSED -> "; the final offset is ";
            default -> "; the tail is ";
        };
    }

    static String sentence(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }
}
