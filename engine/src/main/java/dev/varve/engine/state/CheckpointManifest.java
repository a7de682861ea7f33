package dev.varve.engine.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What a checkpoint is: its number, the position it reflects, and every file with size and checksum. Without a manifest
 * that proves itself a directory is no checkpoint. Immutable.
 *
 * @param store whose state this is
 * @param number the checkpoint's number, from 1 on
 * @param replayFrom the journal position the checkpoint reflects
 * @param files what it consists of, by name
 */
record CheckpointManifest(UUID store, long number, long replayFrom, SequencedMap<String, FileEntry> files) {

    /** The manifest's own file name. */
    static final String FILE = "VARVE-CHECKPOINT";

    private static final String KIND = "varve-checkpoint";
    private static final int FORMAT = 1;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

    /**
     * One file.
     *
     * @param bytes its size
     * @param crc32c the checksum of all of it
     */
    record FileEntry(long bytes, int crc32c) {}

    /** Files that are never changed once they are there, and whose parts are checked whenever they are read. */
    static boolean isData(String name) {
        return name.endsWith(".sst") || name.endsWith(ValueFiles.SUFFIX);
    }

    /** Files that are read as a whole when a checkpoint is opened, and checked then. */
    static boolean isSmall(String name) {
        return !isData(name);
    }

    /** The name that the rest of Varve knows the checkpoint by. */
    String name() {
        return Long.toString(number);
    }

    /** How much space the checkpoint's files take. */
    long bytes() {
        return files.values().stream().mapToLong(FileEntry::bytes).sum();
    }

    byte[] toBytes() {
        List<String> lines = new ArrayList<>();
        lines.add(KIND + " " + FORMAT);
        lines.add("store " + store);
        lines.add("number " + number);
        lines.add("replay-from " + replayFrom);
        files.forEach((name, file) -> lines.add("file " + name + " " + file.bytes + " " + Checksums.hex(file.crc32c)));
        return SealedText.seal(lines);
    }

    /**
     * Reads the manifest of a checkpoint.
     *
     * @throws CorruptStateException when it is missing, damaged, or of a newer format
     */
    static CheckpointManifest read(Path checkpoint) throws IOException {
        Path file = checkpoint.resolve(FILE);
        List<String> lines = SealedText.read(file, KIND, FORMAT);
        if (lines.size() < 4) {
            throw new CorruptStateException(file, "has " + lines.size() + " lines, at least 4 are needed");
        }
        SequencedMap<String, FileEntry> files = new LinkedHashMap<>();
        for (String line : lines.subList(4, lines.size())) {
            String[] parts = SealedText.value(file, line, "file").split(" ", -1);
            try {
                if (parts.length != 3 || !NAME.matcher(parts[0]).matches()) {
                    throw new IllegalArgumentException(line);
                }
                files.put(parts[0], new FileEntry(Long.parseLong(parts[1]), HexFormat.fromHexDigits(parts[2])));
            } catch (IllegalArgumentException e) {
                throw new CorruptStateException(
                        file, "has the line '" + line + "' where a file's name, size and checksum must be", e);
            }
        }
        return new CheckpointManifest(
                SealedText.uuid(file, lines.get(1)),
                SealedText.number(file, lines.get(2), "number"),
                SealedText.number(file, lines.get(3), "replay-from"),
                files);
    }

    /**
     * Checks that the files are there, have their sizes, and hold what they should.
     *
     * @param through which files to read through; what is read of data files is checked anyway
     * @param problems takes what is wrong; throws to end the check at the first
     */
    void verify(Path checkpoint, Predicate<String> through, Problems problems) throws IOException {
        for (var entry : files.entrySet()) {
            Path file = checkpoint.resolve(entry.getKey());
            FileEntry expected = entry.getValue();
            try {
                long bytes = Files.size(file);
                if (bytes != expected.bytes) {
                    problems.found(file, "has " + bytes + " bytes, the manifest says " + expected.bytes);
                } else if (through.test(entry.getKey())) {
                    int crc = Checksums.ofFile(file);
                    if (crc != expected.crc32c) {
                        problems.found(
                                file,
                                "is damaged: its CRC32C is " + Checksums.hex(crc) + ", the manifest says "
                                        + Checksums.hex(expected.crc32c));
                    }
                }
            } catch (NoSuchFileException e) {
                problems.found(file, "is missing, the manifest says it has " + expected.bytes + " bytes");
            }
        }
    }

    /** Where what is wrong goes. */
    interface Problems {
        void found(Path file, String what) throws IOException;
    }
}
