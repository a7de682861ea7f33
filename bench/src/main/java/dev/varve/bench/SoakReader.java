package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Comes, follows a stream live for some seconds, goes, and compares what it was sent with what a plain read of the same
 * range gives; then comes again for another stream. Confined to its thread.
 */
final class SoakReader implements Runnable {

    private static final int TIMEOUT_MILLIS = 40_000;
    private static final int MOST_SECONDS = 20;
    private static final int PAUSE_MILLIS = 50;
    private static final Pattern OFFSET = Pattern.compile("\"streamNextOffset\"\\s*:\\s*\"([^\"]+)\"");

    private final CrashRun run;
    private final List<StreamSlot> slots;
    private final SplittableRandom random;

    private final AtomicLong visits = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    SoakReader(CrashRun run, List<StreamSlot> slots, long seed) {
        this.run = run;
        this.slots = slots;
        this.random = new SplittableRandom(seed);
    }

    /** How often it followed a stream. */
    long visits() {
        return visits.get();
    }

    /** How much it was sent. */
    long bytes() {
        return bytes.get();
    }

    /** What arrived between two offsets. */
    private static final class Received {
        String from = "";
        String to = "";
        final ByteArrayOutputStream data = new ByteArrayOutputStream();
    }

    @Override
    public void run() {
        while (!run.stopping()) {
            StreamSlot slot = slots.get(random.nextInt(slots.size()));
            String path = run.path(slot.name());
            try (Http http = new Http(run.port(), TIMEOUT_MILLIS)) {
                Received received = new Received();
                received.from = start(http, path);
                received.to = received.from;
                long end = System.nanoTime() + random.nextLong(MOST_SECONDS * 1_000_000_000L);
                if (random.nextBoolean()) {
                    listen(path, slot.json(), received, end);
                } else {
                    poll(http, path, slot.json(), received, end);
                }
                compare(http, path, slot.json(), received);
                visits.incrementAndGet();
                bytes.addAndGet(received.data.size());
            } catch (IOException e) {
                // The stream was deleted while it was followed, or the visit is over: come again.
            }
            try {
                Thread.sleep(random.nextInt(2 * PAUSE_MILLIS));
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** An offset of the stream: its beginning, its tail, or the end of its first page. */
    private String start(Http http, String path) throws IOException {
        String offset = switch (random.nextInt(3)) {
            case 0 -> "0000000000000000_0000000000000000";
            case 1 -> header(http.send("HEAD", path, new byte[0]));
            default -> header(http.send("GET", path + "?offset=-1", new byte[0]));
        };
        return offset;
    }

    private static String header(Http.Answer answer) throws IOException {
        String offset = answer.header("stream-next-offset");
        if (answer.status() != 200 || offset == null) {
            throw new IOException("status " + answer.status());
        }
        return offset;
    }

    private void poll(Http http, String path, boolean json, Received received, long end) throws IOException {
        while (System.nanoTime() < end && !run.stopping()) {
            Http.Answer answer = http.send("GET", path + "?offset=" + received.to + "&live=long-poll", new byte[0]);
            String next = answer.header("stream-next-offset");
            if ((answer.status() != 200 && answer.status() != 204) || next == null) {
                throw new IOException("status " + answer.status());
            }
            if (answer.status() == 200) {
                take(received, json, answer.body());
            }
            received.to = next;
        }
    }

    private void listen(String path, boolean json, Received received, long end) throws IOException {
        try (Http http = new Http(run.port(), TIMEOUT_MILLIS)) {
            Http.Live live = http.open("GET", path + "?offset=" + received.to + "&live=sse", new byte[0]);
            if (live.status() != 200) {
                throw new IOException("status " + live.status());
            }
            boolean base64 = "base64".equals(live.headers().get("stream-sse-data-encoding"));
            BufferedReader lines = new BufferedReader(new InputStreamReader(live.body(), StandardCharsets.UTF_8));
            StringBuilder data = new StringBuilder();
            List<byte[]> events = new ArrayList<>();
            String event = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("event:")) {
                    event = line.substring(6).strip();
                } else if (line.startsWith("data:")) {
                    data.append(line, 5, line.length());
                } else if (line.isEmpty() && event.equals("data")) {
                    events.add(bytes(data.toString(), base64));
                    data.setLength(0);
                } else if (line.isEmpty() && !event.isEmpty()) {
                    Matcher offset = OFFSET.matcher(data.toString());
                    data.setLength(0);
                    if (offset.find()) {
                        for (byte[] one : events) {
                            take(received, json, one);
                        }
                        received.to = offset.group(1);
                    }
                    events.clear();
                    if (System.nanoTime() > end || run.stopping()) {
                        return;
                    }
                }
            }
        }
    }

    private static byte[] bytes(String data, boolean base64) {
        return base64 ? Base64.getDecoder().decode(data.replaceAll("\\s", "")) : data.getBytes(StandardCharsets.UTF_8);
    }

    private static void take(Received received, boolean json, byte[] bytes) {
        if (!json) {
            received.data.writeBytes(bytes);
            return;
        }
        for (byte[] element : Content.elements(bytes)) {
            received.data.writeBytes(element);
            received.data.write('\n');
        }
    }

    /** What was sent live is what stands there. */
    private void compare(Http http, String path, boolean json, Received received) throws IOException {
        Received read = new Received();
        read.to = received.from;
        while (read.to.compareTo(received.to) < 0) {
            Http.Answer answer = http.send("GET", path + "?offset=" + read.to, new byte[0]);
            read.to = header(answer);
            take(read, json, answer.body());
        }
        byte[] expected = read.data.toByteArray();
        byte[] sent = received.data.toByteArray();
        boolean exactly = read.to.equals(received.to); // else the last page holds what came after the visit, too
        if (sent.length > expected.length
                || (exactly && sent.length < expected.length)
                || !Arrays.equals(expected, 0, sent.length, sent, 0, sent.length)) {
            run.findings()
                    .add(
                            Kind.MISPLACED,
                            "a live reader of " + path + " from " + received.from + " to " + received.to + " was sent "
                                    + sent.length + " bytes that differ from the " + expected.length + " read there");
        }
    }
}
