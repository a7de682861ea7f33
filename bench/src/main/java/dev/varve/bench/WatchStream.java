package dev.varve.bench;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    /** So many messages are kept; 0 for all. */
    private static final int EVERYTHING = 0;

    final String path;
    final Kind kind;
    /** How many messages at the tail are never trimmed; 0 when none ever is. */
    final int retainedMessages;
    /** The stream that is written in the same atomic appends with the same messages, or null. */
    final @Nullable String partner;

    private final long seed;
    private final Map<String, Integer> countAt = new ConcurrentHashMap<>();
    private final List<String> offsets = new ArrayList<>();
    private final Set<Integer> appendEnds = ConcurrentHashMap.newKeySet();
    private volatile int count;
    private volatile int sent;

    WatchStream(String path, Kind kind, long seed) {
        this(path, kind, seed, EVERYTHING, null);
    }

    WatchStream(String path, Kind kind, long seed, int retainedMessages, @Nullable String partner) {
        this.path = path;
        this.kind = kind;
        this.seed = seed;
        this.retainedMessages = retainedMessages;
        this.partner = partner;
        appendEnds.add(0);
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

    /** Notes, before it is sent, that an append brings the messages up to that many. */
    void sending(int numbers) {
        appendEnds.add(numbers);
        sent = numbers;
    }

    /** How many messages were sent, acknowledged or not. */
    int sent() {
        return sent;
    }

    /** Whether an append ends after that many messages. */
    boolean endsAppend(int numbers) {
        return appendEnds.contains(numbers);
    }

    /** How many messages are acknowledged. */
    int count() {
        return count;
    }

    void count(int acknowledged) {
        count = acknowledged;
    }
}
