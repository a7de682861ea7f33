package dev.varve.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * What a run of the command touches of the world around it, so that tests can give it another one. Immutable.
 *
 * @param in standard input
 * @param out standard output; buffered, whoever writes flushes
 * @param err standard error
 * @param outIsTerminal whether a person reads standard output
 * @param errIsTerminal whether a person reads standard error
 * @param environment the environment's variables
 * @param signals how to hear of signals
 * @param nanoTime elapsed time
 */
record Io(
        InputStream in,
        OutputStream out,
        PrintStream err,
        BooleanSupplier outIsTerminal,
        BooleanSupplier errIsTerminal,
        Map<String, String> environment,
        Signals signals,
        LongSupplier nanoTime) {

    /** The process's own. System.out is not used: it hides that a reader has gone. */
    static Io ofProcess() {
        return new Io(
                new FileInputStream(FileDescriptor.in),
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 64 << 10),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                () -> Terminals.isTerminal(1),
                () -> Terminals.isTerminal(2),
                System.getenv(),
                Signals.ofProcess(),
                System::nanoTime);
    }
}
