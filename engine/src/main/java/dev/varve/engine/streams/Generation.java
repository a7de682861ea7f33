package dev.varve.engine.streams;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What has changed since a checkpoint. Filled by the shard's owner as groups become durable; once frozen it changes no
 * more and is written by the checkpoint's thread. {@link #paths} may be read by anyone at any time.
 */
final class Generation {

    /** In {@link #paths}: the stream at this path was deleted. */
    static final long TOMBSTONE = -1;

    /** Each stream that changed, in the order in which they first did: about that of the journal. */
    final List<Changed> changed = new ArrayList<>();

    /** The states of producers that changed. */
    final Map<Stream, Map<String, ProducerState>> producers = new HashMap<>();

    /** Paths that were taken (with the incarnation) or given up ({@link #TOMBSTONE}), in byte order. */
    final ConcurrentSkipListMap<byte[], Long> paths = new ConcurrentSkipListMap<>(Arrays::compareUnsigned);

    /** The next incarnation to hand out, when frozen. */
    long nextIncarnation;

    /** Notes a stream's newest durable view, and says whether it is the first one here. Owner only. */
    boolean change(Stream stream, View view) {
        Changed last = stream.changed;
        if (last != null && last.generation == this) {
            last.view = view;
            return false;
        }
        Changed first = new Changed(this, stream, view);
        stream.changed = first;
        changed.add(first);
        return true;
    }

    boolean isEmpty() {
        return changed.isEmpty() && paths.isEmpty();
    }
}
