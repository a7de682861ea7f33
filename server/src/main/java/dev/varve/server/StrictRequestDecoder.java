package dev.varve.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.util.ByteProcessor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Netty's decoder, held to RFC 9112 where it is lenient: single spaces in the request line, every line of a head ends
 * with CR LF, no line continues on the next, no NUL, and the lines are counted. Confined to its channel's event loop.
 */
final class StrictRequestDecoder extends HttpRequestDecoder {

    /** Larger than any read, so that a read becomes one piece of body. */
    private static final int MAX_PIECE_BYTES = 1024 * 1024;

    private final HeadScan scan;
    private boolean inHead = true;
    private boolean headStarted;

    StrictRequestDecoder(Limits limits) {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(limits.urlBytes + 64)
                .setMaxHeaderSize(limits.headerBytes)
                .setMaxChunkSize(MAX_PIECE_BYTES)
                .setValidateHeaders(true)
                .setAllowDuplicateContentLengths(false)
                .setStrictLineParsing(true)
                .setUseRfc9112TransferEncoding(true));
        this.scan = new HeadScan(limits.headerLines);
    }

    /** Whether the first bytes of a head have come, but not all. */
    boolean headStarted() {
        return headStarted;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        int first = out.size();
        if (!inHead) {
            super.decode(ctx, in, out);
            if (out.size() > first && out.getLast() instanceof LastHttpContent) {
                inHead = true;
            }
            return;
        }
        int start = in.readerIndex();
        super.decode(ctx, in, out);
        int length = in.readerIndex() - start;
        if (length > 0) {
            in.forEachByte(start, length, scan);
        }
        if (out.size() == first) {
            headStarted |= length > 0 || in.isReadable();
            return;
        }
        headStarted = false;
        if (out.get(first) instanceof HttpRequest request) {
            Throwable violation = scan.finish();
            if (violation != null && request.decoderResult().isSuccess()) {
                request.setDecoderResult(DecoderResult.failure(violation));
            }
        }
        inHead = out.getLast() instanceof LastHttpContent;
    }

    /** Looks at the bytes of a head. Confined to its decoder. */
    private static final class HeadScan implements ByteProcessor {

        private final int maxLines;
        private byte previous = '\n';
        private int lines;
        private boolean requestLineSeen;
        private int spaces;
        private @Nullable Throwable violation;

        HeadScan(int maxLines) {
            this.maxLines = maxLines;
        }

        @Override
        public boolean process(byte value) {
            if (value == '\n') {
                lines++;
                if (previous != '\r') {
                    fail("a line of the head ends without CR");
                }
            } else if (previous == '\r') {
                fail("a CR inside a line of the head");
            } else if (previous == '\n' && (value == ' ' || value == '\t')) {
                fail("a line of the head begins with a space");
            } else if (value == 0) {
                fail("a NUL in the head");
            }
            if (!requestLineSeen) {
                inRequestLine(value);
            }
            previous = value;
            return true;
        }

        /** Three words, one space between each two, and the version in capitals. */
        private void inRequestLine(byte value) {
            if (value == '\n') {
                // Empty lines in front of a request are ignored.
                requestLineSeen = spaces > 0;
            } else if (value == ' ') {
                spaces++;
                if (previous == ' ') {
                    fail("two spaces in the request line");
                }
            } else if (value == '\t') {
                fail("a tab in the request line");
            } else if (previous == ' ' && spaces == 2 && value != 'H') {
                fail("the request line does not end with a version");
            }
        }

        private void fail(String why) {
            if (violation == null) {
                violation = new IllegalArgumentException(why);
            }
        }

        /** What was wrong with the head that just ended, or null; gets ready for the next. */
        @Nullable Throwable finish() {
            Throwable found = violation;
            // The request line and the empty line are no header lines.
            if (found == null && lines > maxLines + 2) {
                found = new TooLongHttpHeaderException("more than " + maxLines + " header lines");
            }
            previous = '\n';
            lines = 0;
            requestLineSeen = false;
            spaces = 0;
            violation = null;
            return found;
        }
    }
}
