package dev.varve.bench.corrupt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * One thing that happens to the files of a store. Its words ({@link #toString}) are all that is needed to do it again to the
 * same store. Immutable.
 *
 * @param store which of the sample stores
 * @param kind what happens
 * @param file to which file or directory, relative to the data directory
 * @param arguments what the kind needs to know
 */
record Damage(String store, Kind kind, String file, List<String> arguments) {

    /** What can happen. */
    enum Kind {
        /** One bit is another: offset, bit. */
        FLIP,
        /** The file ends early: length. */
        TRUNCATE,
        /** There is more at the end: bytes, seed of their content or 0 for zeros. */
        EXTEND,
        /** A block reads as zeros: offset, length. */
        ZERO,
        /** A block reads as something random: offset, length, seed. */
        NOISE,
        /** Two blocks of the file have changed places: offset, offset, length. */
        SWAP,
        /** A block is there twice, the second time over another: from, to, length. */
        DUPLICATE,
        /** A block of another file was written here: offset, the other file, its offset, length. */
        MISDIRECT,
        /** The file or directory as it was: moment. */
        STALE,
        /** A block as it was, as after a write that never reached the disk: moment, offset, length. */
        STALE_BLOCK,
        /** The file or directory is not there. */
        MISSING,
        /** Something that does not belong there: what to copy there, or nothing for a few bytes. */
        FOREIGN,
        /** The file or directory of the same name in another store. */
        OTHER_STORE,
        /** A directory stands where the file should. */
        DIRECTORY,
        /** The name cannot be opened. */
        UNOPENABLE,
        /** The file may not be read. */
        UNREADABLE,
        /** Nothing happens. */
        NONE;

        static Kind of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
        }

        String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    Damage {
        arguments = List.copyOf(arguments);
    }

    static Damage of(String store, Kind kind, String file, Object... arguments) {
        return new Damage(
                store, kind, file, Arrays.stream(arguments).map(String::valueOf).toList());
    }

    static Damage parse(String words) {
        List<String> parts = new ArrayList<>(Arrays.asList(words.strip().split(" +")));
        if (parts.size() < 3) {
            throw new IllegalArgumentException(
                    "a case is a store, a kind and a file, as in 'killed flip journal/MARK 17 3'");
        }
        return new Damage(parts.get(0), Kind.of(parts.get(1)), parts.get(2), parts.subList(3, parts.size()));
    }

    @Override
    public String toString() {
        String words = store + " " + kind.word() + " " + file;
        return arguments.isEmpty() ? words : words + " " + String.join(" ", arguments);
    }

    private int number(int argument) {
        return Integer.parseInt(arguments.get(argument));
    }

    /** Where in the file it begins, 0 when it is about all of it. */
    int offset() {
        return switch (kind) {
            case FLIP, TRUNCATE, ZERO, NOISE, MISDIRECT -> number(0);
            case SWAP -> Math.min(number(0), number(1));
            case DUPLICATE, STALE_BLOCK -> number(1);
            default -> 0;
        };
    }

    /** Where in the file a stale block ends, exclusive. */
    int end() {
        return offset() + number(2);
    }

    /** Other images, by name. */
    interface Images {
        Image named(String name);
    }

    /** Does it to an image. */
    void applyTo(Image image, Images images) {
        switch (kind) {
            case FLIP -> {
                byte[] bytes = image.bytes(file).clone();
                bytes[number(0)] ^= (byte) (1 << number(1));
                image.change(file, bytes);
            }
            case TRUNCATE -> image.change(file, Arrays.copyOf(image.bytes(file), number(0)));
            case EXTEND -> {
                byte[] before = image.bytes(file);
                byte[] bytes = Arrays.copyOf(before, before.length + number(0));
                if (number(1) != 0) {
                    fill(bytes, before.length, number(0), number(1));
                }
                image.change(file, bytes);
            }
            case ZERO, NOISE -> {
                byte[] bytes = image.bytes(file).clone();
                int end = Math.min(bytes.length, number(0) + number(1));
                if (kind == Kind.ZERO) {
                    Arrays.fill(bytes, number(0), end, (byte) 0);
                } else {
                    fill(bytes, number(0), end - number(0), number(2));
                }
                image.change(file, bytes);
            }
            case SWAP -> {
                byte[] before = image.bytes(file);
                byte[] bytes = before.clone();
                copy(before, number(0), bytes, number(1), number(2));
                copy(before, number(1), bytes, number(0), number(2));
                image.change(file, bytes);
            }
            case DUPLICATE -> {
                byte[] bytes = image.bytes(file).clone();
                copy(image.bytes(file), number(0), bytes, number(1), number(2));
                image.change(file, bytes);
            }
            case MISDIRECT -> {
                byte[] bytes = image.bytes(file).clone();
                copy(image.bytes(arguments.get(1)), number(2), bytes, number(0), number(3));
                image.change(file, bytes);
            }
            case STALE -> {
                image.remove(file);
                image.put(file, images.named(arguments.getFirst()), file);
            }
            case STALE_BLOCK -> {
                byte[] bytes = image.bytes(file).clone();
                copy(images.named(arguments.getFirst()).bytes(file), number(1), bytes, number(1), number(2));
                image.change(file, bytes);
            }
            case OTHER_STORE -> {
                image.remove(file);
                image.put(file, images.named(SampleStore.OTHER), file);
            }
            case MISSING -> image.remove(file);
            case FOREIGN -> {
                if (arguments.isEmpty()) {
                    image.files.put(file, "not one of yours\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
                } else {
                    image.put(file, image.copy(), arguments.getFirst());
                }
            }
            case DIRECTORY -> {
                image.remove(file);
                image.directories.add(file);
            }
            case UNOPENABLE -> {
                image.remove(file);
                image.loops.add(file);
            }
            case UNREADABLE -> image.unreadable.add(file);
            case NONE -> {}
        }
    }

    private static void copy(byte[] source, int from, byte[] target, int to, int length) {
        int bytes = Math.min(length, Math.min(source.length - from, target.length - to));
        System.arraycopy(source, from, target, to, bytes);
    }

    private static void fill(byte[] bytes, int from, int length, long seed) {
        byte[] noise = new byte[length];
        new SplittableRandom(seed).nextBytes(noise);
        System.arraycopy(noise, 0, bytes, from, length);
    }
}
