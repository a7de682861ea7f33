package dev.varve.cli;

import dev.varve.engine.journal.JournalOptions;

/** Makes the journal's options from the settings, such that what a request may hold fits into one segment. Stateless. */
final class JournalSizes {

    /** The smallest segment that can be asked for. */
    static final long LEAST_SEGMENT_BYTES = 4 << 20;

    /** A body of small JSON values grows to four times its size in a frame; and a group may hold as much again. */
    private static final int BODIES_PER_SEGMENT = 8;

    private static final int BLOCK_BYTES = 4 << 10;

    private JournalSizes() {}

    static JournalOptions options(ServeConfig config) {
        JournalOptions byDefault = JournalOptions.DEFAULTS;
        long segment = config.get(ServeSettings.JOURNAL_SEGMENT) / BLOCK_BYTES * BLOCK_BYTES;
        long body = config.get(ServeSettings.MAX_BODY);
        if (segment < byDefault.segmentBytes() && body > segment / BODIES_PER_SEGMENT) {
            throw new UsageException("journal-segment: with files of " + Sizes.show(segment) + " max-body is at most "
                    + Sizes.show(segment / BODIES_PER_SEGMENT) + ", and it is " + Sizes.show(body)
                    + ". Say a larger journal-segment or a smaller max-body");
        }
        return byDefault
                .withSegmentBytes((int) segment, (int) Math.min(segment, byDefault.firstSegmentBytes()))
                .withMinFreeBytes(config.get(ServeSettings.MIN_FREE));
    }
}
