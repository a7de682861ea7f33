package dev.varve.engine.shard;

import dev.varve.engine.journal.Journal;
import dev.varve.engine.journal.JournalReport;
import dev.varve.engine.state.StateInspector;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Whether a journal and a state that are each sound belong together. Thread-safe. */
public final class ShardInspector {

    private static final String RESTORE = " files are missing or from another time; restore them";

    private ShardInspector() {}

    /**
     * Compares what the inspectors found.
     *
     * @param journal of the journal
     * @param state of the state
     * @return what is wrong and what to do, in one sentence; null when they belong together, or when one of them is so
     *     damaged that it cannot be told
     */
    public static @Nullable String mismatch(JournalReport journal, StateInspector.Report state) {
        UUID of = journal.store();
        if (of != null && state.store() != null && !of.equals(state.store())) {
            return "the journal belongs to store " + of + " and the state to " + state.store()
                    + ": one of them was copied from elsewhere; restore it";
        }
        JournalReport.DurableMark mark = journal.mark();
        if (mark == null || journal.end() < 0) {
            return null;
        }
        long replayFrom = state.checkpoints().isEmpty()
                ? 0
                : state.checkpoints().getLast().replayFrom();
        Journal.Snapshot snapshot = journal.snapshot();
        return replayFrom < 0
                ? null
                : mismatch(replayFrom, snapshot == null ? 0 : snapshot.position(), mark.start(), journal.end());
    }

    /**
     * The rule itself.
     *
     * @param replayFrom the position that the state reflects
     * @param recorded the position at which the journal knows a checkpoint, 0 for none
     * @param start the first position that the journal holds
     * @param end the position after the last
     */
    static @Nullable String mismatch(long replayFrom, long recorded, long start, long end) {
        String reflects = "the state reflects the journal up to position " + replayFrom + " but ";
        if (replayFrom < recorded) {
            return reflects + "a checkpoint at position " + recorded + " was recorded: state" + RESTORE;
        }
        if (replayFrom < start) {
            return reflects + "the journal starts at " + start + ": state" + RESTORE;
        }
        if (replayFrom > end) {
            return reflects + "the journal ends at " + end + ": journal" + RESTORE;
        }
        return null;
    }
}
