package dev.varve.testkit.engine;

import dev.varve.engine.journal.Journal;
import dev.varve.engine.journal.JournalOptions;
import java.io.IOException;

/** The local journal keeps the contract on a simulated disk, with its upkeep inside the calls. */
final class LocalJournalOnSimulatedDiskTest extends JournalContract {

    private static final JournalOptions OPTIONS =
            JournalOptions.DEFAULTS.withSegmentBytes(128 << 10, 32 << 10).withMinFreeBytes(0);

    private final SimulatedDisk disk = new SimulatedDisk(1);

    @Override
    protected Journal openEmpty() throws IOException {
        return reopen();
    }

    @Override
    protected Journal reopen() throws IOException {
        return JournalWorld.open(disk, OPTIONS, new SimulatedClock());
    }

    @Override
    protected int groupsToFreeSomething() {
        return 100;
    }

    @Override
    protected int largeBodyBytes() {
        return 100_000;
    }
}
