package dev.varve.api;

import java.util.List;

/**
 * What a write of one record comes to.
 *
 * @param path where the record is
 * @param ops conditions, then changes of which the last one gives the record its revision; empty when nothing has changed
 */
record RecordChange(EntryPath path, List<EntryOp> ops) {

    RecordChange {
        ops = List.copyOf(ops);
    }
}
