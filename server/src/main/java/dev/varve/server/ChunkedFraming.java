package dev.varve.server;

import io.netty.buffer.ByteBuf;

/**
 * Finds the data in a chunked body (RFC 9112, section 7.1). Extensions and trailers are read over; every line ends with
 * CR LF. Confined to its connection.
 */
final class ChunkedFraming {

    /** Characters of a chunk's size in hexadecimal: far more than any body may have. */
    private static final int MAX_SIZE_DIGITS = 8;

    /** Characters of one line of framing, extensions included. */
    private static final int MAX_LINE_BYTES = 1024;

    private enum At {
        SIZE,
        DATA,
        DATA_END,
        TRAILER,
        END
    }

    private final int maxTrailerBytes;
    private At at = At.SIZE;
    private long left;
    private int trailerBytes;

    ChunkedFraming(Limits limits) {
        this.maxTrailerBytes = limits.headerBytes;
    }

    /** Whether the body has ended. */
    boolean ended() {
        return at == At.END;
    }

    /**
     * Takes framing out of the bytes, up to data. What is returned must be taken before the next call.
     *
     * @return how many bytes at the reader's index are data; 0 when more must come first or the body has ended
     * @throws HttpProblem when the framing is wrong; the connection cannot be used any more
     */
    int next(ByteBuf in) {
        while (true) {
            switch (at) {
                case DATA -> {
                    int take = (int) Math.min(left, in.readableBytes());
                    left -= take;
                    if (left == 0) {
                        at = At.DATA_END;
                    }
                    return take;
                }
                case DATA_END -> {
                    int length = line(in);
                    if (length < 0) {
                        return 0;
                    }
                    if (length > 0) {
                        throw HttpProblem.framing("a chunk is longer than its size");
                    }
                    in.skipBytes(2);
                    at = At.SIZE;
                }
                case SIZE -> {
                    int length = line(in);
                    if (length < 0) {
                        return 0;
                    }
                    left = size(in, in.readerIndex(), length);
                    in.skipBytes(length + 2);
                    at = left == 0 ? At.TRAILER : At.DATA;
                }
                case TRAILER -> {
                    int length = line(in);
                    if (length < 0) {
                        return 0;
                    }
                    trailerBytes += length + 2;
                    if (trailerBytes > maxTrailerBytes) {
                        throw HttpProblem.framing("the trailers are larger than " + maxTrailerBytes + " bytes");
                    }
                    in.skipBytes(length + 2);
                    if (length == 0) {
                        at = At.END;
                    }
                }
                case END -> {
                    return 0;
                }
            }
        }
    }

    /** The length of the line at the reader's index without its end; -1 while that has not come. */
    private static int line(ByteBuf in) {
        int start = in.readerIndex();
        int lineFeed = in.indexOf(start, start + Math.min(in.readableBytes(), MAX_LINE_BYTES), (byte) '\n');
        if (lineFeed < 0) {
            if (in.readableBytes() >= MAX_LINE_BYTES) {
                throw HttpProblem.framing("a line of a chunked body is longer than " + MAX_LINE_BYTES + " bytes");
            }
            return -1;
        }
        int carriageReturn = in.indexOf(start, lineFeed, (byte) '\r');
        if (carriageReturn != lineFeed - 1) {
            throw HttpProblem.framing("a line of a chunked body does not end with CR LF");
        }
        return carriageReturn - start;
    }

    private static long size(ByteBuf in, int start, int length) {
        long size = 0;
        int digits = 0;
        while (digits < length) {
            int digit = Character.digit(in.getByte(start + digits), 16);
            if (digit < 0) {
                break;
            }
            if (++digits > MAX_SIZE_DIGITS) {
                throw HttpProblem.framing("a chunk's size has more than " + MAX_SIZE_DIGITS + " digits");
            }
            size = size << 4 | digit;
        }
        boolean extensions = digits < length && in.getByte(start + digits) == ';';
        if (digits == 0 || (digits < length && !extensions)) {
            throw HttpProblem.framing("a chunk does not begin with its size in hexadecimal");
        }
        return size;
    }
}
