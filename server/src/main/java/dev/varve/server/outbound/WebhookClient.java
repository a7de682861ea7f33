package dev.varve.server.outbound;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Sends one POST and reads a short answer.
 *
 * <p>Why not the JDK's HTTP client: it resolves the name again after we have checked the address, and a name server that
 * answers differently the second time would lead us where we must not go. Here the name is resolved once, every address
 * is checked, the connection is made to one of the checked addresses, and the name goes on to serve as what it is: the
 * {@code Host} header, the server name of TLS, and what the certificate is held against. The rest is the least of
 * HTTP/1.1 that a client may speak: one request per connection, no redirects, no compression, no cookies, no proxy.
 *
 * <p>Blocks. Thread-safe.
 */
public final class WebhookClient {

    /** How long one delivery may take from the look-up of the name to the end of the answer. */
    public static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** How many bytes of the answer's body are read. */
    public static final int MAX_ANSWER_BYTES = 4 << 10;

    private static final int MAX_HEAD_BYTES = 16 << 10;
    private static final int MAX_INTERIM_ANSWERS = 4;
    private static final int MAX_ADDRESSES_TRIED = 3;
    private static final int MAX_ADDRESSES = 32;

    /** Looks names up; a parameter so that tests can answer. */
    @FunctionalInterface
    public interface Resolver {

        /**
         * All addresses of a name.
         *
         * @param host a name or a literal
         * @return its addresses, at least one
         * @throws UnknownHostException when there are none
         */
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    /** What came of it. */
    public sealed interface Result {

        /**
         * The receiver answered with success.
         *
         * @param status the HTTP status, 200 to 299
         * @param body the beginning of the answer's body
         */
        record Delivered(int status, byte[] body) implements Result {}

        /**
         * It did not.
         *
         * @param why for people
         * @param status the HTTP status of the receiver's answer, null when there was none
         * @param mayHaveArrived whether the receiver may nevertheless be at work on it
         */
        record Failed(String why, @Nullable Integer status, boolean mayHaveArrived) implements Result {}
    }

    private final WebhookPolicy policy;
    private final Resolver resolver;
    private final Supplier<SSLSocketFactory> tls;
    private final ScheduledExecutorService timer;
    private final Duration timeout;

    /**
     * Creates a client.
     *
     * @param policy where calls may go
     * @param resolver looks names up
     * @param tls makes connections secure; asked at the first https call
     * @param timer closes connections that take too long
     * @param timeout how long one delivery may take, in the server {@link #TIMEOUT}
     */
    public WebhookClient(
            WebhookPolicy policy,
            Resolver resolver,
            Supplier<SSLSocketFactory> tls,
            ScheduledExecutorService timer,
            Duration timeout) {
        this.policy = policy;
        this.resolver = resolver;
        this.tls = tls;
        this.timer = timer;
        this.timeout = timeout;
    }

    /**
     * Sends a JSON body.
     *
     * @param target where to
     * @param body the body
     * @param headers what to send beside the usual, such as signatures: must be ASCII without line ends
     * @return what came of it
     */
    public Result post(WebhookTarget target, byte[] body, Map<String, String> headers) {
        String objection = policy.objection(target);
        if (objection != null) {
            return new Result.Failed(objection, null, false);
        }
        InetAddress[] addresses;
        try {
            addresses = resolver.resolve(target.host());
        } catch (UnknownHostException e) {
            return new Result.Failed("there is no address for " + target.host(), null, false);
        }
        if (addresses.length > MAX_ADDRESSES) {
            return new Result.Failed(target.host() + " has more than " + MAX_ADDRESSES + " addresses", null, false);
        }
        for (InetAddress address : addresses) {
            String refusal = policy.objection(target, address);
            if (refusal != null) {
                return new Result.Failed(refusal, null, false);
            }
        }
        Exchange exchange = new Exchange(target, addresses, body, headers);
        ScheduledFuture<?> alarm = timer.schedule(exchange::abort, timeout.toMillis(), TimeUnit.MILLISECONDS);
        try {
            return exchange.run();
        } finally {
            alarm.cancel(false);
        }
    }

    /** One delivery to addresses that have been checked. Run by one thread; {@link #abort} may come from another. */
    private final class Exchange {

        private final WebhookTarget target;
        private final InetAddress[] addresses;
        private final byte[] body;
        private final Map<String, String> headers;
        private final Object lock = new Object();
        private @Nullable Socket socket;
        private boolean aborted;
        private boolean sending;

        Exchange(WebhookTarget target, InetAddress[] addresses, byte[] body, Map<String, String> headers) {
            this.target = target;
            this.addresses = addresses;
            this.body = body;
            this.headers = headers;
        }

        Result run() {
            try (Socket connection = secure(connect())) {
                sending = true;
                send(connection.getOutputStream());
                return answer(new BufferedInputStream(connection.getInputStream()));
            } catch (IOException e) {
                boolean late = isAborted() || e instanceof SocketTimeoutException;
                String why = late ? "no answer within " + timeout.toMillis() + " ms" : e.toString();
                return new Result.Failed(target.hostAndPort() + ": " + why, null, sending);
            } finally {
                close();
            }
        }

        void abort() {
            synchronized (lock) {
                aborted = true;
            }
            close();
        }

        private boolean isAborted() {
            synchronized (lock) {
                return aborted;
            }
        }

        private void close() {
            Socket toClose;
            synchronized (lock) {
                toClose = socket;
            }
            if (toClose != null) {
                try {
                    toClose.close();
                } catch (IOException e) {
                    // Closing only hastens the end; the other end sees a broken connection either way.
                }
            }
        }

        private Socket connect() throws IOException {
            IOException failure = new IOException("no address");
            for (int i = 0; i < Math.min(addresses.length, MAX_ADDRESSES_TRIED); i++) {
                Socket plain = new Socket(Proxy.NO_PROXY);
                synchronized (lock) {
                    if (aborted) {
                        plain.close();
                        throw failure;
                    }
                    socket = plain;
                }
                try {
                    int timeoutMillis = (int) timeout.toMillis();
                    plain.connect(new InetSocketAddress(addresses[i], target.port()), timeoutMillis);
                    plain.setSoTimeout(timeoutMillis);
                    plain.setTcpNoDelay(true);
                    return plain;
                } catch (IOException e) {
                    plain.close();
                    failure = e;
                }
            }
            throw failure;
        }

        /** The connection itself, or TLS over it to the named host. */
        private Socket secure(Socket plain) throws IOException {
            if (!target.tls()) {
                return plain;
            }
            SSLSocket secured = (SSLSocket) tls.get().createSocket(plain, target.host(), target.port(), true);
            SSLParameters parameters = secured.getSSLParameters();
            parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            secured.setSSLParameters(parameters);
            secured.startHandshake();
            return secured;
        }

        private void send(OutputStream out) throws IOException {
            StringBuilder more = new StringBuilder();
            headers.forEach((name, value) ->
                    more.append(name).append(": ").append(value).append("\r\n"));
            String head = "POST " + target.requestTarget() + " HTTP/1.1\r\n"
                    + "Host: " + target.hostHeader() + "\r\n"
                    + "Content-Type: application/json\r\n"
                    + "Content-Length: " + body.length + "\r\n"
                    + more
                    + "User-Agent: varve\r\n"
                    + "Accept: application/json\r\n"
                    + "Connection: close\r\n\r\n";
            ByteArrayOutputStream request = new ByteArrayOutputStream();
            request.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
            request.writeBytes(body);
            request.writeTo(out);
            out.flush();
        }
    }

    /** Reads an answer: its status, and as much of its body as we are willing to. */
    static Result answer(InputStream in) throws IOException {
        for (int i = 0; i <= MAX_INTERIM_ANSWERS; i++) {
            Head head = new Head(in);
            if (head.status >= 200) {
                return head.status < 300
                        ? new Result.Delivered(head.status, body(in, head))
                        : new Result.Failed("the receiver answered " + head.status, head.status, false);
            }
        }
        throw new IOException("too many interim answers");
    }

    private static final class Head {

        private int left = MAX_HEAD_BYTES;
        final int status;
        long contentLength = -1;
        boolean chunked;

        Head(InputStream in) throws IOException {
            String line = line(in);
            if (!line.matches("HTTP/1\\.[01] [1-5]\\d\\d( .*)?")) {
                throw new IOException("the answer is not HTTP/1.1");
            }
            status = Integer.parseInt(line.substring(9, 12));
            for (line = line(in); !line.isEmpty(); line = line(in)) {
                int colon = line.indexOf(':');
                String name = colon < 0 ? line : line.substring(0, colon).toLowerCase(Locale.ROOT);
                String value = colon < 0 ? "" : line.substring(colon + 1).trim();
                if (name.equals("content-length") && value.matches("\\d{1,18}")) {
                    contentLength = Long.parseLong(value);
                } else if (name.equals("transfer-encoding")) {
                    chunked = value.toLowerCase(Locale.ROOT).endsWith("chunked");
                }
            }
        }

        private String line(InputStream in) throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) {
                    throw new EOFException("the connection ended before the answer did");
                }
                if (--left < 0) {
                    throw new IOException("the head of the answer is longer than " + MAX_HEAD_BYTES + " bytes");
                }
                line.append((char) c);
            }
            int length = line.length();
            if (length > 0 && line.charAt(length - 1) == '\r') {
                line.setLength(length - 1);
            }
            return line.toString();
        }
    }

    /** The body, cut at the bound; what cannot be read of it is left out, because success is already said. */
    private static byte[] body(InputStream in, Head head) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try {
            if (!head.chunked) {
                long length = head.contentLength < 0 ? MAX_ANSWER_BYTES : head.contentLength;
                return in.readNBytes((int) Math.min(length, MAX_ANSWER_BYTES));
            }
            while (body.size() < MAX_ANSWER_BYTES) {
                String size = head.line(in);
                int end = size.indexOf(';');
                int length = Integer.parseInt((end < 0 ? size : size.substring(0, end)).trim(), 16);
                if (length <= 0) {
                    break;
                }
                byte[] chunk = in.readNBytes(Math.min(length, MAX_ANSWER_BYTES - body.size()));
                body.writeBytes(chunk);
                if (chunk.length < length) {
                    break;
                }
                head.line(in);
            }
        } catch (IOException | NumberFormatException e) {
            return body.toByteArray();
        }
        return body.toByteArray();
    }
}
