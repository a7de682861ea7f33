package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Follows one stream from some offset to its end and checks what arrives: every message once, in order, without a gap,
 * across connections that it cuts itself or loses. It goes on from the last offset it was given. Confined to its thread.
 */
final class WatchReader implements Runnable {

    private static final int TIMEOUT_MILLIS = 30_000;
    private static final int PAUSE_MILLIS = 20;
    private static final int SLOW_RECEIVE_BYTES = 4 * 1024;
    private static final int SLOW_PAUSE_MILLIS = 30;
    private static final int LOOK_EVERY = 32;
    /** A page ends within an append only when it is full; live pages are far larger than this. */
    private static final int SURELY_WHOLE_BYTES = 64 * 1024;

    private static final int GONE = 410;
    private static final Pattern OFFSET = Pattern.compile("\"streamNextOffset\"\\s*:\\s*\"([^\"]+)\"");
    private static final Pattern CLOSED = Pattern.compile("\"streamClosed\"\\s*:\\s*true");

    /** How a reader reads. */
    enum Mode {
        SSE,
        /** Takes its time: the server must neither keep everything for it nor skip anything. */
        SLOW_SSE,
        LONG_POLL
    }

    private final String name;
    private final WatchStream stream;
    private final Mode mode;
    private final int port;
    private final int cutEvery;
    private final Findings findings;
    private final SplittableRandom random;

    private String offset;
    /** The number of the next message, or -1 while it is not known where the stream stood. */
    private int next;

    private boolean closed;
    private boolean broken;
    private long received;
    private long events;
    private int connections;
    private int trimmed;
    private int looks;
    private @Nullable String cursor;

    /**
     * Prepares a reader.
     *
     * @param from where it starts: an offset, {@code -1} or {@code now}
     * @param cutEvery after how many events it cuts the connection, on average; 0 for never
     */
    WatchReader(
            String name,
            WatchStream stream,
            Mode mode,
            String from,
            int cutEvery,
            int port,
            Findings findings,
            long seed) {
        this.name = name;
        this.stream = stream;
        this.mode = mode;
        this.port = port;
        this.cutEvery = cutEvery;
        this.findings = findings;
        this.random = new SplittableRandom(seed);
        this.offset = from;
        Integer known = stream.countAt(from);
        boolean fromFirst = from.equals("-1") && stream.retainedMessages == 0;
        this.next = fromFirst ? 0 : known == null ? -1 : known;
    }

    long received() {
        return received;
    }

    int connections() {
        return connections;
    }

    /** How often it was told that retention had removed what it asked for. */
    int trimmed() {
        return trimmed;
    }

    /** How often it looked whether what it had seen can be read. */
    int looks() {
        return looks;
    }

    boolean finished() {
        return closed;
    }

    /** The number of the message it waits for. */
    int next() {
        return next;
    }

    @Override
    public String toString() {
        return name;
    }

    @Override
    public void run() {
        while (!closed && !broken && !Thread.currentThread().isInterrupted()) {
            try (Http http = new Http(port, TIMEOUT_MILLIS)) {
                if (mode == Mode.SLOW_SSE) {
                    http.receiveBytes(SLOW_RECEIVE_BYTES);
                }
                connections++;
                int left = cutEvery == 0 ? Integer.MAX_VALUE : random.nextInt(1, 2 * cutEvery);
                if (mode == Mode.LONG_POLL) {
                    poll(http, left);
                } else {
                    listen(http, left);
                }
            } catch (IOException e) {
                // Cut: by the server's death, its rule of life, or a slow reader's silence. Go on where we are.
                pause(PAUSE_MILLIS);
            }
        }
    }

    private String query(String live) {
        return "/v1/stream/" + stream.path + "?offset=" + offset + "&live=" + live
                + (cursor == null ? "" : "&cursor=" + cursor);
    }

    private void poll(Http http, int most) throws IOException {
        for (int i = 0; i < most && !closed && !broken; i++) {
            Http.Answer answer = http.send("GET", query("long-poll"), new byte[0]);
            String after = answer.header("stream-next-offset");
            if ((answer.status() != 200 && answer.status() != 204) || after == null) {
                refused(answer.status(), answer.header("stream-earliest-offset"));
                return;
            }
            cursor = answer.header("stream-cursor");
            List<byte[]> messages = answer.status() == 200 ? stream.cut(answer.body()) : List.of();
            take(messages, after);
            closed = "true".equals(answer.header("stream-closed"));
        }
    }

    private void listen(Http http, int most) throws IOException {
        Http.Live live = http.open("GET", query("sse"), new byte[0]);
        if (live.status() != 200) {
            refused(live.status(), live.headers().get("stream-earliest-offset"));
            return;
        }
        boolean base64 = "base64".equals(live.headers().get("stream-sse-data-encoding"));
        BufferedReader lines = new BufferedReader(new InputStreamReader(live.body(), StandardCharsets.UTF_8), 1024);
        List<byte[]> messages = new ArrayList<>();
        int events = 0;
        List<String> data = new ArrayList<>();
        String event = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("event:")) {
                event = line.substring(6).strip();
            } else if (line.startsWith("data:")) {
                data.add(line.substring(5));
            } else if (line.isEmpty() && !event.isEmpty()) {
                if (event.equals("data")) {
                    messages.addAll(stream.cut(bytes(data, base64)));
                } else {
                    control(String.join("\n", data), messages);
                    messages.clear();
                    if (closed || broken || ++events >= most) {
                        return;
                    }
                    if (mode == Mode.SLOW_SSE) {
                        pause(SLOW_PAUSE_MILLIS);
                    }
                }
                event = "";
                data.clear();
            }
        }
    }

    private static byte[] bytes(List<String> data, boolean base64) {
        return base64
                ? Base64.getDecoder().decode(String.join("", data).replaceAll("\\s", ""))
                : String.join("\n", data).getBytes(StandardCharsets.UTF_8);
    }

    private void control(String json, List<byte[]> messages) {
        Matcher after = OFFSET.matcher(json);
        if (!after.find()) {
            findings.add(Kind.INVENTED, name + ": a control event without an offset: " + json);
            broken = true;
            return;
        }
        take(messages, after.group(1));
        closed = CLOSED.matcher(json).find();
    }

    /** Checks the messages before an offset, then counts on that offset. */
    private void take(List<byte[]> messages, String after) {
        for (byte[] message : messages) {
            int number = stream.number(message);
            if (next < 0) {
                next = number;
                kept(number);
            }
            if (number == next && Arrays.equals(message, stream.message(number))) {
                next++;
                received++;
                continue;
            }
            broken = true;
            if (number == next || number < 0) {
                findings.add(Kind.TORN, name + ": message " + next + " arrived as " + shown(message));
            } else if (number < next) {
                findings.add(Kind.DUPLICATED, name + ": message " + number + " again, " + next + " is due");
            } else {
                findings.add(Kind.LOST, name + ": message " + number + " although " + next + " is due");
            }
            return;
        }
        if (after.compareTo(offset) < 0 && !offset.equals("now")) {
            findings.add(Kind.REORDERED, name + ": the offset goes back from " + offset + " to " + after);
            broken = true;
            return;
        }
        int bytes = messages.stream().mapToInt(message -> message.length).sum();
        if (next >= 0 && !messages.isEmpty() && bytes < SURELY_WHOLE_BYTES && !stream.endsAppend(next)) {
            findings.add(Kind.TORN, name + ": " + next + " messages arrived, which is amid an append");
            broken = true;
            return;
        }
        Integer known = stream.countAt(after);
        if (next < 0 && known != null) {
            next = known;
        } else if (next >= 0 && !stream.stands(after, next)) {
            findings.add(
                    Kind.MISPLACED,
                    name + ": " + next + " messages stand before " + after + ", elsewhere it was "
                            + stream.countAt(after));
            broken = true;
        }
        offset = after;
        if (!messages.isEmpty() && ++events % LOOK_EVERY == 0) {
            readable(after);
        }
    }

    /** What arrived live can be read, and so can what was appended in the same step elsewhere. */
    private void readable(String after) {
        looks++;
        readable(stream.path, after);
        if (stream.partner != null) {
            readable(stream.partner, after);
        }
    }

    private void readable(String path, String after) {
        try (Http http = new Http(port, TIMEOUT_MILLIS)) {
            String tail = http.send("HEAD", "/v1/stream/" + path, new byte[0]).header("stream-next-offset");
            if (tail != null && tail.compareTo(after) < 0) {
                findings.add(Kind.INVENTED, name + ": saw up to " + after + " while " + path + " ends at " + tail);
                broken = true;
            }
        } catch (IOException e) {
            // The server is down; asked again later.
        }
    }

    private void refused(int status, @Nullable String earliest) {
        if (status == GONE && earliest != null && stream.retainedMessages > 0) {
            trimmed(earliest);
            return;
        }
        if (status >= 500 || status == 429) {
            pause(PAUSE_MILLIS);
            return;
        }
        findings.add(Kind.REFUSED, name + ": status " + status + " at offset " + offset);
        broken = true;
    }

    /** Goes on at the earliest offset, if what was asked for may be gone at all. */
    private void trimmed(String earliest) {
        trimmed++;
        Integer before = stream.countAt(earliest);
        if (offset.compareTo(earliest) >= 0) {
            findings.add(Kind.LOST, name + ": " + offset + " is said to be gone, but the stream begins at " + earliest);
            broken = true;
        } else if (before != null) {
            kept(before);
        }
        offset = earliest;
        next = before == null ? -1 : before;
    }

    /** What reads from the beginning may find only that many messages gone. */
    private void kept(int gone) {
        boolean fromBeginning = stream.retainedMessages > 0 && (offset.equals("-1") || trimmed > 0);
        if (fromBeginning && gone > 0 && stream.sent() - gone < stream.retainedMessages) {
            findings.add(
                    Kind.LOST,
                    name + ": only " + (stream.sent() - gone) + " messages are kept, " + stream.retainedMessages
                            + " should be");
            broken = true;
        }
    }

    private static String shown(byte[] message) {
        return new String(message, 0, Math.min(message.length, 80), StandardCharsets.ISO_8859_1);
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
