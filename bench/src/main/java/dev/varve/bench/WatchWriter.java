package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Appends numbered messages to one stream as an idempotent producer, over crashes, and closes it at the end; to its partner
 * as well, if it has one. Confined to its thread.
 */
final class WatchWriter implements Runnable {

    private static final int TIMEOUT_MILLIS = 30_000;
    private static final int MAX_BATCH = 5;
    private static final int PAUSE_MILLIS = 20;
    private static final Pattern NEXT_OFFSET = Pattern.compile("\"next_offset\":\"([^\"]+)\"");

    private final WatchStream stream;
    private final Findings findings;
    private final BooleanSupplier stopping;
    private final SplittableRandom random;
    private final Http http;
    private final double pausePerAppendMillis;
    private long sequence;

    WatchWriter(
            WatchStream stream,
            int port,
            Findings findings,
            BooleanSupplier stopping,
            long seed,
            int appendsPerSecond) {
        this.stream = stream;
        this.findings = findings;
        this.stopping = stopping;
        this.random = new SplittableRandom(seed);
        this.http = new Http(port, TIMEOUT_MILLIS);
        this.pausePerAppendMillis = 1_000.0 / appendsPerSecond;
    }

    @Override
    public void run() {
        int next = 0;
        double debtMillis = 0;
        try (http) {
            while (!stopping.getAsBoolean()) {
                int batch = stream.kind == WatchStream.Kind.JSON ? random.nextInt(1, MAX_BATCH + 1) : 1;
                if (!append(next, batch)) {
                    return;
                }
                next += batch;
                stream.count(next);
                debtMillis += pausePerAppendMillis * 2 * random.nextDouble();
                if (debtMillis > PAUSE_MILLIS) {
                    Thread.sleep((long) debtMillis);
                    debtMillis = 0;
                }
            }
            send(new byte[0], status -> status == 204, "Stream-Closed", "true");
            if (stream.partner != null) {
                send("/v1/stream/" + stream.partner, new byte[0], status -> status == 204, "Stream-Closed", "true");
            }
        } catch (IOException e) {
            findings.add(Kind.REFUSED, "the writer of " + stream.path + " gave up: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean append(int first, int batch) throws IOException, InterruptedException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int i = 0; i < batch; i++) {
            if (stream.kind == WatchStream.Kind.JSON) {
                body.write(i == 0 ? '[' : ',');
            }
            body.writeBytes(stream.message(first + i));
        }
        if (stream.kind == WatchStream.Kind.JSON) {
            body.write(']');
        }
        stream.sending(first + batch);
        if (stream.partner != null) {
            return appendToBoth(stream.partner, body.toByteArray(), first + batch);
        }
        Http.Answer answer = send(
                body.toByteArray(),
                status -> status == 200 || status == 204,
                "Content-Type",
                stream.kind.contentType,
                "Producer-Id",
                "watch",
                "Producer-Epoch",
                "0",
                "Producer-Seq",
                Long.toString(sequence++));
        String offset = answer.header("stream-next-offset");
        if (answer.status() == 200 && offset != null && !stream.stands(offset, first + batch)) {
            findings.add(
                    Kind.MISPLACED,
                    stream.path + ": the answer to append " + (sequence - 1) + " gives offset " + offset + " for "
                            + (first + batch) + " messages, it was " + stream.countAt(offset));
        }
        return answer.status() < 300;
    }

    /** Appends the same to the stream and its partner in one step. */
    private boolean appendToBoth(String partner, byte[] body, int numbers) throws IOException, InterruptedException {
        String item = "\",\"content_type\":\"" + stream.kind.contentType + "\",\"data_base64\":\""
                + Base64.getEncoder().encodeToString(body)
                + "\",\"producer\":{\"id\":\"watch\",\"epoch\":0,\"seq\":" + sequence++ + "}}";
        String both = "{\"appends\":[{\"path\":\"" + stream.path + item + ",{\"path\":\"" + partner + item + "]}";
        Http.Answer answer = send(
                "/v1/streams/append",
                both.getBytes(StandardCharsets.US_ASCII),
                status -> status == 200,
                "Content-Type",
                "application/json");
        Matcher next = NEXT_OFFSET.matcher(answer.text());
        if (answer.status() == 200 && next.find() && !answer.text().contains("\"duplicate\":true")) {
            if (!stream.stands(next.group(1), numbers)) {
                findings.add(
                        Kind.MISPLACED,
                        stream.path + ": the answer to append " + (sequence - 1) + " gives offset " + next.group(1)
                                + " for " + numbers + " messages, it was " + stream.countAt(next.group(1)));
            }
        }
        return answer.status() < 300;
    }

    private Http.Answer send(byte[] body, IntPredicate right, String... headers)
            throws IOException, InterruptedException {
        return send("/v1/stream/" + stream.path, body, right, headers);
    }

    /** Sends until there is an answer other than a busy one. */
    private Http.Answer send(String target, byte[] body, IntPredicate right, String... headers)
            throws IOException, InterruptedException {
        while (true) {
            try {
                Http.Answer answer = http.send("POST", target, body, headers);
                if (answer.status() < 500 && answer.status() != 429) {
                    if (!right.test(answer.status())) {
                        findings.add(
                                Kind.REFUSED,
                                "append to " + stream.path + ": status " + answer.status() + " " + answer.text());
                    }
                    return answer;
                }
            } catch (IOException e) {
                // The server is down; it comes back.
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }
}
