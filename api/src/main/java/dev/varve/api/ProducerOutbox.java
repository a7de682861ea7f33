package dev.varve.api;

import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The file that keeps a producer's batches until they are durable in the stream; {@code docs/formats/outbox.md} describes it. A
 * batch is synced before it is given to anybody. That one was acknowledged is noted without a sync: at worst it is sent again, and
 * the stream knows it. Confined to one thread at a time.
 */
final class ProducerOutbox implements AutoCloseable {

    /** When this much of the file is of batches that were acknowledged, it is written anew. */
    static final int REWRITE_BYTES = 4 << 20;

    private static final byte[] MAGIC = "VARVEOUT".getBytes(StandardCharsets.US_ASCII);
    private static final byte FORMAT = 1;
    private static final byte HEAD = 1;
    private static final byte BATCH = 2;
    private static final byte ACKNOWLEDGED = 3;
    private static final int FRAME_BYTES = 8;
    private static final int BATCH_HEAD_BYTES = 13;
    /** How long the frame of an acknowledgement is. */
    private static final int NOTE_BYTES = FRAME_BYTES + 1 + Long.BYTES;

    /** By how much the numbers of a file may go on from where it is damaged: it is written anew long before. */
    private static final int FAR_AHEAD = REWRITE_BYTES;

    private static final int MAX_PAYLOAD_BYTES = Integer.MAX_VALUE - FRAME_BYTES - MAGIC.length;

    private final Path file;
    private final RandomAccessFile lock;
    private final Deque<ProducerBatch> unacknowledged = new ArrayDeque<>();
    private RandomAccessFile content;
    private Head head;
    private long nextSequence;
    private long accepted;

    /** What stands at the beginning of the file. */
    private record Head(String path, String contentType, String id, long epoch, long nextSequence, long accepted) {}

    private ProducerOutbox(Path file, RandomAccessFile lock, RandomAccessFile content, Head head) {
        this.file = file;
        this.lock = lock;
        this.content = content;
        this.head = head;
        this.nextSequence = head.nextSequence;
        this.accepted = head.accepted;
    }

    /**
     * Opens the file, or makes a new one.
     *
     * @param path the stream that it is for
     * @param id the producer's name, or null for the one in the file or one that is drawn
     * @param contentType tells the stream's content type, for a new file
     * @throws VarveException {@link ErrorKind#UNAVAILABLE} when another producer holds the file or it cannot be read or written,
     *     {@link ErrorKind#INVALID_PARAMS} when it is for another stream or producer, {@link ErrorKind#CORRUPT} when it is no
     *     outbox or has damage that no crash explains; nothing was changed
     */
    static ProducerOutbox open(Path file, String path, @Nullable String id, Supplier<String> contentType) {
        Path absolute = file.toAbsolutePath();
        RandomAccessFile lock = null;
        RandomAccessFile content = null;
        try {
            lock = locked(absolute);
            if (!Files.exists(absolute)) {
                String name = id == null ? UUID.randomUUID().toString() : id;
                create(absolute, new Head(path, contentType.get(), name, System.currentTimeMillis(), 0, 0));
            }
            content = new RandomAccessFile(absolute.toFile(), "rw");
            ProducerOutbox outbox = recover(absolute, lock, content);
            outbox.requireFor(path, id);
            return outbox;
        } catch (IOException e) {
            close(content, lock);
            throw new VarveException(
                    ErrorKind.UNAVAILABLE, "the outbox " + absolute + " cannot be opened: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            close(content, lock);
            throw e;
        }
    }

    /** A file beside it is locked, because the file itself is replaced now and then. */
    private static RandomAccessFile locked(Path file) throws IOException {
        RandomAccessFile lock = new RandomAccessFile(file + ".lock", "rw");
        FileLock held;
        try {
            held = lock.getChannel().tryLock();
        } catch (OverlappingFileLockException e) {
            held = null;
        }
        if (held == null) {
            lock.close();
            throw new VarveException(ErrorKind.UNAVAILABLE, "another producer holds the outbox " + file);
        }
        return lock;
    }

    private static void create(Path file, Head head) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".new");
        try (RandomAccessFile content = new RandomAccessFile(unfinished.toFile(), "rw")) {
            content.setLength(0);
            content.write(MAGIC);
            content.write(frame(head));
            content.getFD().sync();
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        if (File.separatorChar == '/') { // Windows opens no directories, and needs no such sync.
            try (FileChannel directory = FileChannel.open(directoryOf(file), StandardOpenOption.READ)) {
                directory.force(true);
            }
        }
    }

    private static Path directoryOf(Path file) {
        Path directory = file.getParent();
        return directory == null ? file.getRoot() : directory;
    }

    // ---- what a new process finds

    private static ProducerOutbox recover(Path file, RandomAccessFile lock, RandomAccessFile content)
            throws IOException {
        byte[] magic = new byte[MAGIC.length];
        ByteBuffer first = null;
        if (content.length() >= MAGIC.length) {
            content.readFully(magic);
            if (Arrays.equals(magic, MAGIC)) {
                first = next(content);
            }
        }
        if (first == null || first.get() != HEAD || first.get() != FORMAT) {
            throw new VarveException(
                    ErrorKind.CORRUPT, file + " is no outbox of a producer, or its beginning is damaged");
        }
        ProducerOutbox outbox = new ProducerOutbox(file, lock, content, head(first));
        long end = content.getFilePointer();
        for (ByteBuffer payload = next(content); payload != null || outbox.skipsNote(end); payload = next(content)) {
            if (payload != null) {
                outbox.take(payload);
            }
            end = content.getFilePointer();
        }
        outbox.cut(end);
        // What is built on from here may be of a program that was killed before it had synced it.
        content.getFD().sync();
        return outbox;
    }

    /**
     * Whether there is a note of an acknowledgement that a crash kept from the disk, before a batch that it did not: the note has no sync
     * of its own, so one page can be there without the other. That there is a next batch says what the note did.
     */
    private boolean skipsNote(long at) throws IOException {
        if (content.length() > at + NOTE_BYTES) {
            content.seek(at + NOTE_BYTES);
            ByteBuffer payload = next(content);
            if (payload != null && payload.get() == BATCH && payload.getLong() == nextSequence) {
                acknowledgedUpTo(nextSequence - 1);
                content.seek(at + NOTE_BYTES);
                return true;
            }
        }
        return false;
    }

    /** Takes away what a crash left of a frame. With a whole one anywhere behind it, it was damaged later. */
    private void cut(long end) throws IOException {
        content.seek(end);
        byte[] rest = new byte[Math.toIntExact(content.length() - end)];
        content.readFully(rest);
        ByteBuffer left = ByteBuffer.wrap(rest);
        for (int at = 1; at < rest.length - FRAME_BYTES; at++) {
            if (isWhole(left, at)) {
                throw new VarveException(
                        ErrorKind.CORRUPT,
                        "the outbox " + file + " is damaged at byte " + end + ", and is whole from byte " + (end + at)
                                + " on");
            }
        }
        content.setLength(end);
        content.seek(end);
    }

    /** Whether a whole frame begins somewhere. Its checksum is asked last: bodies of batches may look like many long frames. */
    private boolean isWhole(ByteBuffer bytes, int at) {
        int length = bytes.getInt(at);
        if (length < 1 + Long.BYTES || length > bytes.capacity() - FRAME_BYTES - at) {
            return false;
        }
        byte type = bytes.get(at + FRAME_BYTES);
        boolean known = type == BATCH || (type == ACKNOWLEDGED && length == 1 + Long.BYTES);
        long ahead = bytes.getLong(at + FRAME_BYTES + 1) - nextSequence;
        return known
                && ahead >= -1
                && ahead <= FAR_AHEAD
                && checksum(bytes.slice(at + FRAME_BYTES, length)) == bytes.getInt(at + Integer.BYTES);
    }

    /** The content of the next frame, or null when there is no whole one. */
    private static @Nullable ByteBuffer next(RandomAccessFile content) throws IOException {
        long left = content.length() - content.getFilePointer();
        if (left < FRAME_BYTES) {
            return null;
        }
        int length = content.readInt();
        int checksum = content.readInt();
        if (length < 1 || length > left - FRAME_BYTES) {
            return null;
        }
        byte[] payload = new byte[length];
        try {
            content.readFully(payload);
        } catch (EOFException e) {
            return null;
        }
        return checksum(ByteBuffer.wrap(payload)) == checksum ? ByteBuffer.wrap(payload) : null;
    }

    private static Head head(ByteBuffer payload) {
        long epoch = payload.getLong();
        long nextSequence = payload.getLong();
        long accepted = payload.getLong();
        return new Head(text(payload), text(payload), text(payload), epoch, nextSequence, accepted);
    }

    private static String text(ByteBuffer payload) {
        byte[] bytes = new byte[payload.getInt()];
        payload.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private void take(ByteBuffer payload) {
        byte type = payload.get();
        long sequence = payload.getLong();
        if (type == ACKNOWLEDGED) {
            acknowledgedUpTo(sequence);
        } else if (type == BATCH && sequence == nextSequence) {
            int items = payload.getInt();
            byte[] body = new byte[payload.remaining()];
            payload.get(body);
            keep(new ProducerBatch(sequence, items, body));
        } else {
            throw new VarveException(
                    ErrorKind.CORRUPT,
                    "the outbox " + file + " holds a frame of type " + type + " with number " + sequence + " where "
                            + nextSequence + " was to come");
        }
    }

    private void requireFor(String path, @Nullable String id) {
        if (!head.path.equals(path) || (id != null && !head.id.equals(id))) {
            throw new VarveException(
                    ErrorKind.INVALID_PARAMS,
                    "the outbox " + file + " is for the producer " + head.id + " of the stream " + head.path
                            + ", not for " + (id == null ? "" : id + " of ") + path);
        }
    }

    // ---- what it holds

    String contentType() {
        return head.contentType;
    }

    String id() {
        return head.id;
    }

    long epoch() {
        return head.epoch;
    }

    /** The number of the next batch. */
    long nextSequence() {
        return nextSequence;
    }

    /** How many items were ever synced into it. */
    long accepted() {
        return accepted;
    }

    /** Batches that may not have arrived, in order. */
    List<ProducerBatch> unacknowledged() {
        return new ArrayList<>(unacknowledged);
    }

    /** Syncs a batch into the file. When it throws, the batch may be there or not, and the outbox is to be closed. */
    void add(ProducerBatch batch) throws IOException {
        if (unacknowledged.isEmpty() && content.getFilePointer() > REWRITE_BYTES) {
            rewrite();
        }
        byte[] body = batch.body();
        ByteBuffer frame = frame((long) BATCH_HEAD_BYTES + body.length);
        frame.put(BATCH).putLong(batch.sequence()).putInt(batch.items()).put(body);
        content.write(sealed(frame));
        content.getFD().sync();
        keep(batch);
    }

    private void keep(ProducerBatch batch) {
        unacknowledged.add(batch);
        nextSequence = batch.sequence() + 1;
        accepted += batch.items();
    }

    private void rewrite() throws IOException {
        Head now = new Head(head.path, head.contentType, head.id, head.epoch, nextSequence, accepted);
        create(file, now);
        RandomAccessFile old = content;
        content = new RandomAccessFile(file.toFile(), "rw");
        old.close();
        head = now;
        content.seek(content.length());
    }

    /** Notes that all batches up to this one are durable in the stream. */
    void acknowledged(long sequence) throws IOException {
        acknowledgedUpTo(sequence);
        content.write(sealed(frame(1 + Long.BYTES).put(ACKNOWLEDGED).putLong(sequence)));
    }

    private void acknowledgedUpTo(long sequence) {
        while (!unacknowledged.isEmpty() && unacknowledged.element().sequence() <= sequence) {
            unacknowledged.remove();
        }
    }

    private static byte[] frame(Head head) throws IOException {
        byte[] path = head.path.getBytes(StandardCharsets.UTF_8);
        byte[] contentType = head.contentType.getBytes(StandardCharsets.UTF_8);
        byte[] id = head.id.getBytes(StandardCharsets.UTF_8);
        ByteBuffer frame = frame(2 + 3 * Long.BYTES + 3 * Integer.BYTES + path.length + contentType.length + id.length);
        frame.put(HEAD).put(FORMAT);
        frame.putLong(head.epoch).putLong(head.nextSequence).putLong(head.accepted);
        frame.putInt(path.length).put(path);
        frame.putInt(contentType.length).put(contentType);
        frame.putInt(id.length).put(id);
        return sealed(frame);
    }

    /** Room for a frame, behind whose head the content is to be put. */
    private static ByteBuffer frame(long payloadBytes) throws IOException {
        if (payloadBytes > MAX_PAYLOAD_BYTES) {
            throw new IOException("an item of " + payloadBytes + " bytes does not fit into a frame");
        }
        return ByteBuffer.allocate(FRAME_BYTES + (int) payloadBytes).position(FRAME_BYTES);
    }

    @SuppressWarnings("ByteBufferBackingArray") // allocated in the method above, whole
    private static byte[] sealed(ByteBuffer frame) {
        int payloadBytes = frame.capacity() - FRAME_BYTES;
        frame.putInt(0, payloadBytes).putInt(Integer.BYTES, checksum(frame.slice(FRAME_BYTES, payloadBytes)));
        return frame.array();
    }

    private static int checksum(ByteBuffer bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        return (int) checksum.getValue();
    }

    /** Syncs the last acknowledgement and lets go of the file. */
    @Override
    public void close() {
        try {
            content.getFD().sync();
        } catch (IOException e) {
            // What was not synced is sent once more by the next opening.
        }
        close(content, lock);
    }

    private static void close(@Nullable RandomAccessFile... files) {
        for (RandomAccessFile file : files) {
            try {
                if (file != null) {
                    file.close();
                }
            } catch (IOException e) {
                // It was open for this process only.
            }
        }
    }
}
