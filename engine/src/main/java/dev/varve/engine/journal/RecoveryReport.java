package dev.varve.engine.journal;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What opening a journal found and did. Immutable.
 *
 * @param closedCleanly whether it had been closed with nothing left to decide
 * @param end the position after the last complete group
 * @param groupsPastMark complete groups past the durable mark, which were written again
 * @param bytesCut bytes of a group that a crash left incomplete, 0 when there was none
 * @param cutFrom the position of that group, or the end
 * @param savedTo the file that holds the bytes that were cut, or null
 */
public record RecoveryReport(
        boolean closedCleanly,
        long end,
        long groupsPastMark,
        long bytesCut,
        long cutFrom,
        @Nullable Path savedTo) {}
