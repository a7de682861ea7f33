package dev.varve.cli;

/** Entry point of the {@code varve} command. */
public final class Main {
    private Main() {}

    /**
     * Runs the command.
     *
     * @param args what was typed after {@code varve}
     */
    public static void main(String[] args) {
        String version = Main.class.getPackage().getImplementationVersion();
        System.out.println("varve " + (version == null ? "(unpackaged)" : version));
    }
}
