package dev.varve.cli;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Supplier;

/** Reads an answer that goes on, and asks for what follows when it ends, until Ctrl-C or a failure that stays. Confined to one thread. */
final class Following {

    private static final long PAUSE_MILLIS = 500;

    private final Io io;
    private final EntryServer server;
    private volatile boolean interrupted;

    /** From now on Ctrl-C ends it. */
    Following(Io io, EntryServer server) {
        this.io = io;
        this.server = server;
        Thread self = Thread.currentThread();
        io.signals().on("INT", () -> {
            interrupted = true;
            server.close();
            self.interrupt();
        });
    }

    /** Takes what an answer brings until it ends. */
    @FunctionalInterface
    interface Taker {

        /** Reads to the end. */
        void take(InputStream answer) throws IOException;
    }

    /**
     * Follows.
     *
     * @param url what to ask for next
     */
    int run(Supplier<String> url, String accept, Taker taker) throws IOException {
        boolean told = false;
        while (!interrupted) {
            try (InputStream answer = server.open(url.get(), accept)) {
                told = false;
                taker.take(answer);
            } catch (VarveException | EntryRefusal | IOException e) {
                if (isFinal(e)) {
                    throw e;
                }
                if (!interrupted && !told) {
                    io.err().println("varve: " + sentence(e) + "; trying again");
                    told = true;
                }
            }
            pause();
        }
        return ExitCode.INTERRUPTED;
    }

    private static boolean isFinal(Exception e) {
        return switch (e) {
            case EntryRefusal refusal -> !refusal.passes();
            case VarveException failure -> failure.kind() == ErrorKind.HTTP;
            case IOException broken -> Output.readerHasGone(broken);
            default -> true;
        };
    }

    private static String sentence(Exception e) {
        return e instanceof EntryRefusal refusal ? String.valueOf(refusal.getMessage()) : Problems.sentence(e);
    }

    private void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
    }
}
