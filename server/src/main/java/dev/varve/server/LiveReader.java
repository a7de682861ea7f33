package dev.varve.server;

import dev.varve.api.Offset;
import org.jspecify.annotations.Nullable;

/** A reader that waits at a stream's tail. Confined to its loop. */
abstract class LiveReader {

    /** Where the reader is. */
    Offset position = Offset.ZERO;

    /** Which stream of the path it reads. */
    long incarnation;

    /** The group it waits in, and its place there. Written by {@link LiveStream}. */
    LiveStream.@Nullable Group group;

    int groupIndex;

    /** Takes a page that begins at the reader's position. The reader is in no group now. */
    abstract void take(LivePage page, LiveStream.SharedEvent event, long version);

    /** The stream cannot be read any more: it was deleted, or the storage failed. The reader is in no group now. */
    abstract void fail(Throwable failure);
}
