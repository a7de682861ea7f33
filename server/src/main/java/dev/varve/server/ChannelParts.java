package dev.varve.server;

import dev.varve.engine.spi.PartedReads.Part;
import dev.varve.engine.spi.PartedReads.Parts;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** A file as the body of an answer; it is closed when all of it was read, or nobody wants it any more. Confined to one thread at a time. */
final class ChannelParts implements Parts {

    private static final int PART_BYTES = 256 * 1024;

    private final FileChannel channel;
    private final Executor executor;
    private final long length;
    private long position;
    private boolean begun;

    ChannelParts(FileChannel channel, Executor executor) throws IOException {
        this.channel = channel;
        this.executor = executor;
        this.length = channel.size();
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public boolean hasPart() {
        return !begun || position < length;
    }

    @Override
    public CompletableFuture<Part> nextPart() {
        begun = true;
        return CompletableFuture.supplyAsync(this::read, executor);
    }

    private Part read() {
        try {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(PART_BYTES, length - position));
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, position + bytes.position()) < 0) {
                    throw new EOFException("a temporary file became shorter");
                }
            }
            position += bytes.position();
            if (position == length) {
                channel.close();
            }
            return new HeapPart(bytes.flip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
