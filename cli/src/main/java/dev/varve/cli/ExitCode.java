package dev.varve.cli;

import dev.varve.api.RefusedException;
import dev.varve.api.VarveException;

/** What the command's exit status says. The numbers are stable: scripts branch on them. */
final class ExitCode {
    /** Done. */
    static final int OK = 0;

    /** The server understood and declined; nothing was changed. */
    static final int REFUSED = 1;

    /** The command line or the configuration is wrong; nothing was tried. */
    static final int USAGE = 2;

    /** No connection to the server; nothing was changed. */
    static final int UNREACHABLE = 3;

    /** It failed, or nobody knows whether it was done. */
    static final int FAILED = 4;

    /** Ended by Ctrl-C or a signal. */
    static final int INTERRUPTED = 130;

    static final String TEXT = """
            Exit status: 0 done, 1 refused by the server (nothing was changed), 2 wrong
            usage, 3 server not reachable, 4 failed or outcome unknown, 130 interrupted.""";

    private ExitCode() {}

    static int of(VarveException failure) {
        if (failure instanceof RefusedException) {
            return REFUSED;
        }
        return switch (failure.kind()) {
            case NETWORK -> UNREACHABLE;
            case NOT_SUPPORTED, NOT_IMPLEMENTED, CONFLICT, INVALID_RECORD, NOTHING_TO_WRITE -> REFUSED;
            default -> FAILED;
        };
    }
}
