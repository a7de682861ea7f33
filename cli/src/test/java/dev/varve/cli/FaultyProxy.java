package dev.varve.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.cli.FaultyProxy.Fault.Answer;
import dev.varve.cli.FaultyProxy.Fault.CutAfter;
import dev.varve.cli.FaultyProxy.Fault.CutBefore;
import dev.varve.cli.FaultyProxy.Fault.CutWithin;
import dev.varve.cli.FaultyProxy.Fault.CutWithinAnswer;
import dev.varve.cli.FaultyProxy.Fault.Delay;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Stands between clients and a server, notes what goes through, and does to chosen requests and messages what a test wants. Every
 * request goes to the server by a connection of its own, so that what a client keeps open outlives the server. Thread-safe.
 */
final class FaultyProxy implements AutoCloseable {

    /** The method of a message that a client sends over its socket; its target is what it is called. */
    static final String PUSH = "PUSH";
    /** The method of a message that the server sends. */
    static final String TOLD = "TOLD";

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int CONTINUES = 0x0;
    private static final int TEXT = 0x1;
    private static final int LAST = 0x80;
    private static final int MASKED = 0x80;

    /** A request, or a message of a socket. Header names are in lower case. */
    record Sent(String method, String target, Map<String, String> headers, String body) {

        boolean is(String oneMethod, String targetsEnd) {
            return method.equals(oneMethod) && path().endsWith(targetsEnd);
        }

        /** The target without its query, as it was sent. */
        String path() {
            int query = target.indexOf('?');
            return query < 0 ? target : target.substring(0, query);
        }

        JsonNode json() {
            return JSON.readTree(body);
        }

        /** Of a message, what it says. */
        JsonNode payload() {
            return json().path(4);
        }

        @Override
        public String toString() {
            return method + " " + target + " " + body;
        }
    }

    /** What is done to a request or a message. */
    sealed interface Fault {

        /** Goes through late. */
        record Delay(Duration time) implements Fault {}

        /** The connection is cut, and the other side hears nothing. */
        record CutBefore() implements Fault {}

        /** The connection is cut when half of it has gone through. */
        record CutWithin() implements Fault {}

        /** The connection is cut when the answer stands, of which nothing goes through; something is done in between. */
        record CutAfter(Runnable meanwhile) implements Fault {}

        /** The connection is cut in the middle of the answer. */
        record CutWithinAnswer() implements Fault {}

        /** The proxy answers, and the server hears nothing. To a message the body is the response of an error. */
        record Answer(int status, Map<String, String> headers, String body) implements Fault {}
    }

    private record Rule(Predicate<Sent> chosen, Fault fault, AtomicInteger left) {}

    private final ServerSocket listening;
    private final List<Rule> rules = new CopyOnWriteArrayList<>();
    private final List<Sent> sent = new CopyOnWriteArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger injected = new AtomicInteger();
    private final URI server;

    FaultyProxy(URI server) throws IOException {
        this.server = server;
        this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::accept);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + listening.getLocalPort());
    }

    /** What clients have sent so far, requests and messages. */
    List<Sent> sent() {
        return sent;
    }

    /** Does something to the next one that is chosen. */
    void once(Predicate<Sent> chosen, Fault fault) {
        times(1, chosen, fault);
    }

    /** Does something to the next ones that are chosen. */
    void times(int times, Predicate<Sent> chosen, Fault fault) {
        rules.add(new Rule(chosen, fault, new AtomicInteger(times)));
    }

    /** How often something was done to what went through. */
    int injected() {
        return injected.get();
    }

    /** Cuts what is open, and whatever comes until {@link #mend}. */
    void cut() {
        times(Integer.MAX_VALUE, any -> true, new CutBefore());
        open.forEach(FaultyProxy::close);
    }

    /** From now on all goes through. */
    void mend() {
        rules.clear();
    }

    private @Nullable Fault fault(Sent one) {
        for (Rule rule : rules) {
            if (rule.chosen.test(one) && rule.left.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                injected.incrementAndGet();
                return rule.fault;
            }
        }
        return null;
    }

    // ---- requests

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                open.add(client);
                daemon(() -> serve(client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(Socket client) {
        try (client) {
            InputStream in = new BufferedInputStream(client.getInputStream());
            OutputStream out = client.getOutputStream();
            while (request(client, in, out)) {
                // The next one.
            }
        } catch (IOException e) {
            // One side has gone.
        } finally {
            open.remove(client);
        }
    }

    /** Passes one request on. False when its connection ends with it. */
    private boolean request(Socket client, InputStream in, OutputStream out) throws IOException {
        byte[] head = head(in);
        Map<String, String> headers = headers(head);
        byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        String[] start = firstLine(head).split(" ", -1);
        Sent request = new Sent(start[0], start[1], headers, new String(body, UTF_8));
        sent.add(request);
        Fault fault = fault(request);
        if (fault instanceof Answer answer) {
            out.write(written(answer));
            out.flush();
            return true;
        }
        if (fault instanceof Delay delay) {
            sleep(delay.time);
        } else if (fault instanceof CutBefore) {
            return false;
        }
        try (Socket to = new Socket(server.getHost(), server.getPort())) {
            byte[] whole = joined(head, body);
            to.getOutputStream().write(whole, 0, fault instanceof CutWithin ? whole.length / 2 : whole.length);
            if (fault instanceof CutWithin) {
                return false;
            }
            InputStream from = new BufferedInputStream(to.getInputStream());
            byte[] answerHead = head(from);
            boolean upgraded = firstLine(answerHead).contains(" 101 ");
            byte[] answer = upgraded ? answerHead : joined(answerHead, body(start[0], answerHead, from));
            if (fault instanceof CutAfter after) {
                close(to);
                after.meanwhile.run();
                return false;
            }
            out.write(answer, 0, fault instanceof CutWithinAnswer ? answer.length - 2 : answer.length);
            out.flush();
            if (upgraded && fault == null) {
                new Tunnel(client, to).run(in, from);
            }
            return !upgraded && !(fault instanceof CutWithinAnswer);
        }
    }

    private static byte[] written(Answer answer) {
        StringBuilder head =
                new StringBuilder("HTTP/1.1 ").append(answer.status).append(" \r\n");
        answer.headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        byte[] body = answer.body.getBytes(UTF_8);
        head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
        return joined(head.toString().getBytes(ISO_8859_1), body);
    }

    /** All up to the empty line. */
    private static byte[] head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        for (int last = 0; last != 0x0D0A0D0A; ) {
            int next = read(in);
            head.write(next);
            last = last << 8 | next;
        }
        return head.toByteArray();
    }

    private static String firstLine(byte[] head) {
        String text = new String(head, ISO_8859_1);
        return text.substring(0, text.indexOf("\r\n"));
    }

    private static Map<String, String> headers(byte[] head) {
        Map<String, String> headers = new LinkedHashMap<>();
        new String(head, ISO_8859_1).lines().skip(1).forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        });
        return headers;
    }

    private static byte[] body(String method, byte[] head, InputStream from) throws IOException {
        Map<String, String> headers = headers(head);
        if (method.equals("HEAD")) {
            return new byte[0];
        }
        if (!headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
            return from.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = -1; size != 0; ) {
            StringBuilder line = new StringBuilder();
            while (line.indexOf("\r\n") < 0) {
                line.append((char) read(from));
            }
            size = Integer.parseInt(line.toString().strip(), 16);
            body.write(line.toString().getBytes(ISO_8859_1));
            body.write(from.readNBytes(size + 2));
        }
        return body.toByteArray();
    }

    // ---- sockets

    /** A part of a message, as it stands on the wire. */
    private record Frame(byte[] bytes, int opcode, boolean last, byte[] payload) {

        static Frame read(InputStream in) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            int first = copy(in, bytes);
            int second = copy(in, bytes);
            long length = second & ~MASKED;
            int more = length == 126 ? 2 : length == 127 ? 8 : 0;
            for (int i = 0; i < more; i++) {
                length = (i == 0 ? 0 : length << 8) | copy(in, bytes);
            }
            byte[] mask = (second & MASKED) == 0 ? new byte[4] : in.readNBytes(4);
            if ((second & MASKED) != 0) {
                bytes.write(mask);
            }
            byte[] payload = in.readNBytes((int) length);
            if (payload.length < length) {
                throw new EOFException();
            }
            bytes.write(payload);
            for (int i = 0; i < payload.length; i++) {
                payload[i] ^= mask[i % 4];
            }
            return new Frame(bytes.toByteArray(), first & 0x0F, (first & LAST) != 0, payload);
        }

        private static int copy(InputStream in, ByteArrayOutputStream to) throws IOException {
            int one = FaultyProxy.read(in);
            to.write(one);
            return one;
        }

        /** The message that it is, when it is one. */
        @Nullable Sent message(String method) {
            if (opcode != TEXT || !last) {
                return null;
            }
            String text = new String(payload, UTF_8);
            return new Sent(method, JSON.readTree(text).path(3).asString(), Map.of(), text);
        }

        boolean isText() {
            return opcode == TEXT || opcode == CONTINUES;
        }
    }

    /** A socket that was opened through here. */
    private final class Tunnel {

        private final Socket client;
        private final Socket to;
        /** What is done to the answer of which message. */
        private final Map<String, Fault> answers = new ConcurrentHashMap<>();
        /** Whether the client hears nothing any more. */
        private volatile boolean silent;

        Tunnel(Socket client, Socket to) {
            this.client = client;
            this.to = to;
        }

        void run(InputStream fromClient, InputStream fromServer) throws IOException {
            open.add(to);
            daemon(() -> told(fromServer));
            try {
                while (pushed(Frame.read(fromClient))) {
                    // The next one.
                }
            } finally {
                open.remove(to);
                close(client);
                close(to);
            }
        }

        /** Passes on what the client sends. False when the connection ends with it. */
        private boolean pushed(Frame frame) throws IOException {
            Sent message = frame.message(PUSH);
            Fault fault = null;
            if (message != null) {
                sent.add(message);
                fault = fault(message);
            }
            String ref = message == null ? "" : message.json().path(1).asString();
            if (fault instanceof CutBefore) {
                return false;
            }
            if (fault instanceof Answer answer && message != null) {
                tell(message, answer.body);
                return true;
            }
            if (fault instanceof Delay delay) {
                sleep(delay.time);
            } else if (fault instanceof CutAfter || fault instanceof CutWithinAnswer) {
                answers.put(ref, fault);
                silent |= fault instanceof CutAfter;
            }
            boolean half = fault instanceof CutWithin;
            to.getOutputStream().write(frame.bytes, 0, half ? frame.bytes.length / 2 : frame.bytes.length);
            return !half;
        }

        /** Answers a message itself. */
        private void tell(Sent message, String response) throws IOException {
            String reply = "[" + message.json().path(0) + "," + message.json().path(1) + ","
                    + message.json().path(2) + ",\"phx_reply\",{\"status\":\"error\",\"response\":" + response + "}]";
            byte[] text = reply.getBytes(UTF_8);
            if (text.length > 0xFFFF) {
                throw new IllegalArgumentException("too long: " + reply);
            }
            byte[] head = text.length < 126
                    ? new byte[] {(byte) (LAST | TEXT), (byte) text.length}
                    : new byte[] {(byte) (LAST | TEXT), 126, (byte) (text.length >> 8), (byte) text.length};
            toClient(joined(head, text));
        }

        private synchronized void toClient(byte[] bytes) throws IOException {
            client.getOutputStream().write(bytes);
            client.getOutputStream().flush();
        }

        private void told(InputStream fromServer) {
            try (client;
                    to) {
                for (boolean goesOn = true; goesOn; ) {
                    Frame frame = Frame.read(fromServer);
                    Sent message = frame.message(TOLD);
                    Fault fault = message == null ? null : fault(message);
                    if (fault == null && message != null && message.target.equals("phx_reply")) {
                        fault = answers.get(message.json().path(1).asString());
                    }
                    goesOn = told(frame, fault);
                }
            } catch (IOException e) {
                // One side has gone.
            }
        }

        private boolean told(Frame frame, @Nullable Fault fault) throws IOException {
            if (fault instanceof CutAfter after) {
                close(to);
                after.meanwhile.run();
                return false;
            }
            if (fault instanceof CutBefore) {
                return false;
            }
            boolean half = fault instanceof CutWithin || fault instanceof CutWithinAnswer;
            if (fault instanceof Delay delay) {
                sleep(delay.time);
            }
            if (!silent || !frame.isText()) {
                toClient(half ? Arrays.copyOf(frame.bytes, frame.bytes.length / 2) : frame.bytes);
            }
            return !half;
        }
    }

    // ---- bytes

    private static int read(InputStream in) throws IOException {
        int one = in.read();
        if (one < 0) {
            throw new EOFException();
        }
        return one;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static void sleep(Duration time) {
        try {
            TimeUnit.NANOSECONDS.sleep(time.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone anyway.
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "faulty-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        listening.close();
        open.forEach(FaultyProxy::close);
    }
}
