package dev.varve.server;

import dev.varve.api.ErrorKind;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads heads of requests out of a connection's bytes, as RFC 9112 says and no laxer: single spaces in the request
 * line, every line ends with CR LF, no line continues on the next, names are tokens right before their colon, no
 * control characters in values. Whatever two parties on the way could understand differently is refused. Remembers how
 * far it has looked, so that a head that comes byte by byte is looked at once; and the head before, so that one that comes again is
 * not understood again. Confined to its connection.
 */
final class HeadReader {

    /** The method, the version and the spaces of a request line beside its target. */
    private static final int MAX_REQUEST_LINE_EXTRA = 64;

    /** Clients that stay on their connection mostly send heads that are shorter, and often the same one again. */
    private static final int MAX_REMEMBERED_BYTES = 1024;

    private static final byte[] NO_HEAD = {};
    private static final FastThreadLocal<byte[]> SCRATCH = new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
            return new byte[MAX_REMEMBERED_BYTES];
        }
    };

    private static final String[] METHODS = {"POST", "GET", "PUT", "HEAD", "DELETE", "OPTIONS"};
    private static final byte[] VERSION = {'H', 'T', 'T', 'P', '/'};
    private static final int VERSION_BYTES = 8;
    private static final boolean[] TOKEN = new boolean[256];

    static {
        for (char c = '0'; c <= '9'; c++) {
            TOKEN[c] = true;
        }
        for (char c = 'a'; c <= 'z'; c++) {
            TOKEN[c] = true;
            TOKEN[c - 'a' + 'A'] = true;
        }
        for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
            TOKEN[c] = true;
        }
    }

    private final Limits limits;
    /** Bytes of the head that were looked at. */
    private int scanned;
    /** Where the line begins whose end is looked for. */
    private int lineStart;
    /** Where the request line begins, behind empty lines. */
    private int headStart;
    /** Where the first header line begins; 0 while the request line is not whole. */
    private int headersStart;

    private int lines;

    /** The head before this one, when it was short, as bytes and as it was understood. */
    private byte[] lastHead = NO_HEAD;

    private @Nullable Request last;

    HeadReader(Limits limits) {
        this.limits = limits;
    }

    /**
     * Takes a head out of the bytes.
     *
     * @return the request, or null while its head is not whole; then nothing is taken
     * @throws HttpProblem which closes the connection
     */
    @Nullable Request read(ByteBuf in) {
        if (scanned == 0 && startsWithLast(in)) {
            in.skipBytes(lastHead.length);
            return last;
        }
        int base = in.readerIndex();
        int end = base + in.readableBytes();
        while (true) {
            int lineFeed = in.indexOf(base + scanned, end, (byte) '\n');
            if (lineFeed < 0) {
                scanned = end - base;
                checkLength(scanned);
                return null;
            }
            int next = lineFeed - base + 1;
            scanned = next;
            boolean empty = next - lineStart == 1 || (next - lineStart == 2 && in.getByte(lineFeed - 1) == '\r');
            lineStart = next;
            if (!empty) {
                if (headersStart == 0) {
                    headersStart = next;
                } else {
                    lines++;
                }
                checkLength(next);
            } else if (headersStart == 0) {
                headStart = next; // empty lines in front of a request are ignored
                checkLength(next);
            } else {
                return take(in, next);
            }
        }
    }

    /** Whether the bytes begin with the same head as before. It has an end, so that whatever follows is not part of it. */
    private boolean startsWithLast(ByteBuf in) {
        int length = lastHead.length;
        if (length == 0 || in.readableBytes() < length) {
            return false;
        }
        byte[] begin = SCRATCH.get();
        in.getBytes(in.readerIndex(), begin, 0, length);
        return Arrays.equals(begin, 0, length, lastHead, 0, length);
    }

    /** Forgets the head before, for a connection that will send none for long. */
    void forget() {
        lastHead = NO_HEAD;
        last = null;
    }

    private void checkLength(int length) {
        int requestLine = headersStart == 0 ? length : headersStart;
        if (requestLine > limits.urlBytes + MAX_REQUEST_LINE_EXTRA) {
            throw targetTooLong();
        }
        if (headersStart != 0 && length - headersStart > limits.headerBytes) {
            throw headersTooLarge("the headers are larger than " + limits.headerBytes + " bytes");
        }
        if (lines > limits.headerLines) {
            throw headersTooLarge("there are more than " + limits.headerLines + " header lines");
        }
    }

    private Request take(ByteBuf in, int length) {
        byte[] head = new byte[length - headStart];
        in.skipBytes(headStart);
        in.readBytes(head);
        forget();
        boolean bareLineFeeds = startsWithBareLineFeed(in, length);
        scanned = 0;
        lineStart = 0;
        headStart = 0;
        headersStart = 0;
        lines = 0;
        if (bareLineFeeds) {
            throw malformed("a line of the head ends without CR");
        }
        Request request = parse(head);
        if (head.length <= MAX_REMEMBERED_BYTES) {
            lastHead = head;
            last = request;
        }
        return request;
    }

    /** Whether one of the ignored empty lines was not CR LF. */
    private boolean startsWithBareLineFeed(ByteBuf in, int length) {
        int start = in.readerIndex() - length;
        for (int i = 0; i < headStart; i++) {
            if (in.getByte(start + i) != (i % 2 == 0 ? '\r' : '\n')) {
                return true;
            }
        }
        return false;
    }

    private Request parse(byte[] head) {
        int methodEnd = tokenEnd(head, 0);
        if (methodEnd == 0 || head[methodEnd] != ' ') {
            throw malformed("the request line does not begin with a method and one space");
        }
        int targetStart = methodEnd + 1;
        int targetEnd = targetStart;
        while (head[targetEnd] > ' ' && head[targetEnd] < 0x7f && head[targetEnd] != '#') {
            targetEnd++;
        }
        if (targetEnd == targetStart || head[targetEnd] != ' ') {
            throw malformed("the request target is followed by one space and has no characters that must be encoded");
        }
        int versionStart = targetEnd + 1;
        int version = version(head, versionStart);
        int at = versionStart + VERSION_BYTES;
        if (head[at] != '\r' || head[at + 1] != '\n') {
            throw malformed("the request line does not end with its version and CR LF");
        }
        if (version != 11 && version != 10) {
            throw new HttpProblem(
                    Problem.withStatus(505, ErrorKind.INVALID_PARAMS, "only HTTP/1.1 and HTTP/1.0 are spoken here")
                            .closing());
        }
        if (targetEnd - targetStart > limits.urlBytes) {
            throw targetTooLong();
        }
        Headers headers = new Headers(head);
        at += 2;
        while (head[at] != '\r') {
            at = headerLine(head, at, headers);
        }
        if (head[at + 1] != '\n') {
            throw malformed("a CR inside the head");
        }
        String target = new String(head, targetStart, targetEnd - targetStart, StandardCharsets.US_ASCII);
        return Request.of(method(head, methodEnd), target, version == 11, headers);
    }

    /** Ten times the major version plus the minor. The head always ends with LF, which ends the comparison in time. */
    private static int version(byte[] head, int start) {
        for (int i = 0; i < VERSION.length; i++) {
            if (head[start + i] != VERSION[i]) {
                throw malformed("the request line does not end with a version");
            }
        }
        int major = head[start + 5] - '0';
        int minor = major < 0 || major > 9 || head[start + 6] != '.' ? -1 : head[start + 7] - '0';
        if (minor < 0 || minor > 9) {
            throw malformed("the request line does not end with a version");
        }
        return 10 * major + minor;
    }

    /** Takes one header line and returns where the next begins. */
    private static int headerLine(byte[] head, int start, Headers headers) {
        int nameEnd = tokenEnd(head, start);
        if (nameEnd == start || head[nameEnd] != ':') {
            throw malformed("a header line is a name, a colon and a value");
        }
        int valueStart = nameEnd + 1;
        while (head[valueStart] == ' ' || head[valueStart] == '\t') {
            valueStart++;
        }
        int end = valueStart;
        // Everything from a space on but DEL; bytes above 127 are negative here.
        while (head[end] >= ' ' ? head[end] != 0x7f : head[end] < 0 || head[end] == '\t') {
            end++;
        }
        if (head[end] != '\r' || head[end + 1] != '\n') {
            throw malformed("a header's value has a control character, or its line does not end with CR LF");
        }
        int valueEnd = end;
        while (valueEnd > valueStart && (head[valueEnd - 1] == ' ' || head[valueEnd - 1] == '\t')) {
            valueEnd--;
        }
        headers.add(start, nameEnd - start, valueStart, valueEnd);
        return end + 2;
    }

    private static int tokenEnd(byte[] head, int start) {
        int end = start;
        while (TOKEN[head[end] & 0xff]) {
            end++;
        }
        return end;
    }

    private static String method(byte[] head, int length) {
        for (String known : METHODS) {
            if (known.length() == length && startsWith(head, known)) {
                return known;
            }
        }
        return new String(head, 0, length, StandardCharsets.US_ASCII);
    }

    private static boolean startsWith(byte[] head, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (head[i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static HttpProblem malformed(String why) {
        return HttpProblem.framing(why);
    }

    private static HttpProblem targetTooLong() {
        return new HttpProblem(Problem.withStatus(414, ErrorKind.TOO_LARGE, "the request target is too long")
                .closing());
    }

    private static HttpProblem headersTooLarge(String why) {
        return new HttpProblem(Problem.withStatus(431, ErrorKind.TOO_LARGE, why).closing());
    }
}
