package dev.varve.engine.state;

import dev.varve.engine.io.DiskErrors;
import dev.varve.engine.state.ValueFile.StaleReferenceException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The large values of one table, in files of their own beside RocksDB's, so that merging tables does not copy them and
 * reading one is one read of a file. Reading is thread-safe; writing, counting and clearing are confined to the
 * checkpoint.
 *
 * <p><b>Crashes.</b> Files are written in the live directory and linked into a checkpoint together with the tables
 * that refer to them; a file that a crash cuts off is in no checkpoint. A file in a checkpoint never changes.
 *
 * <p><b>Garbage.</b> How much of a file is still referred to is counted as rows change. A file of which less than half is left
 * is cleared by a later commit: each record that its row still refers to is written again, and the file is left out of the
 * checkpoint. The rows decide what is alive, the counts only which file is worth the work. Many small files are
 * cleared alike, into one.
 *
 * <p><b>Readers</b> hold no locks. One that read a row just before a commit may come for a file just after it: it reads the row again.
 * A cursor cannot, since it sees the rows of its own moment; so a file is kept until all cursors are closed that were
 * opened before it was left out.
 */
final class ValueFiles implements Closeable {

    static final String SUFFIX = ".values";

    private static final System.Logger LOG = System.getLogger(ValueFiles.class.getName());
    /** How much one commit writes again at most, beside one file. */
    private static final long CLEAR_BYTES = 64 << 20;

    private static final int CLEAR_FILES = 16;
    /** Files of less than this part of the full size are merged when so many have come together. */
    private static final int SMALL_PART = 16;

    private static final int SMALL_FILES = 8;
    private static final int READ_ATTEMPTS = 100;
    private static final int ENTRY_BYTES = 3 * Long.BYTES;

    private final Path directory;
    private final String prefix;
    private final long fileBytes;
    private final int maxOpen;
    private final Map<Long, ValueFile> files = new ConcurrentHashMap<>();
    private final AtomicInteger open = new AtomicInteger();

    // Writing: the checkpoint's.
    private final Map<Long, Long> uncounted = new HashMap<>();
    private @Nullable ByteBuffer buffer;
    private @Nullable ValueFileWriter writer;
    private long lastNumber;
    private @Nullable IOException broken;

    // Files left out of the checkpoint, and cursors that may still need them. Guarded by this.
    private final List<LeftOut> leftOut = new ArrayList<>();
    private final TreeMap<Long, Integer> cursors = new TreeMap<>();
    private long moment;

    private record LeftOut(ValueFile file, long since) {}

    /**
     * The files of a table.
     *
     * @param directory the live directory
     * @param table whose values
     * @param fileBytes from what size on a file is full
     * @param maxOpen how many files are open for reading at most
     */
    ValueFiles(Path directory, Table table, long fileBytes, int maxOpen) {
        this.directory = directory;
        this.prefix = table.name().toLowerCase(Locale.ROOT) + "-";
        this.fileBytes = fileBytes;
        this.maxOpen = maxOpen;
    }

    private Path path(long number) {
        return directory.resolve(name(number));
    }

    private String name(long number) {
        return prefix + "%010d".formatted(number) + SUFFIX;
    }

    // ---- opening

    /** What the files are and how much of each is alive, for {@link #load}. */
    byte[] describe(Set<Long> without) {
        List<ValueFile> kept = kept(without);
        ByteBuffer out = ByteBuffer.allocate(Long.BYTES + kept.size() * ENTRY_BYTES);
        out.putLong(lastNumber);
        for (ValueFile file : kept) {
            out.putLong(file.number).putLong(file.bytes()).putLong(file.liveBytes);
        }
        return out.array();
    }

    /**
     * Takes over the files of the last checkpoint.
     *
     * @param described what {@link #describe} said then, null for nothing
     * @throws CorruptStateException when one is missing or has another size
     */
    void load(byte @Nullable [] described) throws IOException {
        if (described == null) {
            return;
        }
        if (described.length % ENTRY_BYTES != Long.BYTES) {
            throw new CorruptStateException(directory, "lists its value files in " + described.length + " bytes");
        }
        ByteBuffer in = ByteBuffer.wrap(described);
        lastNumber = in.getLong();
        while (in.hasRemaining()) {
            long number = in.getLong();
            ValueFile file = new ValueFile(number, path(number), in.getLong(), in.getLong());
            try {
                if (Files.size(file.path) != file.bytes()) {
                    throw new CorruptStateException(
                            file.path, "has " + Files.size(file.path) + " bytes, the tables say " + file.bytes());
                }
            } catch (NoSuchFileException e) {
                throw new CorruptStateException(file.path, "is missing, though tables refer to it", e);
            }
            files.put(number, file);
        }
    }

    // ---- reading

    /**
     * Reads a value and checks it.
     *
     * @throws StaleReferenceException when the row that refers to it has to be read again
     * @throws CorruptStateException when it is damaged
     */
    byte[] read(ValueRef ref, byte[] key) throws IOException {
        byte[] value = new byte[ref.length()];
        read(ref, key, ByteBuffer.wrap(value));
        return value;
    }

    /**
     * As the other, into given memory.
     *
     * @param target takes the value, with its position at 0 and its limit at the value's length
     */
    void read(ValueRef ref, byte[] key, ByteBuffer target) throws IOException {
        ValueFile file = files.get(ref.file());
        if (file == null) {
            throw new StaleReferenceException();
        }
        long position = ref.offset() + ValueFile.RECORD_HEADER_BYTES + key.length;
        for (int attempt = 1; ; attempt++) {
            FileChannel channel = channel(file);
            try {
                file.read(channel, position, target.position(0));
                break;
            } catch (ClosedChannelException e) {
                // Closed because too many were open, or because a reader was interrupted.
                if (file.forgetClosed()) {
                    open.decrementAndGet();
                }
                if (e instanceof ClosedByInterruptException || attempt == READ_ATTEMPTS) {
                    throw e;
                }
            }
        }
        if (ValueRef.checksum(key, target.flip()) != ref.crc32c()) {
            throw new CorruptStateException(file.path, "holds a damaged value at offset " + ref.offset());
        }
    }

    private FileChannel channel(ValueFile file) throws IOException {
        while (true) {
            FileChannel channel = file.channel();
            if (channel != null) {
                return channel;
            }
            try {
                if (file.openForReading() && open.incrementAndGet() > maxOpen) {
                    closeSome(file);
                }
            } catch (NoSuchFileException e) {
                throw new CorruptStateException(file.path, "is missing, though tables refer to it", e);
            }
        }
    }

    /** Closes files that were not used since the last look, until few enough are open. */
    private synchronized void closeSome(ValueFile except) throws IOException {
        for (int look = 0; look < 2; look++) {
            for (ValueFile file : files.values()) {
                if (open.get() <= maxOpen) {
                    return;
                }
                if (file.used && look == 0) {
                    file.used = false;
                } else if (file != except && file.closeForNow()) {
                    open.decrementAndGet();
                }
            }
        }
    }

    /** How many files are open for reading. */
    int openFiles() {
        return open.get();
    }

    // ---- cursors

    /** A cursor is about to be opened. Gives what {@link #cursorClosed} wants. */
    synchronized long cursorOpens() {
        cursors.merge(moment, 1, Integer::sum);
        return moment;
    }

    void cursorClosed(long opened) {
        synchronized (this) {
            cursors.merge(opened, -1, (count, less) -> count + less == 0 ? null : count + less);
        }
        dropLeftOut();
    }

    /** A checkpoint without these files counts: they go as soon as no cursor needs them. */
    void leaveOut(Set<Long> numbers) {
        if (numbers.isEmpty()) {
            return;
        }
        synchronized (this) {
            moment++;
            for (long number : numbers) {
                ValueFile file = requireFile(number);
                file.leftOut = true;
                leftOut.add(new LeftOut(file, moment));
            }
        }
        dropLeftOut();
    }

    private synchronized void dropLeftOut() {
        long oldest = cursors.isEmpty() ? Long.MAX_VALUE : cursors.firstKey();
        for (Iterator<LeftOut> each = leftOut.iterator(); each.hasNext(); ) {
            LeftOut entry = each.next();
            if (entry.since <= oldest) {
                each.remove();
                files.remove(entry.file.number);
                try {
                    if (entry.file.drop()) {
                        open.decrementAndGet();
                    }
                    Files.deleteIfExists(entry.file.path);
                } catch (IOException e) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            entry.file.path + " could not be deleted; the next start does",
                            e);
                }
            }
        }
    }

    private ValueFile requireFile(long number) {
        ValueFile file = files.get(number);
        if (file == null) {
            throw new IllegalStateException("value file " + number + " is not open");
        }
        return file;
    }

    // ---- writing

    /** Appends a value. It can be read after {@link #flush}. On an error nothing was appended. */
    ValueRef append(byte[] key, byte[] value) throws IOException {
        checkNotBroken();
        ValueFileWriter to = writer;
        if (to == null || to.position() >= fileBytes) {
            seal();
            to = create();
        }
        long offset = to.position();
        int crc32c = ValueRef.checksum(key, value);
        ValueFile file = to.file();
        try {
            to.append(file.recordHeader(offset, key, value.length, crc32c));
            to.append(ByteBuffer.wrap(key));
            to.append(ByteBuffer.wrap(value));
        } catch (IOException e) {
            backTo(to, offset, e); // records must follow each other without a gap
            throw e;
        }
        return new ValueRef(file.number, offset, value.length, crc32c);
    }

    private void backTo(ValueFileWriter to, long offset, IOException cause) {
        try {
            to.backTo(offset);
        } catch (IOException e) {
            cause.addSuppressed(e);
            broken = new IOException(
                    to.file().path + " could not be read; nothing more is written until the state is opened again", e);
        }
    }

    /** Makes what was appended readable. */
    void flush() throws IOException {
        ValueFileWriter open = writer;
        if (open != null) {
            open.flush();
        }
    }

    /** Ends the current file: durable, and never changed again. */
    void seal() throws IOException {
        checkNotBroken();
        ValueFileWriter open = writer;
        if (open == null) {
            return;
        }
        open.flush();
        open.truncate();
        try {
            open.sync();
        } catch (IOException e) {
            // What was written may be lost though a second sync would succeed.
            broken = new IOException(
                    open.file().path + " could not be synced; nothing more is written until the state is opened again",
                    DiskErrors.named(open.file().path, e));
            throw broken;
        }
        open.file().checksum = open.checksum();
        writer = null;
        open.close();
    }

    private ValueFileWriter create() throws IOException {
        long number = lastNumber + 1;
        ValueFile file = new ValueFile(number, path(number), 0, 0);
        ValueFileWriter created = new ValueFileWriter(file, buffer());
        lastNumber = number;
        writer = created;
        created.append(ValueFile.header(number));
        files.put(number, file);
        return created;
    }

    private ByteBuffer buffer() {
        ByteBuffer present = buffer;
        if (present == null) {
            present = ValueFileWriter.newBuffer();
            buffer = present;
        }
        return present;
    }

    private void checkNotBroken() throws IOException {
        IOException failure = broken;
        if (failure != null) {
            throw new IOException(failure.getMessage(), failure);
        }
    }

    /** Links all files but some into a checkpoint. */
    void linkInto(Path checkpoint, Set<Long> without) throws IOException {
        for (ValueFile file : kept(without)) {
            Files.createLink(checkpoint.resolve(name(file.number)), file.path);
        }
    }

    /** The checksums of the files that were written since opening. */
    Map<String, Integer> checksums() {
        Map<String, Integer> checksums = new HashMap<>();
        for (ValueFile file : files.values()) {
            Integer checksum = file.checksum;
            if (checksum != null) {
                checksums.put(name(file.number), checksum);
            }
        }
        return checksums;
    }

    private List<ValueFile> kept(Set<Long> without) {
        List<ValueFile> kept = new ArrayList<>(files.values());
        kept.removeIf(file -> file.leftOut || without.contains(file.number));
        kept.sort(Comparator.comparingLong(file -> file.number));
        return kept;
    }

    // ---- counting

    /** A row in the batch refers to a record. */
    void refers(ValueRef ref, byte[] key) {
        uncounted.merge(ref.file(), ref.recordBytes(key.length), Long::sum);
    }

    /** A row that is replaced or removed by the batch no longer refers to a record. */
    void refersNoMore(byte[] row, byte[] key) {
        ValueRef ref = ValueRef.of(row);
        if (ref != null) {
            uncounted.merge(ref.file(), -ref.recordBytes(key.length), Long::sum);
        }
    }

    /** The batch was written. */
    void count() {
        uncounted.forEach((number, change) -> {
            ValueFile file = files.get(number);
            if (file != null) {
                file.liveBytes += change;
            }
        });
        uncounted.clear();
    }

    /** The batch was given up. */
    void discountBatch() {
        uncounted.clear();
    }

    // ---- clearing

    /** Tells for each record of a file that is cleared whether its row still refers to it, and moves it then. */
    interface Mover {
        boolean isLive(ValueFile.Found record) throws IOException;

        void move(byte[] key, byte[] value) throws IOException;
    }

    /** Clears the files that are worth it. Gives those that nothing refers to any more, if what was moved is committed. */
    Set<Long> clear(Mover mover) throws IOException {
        Set<Long> cleared = new HashSet<>();
        long moved = 0;
        for (ValueFile file : worthClearing()) {
            long live = Math.max(0, file.liveBytes);
            if (cleared.size() == CLEAR_FILES || (moved > 0 && moved + live > CLEAR_BYTES)) {
                break;
            }
            if (clear(file, mover)) {
                cleared.add(file.number);
                moved += live;
            }
        }
        return cleared;
    }

    private List<ValueFile> worthClearing() {
        List<ValueFile> sealed = kept(Set.of());
        ValueFileWriter open = writer;
        sealed.removeIf(file -> file.damaged || (open != null && file == open.file()));
        List<ValueFile> worth = new ArrayList<>();
        List<ValueFile> small = new ArrayList<>();
        for (ValueFile file : sealed) {
            if (file.garbageBytes() > file.liveBytes) {
                worth.add(file);
            } else if (file.bytes() < fileBytes / SMALL_PART) {
                small.add(file);
            }
        }
        worth.sort(Comparator.comparingLong(file -> file.liveBytes));
        if (small.size() >= SMALL_FILES) {
            small.sort(Comparator.comparingLong(ValueFile::bytes));
            worth.addAll(small);
        }
        return worth;
    }

    private boolean clear(ValueFile file, Mover mover) throws IOException {
        try (FileChannel from = FileChannel.open(file.path, StandardOpenOption.READ)) {
            long at = ValueFile.HEADER_BYTES;
            while (at < file.bytes()) {
                ValueFile.Found record = file.record(from, at);
                if (mover.isLive(record)) {
                    mover.move(record.key(), read(record.ref(), record.key()));
                }
                at = record.end();
            }
            return true;
        } catch (CorruptStateException | NoSuchFileException e) {
            file.damaged = true;
            LOG.log(System.Logger.Level.WARNING, "a value file is damaged and stays as it is", e);
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        ValueFileWriter unfinished = writer;
        if (unfinished != null) {
            unfinished.close();
        }
        for (ValueFile file : files.values()) {
            file.drop();
        }
        files.clear();
    }
}
