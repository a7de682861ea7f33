package dev.varve.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * What every append of a run carries. It follows from the run's seed, the writer and the number of the append alone, so
 * nothing has to be kept to know what a stream must hold. Immutable.
 *
 * <p>Bytes: the writer, the number when there is room for it, noise. JSON: an object that names writer and number, or
 * for the smallest just the writer.
 */
public final class Payloads {

    static final int MAX_BYTES = 32 * 1024;

    /** From here on a message of bytes carries its number. */
    static final int NUMBERED_BYTES = 9;

    private static final int SMALLEST_OBJECT = 48;
    private static final byte[] LETTERS =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-".getBytes(StandardCharsets.US_ASCII);

    private final long seed;

    /** The payloads of a run with this seed. */
    public Payloads(long seed) {
        this.seed = seed;
    }

    /** The messages of one part of an append: always one for a stream of bytes, one to five for a JSON stream. */
    public List<byte[]> messages(boolean json, int writer, int number, int part) {
        SplittableRandom random = random(writer, number, part);
        if (!json) {
            return List.of(bytes(random, writer, number));
        }
        int size = size(random);
        if (size < SMALLEST_OBJECT) {
            return List.of(Integer.toString(writer).getBytes(StandardCharsets.US_ASCII));
        }
        int count = random.nextInt(10) == 0 ? random.nextInt(2, 6) : 1;
        return IntStream.range(0, count)
                .mapToObj(index -> object(random, writer, number, index, count, size / count))
                .toList();
    }

    /** The request body that carries these messages. */
    public static byte[] body(boolean json, List<byte[]> messages) {
        if (!json || messages.size() == 1) {
            return messages.getFirst();
        }
        ByteBuffer body = ByteBuffer.allocate(
                messages.stream().mapToInt(message -> message.length + 1).sum() + 1);
        body.put((byte) '[');
        for (byte[] message : messages) {
            body.put(message).put((byte) ',');
        }
        return body.put(body.position() - 1, (byte) ']').array();
    }

    private SplittableRandom random(int writer, int number, int part) {
        long mixed = seed * 0x9e3779b97f4a7c15L + ((long) writer << 40) + ((long) number << 8) + part;
        return new SplittableRandom(mixed);
    }

    private static byte[] bytes(SplittableRandom random, int writer, int number) {
        ByteBuffer message = ByteBuffer.allocate(size(random)).put((byte) writer);
        if (message.capacity() >= NUMBERED_BYTES) {
            message.putLong(number);
        }
        while (message.remaining() >= Long.BYTES) {
            message.putLong(random.nextLong());
        }
        while (message.hasRemaining()) {
            message.put((byte) random.nextInt());
        }
        return message.array();
    }

    private static byte[] object(SplittableRandom random, int writer, int number, int index, int count, int size) {
        byte[] head = ("{\"w\":" + writer + ",\"n\":" + number + ",\"i\":" + index + ",\"of\":" + count + ",\"d\":\"")
                .getBytes(StandardCharsets.US_ASCII);
        ByteBuffer message =
                ByteBuffer.allocate(Math.max(size, head.length + 2)).put(head);
        while (message.remaining() > 2) {
            long noise = random.nextLong();
            for (int i = 0; i < 10 && message.remaining() > 2; i++) {
                message.put(LETTERS[(int) (noise & 63)]);
                noise >>>= 6;
            }
        }
        return message.put((byte) '"').put((byte) '}').array();
    }

    /** Mostly small, as events are; now and then up to 32 KiB. */
    private static int size(SplittableRandom random) {
        double kind = random.nextDouble();
        if (kind < 0.10) {
            return random.nextInt(1, NUMBERED_BYTES);
        } else if (kind < 0.82) {
            return random.nextInt(16, 257);
        } else if (kind < 0.97) {
            return random.nextInt(257, 2_049);
        } else if (kind < 0.995) {
            return random.nextInt(2_049, 8_193);
        }
        return random.nextInt(8_193, MAX_BYTES + 1);
    }
}
