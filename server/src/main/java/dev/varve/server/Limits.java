package dev.varve.server;

import java.time.Duration;

/**
 * The bounds of a server. Every one has a named default and can be set before the server is built. Confined to the
 * thread that builds the server, which takes a copy.
 */
public final class Limits {

    /** Bytes of all header lines of one request. */
    public static final int HEADER_BYTES = 16 * 1024;

    /** Header lines of one request. */
    public static final int HEADER_LINES = 100;

    /** Bytes of a request target. */
    public static final int URL_BYTES = 8 * 1024;

    /** Bytes of a stream's path, decoded. */
    public static final int PATH_BYTES = 1024;

    /** Segments of a stream's path. */
    public static final int PATH_SEGMENTS = 32;

    /** Bytes of a request body. */
    public static final int BODY_BYTES = 16 * 1024 * 1024;

    /** Bytes of a file that is stored by a request. They are never in memory as a whole. */
    public static final int FILE_BYTES = 64 * 1024 * 1024;

    /** How many bytes one catch-up answer holds at most, but for a single message. */
    public static final int PAGE_BYTES = 8 * 1024 * 1024;

    /** The same of answers that are made on the heap: to long-polls, compressed, or from a storage without parts. */
    public static final int HEAP_PAGE_BYTES = 1024 * 1024;

    /** About how many bytes one server-sent data event holds, before its encoding. */
    public static final int LIVE_PAGE_BYTES = 256 * 1024;

    /** Bytes that may wait for the socket of one connection before nothing more is produced for it. */
    public static final int OUTBOUND_BYTES = 256 * 1024;

    /** Connections at one time. */
    public static final int CONNECTIONS = 10_000;

    /** Request bodies in memory at one time, in parts of the heap: a quarter. */
    public static final int BODY_SHARE_OF_HEAP = 4;

    /** How long a connection may idle between two requests, from when the socket has taken the answer to the first. */
    public static final Duration IDLE = Duration.ofSeconds(60);

    /** How long the head of a request may take, and the first one after connecting. */
    public static final Duration HEADER_TIMEOUT = Duration.ofSeconds(10);

    /** How long a body may take before its rate is looked at. */
    public static final Duration BODY_GRACE = Duration.ofSeconds(5);

    /** The rate below which a body is given up after the grace. */
    public static final int BODY_BYTES_PER_SECOND = 1024;

    /** How long a socket may take nothing of what waits for it. */
    public static final Duration WRITE_STALL = Duration.ofSeconds(10);

    /** The same of one that pages wait for, while others are refused because pages take all the memory there is for them. */
    public static final Duration WRITE_STALL_WHEN_SHORT = Duration.ofSeconds(2);

    /**
     * How long a client may leave its side open after its last answer, or go on sending what will not be read, so that it sees the
     * answer; from when the socket has taken that.
     */
    public static final Duration LINGER = Duration.ofSeconds(5);

    /** How long closing waits for requests under way. */
    public static final Duration DRAIN = Duration.ofSeconds(20);

    /** Bytes of one WebSocket message, of a fragment of one too, and of a snapshot that is sent as one message. */
    public static final int SOCKET_MESSAGE_BYTES = 8 * 1024 * 1024;

    /** The least that {@link #SOCKET_MESSAGE_BYTES} can be set to. */
    public static final int MIN_SOCKET_MESSAGE_BYTES = 64 * 1024;

    /** How long a WebSocket may be silent, answers to pings included, before it is taken for dead. */
    public static final Duration SOCKET_IDLE = Duration.ofSeconds(60);

    /** Stores that one WebSocket may have joined at one time. */
    public static final int SOCKET_CHANNELS = 256;

    /** Requests of one token in a minute that only read; 0 for as many as it likes. */
    public static final int READS_PER_MINUTE = 600_000;

    /** All other requests of one token in a minute, messages on WebSockets that write among them; 0 for as many as it likes. */
    public static final int WRITES_PER_MINUTE = 600_000;

    int headerBytes = HEADER_BYTES;
    int headerLines = HEADER_LINES;
    int urlBytes = URL_BYTES;
    int pathBytes = PATH_BYTES;
    int pathSegments = PATH_SEGMENTS;
    int bodyBytes = BODY_BYTES;
    int fileBytes = FILE_BYTES;
    int pageBytes = PAGE_BYTES;
    int livePageBytes = LIVE_PAGE_BYTES;
    int outboundBytes = OUTBOUND_BYTES;
    int connections = CONNECTIONS;
    long inFlightBodyBytes =
            Math.max((long) BODY_BYTES + BODY_BYTES / 4, Runtime.getRuntime().maxMemory() / BODY_SHARE_OF_HEAP);
    long idleNanos = IDLE.toNanos();
    long headerTimeoutNanos = HEADER_TIMEOUT.toNanos();
    long bodyGraceNanos = BODY_GRACE.toNanos();
    int bodyBytesPerSecond = BODY_BYTES_PER_SECOND;
    long writeStallNanos = WRITE_STALL.toNanos();
    long writeStallWhenShortNanos = WRITE_STALL_WHEN_SHORT.toNanos();
    long lingerNanos = LINGER.toNanos();
    long drainNanos = DRAIN.toNanos();
    int socketMessageBytes = SOCKET_MESSAGE_BYTES;
    long socketIdleNanos = SOCKET_IDLE.toNanos();
    int socketChannels = SOCKET_CHANNELS;
    int readsPerMinute = READS_PER_MINUTE;
    int writesPerMinute = WRITES_PER_MINUTE;

    /** The defaults. */
    public Limits() {}

    private Limits(Limits other) {
        headerBytes = other.headerBytes;
        headerLines = other.headerLines;
        urlBytes = other.urlBytes;
        pathBytes = other.pathBytes;
        pathSegments = other.pathSegments;
        bodyBytes = other.bodyBytes;
        fileBytes = other.fileBytes;
        pageBytes = other.pageBytes;
        livePageBytes = other.livePageBytes;
        outboundBytes = other.outboundBytes;
        connections = other.connections;
        inFlightBodyBytes = other.inFlightBodyBytes;
        idleNanos = other.idleNanos;
        headerTimeoutNanos = other.headerTimeoutNanos;
        bodyGraceNanos = other.bodyGraceNanos;
        bodyBytesPerSecond = other.bodyBytesPerSecond;
        writeStallNanos = other.writeStallNanos;
        writeStallWhenShortNanos = other.writeStallWhenShortNanos;
        lingerNanos = other.lingerNanos;
        drainNanos = other.drainNanos;
        socketMessageBytes = other.socketMessageBytes;
        socketIdleNanos = other.socketIdleNanos;
        socketChannels = other.socketChannels;
        readsPerMinute = other.readsPerMinute;
        writesPerMinute = other.writesPerMinute;
    }

    int heapPageBytes() {
        return Math.min(pageBytes, HEAP_PAGE_BYTES);
    }

    Limits copy() {
        return new Limits(this);
    }

    /**
     * Sets {@link #HEADER_BYTES}.
     *
     * @param bytes at least 1
     * @return this
     */
    public Limits headerBytes(int bytes) {
        headerBytes = positive("header bytes", bytes);
        return this;
    }

    /**
     * Sets {@link #HEADER_LINES}.
     *
     * @param lines at least 1
     * @return this
     */
    public Limits headerLines(int lines) {
        headerLines = positive("header lines", lines);
        return this;
    }

    /**
     * Sets {@link #URL_BYTES}.
     *
     * @param bytes at least 1
     * @return this
     */
    public Limits urlBytes(int bytes) {
        urlBytes = positive("URL bytes", bytes);
        return this;
    }

    /**
     * Sets {@link #PATH_BYTES}.
     *
     * @param bytes at least 1
     * @return this
     */
    public Limits pathBytes(int bytes) {
        pathBytes = positive("path bytes", bytes);
        return this;
    }

    /**
     * Sets {@link #PATH_SEGMENTS}.
     *
     * @param segments at least 1
     * @return this
     */
    public Limits pathSegments(int segments) {
        pathSegments = positive("path segments", segments);
        return this;
    }

    /**
     * Sets {@link #BODY_BYTES}.
     *
     * @param bytes at least 1
     * @return this
     */
    public Limits bodyBytes(int bytes) {
        bodyBytes = positive("body bytes", bytes);
        return this;
    }

    /**
     * Sets {@link #FILE_BYTES}.
     *
     * @param bytes at least 1
     * @return this
     */
    public Limits fileBytes(int bytes) {
        fileBytes = positive("file bytes", bytes);
        return this;
    }

    /**
     * Sets {@link #PAGE_BYTES}.
     *
     * @param bytes at least 1
     * @return this
     */
    public Limits pageBytes(int bytes) {
        pageBytes = positive("page bytes", bytes);
        return this;
    }

    /**
     * Sets {@link #LIVE_PAGE_BYTES}.
     *
     * @param bytes at least 1
     * @return this
     */
    public Limits livePageBytes(int bytes) {
        livePageBytes = positive("live page bytes", bytes);
        return this;
    }

    /**
     * Sets {@link #OUTBOUND_BYTES}.
     *
     * @param bytes at least 1
     * @return this
     */
    public Limits outboundBytes(int bytes) {
        outboundBytes = positive("outbound bytes", bytes);
        return this;
    }

    /**
     * Sets {@link #CONNECTIONS}.
     *
     * @param count at least 1
     * @return this
     */
    public Limits connections(int count) {
        connections = positive("connections", count);
        return this;
    }

    /**
     * Sets how many bytes of request bodies may be in memory at one time; by default the part of the heap that
     * {@link #BODY_SHARE_OF_HEAP} names.
     *
     * @param bytes at least 1
     * @return this
     */
    public Limits inFlightBodyBytes(long bytes) {
        inFlightBodyBytes = positive("in-flight body bytes", bytes);
        return this;
    }

    /**
     * Sets {@link #IDLE}.
     *
     * @param time more than zero
     * @return this
     */
    public Limits idle(Duration time) {
        idleNanos = positive("idle nanoseconds", time.toNanos());
        return this;
    }

    /**
     * Sets {@link #HEADER_TIMEOUT}.
     *
     * @param time more than zero
     * @return this
     */
    public Limits headerTimeout(Duration time) {
        headerTimeoutNanos = positive("header timeout nanoseconds", time.toNanos());
        return this;
    }

    /**
     * Sets {@link #BODY_GRACE} and {@link #BODY_BYTES_PER_SECOND}.
     *
     * @param grace more than zero
     * @param bytesPerSecond at least 1
     * @return this
     */
    public Limits bodyRate(Duration grace, int bytesPerSecond) {
        bodyGraceNanos = positive("body grace nanoseconds", grace.toNanos());
        bodyBytesPerSecond = positive("body bytes per second", bytesPerSecond);
        return this;
    }

    /**
     * Sets {@link #WRITE_STALL}.
     *
     * @param time more than zero
     * @return this
     */
    public Limits writeStall(Duration time) {
        writeStallNanos = positive("write stall nanoseconds", time.toNanos());
        return this;
    }

    /**
     * Sets {@link #WRITE_STALL_WHEN_SHORT}.
     *
     * @param time more than zero
     * @return this
     */
    public Limits writeStallWhenShort(Duration time) {
        writeStallWhenShortNanos = positive("write stall nanoseconds when short of memory", time.toNanos());
        return this;
    }

    /**
     * Sets {@link #LINGER}.
     *
     * @param time more than zero
     * @return this
     */
    public Limits linger(Duration time) {
        lingerNanos = positive("linger nanoseconds", time.toNanos());
        return this;
    }

    /**
     * Sets {@link #DRAIN}.
     *
     * @param time more than zero
     * @return this
     */
    public Limits drain(Duration time) {
        drainNanos = positive("drain nanoseconds", time.toNanos());
        return this;
    }

    /**
     * Sets {@link #SOCKET_MESSAGE_BYTES}.
     *
     * @param bytes at least {@link #MIN_SOCKET_MESSAGE_BYTES}
     * @return this
     */
    public Limits socketMessageBytes(int bytes) {
        if (bytes < MIN_SOCKET_MESSAGE_BYTES) {
            throw new IllegalArgumentException(
                    "socket message bytes must be at least " + MIN_SOCKET_MESSAGE_BYTES + ", was " + bytes);
        }
        socketMessageBytes = bytes;
        return this;
    }

    /**
     * Sets {@link #SOCKET_IDLE}.
     *
     * @param time more than zero
     * @return this
     */
    public Limits socketIdle(Duration time) {
        socketIdleNanos = positive("socket idle nanoseconds", time.toNanos());
        return this;
    }

    /**
     * Sets {@link #SOCKET_CHANNELS}.
     *
     * @param count at least 1
     * @return this
     */
    public Limits socketChannels(int count) {
        socketChannels = positive("socket channels", count);
        return this;
    }

    /**
     * Sets {@link #READS_PER_MINUTE}.
     *
     * @param count 0 for no bound
     * @return this
     */
    public Limits readsPerMinute(int count) {
        readsPerMinute = count == 0 ? 0 : positive("reads per minute", count);
        return this;
    }

    /**
     * Sets {@link #WRITES_PER_MINUTE}.
     *
     * @param count 0 for no bound
     * @return this
     */
    public Limits writesPerMinute(int count) {
        writesPerMinute = count == 0 ? 0 : positive("writes per minute", count);
        return this;
    }

    private static int positive(String what, int value) {
        positive(what, (long) value);
        return value;
    }

    private static long positive(String what, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(what + " must be at least 1, was " + value);
        }
        return value;
    }
}
