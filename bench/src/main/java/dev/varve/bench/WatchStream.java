package dev.varve.bench;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One stream of numbered messages and what is known of it: which number stands before which offset. What the messages
 * hold follows from the seed. Thread-safe.
 */
final class WatchStream {

    /** What a stream carries; each is sent to readers in its own way. */
    enum Kind {
        JSON("application/json"),
        TEXT("text/plain"),
        BYTES("application/octet-stream");

        final String contentType;

        Kind(String contentType) {
            this.contentType = contentType;
        }
    }

    private static final int MAX_FILLER = 1_500;

    final String path;
    final Kind kind;
    private final long seed;
    private final Map<String, Integer> countAt = new ConcurrentHashMap<>();
    private final List<String> offsets = new ArrayList<>();
    private volatile int count;

    WatchStream(String path, Kind kind, long seed) {
        this.path = path;
        this.kind = kind;
        this.seed = seed;
    }

    /** The message with that number, as it is sent and must arrive. */
    byte[] message(int number) {
        SplittableRandom random = new SplittableRandom(seed * 31 + number);
        StringBuilder message = new StringBuilder();
        message.append(kind == Kind.JSON ? "{\"n\":" : "").append(number).append(kind == Kind.JSON ? ",\"d\":\"" : " ");
        for (int left = random.nextInt(random.nextInt(8) == 0 ? MAX_FILLER : 100); left > 0; left--) {
            message.append((char) ('a' + random.nextInt(26)));
        }
        return message.append(kind == Kind.JSON ? "\"}" : "\n").toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** The number that a message names, or -1. */
    int number(byte[] message) {
        int at = kind == Kind.JSON ? 5 : 0;
        int number = -1;
        while (at < message.length && message[at] >= '0' && message[at] <= '9') {
            number = Math.max(number, 0) * 10 + message[at++] - '0';
        }
        return number;
    }

    /** Cuts data that arrived into messages; what is no whole message comes out as it is. */
    List<byte[]> cut(byte[] data) {
        if (kind == Kind.JSON) {
            return Content.elements(data);
        }
        List<byte[]> messages = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < data.length; i++) {
            if (data[i] == '\n' || i + 1 == data.length) {
                messages.add(java.util.Arrays.copyOfRange(data, start, i + 1));
                start = i + 1;
            }
        }
        return messages;
    }

    /** Notes that the first {@code numbers} messages stand before an offset. Returns false when another offset said so. */
    boolean stands(String offset, int numbers) {
        Integer before = countAt.putIfAbsent(offset, numbers);
        if (before == null) {
            synchronized (offsets) {
                offsets.add(offset);
            }
        }
        return before == null || before == numbers;
    }

    /** How many messages stand before an offset, or null when nobody saw it yet. */
    @Nullable Integer countAt(String offset) {
        return countAt.get(offset);
    }

    /** One of the offsets seen so far, or null. */
    @Nullable String anyOffset(SplittableRandom random) {
        synchronized (offsets) {
            return offsets.isEmpty() ? null : offsets.get(random.nextInt(offsets.size()));
        }
    }

    /** How many messages are acknowledged. */
    int count() {
        return count;
    }

    void count(int acknowledged) {
        count = acknowledged;
    }
}
