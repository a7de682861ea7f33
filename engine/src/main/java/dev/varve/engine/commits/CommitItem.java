package dev.varve.engine.commits;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.engine.state.Binary;
import dev.varve.engine.state.VarInts;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the parts of one commit of a store stand. Immutable.
 *
 * @param number where the commit's frame ends in the journal: greater than that of every commit before
 * @param timeMillis when, by the engine's time
 * @param bytes how much there is to read of its parts, about
 * @param firstEntry the sequence number of its first change of entries; 0 when there is none
 * @param entries how many changes of entries, one after the other
 * @param firstEvent the position of its first event; 0 when there is none
 * @param events how many events, one after the other
 * @param streams what was appended to which streams, each once
 */
public record CommitItem(
        long number,
        long timeMillis,
        long bytes,
        long firstEntry,
        long entries,
        long firstEvent,
        long events,
        List<StreamRange> streams) {

    /** Copies the list. */
    public CommitItem {
        streams = List.copyOf(streams);
    }

    /**
     * What a commit appended to one stream. Immutable.
     *
     * @param path its path without the store's name and the slash after it
     * @param incarnation which of the streams that had this path
     * @param from its tail before
     * @param to its tail after
     * @param closed whether the commit closed it
     */
    public record StreamRange(String path, long incarnation, long from, long to, boolean closed) {}

    /** What a commit did to something but streams, or to one stream, in this many bytes at most, beside a path. */
    private static final int PART_BYTES = 1 + 3 * VarInts.MAX_BYTES;

    /** The last change of entries; 0 when there is none. */
    long lastEntry() {
        return entries == 0 ? 0 : firstEntry + entries - 1;
    }

    /** Everything but the number. */
    byte[] encode() {
        int size = 3 * PART_BYTES;
        for (StreamRange stream : streams) {
            size += PART_BYTES + Binary.sizeOf(stream.path);
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        VarInts.put(out, timeMillis);
        VarInts.put(out, bytes);
        VarInts.put(out, entries);
        if (entries > 0) {
            VarInts.put(out, firstEntry);
        }
        VarInts.put(out, events);
        if (events > 0) {
            VarInts.put(out, firstEvent);
        }
        VarInts.put(out, streams.size());
        for (StreamRange stream : streams) {
            Binary.putString(out, stream.path.getBytes(UTF_8));
            out.put((byte) (stream.closed ? 1 : 0));
            VarInts.put(out, stream.incarnation);
            VarInts.put(out, stream.from);
            VarInts.put(out, stream.to - stream.from);
        }
        byte[] encoded = new byte[out.position()];
        out.flip().get(encoded);
        return encoded;
    }

    static CommitItem decode(long number, ByteBuffer in) {
        long timeMillis = VarInts.get(in);
        long bytes = VarInts.get(in);
        long entries = VarInts.get(in);
        long firstEntry = entries > 0 ? VarInts.get(in) : 0;
        long events = VarInts.get(in);
        long firstEvent = events > 0 ? VarInts.get(in) : 0;
        int count = (int) VarInts.get(in);
        List<StreamRange> streams = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String path = Binary.getString(in);
            boolean closed = in.get() != 0;
            long incarnation = VarInts.get(in);
            long from = VarInts.get(in);
            streams.add(new StreamRange(path, incarnation, from, from + VarInts.get(in), closed));
        }
        return new CommitItem(number, timeMillis, bytes, firstEntry, entries, firstEvent, events, streams);
    }
}
