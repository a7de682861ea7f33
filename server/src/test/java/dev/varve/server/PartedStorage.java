package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.VarveException;
import dev.varve.engine.spi.PartedReads;
import dev.varve.testkit.ForwardingStreamStorage;
import dev.varve.testkit.ModelStreamStorage;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** Gives pages of a number of parts, each of its own letter, and counts those that did not come back. */
final class PartedStorage extends ForwardingStreamStorage implements PartedReads {

    volatile int parts = 12;
    volatile int partBytes = 700_000;
    final AtomicInteger open = new AtomicInteger();
    final AtomicInteger mostOpen = new AtomicInteger();
    final AtomicInteger openPages = new AtomicInteger();
    volatile int damagedPart = -1;
    volatile boolean shortOfMemory;

    PartedStorage() {
        super(new ModelStreamStorage());
    }

    @Override
    public CompletableFuture<PartedRead> readParts(String path, Offset from, int maxBytes) {
        openPages.incrementAndGet();
        return CompletableFuture.completedFuture(new TestPage());
    }

    @Override
    public boolean isShortOfMemory() {
        return shortOfMemory;
    }

    byte[] all() {
        byte[] all = new byte[parts * partBytes];
        for (int i = 0; i < parts; i++) {
            Arrays.fill(all, i * partBytes, (i + 1) * partBytes, (byte) ('a' + i));
        }
        return all;
    }

    private final class TestPage implements PartedPage {
        private int next;
        private boolean closed;

        @Override
        public Offset start() {
            return Offset.ZERO;
        }

        @Override
        public Offset next() {
            return Offset.at(length());
        }

        @Override
        public boolean hasMore() {
            return false;
        }

        @Override
        public boolean closed() {
            return false;
        }

        @Override
        public String contentType() {
            return "application/octet-stream";
        }

        @Override
        public long incarnation() {
            return 1;
        }

        @Override
        public long length() {
            return (long) parts * partBytes;
        }

        @Override
        public boolean hasPart() {
            return !closed && next < parts;
        }

        @Override
        public CompletableFuture<Part> nextPart() {
            int number = next++;
            if (next == parts) {
                close();
            }
            if (number == damagedPart) {
                return CompletableFuture.failedFuture(new VarveException(ErrorKind.CORRUPT, "damaged"));
            }
            return CompletableFuture.supplyAsync(() -> new TestPart(number));
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                openPages.decrementAndGet();
            }
        }
    }

    private final class TestPart implements Part {
        private final ByteBuffer bytes = ByteBuffer.allocateDirect(partBytes);
        private boolean closed;

        TestPart(int number) {
            while (bytes.hasRemaining()) {
                bytes.put((byte) ('a' + number));
            }
            bytes.flip();
            mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
        }

        @Override
        public List<ByteBuffer> buffers() {
            int middle = bytes.remaining() / 3;
            return List.of(bytes.slice(0, middle), bytes.slice(middle, bytes.remaining() - middle));
        }

        @Override
        public int length() {
            return bytes.remaining();
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                // Whoever still sends from here sends something else.
                for (int i = 0; i < bytes.limit(); i++) {
                    bytes.put(i, (byte) '!');
                }
                open.decrementAndGet();
            }
        }
    }

    void assertAllBack() {
        await().untilAsserted(() -> assertThat(open).hasValue(0));
        assertThat(openPages).hasValue(0);
    }
}
