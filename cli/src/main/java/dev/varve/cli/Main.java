package dev.varve.cli;

/** Entry point of the {@code varve} command. */
public final class Main {
    private Main() {}

    /**
     * Runs the command and ends the process with its exit status.
     *
     * @param args what was typed after {@code varve}
     */
    public static void main(String[] args) {
        System.exit(VarveCommand.run(Io.ofProcess(), args));
    }
}
