package dev.varve.testkit.engine;

import dev.varve.engine.io.Disk;
import dev.varve.engine.io.DiskFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that loses what a real one may lose, and nothing else.
 *
 * <p>What was written is seen at once, and survives a power cut only when it was synced; of the rest any subset of
 * sectors of 512 bytes or 4 KiB survives, a sector being old or new. Names survive when their directory was synced; of
 * the rest any subset of creations, renames and deletions survives, each whole. After a failed sync the system takes
 * the pages for clean: programs still see them, a later sync does not store them.
 *
 * <p>One seed and one sequence of calls give one behaviour. Paths are absolute. Thread-safe.
 */
public final class SimulatedDisk implements Disk {

    /** What happened to a program, counted when it really did. */
    public enum Fault {
        /** A write of which nothing was left. */
        LOST_WRITE,
        /** A write of which some sectors of 512 bytes were left. */
        TORN_AT_512_BYTES,
        /** A write of which some pages of 4 KiB were left. */
        TORN_AT_4_KIB,
        /** A write that was left though an earlier one was not. */
        REORDERED_WRITE,
        /** A creation, rename or deletion that was undone. */
        LOST_NAME,
        /** A call that failed with an I/O error. */
        IO_ERROR,
        /** A call that failed for want of space. */
        NO_SPACE,
        /** A read that failed with an I/O error. */
        READ_ERROR,
        /** The power was cut. */
        POWER_CUT
    }

    /** What happens at a chosen operation. */
    public enum Failure {
        /** It fails; the next ones do not. */
        IO_ERROR_ONCE,
        /** It and all that change anything after it fail. */
        IO_ERROR_FROM_NOW_ON,
        /** It fails as if the disk were full. */
        NO_SPACE_ONCE,
        /** The power goes while it runs: it and everything after it fails, any part of it may have been done. */
        POWER_CUT
    }

    /** The machine is off. */
    public static final class PowerCutException extends IOException {

        private static final long serialVersionUID = 1L;

        PowerCutException() {
            super("simulated power cut");
        }
    }

    private static final Path FOREIGN = Path.of("/");

    /** A change of one directory that is whole or not at all. */
    private record NameChange(Path directory, Map<Path, @Nullable SimulatedFile> names) {}

    private final SplittableRandom random;
    private final TreeMap<Path, SimulatedFile> names = new TreeMap<>();
    private final TreeMap<Path, SimulatedFile> storedNames = new TreeMap<>();
    private final List<NameChange> pendingNames = new ArrayList<>();
    private final Set<Path> locked = new HashSet<>();
    private final EnumMap<Fault, Long> counts;

    private long capacityBytes = Long.MAX_VALUE;
    private long operations;
    private long failAt = -1;
    private @Nullable Failure failure;
    private boolean failing;
    private boolean off;
    private Runnable beforeReads = () -> {};
    private @Nullable Path unreadable;
    private long unreadableFrom;
    private long unreadableTo;
    private long traceHash = 1;

    /**
     * Creates an empty disk.
     *
     * @param seed decides what power cuts leave
     */
    public SimulatedDisk(long seed) {
        this(new SplittableRandom(seed), new EnumMap<>(Fault.class));
    }

    private SimulatedDisk(SplittableRandom random, EnumMap<Fault, Long> counts) {
        this.random = random;
        this.counts = counts;
    }

    // ------------------------------------------------------------------ what tests do to it

    /**
     * Lets an operation that changes something fail.
     *
     * @param operation which one, counted by {@link #operations} from the creation of this disk
     * @param how in which way
     */
    public synchronized void failAt(long operation, Failure how) {
        failAt = operation;
        failure = how;
        failing = false;
    }

    /** Ends what {@link #failAt} began. */
    public synchronized void heal() {
        failAt = -1;
        failing = false;
        unreadable = null;
    }

    /**
     * Makes a range of a file unreadable.
     *
     * @param file the file
     * @param from first byte, inclusive
     * @param to last byte, exclusive
     */
    public synchronized void failReads(Path file, long from, long to) {
        unreadable = file;
        unreadableFrom = from;
        unreadableTo = to;
    }

    /** Has something happen before each read of a file, as if another thread had been quicker. */
    void beforeReads(Runnable action) {
        beforeReads = action;
    }

    /**
     * Counts an operation of something else that lives on this disk, and lets it fail when its time has come.
     *
     * @return whether the power went while it ran: any part of it may have been done
     */
    synchronized boolean foreign(String kind) throws IOException {
        checkOn();
        boolean cut = operate(kind, FOREIGN, 0, 0);
        off |= cut;
        return cut;
    }

    /** Whether the power is gone. */
    synchronized boolean isOff() {
        return off;
    }

    /**
     * Limits the space.
     *
     * @param bytes of all files together
     */
    public synchronized void capacity(long bytes) {
        capacityBytes = bytes;
    }

    /**
     * How many operations that change something have been asked for.
     *
     * @return the number of the next one
     */
    public synchronized long operations() {
        return operations;
    }

    /**
     * Cuts the power and starts the machine again. This disk and its files fail from now on.
     *
     * @return the disk as it is found, with the counts of this one
     */
    public synchronized SimulatedDisk crash() {
        off = true;
        add(Fault.POWER_CUT);
        SimulatedDisk found = new SimulatedDisk(random.split(), counts);
        found.capacityBytes = capacityBytes;
        found.traceHash = traceHash + 1;
        IdentityHashMap<SimulatedFile, SimulatedFile> files = new IdentityHashMap<>();
        SimulatedFile.Mode[] modes = SimulatedFile.Mode.values();
        SimulatedFile.Mode mode = modes[random.nextInt(modes.length)];
        namesAfterPowerCut(mode).forEach((path, file) -> {
            Path parent = path.getParent();
            if (parent != null && found.isDirectory(parent)) {
                SimulatedFile left = files.computeIfAbsent(file, f -> f.afterPowerCut(mode, random, counts));
                found.names.put(path, left);
                found.storedNames.put(path, left);
            }
        });
        return found;
    }

    private Map<Path, SimulatedFile> namesAfterPowerCut(SimulatedFile.Mode mode) {
        TreeMap<Path, SimulatedFile> left = new TreeMap<>(storedNames);
        int cut = random.nextInt(pendingNames.size() + 1);
        for (int i = 0; i < pendingNames.size(); i++) {
            boolean kept = switch (mode) {
                case ALL_LOST -> false;
                case ALL_KEPT -> true;
                case PREFIX -> i < cut;
                case SUBSET -> random.nextBoolean();
            };
            if (kept) {
                apply(pendingNames.get(i), left);
            } else {
                add(Fault.LOST_NAME);
            }
        }
        return left;
    }

    /**
     * The same disk once more, as programs see it, with nothing left to lose.
     *
     * @param seed decides what power cuts of the copy leave
     * @return an independent disk
     */
    public synchronized SimulatedDisk copy(long seed) {
        SimulatedDisk copy = new SimulatedDisk(seed);
        copy.traceHash = traceHash;
        IdentityHashMap<SimulatedFile, SimulatedFile> files = new IdentityHashMap<>();
        names.forEach((path, file) -> {
            SimulatedFile same = files.computeIfAbsent(file, SimulatedFile::copy);
            copy.names.put(path, same);
            copy.storedNames.put(path, same);
        });
        return copy;
    }

    /**
     * All files.
     *
     * @return their contents by path, sorted
     */
    public synchronized Map<Path, byte[]> files() {
        TreeMap<Path, byte[]> contents = new TreeMap<>();
        names.forEach((path, file) -> {
            if (!file.directory) {
                contents.put(path, file.contents());
            }
        });
        return contents;
    }

    /**
     * One file.
     *
     * @param file the path
     * @return its content
     */
    public synchronized byte[] contents(Path file) {
        return Objects.requireNonNull(names.get(file), file::toString).contents();
    }

    /**
     * Replaces or creates a file behind the back of programs, durably.
     *
     * @param file the path
     * @param content its new content
     */
    public synchronized void put(Path file, byte[] content) {
        SimulatedFile replaced = SimulatedFile.of(content);
        names.put(file, replaced);
        storedNames.put(file, replaced);
    }

    /**
     * Removes a file behind the back of programs, durably.
     *
     * @param file the path
     */
    public synchronized void remove(Path file) {
        names.remove(file);
        storedNames.remove(file);
    }

    /**
     * Flips bits behind the back of programs, durably.
     *
     * @param file the path
     * @param offset the byte
     * @param bits those to flip
     */
    public synchronized void flip(Path file, long offset, int bits) {
        byte[] content = Objects.requireNonNull(names.get(file), file::toString).contents();
        content[(int) offset] ^= (byte) bits;
        put(file, content);
    }

    /**
     * Gives a file a second name, as a backup would.
     *
     * @param name the new name
     * @param file the file
     */
    public synchronized void link(Path name, Path file) {
        SimulatedFile linked = Objects.requireNonNull(names.get(file), file::toString);
        change(name, linked);
    }

    /**
     * How often faults really happened, on this disk and on those it came from by crashes.
     *
     * @param fault the kind
     * @return the count
     */
    public synchronized long count(Fault fault) {
        return counts.getOrDefault(fault, 0L);
    }

    /**
     * A number over all operations so far: their kinds, files, places and bytes.
     *
     * @return equal for equal sequences of operations
     */
    public synchronized long traceHash() {
        return traceHash;
    }

    // ------------------------------------------------------------------ what programs do with it

    @Override
    public synchronized DiskFile open(Path file, Open how) throws IOException {
        checkOn();
        if (how == Open.CREATE) {
            requireParent(file);
            if (names.containsKey(file)) {
                throw new FileAlreadyExistsException(file.toString());
            }
            boolean cut = operate("create", file, 0, 0);
            SimulatedFile created = SimulatedFile.empty();
            change(file, created);
            endOfPower(cut);
            return new Handle(file, created, true);
        }
        SimulatedFile found = names.get(file);
        if (found == null) {
            throw new NoSuchFileException(file.toString());
        }
        if (found.directory) {
            throw new FileSystemException(file.toString(), null, "is a directory");
        }
        return new Handle(file, found, how == Open.WRITE);
    }

    @Override
    public synchronized boolean exists(Path path) {
        return path.equals(path.getRoot()) || names.containsKey(path);
    }

    @Override
    public synchronized List<Path> list(Path directory) throws IOException {
        checkOn();
        requireDirectory(directory);
        List<Path> children = new ArrayList<>();
        for (Path path : names.keySet()) {
            if (directory.equals(path.getParent())) {
                children.add(path);
            }
        }
        return children;
    }

    @Override
    public synchronized void createDirectories(Path directory) throws IOException {
        checkOn();
        if (isDirectory(directory)) {
            return;
        }
        if (names.containsKey(directory)) {
            throw new FileAlreadyExistsException(directory.toString());
        }
        Path parent = directory.getParent();
        if (parent != null) {
            createDirectories(parent);
        }
        boolean cut = operate("mkdir", directory, 0, 0);
        change(directory, SimulatedFile.ofDirectory());
        endOfPower(cut);
    }

    @Override
    public synchronized void rename(Path from, Path to) throws IOException {
        checkOn();
        SimulatedFile file = names.get(from);
        if (file == null) {
            throw new NoSuchFileException(from.toString());
        }
        if (file.directory) {
            throw new FileSystemException(from.toString(), to.toString(), "directories are not renamed here");
        }
        requireParent(to);
        boolean cut = operate("rename", to, from.hashCode(), 0);
        Path parent = Objects.requireNonNull(from.getParent());
        TreeMap<Path, @Nullable SimulatedFile> changes = new TreeMap<>();
        changes.put(from, null);
        if (parent.equals(to.getParent())) {
            changes.put(to, file);
        } else {
            change(to, file);
        }
        change(new NameChange(parent, changes));
        endOfPower(cut);
    }

    @Override
    public synchronized void delete(Path file) throws IOException {
        checkOn();
        SimulatedFile found = names.get(file);
        if (found == null) {
            return;
        }
        if (found.directory && !list(file).isEmpty()) {
            throw new DirectoryNotEmptyException(file.toString());
        }
        boolean cut = operate("delete", file, 0, 0);
        change(file, null);
        endOfPower(cut);
    }

    @Override
    public synchronized void syncDirectory(Path directory) throws IOException {
        checkOn();
        requireDirectory(directory);
        boolean cut = operate("syncdir", directory, 0, 0);
        endOfPower(cut);
        for (NameChange change : List.copyOf(pendingNames)) {
            if (change.directory().equals(directory)) {
                apply(change, storedNames);
                pendingNames.remove(change);
            }
        }
    }

    @Override
    public synchronized int linkCount(Path file) throws IOException {
        checkOn();
        SimulatedFile found = names.get(file);
        if (found == null) {
            throw new NoSuchFileException(file.toString());
        }
        int links = 0;
        for (SimulatedFile other : names.values()) {
            links += other == found ? 1 : 0;
        }
        return links;
    }

    @Override
    public synchronized @Nullable Closeable lock(Path file) throws IOException {
        checkOn();
        if (!names.containsKey(file)) {
            open(file, Open.CREATE).close();
        }
        if (!locked.add(file)) {
            return null;
        }
        AtomicBoolean released = new AtomicBoolean();
        return () -> {
            if (released.compareAndSet(false, true)) {
                unlock(file);
            }
        };
    }

    private synchronized void unlock(Path file) {
        locked.remove(file);
    }

    @Override
    public synchronized long usableBytes(Path directory) throws IOException {
        checkOn();
        return capacityBytes - usedBytes();
    }

    private long usedBytes() {
        long used = 0;
        Set<SimulatedFile> counted = Collections.newSetFromMap(new IdentityHashMap<>());
        for (SimulatedFile file : names.values()) {
            used += counted.add(file) ? file.size() : 0;
        }
        return used;
    }

    private boolean isDirectory(Path path) {
        SimulatedFile found = names.get(path);
        return path.equals(path.getRoot()) || (found != null && found.directory);
    }

    private void requireDirectory(Path path) throws NoSuchFileException {
        if (!isDirectory(path)) {
            throw new NoSuchFileException(path.toString(), null, "no such directory");
        }
    }

    private void requireParent(Path path) throws NoSuchFileException {
        requireDirectory(Objects.requireNonNull(path.getParent(), "paths are absolute"));
    }

    private void change(Path path, @Nullable SimulatedFile file) {
        TreeMap<Path, @Nullable SimulatedFile> changes = new TreeMap<>();
        changes.put(path, file);
        change(new NameChange(Objects.requireNonNull(path.getParent()), changes));
    }

    private void change(NameChange change) {
        apply(change, names);
        pendingNames.add(change);
    }

    private static void apply(NameChange change, Map<Path, SimulatedFile> target) {
        change.names().forEach((path, file) -> {
            if (file == null) {
                target.remove(path);
            } else {
                target.put(path, file);
            }
        });
    }

    private void checkOn() throws PowerCutException {
        if (off) {
            throw new PowerCutException();
        }
    }

    /**
     * Counts an operation that changes something, and lets it fail when its time has come.
     *
     * @return whether the power goes while it runs
     */
    private boolean operate(String kind, Path path, long position, long content) throws IOException {
        trace(kind, path, position, content);
        long number = operations++;
        if (number == failAt) {
            failing = true;
        }
        if (!failing || failure == null) {
            return false;
        }
        switch (failure) {
            case POWER_CUT -> {
                return true;
            }
            case IO_ERROR_ONCE -> failing = false;
            case NO_SPACE_ONCE -> {
                failing = false;
                throw noSpace(path);
            }
            case IO_ERROR_FROM_NOW_ON -> {}
        }
        add(Fault.IO_ERROR);
        throw new FileSystemException(path.toString(), null, "simulated I/O error at " + kind + " " + number);
    }

    private FileSystemException noSpace(Path path) {
        add(Fault.NO_SPACE);
        return new FileSystemException(path.toString(), null, "No space left on device");
    }

    private void endOfPower(boolean cut) throws PowerCutException {
        if (cut) {
            off = true;
            throw new PowerCutException();
        }
    }

    private void add(Fault fault) {
        counts.merge(fault, 1L, Long::sum);
    }

    private void trace(String kind, Path path, long position, long content) {
        long hash = traceHash;
        hash = hash * 31 + kind.hashCode();
        hash = hash * 31 + path.hashCode();
        hash = hash * 31 + position;
        traceHash = hash * 31 + content;
    }

    private static long checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return crc.getValue() << 32 | bytes.length;
    }

    /** An open file. */
    private final class Handle implements DiskFile {

        private final Path path;
        private final SimulatedFile file;
        private final boolean writable;
        private boolean closed;

        Handle(Path path, SimulatedFile file, boolean writable) {
            this.path = path;
            this.file = file;
            this.writable = writable;
        }

        private void checkOpen() throws IOException {
            checkOn();
            if (closed) {
                throw new FileSystemException(path.toString(), null, "the file is closed");
            }
        }

        @Override
        public long size() throws IOException {
            synchronized (SimulatedDisk.this) {
                checkOpen();
                return file.size();
            }
        }

        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            beforeReads.run();
            synchronized (SimulatedDisk.this) {
                checkOpen();
                trace("read", path, position, target.remaining());
                if (unreadable != null
                        && file == names.get(unreadable)
                        && position < unreadableTo
                        && unreadableFrom < position + target.remaining()) {
                    add(Fault.READ_ERROR);
                    throw new FileSystemException(path.toString(), null, "simulated I/O error at read");
                }
                return file.read(position, target);
            }
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            synchronized (SimulatedDisk.this) {
                byte[] bytes = take(position, source);
                boolean cut = operate("write", path, position, checksum(bytes));
                requireSpace(position + bytes.length);
                file.write((int) position, bytes);
                endOfPower(cut);
            }
        }

        @Override
        public void writeDurably(long position, ByteBuffer source) throws IOException {
            synchronized (SimulatedDisk.this) {
                byte[] bytes = take(position, source);
                if (position + bytes.length > file.syncedSize()) {
                    throw new IllegalStateException(path + ": a durable write up to " + (position + bytes.length)
                            + ", but the size that is durable is " + file.syncedSize());
                }
                boolean cut;
                try {
                    cut = operate("writesync", path, position, checksum(bytes));
                } catch (IOException e) {
                    file.writeDoomed((int) position, bytes);
                    throw e;
                }
                if (cut) {
                    file.write((int) position, bytes);
                    endOfPower(true);
                }
                file.writeDurably((int) position, bytes);
            }
        }

        private byte[] take(long position, ByteBuffer source) throws IOException {
            checkOpen();
            if (!writable) {
                throw new FileSystemException(path.toString(), null, "opened for reading only");
            }
            if (position + source.remaining() > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("simulated files are smaller than 2 GiB");
            }
            byte[] bytes = new byte[source.remaining()];
            source.get(bytes);
            return bytes;
        }

        private void requireSpace(long size) throws IOException {
            if (size > file.size() && size - file.size() > capacityBytes - usedBytes()) {
                throw noSpace(path);
            }
        }

        @Override
        public void sync() throws IOException {
            synchronized (SimulatedDisk.this) {
                checkOpen();
                try {
                    endOfPower(operate("sync", path, 0, 0));
                } catch (PowerCutException e) {
                    throw e;
                } catch (IOException e) {
                    file.failSync();
                    throw e;
                }
                file.sync();
            }
        }

        @Override
        public void close() {
            synchronized (SimulatedDisk.this) {
                closed = true;
            }
        }
    }

    @Override
    public synchronized String toString() {
        StringBuilder text = new StringBuilder("simulated disk");
        names.forEach((path, file) -> text.append(System.lineSeparator())
                .append(path)
                .append(file.directory ? "/" : ", " + file.size() + " bytes, " + Arrays.hashCode(file.contents())));
        return text.toString();
    }
}
