package dev.varve.bench.faults;

import dev.varve.bench.faults.Tools.Missing;
import java.io.IOException;

/** One kind of faults. */
interface Part {

    /** Its name on the command line. */
    String name();

    /** Whether the small size has it. What time decides is left to the large one. */
    default boolean isSmall() {
        return true;
    }

    /** Whether it wants to mount file systems of its own. */
    default boolean mounts() {
        return false;
    }

    /**
     * Provokes its faults and judges what the server makes of them.
     *
     * @throws Missing when this machine cannot do that
     */
    void run(Stage stage) throws IOException, InterruptedException, Missing;
}
