package dev.varve.bench;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Remembers, outside the server's process, what was asked and what was answered. Each line is forced to disk before
 * {@link #record} returns, so what an append meant to do is on disk before it is sent, and its acknowledgement before
 * the next one. Lines of several writers share a force. Thread-safe.
 */
public final class Oracle implements Closeable {

    private static final int GROWTH_BYTES = 8 * 1024 * 1024;

    private final History history = new History();
    private final FileChannel file;
    private final Thread forcer;

    private ByteArrayOutputStream pending = new ByteArrayOutputStream();
    private long recorded;
    private long forced;
    private boolean closed;
    private @Nullable IOException failure;
    private long fileEnd;
    private long fileSize;

    /** Starts a journal in a new file. */
    public Oracle(Path path, long seed) throws IOException {
        file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        forcer = Thread.ofPlatform().name("oracle").daemon().start(this::force);
        record("seed " + seed);
    }

    /** Reads a journal into a history: up to its last whole line. */
    static History replay(Path path) throws IOException {
        History history = new History();
        String text = Files.readString(path, StandardCharsets.US_ASCII);
        int end = text.indexOf('\0');
        String written = end < 0 ? text : text.substring(0, end);
        written.substring(0, written.lastIndexOf('\n') + 1).lines().forEach(history::apply);
        return history;
    }

    /** The seed a journal was written with. */
    static long seed(Path path) throws IOException {
        try (var lines = Files.lines(path, StandardCharsets.US_ASCII)) {
            return Long.parseLong(lines.findFirst().orElseThrow().substring("seed ".length()));
        }
    }

    /** Adds lines and waits until they are on disk. */
    public void record(String... lines) throws IOException {
        if (lines.length == 0) {
            return;
        }
        synchronized (this) {
            for (String line : lines) {
                history.apply(line);
                pending.writeBytes((line + "\n").getBytes(StandardCharsets.US_ASCII));
            }
            long mine = ++recorded;
            notifyAll();
            boolean interrupted = false;
            while (forced < mine && failure == null) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            if (failure != null) {
                throw new IOException("the oracle's journal cannot be written", failure);
            }
        }
    }

    /** Looks at the history; nobody changes it meanwhile. */
    public synchronized <T> T ask(Function<History, T> question) {
        return question.apply(history);
    }

    private void force() {
        try {
            for (ByteArrayOutputStream group = next(); group != null; group = next()) {
                write(group.toByteArray());
            }
        } catch (IOException e) {
            synchronized (this) {
                failure = e;
                notifyAll();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized @Nullable ByteArrayOutputStream next() throws InterruptedException {
        while (pending.size() == 0 && !closed) {
            wait();
        }
        if (pending.size() == 0) {
            return null;
        }
        ByteArrayOutputStream group = pending;
        pending = new ByteArrayOutputStream();
        forcing = recorded;
        return group;
    }

    /** The number of the last record in the group that is being written. */
    private long forcing;

    private void write(byte[] group) throws IOException {
        if (fileEnd + group.length > fileSize) {
            // Zeroes ahead of the lines: a force then has no new file size to write.
            file.write(ByteBuffer.allocate(Math.max(GROWTH_BYTES, group.length)), fileSize);
            fileSize += Math.max(GROWTH_BYTES, group.length);
            file.force(true);
        }
        ByteBuffer bytes = ByteBuffer.wrap(group);
        while (bytes.hasRemaining()) {
            fileEnd += file.write(bytes, fileEnd);
        }
        file.force(false);
        synchronized (this) {
            forced = forcing;
            notifyAll();
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            forcer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        file.close();
    }
}
