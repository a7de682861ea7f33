package dev.varve.bench.faults;

import dev.varve.bench.Findings.Kind;
import dev.varve.bench.History;
import dev.varve.bench.Http;
import dev.varve.bench.Payloads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One connection that sends one request after the other, tells the oracle before and after each, and looks at every
 * answer: a success, or a problem of a kind that is documented. Confined to one thread.
 */
final class Client implements AutoCloseable {

    private static final Pattern OFFSET = Pattern.compile("\"next_offset\"\\s*:\\s*\"([^\"]+)\"");
    private static final Pattern KIND = Pattern.compile("\"kind\"\\s*:\\s*\"([^\"]+)\"");

    private final Scene scene;
    private final int id;
    private final Http http;
    private final Answers answers;
    private final EventClient events;
    private final Map<String, Boolean> streams = new HashMap<>();
    private final Map<String, Long> sequences = new HashMap<>();
    private int number;

    Client(Scene scene, int id, int firstNumber, int timeoutMillis) {
        this.scene = scene;
        this.id = id;
        this.number = firstNumber;
        this.http = new Http(scene.port(), timeoutMillis);
        this.answers = new Answers(scene);
        this.events = new EventClient(scene, answers, timeoutMillis);
    }

    /** Appends events and makes transactions, over a connection of its own. */
    EventClient events() {
        return events;
    }

    /** The number of the next append. */
    int number() {
        return number;
    }

    /** What was acknowledged so far. */
    List<Answers.Acknowledged> acknowledged() {
        return answers.acknowledged();
    }

    /** How often which problem was answered. */
    Map<String, Integer> problems() {
        return answers.problems();
    }

    /** How many requests got no answer. */
    int unanswered() {
        return answers.unanswered();
    }

    /** Says that a stream is there already. */
    void knows(String stream, boolean json) {
        streams.put(stream, json);
    }

    boolean create(String stream, boolean json, String... headers) throws IOException {
        scene.oracle().record("stream " + stream + " " + (json ? "json" : "bytes"));
        List<String> all = new ArrayList<>(List.of("Content-Type", contentType(json)));
        all.addAll(List.of(headers));
        Http.Answer answer = send("PUT", path(stream), new byte[0], all.toArray(String[]::new));
        if (answer != null && answer.status() == 201) {
            scene.oracle().record("opened " + stream);
            streams.put(stream, json);
            return true;
        }
        return false;
    }

    /** Appends what follows from the next number. */
    boolean append(String stream) throws IOException {
        return append(stream, new String[0]);
    }

    /** Appends as an idempotent producer; the sequence goes on only after an acknowledgement. */
    boolean produce(String stream) throws IOException {
        long sequence = sequences.getOrDefault(stream, 0L);
        boolean done =
                append(stream, "Producer-Id", "faults", "Producer-Epoch", "0", "Producer-Seq", Long.toString(sequence));
        if (done) {
            sequences.put(stream, sequence + 1);
        }
        return done;
    }

    private boolean append(String stream, String... headers) throws IOException {
        Boolean json = streams.get(stream);
        if (json == null) {
            return false;
        }
        int mine = number++;
        scene.oracle().record("sent " + id + " " + mine + " " + stream);
        List<String> all = new ArrayList<>(List.of("Content-Type", contentType(json)));
        all.addAll(List.of(headers));
        byte[] body = Payloads.body(json, scene.payloads().messages(json, id, mine, 0));
        Http.Answer answer = send("POST", path(stream), body, all.toArray(String[]::new));
        String offset = answer == null ? null : answer.header("stream-next-offset");
        return settle(answer, mine, offset == null ? History.NO_OFFSET : offset);
    }

    /** Appends to several streams in one step. */
    boolean appendAll(String... names) throws IOException {
        List<String> known = Arrays.stream(names).filter(streams::containsKey).toList();
        if (known.isEmpty()) {
            return false;
        }
        int mine = number++;
        scene.oracle().record("sent " + id + " " + mine + " " + String.join(",", known));
        List<String> items = new ArrayList<>();
        for (int part = 0; part < known.size(); part++) {
            boolean json = Boolean.TRUE.equals(streams.get(known.get(part)));
            byte[] body = Payloads.body(json, scene.payloads().messages(json, id, mine, part));
            items.add("{\"path\":\"crash/" + known.get(part) + "\",\"content_type\":\"" + contentType(json)
                    + "\",\"data_base64\":\"" + Base64.getEncoder().encodeToString(body) + "\"}");
        }
        byte[] request =
                ("{\"appends\":[" + String.join(",", items) + "]}").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        Http.Answer answer = send("POST", "/v1/streams/append", request, "Content-Type", "application/json");
        List<String> offsets = new ArrayList<>();
        if (answer != null) {
            Matcher matcher = OFFSET.matcher(answer.text());
            while (matcher.find()) {
                offsets.add(matcher.group(1));
            }
        }
        return settle(
                answer,
                mine,
                String.join(
                        ",",
                        offsets.size() == known.size()
                                ? offsets
                                : Collections.nCopies(known.size(), History.NO_OFFSET)));
    }

    private boolean settle(Http.@Nullable Answer answer, int mine, String offsets) throws IOException {
        if (answer == null || answer.status() == 500) {
            return false;
        }
        boolean done = answer.status() < 300;
        scene.oracle().record(done ? "acked " + id + " " + mine + " " + offsets : "refused " + id + " " + mine);
        return done;
    }

    /** Closes a stream. */
    boolean close(String stream) throws IOException {
        if (!streams.containsKey(stream)) {
            return false;
        }
        scene.oracle().record("closing " + stream);
        Http.Answer answer = send("POST", path(stream), new byte[0], "Stream-Closed", "true");
        if (answer == null || answer.status() >= 300) {
            return false;
        }
        scene.oracle().record("closed " + stream);
        return true;
    }

    boolean delete(String stream) throws IOException {
        if (!streams.containsKey(stream)) {
            return false;
        }
        scene.oracle().record("deleting " + stream);
        Http.Answer answer = send("DELETE", path(stream), new byte[0]);
        if (answer == null || answer.status() >= 300) {
            return false;
        }
        scene.oracle().record("deleted " + stream);
        return true;
    }

    /** Puts bytes that nobody looks at again into a stream that nobody checks. */
    boolean ballast(int bytes) throws IOException {
        Http.Answer made = send("PUT", "/v1/stream/ballast", new byte[0], "Content-Type", "application/octet-stream");
        if (made == null || made.status() >= 300) {
            return false;
        }
        Http.Answer answer =
                send("POST", "/v1/stream/ballast", new byte[bytes], "Content-Type", "application/octet-stream");
        return answer != null && answer.status() < 300;
    }

    /** Reads the first page of a stream. Returns whether it came. */
    boolean read(String stream) {
        Http.Answer answer = send("GET", path(stream) + "?offset=-1", new byte[0]);
        return answer != null && answer.status() == 200;
    }

    /** Reads the first pages of the log of events, of a part of it, and an entry. Returns whether all came. */
    boolean readEvents() {
        return Stream.of("log/events", "log/events?tag=writer:0", "all-faces/entries/counted/n0")
                .map(path -> send("GET", "/api/stores/crash/" + path, new byte[0]))
                .allMatch(answer -> answer != null && answer.status() == 200);
    }

    /** The value of one of the server's metrics, or -1. */
    double metric(String name) {
        Http.Answer answer = send("GET", "/metrics", new byte[0]);
        if (answer != null) {
            Matcher matcher = Pattern.compile("(?m)^" + name + " (\\S+)$").matcher(answer.text());
            if (matcher.find()) {
                return Double.parseDouble(matcher.group(1));
            }
        }
        return -1;
    }

    /** Sends a request and looks at the answer; null when none came. */
    Http.@Nullable Answer send(String method, String path, byte[] body, String... headers) {
        double sent = System.currentTimeMillis() / 1_000.0;
        Http.Answer answer;
        try {
            answer = http.send(method, path, body, headers);
        } catch (IOException e) {
            answers.none();
            return null;
        }
        if (answer.status() < 300) {
            if (!method.equals("GET")) {
                answers.good(sent, method + " " + path);
            }
        } else if (answer.status() >= 500) {
            problem(method, path, answer);
        } else {
            scene.wrong(Kind.REFUSED, method + " " + path + " is answered " + answer.status() + " " + answer.text());
        }
        return answer;
    }

    private void problem(String method, String path, Http.Answer answer) {
        Matcher kind = KIND.matcher(answer.text());
        answers.bad(
                method + " " + path,
                answer.status() + " " + (kind.find() ? kind.group(1) : "without a kind"),
                answer.header("retry-after") != null,
                answer.text());
    }

    private static String path(String stream) {
        return "/v1/stream/crash/" + stream;
    }

    private static String contentType(boolean json) {
        return json ? "application/json" : "application/octet-stream";
    }

    @Override
    public void close() {
        http.close();
        events.close();
    }
}
