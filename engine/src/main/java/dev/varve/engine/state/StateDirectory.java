package dev.varve.engine.state;

import dev.varve.engine.io.DiskErrors;
import dev.varve.engine.io.SystemDisk;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileVisitResult;
import java.nio.file.FileVisitor;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files around RocksDB: which checkpoint counts, how a new one comes to count, and the live directory made from it.
 * Confined to the store that opened it; {@link #sizeBytes} may be called from any thread.
 *
 * <p>A checkpoint is a directory with a number for its name, filled under a name that ends in {@code .tmp} and renamed when
 * all of it is synced: the rename is the commit. The identity file says afterwards which checkpoint is the newest, so
 * that its loss is noticed. Files under {@code .tmp} names and in the live directory are what a crash may leave; nothing
 * else is ever repaired or skipped in silence.
 */
final class StateDirectory implements Closeable {

    static final String IDENTITY = "VARVE-STATE";
    static final String LIVE = "live";
    static final String CHECKPOINTS = "checkpoints";

    private static final String LOCK = "LOCK";
    private static final String UNFINISHED = ".tmp";
    private static final String KIND = "varve-state";
    private static final int FORMAT = 1;
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");
    private static final Pattern UNFINISHED_NUMBER = Pattern.compile("([1-9][0-9]{0,17})(\\.tmp)+");

    /** Told of each step of what changes the directory, so that tests can end the world between any two. */
    interface Steps {
        Steps NONE = step -> {};

        void reached(String step) throws IOException;

        /** Told of a failure that changes nothing for the caller. */
        default void failed(IOException e) {}
    }

    private final Path directory;
    private final UUID store;
    private final Steps steps;
    private final FileChannel lock;
    private @Nullable CheckpointManifest newest;
    private long lastNumber;

    private StateDirectory(Path directory, UUID store, Steps steps, FileChannel lock) {
        this.directory = directory;
        this.store = store;
        this.steps = steps;
        this.lock = lock;
    }

    /**
     * Opens or creates the directory, finds the newest checkpoint, checks it, and clears what was left unfinished.
     *
     * @throws CorruptStateException when the newest checkpoint is missing or damaged, or this is no directory of ours
     * @throws IOException when another process uses it, or it cannot be read
     */
    static StateDirectory open(Path directory, UUID store, Steps steps) throws IOException {
        createDirectory(directory);
        FileChannel lock = lock(directory.resolve(LOCK));
        try {
            StateDirectory opened = new StateDirectory(directory, store, steps, lock);
            opened.open();
            return opened;
        } catch (Throwable e) {
            try {
                lock.close();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private void open() throws IOException {
        Path checkpoints = directory.resolve(CHECKPOINTS);
        if (isNew()) {
            writeIdentity(0);
        }
        Identity identity = Identity.read(directory);
        if (!identity.store.equals(store)) {
            throw new CorruptStateException(
                    directory.resolve(IDENTITY),
                    "is the state of store " + identity.store + ", not of " + store + " as expected");
        }
        createDirectory(checkpoints);
        sync(directory);
        long found = 0;
        long before = 0;
        for (String name : names(checkpoints)) {
            if (isComplete(name)) {
                long number = Long.parseLong(name);
                before = Math.max(before, Math.min(found, number));
                found = Math.max(found, number);
            }
            lastNumber = Math.max(lastNumber, numberOf(name));
        }
        if (found < identity.newest) {
            throw new CorruptStateException(
                    checkpoints.resolve(Long.toString(identity.newest)),
                    "is missing, though it is the newest checkpoint; the newest there is "
                            + (found == 0 ? "none" : found));
        }
        if (found > 0) {
            Path path = checkpoints.resolve(Long.toString(found));
            newest = readManifest(path, store);
            newest.verify(path, CheckpointManifest::isSmall, (file, what) -> {
                throw new CorruptStateException(file, what);
            });
        }
        if (found > identity.newest) {
            sync(checkpoints); // the crash came between the rename and the identity's update
            writeIdentity(found);
        }
        abandonCheckpoint();
        if (before > 0) {
            deleteOlderThan(before); // the crash came before the commit had done so
        }
    }

    /** The manifest of a checkpoint, which must be of this store and of the number that the directory is named after. */
    static CheckpointManifest readManifest(Path checkpoint, UUID store) throws IOException {
        CheckpointManifest manifest = CheckpointManifest.read(checkpoint);
        if (!manifest.store().equals(store) || !checkpoint.endsWith(manifest.name())) {
            throw new CorruptStateException(
                    checkpoint.resolve(CheckpointManifest.FILE),
                    "is of checkpoint " + manifest.name() + " of store " + manifest.store() + ", not of store "
                            + store);
        }
        return manifest;
    }

    /** Whether nothing was ever stored here: the identity is written before anything else. */
    private boolean isNew() throws IOException {
        for (String name : names(directory)) {
            if (name.equals(IDENTITY)) {
                return false;
            }
            if (!name.equals(LOCK) && !name.equals(IDENTITY + UNFINISHED)) {
                throw new CorruptStateException(
                        directory.resolve(IDENTITY), "is missing, though the directory holds '" + name + "'");
            }
        }
        return true;
    }

    /**
     * Looks for a damaged table in the newest checkpoint, reading all of them through.
     *
     * @throws CorruptStateException naming the first
     */
    void findDamagedTable() throws IOException {
        CheckpointManifest manifest = newest;
        if (manifest != null) {
            manifest.verify(checkpoint(manifest.number()), name -> name.endsWith(".sst"), (file, what) -> {
                throw new CorruptStateException(file, what);
            });
        }
    }

    /** The last committed checkpoint, or null in a new store. */
    @Nullable CheckpointManifest newest() {
        return newest;
    }

    /**
     * Makes the live directory anew from the newest checkpoint. Data files are linked, since nobody changes them; the
     * others are copied.
     *
     * @return the live directory
     */
    Path prepareLive() throws IOException {
        Path live = directory.resolve(LIVE);
        deleteTree(live);
        steps.reached("live directory deleted");
        Files.createDirectory(live);
        CheckpointManifest from = newest;
        if (from != null) {
            Path checkpoint = checkpoint(from.number());
            for (String name : from.files().keySet()) {
                if (CheckpointManifest.isData(name)) {
                    Files.createLink(live.resolve(name), checkpoint.resolve(name));
                } else {
                    Files.copy(checkpoint.resolve(name), live.resolve(name));
                }
            }
        }
        steps.reached("live directory made");
        return live;
    }

    /** The number of the next checkpoint. It is never given again, whatever becomes of the checkpoint. */
    long beginCheckpoint() {
        return ++lastNumber;
    }

    /** Where to make a checkpoint that does not count yet. The directory does not exist. */
    Path unfinished(long number) {
        return directory.resolve(CHECKPOINTS).resolve(number + UNFINISHED);
    }

    /**
     * Describes what was put into the unfinished directory, syncs it, and lets it count.
     *
     * @param checksums those that need not be taken by reading files, by name
     * @throws CommitUnknownException when it may count or not; nothing more may be committed then
     * @throws IOException when it does not count
     */
    CheckpointManifest commit(long number, long replayFrom, Map<String, Integer> checksums) throws IOException {
        Path checkpoints = directory.resolve(CHECKPOINTS);
        Path unfinished = unfinished(number);
        CheckpointManifest manifest =
                new CheckpointManifest(store, number, replayFrom, describe(unfinished, checksums));
        steps.reached("files described");
        for (String name : manifest.files().keySet()) {
            if (!CheckpointManifest.isData(name)) { // data files were synced when they were made
                sync(unfinished.resolve(name));
            }
        }
        steps.reached("files synced");
        writeAndSync(unfinished.resolve(CheckpointManifest.FILE), manifest.toBytes());
        steps.reached("manifest written");
        sync(unfinished);
        steps.reached("checkpoint synced");
        CheckpointManifest previous = newest;
        try {
            Files.move(unfinished, checkpoint(number), StandardCopyOption.ATOMIC_MOVE);
            steps.reached("checkpoint renamed");
            sync(checkpoints);
            newest = manifest;
            steps.reached("checkpoint counts");
            writeIdentity(number);
            steps.reached("identity written");
        } catch (IOException e) {
            throw new CommitUnknownException(e);
        }
        try {
            deleteOlderThan(previous == null ? number : previous.number());
        } catch (IOException e) {
            steps.failed(e); // the checkpoint counts; the next commit tries again to delete what is left
        }
        return manifest;
    }

    /** The checkpoint may or may not be the newest now; opening the directory again tells. */
    static final class CommitUnknownException extends IOException {
        private static final long serialVersionUID = 1L;

        CommitUnknownException(IOException cause) {
            super(
                    "whether the checkpoint counts is unknown until the state is opened again: " + cause.getMessage(),
                    cause);
        }
    }

    /** Deletes what does not count. */
    void abandonCheckpoint() throws IOException {
        Path checkpoints = directory.resolve(CHECKPOINTS);
        for (String name : names(checkpoints)) {
            if (name.endsWith(UNFINISHED)) {
                deleteTree(checkpoints.resolve(name));
            }
        }
    }

    private SequencedMap<String, CheckpointManifest.FileEntry> describe(Path checkpoint, Map<String, Integer> checksums)
            throws IOException {
        CheckpointManifest before = newest;
        SequencedMap<String, CheckpointManifest.FileEntry> files = new LinkedHashMap<>();
        for (String name : names(checkpoint)) {
            Path file = checkpoint.resolve(name);
            long bytes = Files.size(file);
            CheckpointManifest.FileEntry known =
                    before == null ? null : before.files().get(name);
            // A data file of the same name is the same file: the live directory came from the newest checkpoint, and
            // each number is given once.
            boolean same = known != null && known.bytes() == bytes && CheckpointManifest.isData(name);
            if (!same) {
                Integer checksum = checksums.get(name);
                known = new CheckpointManifest.FileEntry(bytes, checksum == null ? Checksums.ofFile(file) : checksum);
            }
            files.put(name, known);
        }
        return files;
    }

    private void deleteOlderThan(long number) throws IOException {
        Path checkpoints = directory.resolve(CHECKPOINTS);
        for (String name : names(checkpoints)) {
            if (isComplete(name) && Long.parseLong(name) < number) {
                // Under its number it must be whole, so it gets another name first.
                Path doomed = checkpoints.resolve(name + UNFINISHED);
                Files.move(checkpoints.resolve(name), doomed, StandardCopyOption.ATOMIC_MOVE);
                steps.reached("older checkpoint renamed");
            }
        }
        abandonCheckpoint();
        steps.reached("older checkpoints deleted");
    }

    private Path checkpoint(long number) {
        return directory.resolve(CHECKPOINTS).resolve(Long.toString(number));
    }

    /** Whether a name among the checkpoints is that of a complete one. */
    static boolean isComplete(String name) {
        return NUMBER.matcher(name).matches();
    }

    private static long numberOf(String name) {
        var unfinished = UNFINISHED_NUMBER.matcher(name);
        return isComplete(name) ? Long.parseLong(name) : unfinished.matches() ? Long.parseLong(unfinished.group(1)) : 0;
    }

    /**
     * What the identity file says.
     *
     * @param store whose state this is
     * @param newest the number of the newest checkpoint, 0 before the first
     */
    record Identity(UUID store, long newest) {

        static Identity read(Path directory) throws IOException {
            Path file = directory.resolve(IDENTITY);
            List<String> lines = SealedText.read(file, KIND, FORMAT);
            if (lines.size() != 3) {
                throw new CorruptStateException(file, "has " + lines.size() + " lines, 3 are needed");
            }
            return new Identity(SealedText.uuid(file, lines.get(1)), SealedText.number(file, lines.get(2), "newest"));
        }
    }

    private void writeIdentity(long number) throws IOException {
        Path unfinished = directory.resolve(IDENTITY + UNFINISHED);
        writeAndSync(unfinished, SealedText.seal(List.of(KIND + " " + FORMAT, "store " + store, "newest " + number)));
        steps.reached("new identity synced");
        Files.move(
                unfinished,
                directory.resolve(IDENTITY),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        sync(directory);
    }

    /** The space of all files, each counted once however many directories it is linked into. */
    long sizeBytes() {
        Set<Object> seen = new HashSet<>();
        long[] bytes = {0};
        FileVisitor<Path> sum = new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                Object key = attributes.fileKey();
                if (key == null || seen.add(key)) {
                    bytes[0] += attributes.size();
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                return FileVisitResult.CONTINUE; // it was deleted meanwhile
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e) {
                return FileVisitResult.CONTINUE;
            }
        };
        try {
            Files.walkFileTree(directory, sum);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // the visitor itself throws none
        }
        return bytes[0];
    }

    /** Gives the directory free. */
    @Override
    public void close() throws IOException {
        lock.close();
    }

    private static FileChannel lock(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock held = channel.tryLock();
            if (held != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new IOException(file.getParent() + " is open in this process already", e);
        }
        channel.close();
        throw new IOException(file.getParent() + " is in use by another process");
    }

    private static void createDirectory(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory);
            Path parent = directory.toAbsolutePath().getParent();
            if (parent != null) {
                sync(parent);
            }
        }
    }

    /** The names in a directory, sorted. */
    static List<String> names(Path directory) throws IOException {
        return new SystemDisk()
                .list(directory).stream()
                        .map(entry -> entry.getFileName().toString())
                        .sorted()
                        .toList();
    }

    private static void writeAndSync(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        } catch (IOException e) {
            throw DiskErrors.named(file, e);
        }
    }

    /** Makes a file's bytes or a directory's names durable. */
    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            throw DiskErrors.named(path, e);
        }
    }

    private static void deleteTree(Path root) throws IOException {
        try {
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e) throws IOException {
                    if (e != null) {
                        throw e;
                    }
                    Files.delete(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (NoSuchFileException e) {
            if (Files.exists(root)) {
                throw e;
            }
        }
    }
}
