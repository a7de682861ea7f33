package dev.varve.server;

import dev.varve.api.ErrorKind;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One request whose framing can be trusted. Confined to its connection. */
final class Request {

    /** The value of {@link #contentLength} for a chunked body. */
    static final long CHUNKED = -1;

    private static final byte[] NO_BODY = {};
    private static final int MAX_LENGTH_DIGITS = 18;

    /** The method, as sent. */
    final String method;

    /** The path of the target, not decoded; starts with a slash, or is {@code *}. */
    final String path;

    /** What follows the question mark, not decoded; null when there is none. */
    final @Nullable String query;

    /** The header {@code Host}, or the authority of an absolute target; null only in HTTP/1.0. */
    final @Nullable String host;

    /** Bytes of the body, or {@link #CHUNKED}. */
    final long contentLength;

    /** Whether the client wants to use the connection again. */
    final boolean keepAlive;

    /** Whether chunked answers are understood. */
    final boolean http11;

    /** Whether the client waits before it sends the body. */
    final boolean expectsContinue;

    private final HttpHeaders headers;
    private byte[] body = NO_BODY;

    private Request(HttpRequest message, Target target, @Nullable String host, long contentLength, boolean expects) {
        this.method = message.method().name();
        this.path = target.path();
        this.query = target.query();
        this.host = host;
        this.contentLength = contentLength;
        this.http11 = message.protocolVersion().equals(HttpVersion.HTTP_1_1);
        this.keepAlive = http11 && HttpUtil.isKeepAlive(message);
        this.expectsContinue = expects;
        this.headers = message.headers();
    }

    private record Target(
            String path, @Nullable String query, @Nullable String authority) {}

    /**
     * Checks what the decoder leaves open (RFC 9112): version, target, host, and exactly one way to tell where the body
     * ends.
     *
     * @throws HttpProblem which closes the connection
     */
    static Request of(HttpRequest message, Limits limits) {
        if (message.decoderResult().isFailure()) {
            throw undecodable(message.decoderResult().cause());
        }
        HttpVersion version = message.protocolVersion();
        boolean http11 = version.equals(HttpVersion.HTTP_1_1);
        if (!http11 && !version.equals(HttpVersion.HTTP_1_0)) {
            throw new HttpProblem(
                    Problem.withStatus(505, ErrorKind.INVALID_REQUEST, "only HTTP/1.1 and HTTP/1.0 are spoken here")
                            .closing());
        }
        if (message.uri().length() > limits.urlBytes) {
            throw targetTooLong();
        }
        Target target = target(message.uri());
        Framing framing = new Framing(message.headers());
        String host = framing.host(target.authority(), http11);
        long contentLength = framing.contentLength(http11);
        boolean expects = expectsContinue(message.headers(), http11) && contentLength != 0;
        return new Request(message, target, host, contentLength, expects);
    }

    /** The headers on which it depends where a request ends and whom it is for, found in one pass. */
    private static final class Framing {
        private int hosts;
        private int lengths;
        private int codings;
        private CharSequence host = "";
        private CharSequence length = "";
        private CharSequence coding = "";

        Framing(HttpHeaders headers) {
            for (Iterator<Map.Entry<CharSequence, CharSequence>> all = headers.iteratorCharSequence();
                    all.hasNext(); ) {
                Map.Entry<CharSequence, CharSequence> header = all.next();
                CharSequence name = header.getKey();
                switch (name.length()) {
                    case 4 -> {
                        if (AsciiString.contentEqualsIgnoreCase(name, HeaderName.HOST.name)) {
                            hosts++;
                            host = header.getValue();
                        }
                    }
                    case 14 -> {
                        if (AsciiString.contentEqualsIgnoreCase(name, HeaderName.CONTENT_LENGTH.name)) {
                            lengths++;
                            length = header.getValue();
                        }
                    }
                    case 17 -> {
                        if (AsciiString.contentEqualsIgnoreCase(name, HeaderName.TRANSFER_ENCODING.name)) {
                            codings++;
                            coding = header.getValue();
                        }
                    }
                    default -> {}
                }
            }
        }

        @Nullable String host(@Nullable String authority, boolean http11) {
            if (hosts > 1 || (hosts == 0 && http11)) {
                throw HttpProblem.framing("there must be exactly one Host header");
            }
            String named = authority != null ? authority : hosts == 0 ? null : host.toString();
            if (named != null && !isHost(named)) {
                throw HttpProblem.framing("the Host header is not a host and port");
            }
            return named;
        }

        long contentLength(boolean http11) {
            if (codings > 0) {
                boolean chunked = codings == 1 && AsciiString.contentEqualsIgnoreCase(coding, "chunked");
                if (!chunked || lengths > 0 || !http11) {
                    throw HttpProblem.framing(
                            "a body is framed by Content-Length alone or by Transfer-Encoding: chunked alone");
                }
                return CHUNKED;
            }
            if (lengths == 0) {
                return 0;
            }
            String text = length.toString();
            if (lengths > 1 || !isDigits(text) || text.length() > MAX_LENGTH_DIGITS) {
                throw HttpProblem.framing("Content-Length must be one decimal number");
            }
            return Long.parseLong(text);
        }
    }

    private static boolean isHost(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean fits = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || ".-_~:[]%!$&'()*+;=".indexOf(c) >= 0;
            if (!fits) {
                return false;
            }
        }
        return true;
    }

    private static HttpProblem undecodable(Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return targetTooLong();
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return new HttpProblem(Problem.withStatus(431, ErrorKind.TOO_LARGE, "the headers are too large")
                    .closing());
        }
        if (cause instanceof TooLongFrameException) {
            return new HttpProblem(
                    Problem.of(ErrorKind.TOO_LARGE, "the request is too large").closing());
        }
        return HttpProblem.framing("the request is not valid HTTP/1.1");
    }

    private static HttpProblem targetTooLong() {
        return new HttpProblem(Problem.withStatus(414, ErrorKind.TOO_LARGE, "the request target is too long")
                .closing());
    }

    private static Target target(String uri) {
        for (int i = 0; i < uri.length(); i++) {
            char c = uri.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '#') {
                throw HttpProblem.framing("the request target has a character that must be percent-encoded");
            }
        }
        String rest = uri;
        String authority = null;
        if (!uri.startsWith("/") && !uri.equals("*")) {
            int start = uri.startsWith("http://") ? 7 : uri.startsWith("https://") ? 8 : 0;
            if (start == 0) {
                throw HttpProblem.framing("the request target must start with a slash");
            }
            int end = start;
            while (end < uri.length() && uri.charAt(end) != '/' && uri.charAt(end) != '?') {
                end++;
            }
            authority = uri.substring(start, end);
            rest = end == uri.length() || uri.charAt(end) == '?' ? "/" + uri.substring(end) : uri.substring(end);
        }
        int question = rest.indexOf('?');
        return question < 0
                ? new Target(rest, null, authority)
                : new Target(rest.substring(0, question), rest.substring(question + 1), authority);
    }

    private static boolean expectsContinue(HttpHeaders headers, boolean http11) {
        String expect = headers.get(HeaderName.EXPECT.name);
        if (expect == null || !http11) {
            return false;
        }
        if (!expect.equalsIgnoreCase("100-continue")) {
            throw new HttpProblem(
                    Problem.withStatus(417, ErrorKind.INVALID_REQUEST, "only Expect: 100-continue is known")
                            .closing());
        }
        return true;
    }

    static boolean isDigits(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return false;
            }
        }
        return !text.isEmpty();
    }

    boolean isHead() {
        return method.equals("HEAD");
    }

    /** The first value of a header, or null. */
    @Nullable String header(HeaderName name) {
        return headers.get(name.name);
    }

    /**
     * The only value of a header, or null.
     *
     * @throws HttpProblem when the header comes more than once
     */
    @Nullable String single(HeaderName name) {
        String value = headers.get(name.name);
        if (value != null && headers.getAll(name.name).size() > 1) {
            throw HttpProblem.invalid(name + " must come once");
        }
        return value;
    }

    /** All values of a header. */
    List<String> headers(HeaderName name) {
        return headers.getAll(name.name);
    }

    byte[] body() {
        return body;
    }

    void body(byte[] bytes) {
        this.body = bytes;
    }
}
