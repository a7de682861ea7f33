package dev.varve.server;

import dev.varve.api.ErrorKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request, whose framing can be trusted. A client that sends the same head again and again is given the same object.
 * Confined to its connection.
 */
final class Request {

    /** The value of {@link #contentLength} for a chunked body. */
    static final long CHUNKED = -1;

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

    /** Whether a body may follow that is compressed or encoded in another way. */
    final boolean bodyIsEncoded;

    private final Headers headers;
    private @Nullable Destination destination;
    private @Nullable AppendHead append;
    private @Nullable EntryHead entry;
    private @Nullable StoreTarget store;

    private Request(
            String method, Target target, @Nullable String host, long contentLength, boolean http11, Headers headers) {
        this.method = method;
        this.path = target.path();
        this.query = target.query();
        this.host = host;
        this.contentLength = contentLength;
        this.http11 = http11;
        this.keepAlive = http11 && !headers.hasElement(HeaderName.CONNECTION, "close");
        this.expectsContinue = expectsContinue(headers, http11) && contentLength != 0;
        this.bodyIsEncoded = contentLength != 0 && isEncoded(headers);
        this.headers = headers;
    }

    private static boolean isEncoded(Headers headers) {
        for (String coding : headers.elements(HeaderName.CONTENT_ENCODING)) {
            if (!coding.equalsIgnoreCase("identity")) {
                return true;
            }
        }
        return false;
    }

    private record Target(
            String path, @Nullable String query, @Nullable String authority) {}

    /**
     * Checks what is not a matter of single lines (RFC 9112): target, host, and exactly one way to tell where the body
     * ends.
     *
     * @throws HttpProblem which closes the connection
     */
    static Request of(String method, String uri, boolean http11, Headers headers) {
        Target target = target(uri);
        String host = host(headers, target.authority(), http11);
        return new Request(method, target, host, contentLength(headers, http11), http11, headers);
    }

    private static @Nullable String host(Headers headers, @Nullable String authority, boolean http11) {
        int hosts = headers.count(HeaderName.HOST);
        if (hosts > 1 || (hosts == 0 && http11)) {
            throw HttpProblem.framing("there must be exactly one Host header");
        }
        String host = authority != null ? authority : headers.first(HeaderName.HOST);
        if (host != null && !isHost(host)) {
            throw HttpProblem.framing("the Host header is not a host and port");
        }
        return host;
    }

    private static long contentLength(Headers headers, boolean http11) {
        int lengths = headers.count(HeaderName.CONTENT_LENGTH);
        int codings = headers.count(HeaderName.TRANSFER_ENCODING);
        if (codings > 0) {
            boolean chunked = codings == 1 && "chunked".equalsIgnoreCase(headers.first(HeaderName.TRANSFER_ENCODING));
            if (!chunked || lengths > 0 || !http11) {
                throw HttpProblem.framing(
                        "a body is framed by Content-Length alone or by Transfer-Encoding: chunked alone");
            }
            return CHUNKED;
        }
        String length = headers.first(HeaderName.CONTENT_LENGTH);
        if (length == null) {
            return 0;
        }
        if (lengths > 1 || !isDigits(length) || length.length() > MAX_LENGTH_DIGITS) {
            throw HttpProblem.framing("Content-Length must be one decimal number");
        }
        return Long.parseLong(length);
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

    private static Target target(String uri) {
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

    private static boolean expectsContinue(Headers headers, boolean http11) {
        String expect = headers.first(HeaderName.EXPECT);
        if (expect == null || !http11) {
            return false;
        }
        if (!expect.equalsIgnoreCase("100-continue")) {
            throw new HttpProblem(
                    Problem.withStatus(417, ErrorKind.INVALID_PARAMS, "only Expect: 100-continue is known")
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
        return headers.first(name);
    }

    /**
     * The only value of a header, or null.
     *
     * @throws HttpProblem when the header comes more than once
     */
    @Nullable String single(HeaderName name) {
        String value = headers.first(name);
        if (value != null && headers.count(name) > 1) {
            throw HttpProblem.invalid(name + " must come once");
        }
        return value;
    }

    /** All values of a header. */
    List<String> headers(HeaderName name) {
        return headers.all(name);
    }

    /** As {@link Headers#elements}. */
    List<String> elements(HeaderName name) {
        return headers.elements(name);
    }

    /** As {@link Headers#hasElement}. */
    boolean hasElement(HeaderName name, String word) {
        return headers.hasElement(name, word);
    }

    /** Where the request leads; looked up once. */
    Destination destination(ServerContext server) {
        Destination found = destination;
        if (found == null) {
            found = Destination.of(this, server);
            destination = found;
        }
        return found;
    }

    /**
     * What the head says of an append; read once.
     *
     * @param rest the stream's path as it stands in the URL
     * @throws HttpProblem when the path or a header is not what it should be
     */
    AppendHead append(String rest, Limits limits) {
        AppendHead read = append;
        if (read == null) {
            read = AppendHead.of(this, rest, limits);
            append = read;
        }
        return read;
    }

    /**
     * The store that the URL names, and what follows it; read once.
     *
     * @param rest the path from the organisation on, as it stands in the URL
     * @throws HttpProblem when no store can have the name
     */
    StoreTarget store(String rest) {
        StoreTarget read = store;
        if (read == null) {
            read = StoreTarget.of(rest);
            store = read;
        }
        return read;
    }

    /**
     * What the head says of the change of one entry; read once.
     *
     * @param rest the path from the organisation on, as it stands in the URL
     * @throws EntryProblem when the path or a header is not what it should be
     */
    EntryHead entry(String rest) {
        EntryHead read = entry;
        if (read == null) {
            read = EntryHead.of(this, rest);
            entry = read;
        }
        return read;
    }
}
