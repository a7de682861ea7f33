package dev.varve.client;

import dev.varve.api.Entry;
import dev.varve.api.EntryChange;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a copy and the writes that wait in a file: a log, which is written anew when most of it is out of date. A write that has come
 * back is marked in the same frame as the change of the copy, so that it never counts as both. Thread-safe; never interrupted, so that
 * nobody's interrupt closes the file.
 *
 * <p>Forced to the disk are that a write waits, as that is promised, and that it is about to be sent: a server knows one that comes again
 * for its last changes only, so one that may have been sent long ago must not pass for one that never was. What is lost of the rest
 * the server tells again: changes of the copy, and with them, or by its answer to the same write, that one was made.
 */
final class LiveFile implements Closeable {

    private static final System.Logger LOG = System.getLogger(LiveFile.class.getName());

    private static final int FORMAT = 1;

    // What frames are.
    private static final char HEADER = 'H';
    private static final char STORE = 'I';
    private static final char ENTRIES = 'E';
    private static final char COMMIT = 'C';
    private static final char WAITING = 'W';
    private static final char SENT = 'S';
    private static final char ANSWERED = 'A';
    /** What stands where a crash kept a page from the disk. */
    private static final char NOTHING = 0;

    private static final int ENTRIES_PER_FRAME = 500;
    /** The file may grow by so much, and to twice what it was, before it is written anew. */
    private static final long SLACK_BYTES = 1L << 20;

    private static final String NAME = "client_op_id";
    private static final String SEQ = "store_seq";
    private static final String MORE = "more";

    /** How what was written is forced to the disk. */
    interface Forcing {
        void force(RandomAccessFile file) throws IOException;
    }

    /** A write that waits. */
    private static final class Waiting {
        private final byte[] json;
        private long sentAfter = LiveWrite.NEVER;
        private boolean passedOver;

        Waiting(byte[] json) {
            this.json = json;
        }
    }

    private final Path path;
    private final String store;
    private final LivePatterns patterns;
    private final LiveEffects effects;
    private final FileChannel lockFile;
    private final Forcing forcing;
    private final Map<String, Waiting> waiting = new LinkedHashMap<>();
    private String deviceId = "live_" + UUID.randomUUID();
    private @Nullable String storeId;
    private @Nullable LiveRoot root;
    private @Nullable RandomAccessFile log;
    private long bytes;
    private long bytesWhenNew;
    private int writtenAnew;
    private boolean otherPatterns;
    private boolean closed;
    private boolean forcedAtEnd;

    private LiveFile(
            Path path,
            String store,
            LivePatterns patterns,
            LiveEffects effects,
            FileChannel lockFile,
            Forcing forcing) {
        this.path = path;
        this.store = store;
        this.patterns = patterns;
        this.effects = effects;
        this.lockFile = lockFile;
        this.forcing = forcing;
    }

    // ---- opening

    /** Opens a file, or makes it. */
    static LiveFile open(Path path, String store, LivePatterns patterns, LiveEffects effects) {
        return open(path, store, patterns, effects, file -> file.getFD().sync());
    }

    /** Opens a file, or makes it, with a disk of the caller's choice. */
    static LiveFile open(Path path, String store, LivePatterns patterns, LiveEffects effects, Forcing forcing) {
        FileChannel lockFile = null;
        LiveFile file = null;
        try {
            lockFile = FileChannel.open(besides(path, ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            lock(path, lockFile);
            file = new LiveFile(path, store, patterns, effects, lockFile, forcing);
            file.load();
            return file;
        } catch (IOException e) {
            closeAfter(file == null ? lockFile : file, e);
            throw failed(path, e);
        } catch (RuntimeException e) {
            closeAfter(file == null ? lockFile : file, e);
            throw e;
        }
    }

    private static Path besides(Path path, String suffix) {
        return path.resolveSibling(path.getFileName() + suffix);
    }

    private static void lock(Path path, FileChannel lockFile) throws IOException {
        FileLock held;
        try {
            held = lockFile.tryLock();
        } catch (OverlappingFileLockException e) {
            held = null;
        }
        if (held == null) {
            throw new VarveException(
                    ErrorKind.UNAVAILABLE, path + " is in use by another live sync, of this process or another one");
        }
    }

    private static void closeAfter(@Nullable Closeable file, Exception failure) {
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }

    private static VarveException failed(Path path, IOException e) {
        String reason = String.valueOf(e.getMessage());
        boolean full = reason.contains("No space left") || reason.contains("quota");
        return new VarveException(
                full ? ErrorKind.OUT_OF_SPACE : ErrorKind.UNAVAILABLE, path + " cannot be used: " + e, e);
    }

    private synchronized void load() throws IOException {
        Files.deleteIfExists(besides(path, ".new"));
        if (!Files.exists(path) || Files.size(path) == 0) {
            writeAnew();
            return;
        }
        Loading loading = new Loading();
        long end = LiveFrames.read(path, loading);
        if (!loading.headed) {
            throw loading.none(); // a header is there as soon as the file is
        }
        RandomAccessFile opened = new RandomAccessFile(path.toFile(), "rw");
        log = opened;
        opened.setLength(end);
        opened.seek(end);
        // What is built on from here may be of a program that was killed before it had forced it.
        forcing.force(opened);
        bytes = end;
        bytesWhenNew = end;
        if (otherPatterns) {
            root = null; // filled anew
            writeAnew();
        }
    }

    /** Puts together what the frames say. */
    private final class Loading implements LiveFrames.Taker {

        private final String where = path.toString();
        private boolean headed;
        private LiveNode node = LiveNode.EMPTY;

        @Override
        public void take(char kind, byte[] json) {
            EntryAnswer said;
            try {
                said = EntryAnswer.of(where, EntryJson.parse(json));
            } catch (IllegalArgumentException e) {
                throw none();
            }
            if (!headed) {
                if (kind != HEADER) {
                    throw none();
                }
                headed = true;
                header(said);
                return;
            }
            switch (kind) {
                case STORE -> storeId = said.text("store_id");
                case ENTRIES -> entries(said);
                case COMMIT -> commit(said);
                case WAITING -> waiting.put(said.text(NAME), new Waiting(json));
                case SENT -> {
                    Waiting sent = waiting.get(said.text(NAME));
                    if (sent != null) {
                        sent.sentAfter = said.number("after");
                        sent.passedOver = said.isTrue("passed_over");
                    }
                }
                case ANSWERED -> waiting.remove(said.text(NAME));
                default -> throw none();
            }
        }

        @Override
        public boolean isForced(char kind) {
            return switch (kind) {
                case STORE, COMMIT, ANSWERED, NOTHING -> false;
                default -> true;
            };
        }

        private VarveException none() {
            return new VarveException(
                    ErrorKind.CORRUPT,
                    path + " is no file of a live sync that this version can read; nothing was changed");
        }

        private void header(EntryAnswer said) {
            if (said.number("format") != FORMAT) {
                throw none();
            }
            if (!said.text("store").equals(store)) {
                throw new VarveException(
                        ErrorKind.INVALID_PARAMS,
                        path + " belongs to a live sync of " + said.text("store") + ", not of " + store
                                + "; give each store a file of its own");
            }
            deviceId = said.text("device_id");
            otherPatterns = !said.value("patterns").equals(patternsValue());
        }

        private void entries(EntryAnswer said) {
            EntryAnswer entries = said.object("entries");
            for (String name : entries.names()) {
                EntryAnswer entry = entries.object(name);
                EntryType type = EntryType.valueOf(entry.text("type"));
                node = effects.put(node, entry.pathOf(name), entry.value("value"), type, entry.number("revision"));
            }
            // Without its last entries it is no copy.
            root = said.isTrue(MORE) ? null : new LiveRoot(node, said.number(SEQ));
        }

        private void commit(EntryAnswer said) {
            for (EntryAnswer change : said.objects("changes")) {
                EntryOp.Kind kind = EntryOp.Kind.ofWireName(change.text("op"));
                if (kind == null) {
                    throw none();
                }
                node = effects.apply(node, kind, change.path("path"), change.optional("value"), change.number(SEQ));
            }
            root = new LiveRoot(node, said.number(SEQ));
            for (EntryAnswer answered : said.objects("answered")) {
                waiting.remove(answered.text(NAME));
            }
        }
    }

    private EntryValue patternsValue() {
        List<EntryValue> written = new ArrayList<>();
        for (EntryPattern pattern : patterns.list()) {
            written.add(EntryValue.of(pattern.toString()));
        }
        return new EntryValue.Items(written);
    }

    // ---- what was kept

    synchronized String deviceId() {
        return deviceId;
    }

    synchronized @Nullable String storeId() {
        return storeId;
    }

    synchronized @Nullable LiveRoot root() {
        return root;
    }

    /** The writes that wait, in order. */
    synchronized List<LiveWrite> waiting() {
        List<LiveWrite> writes = new ArrayList<>();
        waiting.values().forEach(kept -> {
            LiveWrite write = LiveWriteText.parse(path.toString(), kept.json);
            write.sentAfter = kept.sentAfter;
            write.passedOver = kept.passedOver;
            writes.add(write);
        });
        return writes;
    }

    // ---- what is kept from now on

    /** Which store the copy is of. */
    synchronized void joined(String id) {
        requireOpen();
        boolean another = storeId != null;
        storeId = id;
        if (another) {
            root = null; // what is kept is of the one before
            try {
                writeAnew();
            } catch (IOException e) {
                throw failed(path, e);
            }
            return;
        }
        append(STORE, Map.of("store_id", EntryValue.of(id)));
    }

    /** The copy was filled anew. */
    synchronized void filled(LiveRoot filled) {
        root = filled;
        waiting.values().forEach(write -> write.passedOver |= write.sentAfter != LiveWrite.NEVER);
        if (closed) {
            return;
        }
        try {
            writeAnew();
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    /** The copy has changed, by which writes that waited have come back. */
    synchronized void committed(LiveCommit commit, Collection<LiveWrite> answered) {
        root = commit.after();
        List<EntryValue> changes = new ArrayList<>();
        for (EntryChange change : commit.changes()) {
            Map<String, EntryValue> fields = new LinkedHashMap<>();
            fields.put("op", EntryValue.of(change.kind().wireName()));
            fields.put("path", EntryValue.of(change.path().toString()));
            EntryValue value = change.value();
            if (value != null) {
                fields.put("value", value);
            }
            fields.put(SEQ, EntryValue.of(change.storeSeq()));
            changes.add(new EntryValue.Fields(fields));
        }
        List<EntryValue> names = new ArrayList<>();
        for (LiveWrite write : answered) {
            waiting.remove(write.name);
            names.add(new EntryValue.Fields(Map.of(NAME, EntryValue.of(write.name))));
        }
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put(SEQ, EntryValue.of(commit.storeSeq()));
        fields.put("changes", new EntryValue.Items(changes));
        fields.put("answered", new EntryValue.Items(names));
        append(COMMIT, fields);
    }

    /**
     * A write waits from now on. It survives whatever ends this program or this machine once this returns.
     *
     * @param after the last change that the copy knows, if it is about to be sent, which is forced with it then; else {@link
     *     LiveWrite#NEVER}
     */
    void enqueued(LiveWrite write, long after) {
        Waiting added = new Waiting(LiveWriteText.of(write));
        added.sentAfter = after;
        byte[] frames = LiveFrames.frame(WAITING, added.json);
        if (after != LiveWrite.NEVER) {
            byte[] sent = LiveFrames.frame(SENT, EntryJson.bytes(new EntryValue.Fields(sent(write.name, added))));
            int length = frames.length;
            frames = Arrays.copyOf(frames, length + sent.length);
            System.arraycopy(sent, 0, frames, length, sent.length);
        }
        int times;
        RandomAccessFile to;
        synchronized (this) {
            add(frames);
            waiting.put(write.name, added);
            to = requireOpen();
            times = writtenAnew;
        }
        force(to, times, () -> waiting.remove(write.name));
    }

    /** A write is about to be sent for the first time. That is known whatever ends this program or this machine once this returns. */
    void sent(LiveWrite write, long after) {
        int times;
        RandomAccessFile to;
        synchronized (this) {
            Waiting kept = waiting.get(write.name);
            if (kept == null || kept.sentAfter != LiveWrite.NEVER) {
                return;
            }
            kept.sentAfter = after;
            append(SENT, sent(write.name, kept));
            to = requireOpen();
            times = writtenAnew;
        }
        force(to, times, () -> {});
    }

    /**
     * Forces what was written, without holding up others who write. When that fails, nobody knows what is on the disk, and to force it
     * again would not say: the file is written anew, or used no more.
     *
     * @param times how often it had been written anew when that was written; if it has been since, it is on the disk by that
     * @param undo takes it back before
     */
    private void force(RandomAccessFile to, int times, Runnable undo) {
        try {
            forcing.force(to);
        } catch (IOException e) {
            synchronized (this) {
                if (writtenAnew != times || forcedAtEnd) {
                    return;
                }
                undo.run();
                try {
                    if (!closed) {
                        writeAnew();
                    }
                } catch (IOException again) {
                    e.addSuppressed(again);
                    closed = true;
                }
            }
            throw failed(path, e);
        }
    }

    private static Map<String, EntryValue> sent(String name, Waiting kept) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put(NAME, EntryValue.of(name));
        fields.put("after", EntryValue.of(kept.sentAfter));
        fields.put("passed_over", EntryValue.of(kept.passedOver));
        return fields;
    }

    /** A write waits no longer. */
    synchronized void answered(LiveWrite write) {
        if (waiting.remove(write.name) != null) {
            append(ANSWERED, Map.of(NAME, EntryValue.of(write.name)));
        }
    }

    private void append(char kind, Map<String, EntryValue> fields) {
        add(LiveFrames.frame(kind, EntryJson.bytes(new EntryValue.Fields(fields))));
        if (bytes > 2 * bytesWhenNew + SLACK_BYTES) {
            shorten();
        }
    }

    /** Adds frames, or nothing. */
    private void add(byte[] frames) {
        RandomAccessFile to = requireOpen();
        try {
            to.write(frames);
        } catch (IOException e) {
            cutTo(to, bytes);
            throw failed(path, e);
        }
        bytes += frames.length;
    }

    private RandomAccessFile requireOpen() {
        RandomAccessFile open = log;
        if (closed || open == null) {
            throw new VarveException(ErrorKind.UNAVAILABLE, path + " is closed");
        }
        return open;
    }

    private void cutTo(RandomAccessFile cut, long end) {
        try {
            cut.setLength(end);
            cut.seek(end);
        } catch (IOException e) {
            closed = true; // nothing can be added behind half a frame
        }
    }

    /** When it cannot be written anew, it goes on as it is. */
    private void shorten() {
        try {
            writeAnew();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, path + " cannot be written anew and grows", e);
            bytesWhenNew = bytes;
        }
    }

    // ---- writing anew

    private void writeAnew() throws IOException {
        Path anew = besides(path, ".new");
        long written = 0;
        try (FileOutputStream file = new FileOutputStream(anew.toFile());
                OutputStream out = new BufferedOutputStream(file, 1 << 16)) {
            written += write(out, HEADER, header());
            String id = storeId;
            if (id != null) {
                written += write(out, STORE, Map.of("store_id", EntryValue.of(id)));
            }
            LiveRoot kept = root;
            if (kept != null) {
                written += writeEntries(out, kept);
            }
            for (Map.Entry<String, Waiting> write : waiting.entrySet()) {
                byte[] frame = LiveFrames.frame(WAITING, write.getValue().json);
                out.write(frame);
                written += frame.length;
                if (write.getValue().sentAfter != LiveWrite.NEVER) {
                    written += write(out, SENT, sent(write.getKey(), write.getValue()));
                }
            }
            out.flush();
        }
        RandomAccessFile opened = new RandomAccessFile(anew.toFile(), "rw");
        try {
            opened.seek(written);
            forcing.force(opened);
            Files.move(anew, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            closeAfter(opened, e);
            throw e;
        }
        forceDirectory();
        RandomAccessFile old = log;
        log = opened;
        writtenAnew++;
        bytes = written;
        bytesWhenNew = written;
        if (old != null) {
            closeQuietly(old); // nothing of it is needed any more
        }
    }

    private Map<String, EntryValue> header() {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("format", EntryValue.of(FORMAT));
        fields.put("store", EntryValue.of(store));
        fields.put("device_id", EntryValue.of(deviceId));
        fields.put("patterns", patternsValue());
        return fields;
    }

    private static long writeEntries(OutputStream out, LiveRoot root) throws IOException {
        long written = 0;
        Map<String, EntryValue> part = new LinkedHashMap<>();
        for (LiveListing all = new LiveListing(root.node(), EntryPattern.ALL, null); all.hasNext(); ) {
            Entry entry = all.next();
            Map<String, EntryValue> fields = new LinkedHashMap<>();
            fields.put("value", entry.value());
            fields.put("type", EntryValue.of(entry.type().name()));
            fields.put("revision", EntryValue.of(entry.revision()));
            part.put(entry.path().toString(), new EntryValue.Fields(fields));
            if (part.size() == ENTRIES_PER_FRAME && all.hasNext()) {
                written += writeEntries(out, root, part, true);
                part.clear();
            }
        }
        return written + writeEntries(out, root, part, false);
    }

    private static long writeEntries(OutputStream out, LiveRoot root, Map<String, EntryValue> part, boolean more)
            throws IOException {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put(SEQ, EntryValue.of(root.storeSeq()));
        fields.put(MORE, EntryValue.of(more));
        fields.put("entries", new EntryValue.Fields(part));
        return write(out, ENTRIES, fields);
    }

    private static long write(OutputStream out, char kind, Map<String, EntryValue> fields) throws IOException {
        byte[] frame = LiveFrames.frame(kind, EntryJson.bytes(new EntryValue.Fields(fields)));
        out.write(frame);
        return frame.length;
    }

    /** So that the name is there after a crash, too. Not every system can force a directory. */
    private void forceDirectory() {
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null) {
            try (FileChannel directory = FileChannel.open(parent, StandardOpenOption.READ)) {
                directory.force(true);
            } catch (IOException e) {
                // The system orders it by itself, or cannot.
            }
        }
    }

    /** Forces what was written, and lets go of the file. Closing twice is harmless. */
    @Override
    public synchronized void close() {
        RandomAccessFile open = log;
        log = null;
        if (open != null) {
            try {
                if (!closed) {
                    forcing.force(open);
                    forcedAtEnd = true;
                }
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, "the last changes of " + path + " may not be on the disk", e);
            }
            closeQuietly(open);
        }
        closed = true;
        closeQuietly(lockFile);
    }

    private static void closeQuietly(Closeable file) {
        try {
            file.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "a file could not be closed", e);
        }
    }
}
