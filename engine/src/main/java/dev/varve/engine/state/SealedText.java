package dev.varve.engine.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.engine.io.DiskErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * A small text file that proves itself: lines that each begin with a word, the first naming the kind of file and its
 * format, the last, {@code end}, holding the CRC32C of all bytes before it. Read it with {@code cat}.
 */
final class SealedText {

    /** The largest such file: a manifest of about a million files. */
    private static final long MAX_BYTES = 64 << 20;

    private static final String END = "end ";

    private SealedText() {}

    /** The bytes of a file with these lines. */
    static byte[] seal(List<String> lines) {
        String text = String.join("\n", lines) + "\n";
        return (text + END + Checksums.hex(crc(text)) + "\n").getBytes(UTF_8);
    }

    /**
     * The lines of a file, without the last.
     *
     * @throws CorruptStateException when it is missing, cut short, changed, of another kind, or of a newer format
     */
    static List<String> read(Path file, String kind, int format) throws IOException {
        String all;
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw new CorruptStateException(
                        file, "has " + size + " bytes, " + MAX_BYTES + " is the most there can be");
            }
            all = new String(Files.readAllBytes(file), UTF_8);
        } catch (NoSuchFileException e) {
            throw new CorruptStateException(file, "is missing", e);
        } catch (IOException e) {
            throw DiskErrors.named(file, e);
        }
        int end = all.lastIndexOf('\n', all.length() - 2) + 1;
        String text = all.substring(0, end);
        if (!all.substring(end).equals(END + Checksums.hex(crc(text)) + "\n")) {
            throw new CorruptStateException(
                    file, "is damaged: its last line must be '" + END + "' with the CRC32C of the lines before it");
        }
        List<String> lines = text.lines().toList();
        String first = lines.isEmpty() ? "" : lines.getFirst();
        if (!first.startsWith(kind + " ")) {
            throw new CorruptStateException(file, "begins with '" + first + "', not with '" + kind + "'");
        }
        long found = number(file, first, kind);
        if (found > format) {
            throw new CorruptStateException(
                    file,
                    "has format " + found + " of a newer version of Varve; this one reads formats up to " + format);
        }
        return lines;
    }

    /** The value of a line that must begin with a word. */
    static String value(Path file, String line, String word) throws CorruptStateException {
        if (!line.startsWith(word + " ")) {
            throw new CorruptStateException(file, "has the line '" + line + "' where '" + word + "' must be");
        }
        return line.substring(word.length() + 1);
    }

    /** The number on a line that must begin with a word. */
    static long number(Path file, String line, String word) throws CorruptStateException {
        String value = value(file, line, word);
        try {
            long number = Long.parseLong(value);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new CorruptStateException(file, "has '" + value + "' where the number '" + word + "' must be", e);
        }
        throw new CorruptStateException(file, "has '" + value + "' where the number '" + word + "' must be");
    }

    /** The identity on the line {@code store}. */
    static UUID uuid(Path file, String line) throws CorruptStateException {
        String value = value(file, line, "store");
        try {
            return UUID.fromString(value);
        } catch (IllegalArgumentException e) {
            throw new CorruptStateException(file, "has '" + value + "' where the identity of the store must be", e);
        }
    }

    private static int crc(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(UTF_8));
        return (int) crc.getValue();
    }
}
