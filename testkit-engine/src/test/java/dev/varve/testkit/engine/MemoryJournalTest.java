package dev.varve.testkit.engine;

import dev.varve.engine.journal.Journal;
import dev.varve.engine.journal.MemoryJournal;

/** The journal in memory keeps the contract, except that nothing survives it. */
final class MemoryJournalTest extends JournalContract {

    @Override
    protected Journal openEmpty() {
        return new MemoryJournal();
    }

    @Override
    protected Journal reopen() {
        throw new UnsupportedOperationException("memory does not survive closing");
    }

    @Override
    protected boolean survivesClosing() {
        return false;
    }
}
