package dev.varve.cli;

import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.VarveException;
import java.io.IOException;

/** How a command fails: with an exit status and a line for people, {@code varve: <kind>: <sentence>}. Thread-safe. */
final class Problems {
    private Problems() {}

    /**
     * Says on standard error why a command failed.
     *
     * @param json whether what the storage or the server refused is said as JSON
     * @return the exit status
     */
    static int report(Io io, Exception failure, boolean json) {
        return switch (failure) {
            case UsageException usage -> {
                io.err().println("varve: " + usage.getMessage());
                yield ExitCode.USAGE;
            }
            case VarveException known -> {
                io.err().println(json ? Json.problem(known) : line(known));
                yield ExitCode.of(known);
            }
            // Whoever read standard output has had enough, as in `varve stream read log | head`.
            case IOException broken when Output.readerHasGone(broken) -> ExitCode.OK;
            case IOException broken -> {
                io.err().println("varve: io: " + sentence(broken));
                yield ExitCode.FAILED;
            }
            default -> {
                io.err().println("varve: internal: this should not have happened, please report it:");
                failure.printStackTrace(io.err());
                yield ExitCode.FAILED;
            }
        };
    }

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
