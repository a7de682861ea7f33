package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.VarveException;
import dev.varve.engine.spi.PartedReads;
import dev.varve.testkit.ForwardingStreamStorage;
import dev.varve.testkit.ModelStreamStorage;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A storage that gives pages in parts has them sent whole, in order, a few at a time, and gets its memory back. */
final class PagesInPartsTest {

    private static final int PART_BYTES = 700_000;
    private static final int PARTS = 12;

    /** Gives pages of a number of parts, each of its own letter, and counts those that did not come back. */
    private static final class PartedStorage extends ForwardingStreamStorage implements PartedReads {

        final AtomicInteger open = new AtomicInteger();
        final AtomicInteger mostOpen = new AtomicInteger();
        final AtomicInteger openPages = new AtomicInteger();
        volatile int damagedPart = -1;
        volatile int partBytes = PART_BYTES;
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
            byte[] all = new byte[PARTS * partBytes];
            for (int i = 0; i < PARTS; i++) {
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
                return (long) PARTS * partBytes;
            }

            @Override
            public boolean hasPart() {
                return !closed && next < PARTS;
            }

            @Override
            public CompletableFuture<Part> nextPart() {
                int number = next++;
                if (next == PARTS) {
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

    private final PartedStorage storage = new PartedStorage();

    private TestServer start() {
        return TestServer.start(storage, builder -> builder);
    }

    @Test
    void a_page_arrives_whole_and_in_order_with_few_parts_in_memory() throws IOException {
        try (TestServer server = start();
                RawConnection connection = server.connect()) {
            for (int i = 0; i < 5; i++) {
                connection.request("GET", "/v1/stream/log", "");
                assertThat(connection.answer().body()).isEqualTo(storage.all());
            }
            storage.assertAllBack();
            // One that is sent, one that is ready, and one whose giving back is just being noted.
            assertThat(storage.mostOpen.get()).isLessThanOrEqualTo(3);
        }
    }

    @Test
    void small_parts_arrive_whole_too() throws IOException {
        storage.partBytes = 300;
        try (TestServer server = start();
                RawConnection connection = server.connect()) {
            connection.request("GET", "/v1/stream/log", "");
            assertThat(connection.answer().body()).isEqualTo(storage.all());
            storage.assertAllBack();
        }
    }

    @Test
    void requests_that_were_sent_ahead_are_answered_after_the_page() throws IOException {
        try (TestServer server = start();
                RawConnection connection = server.connect()) {
            for (int i = 0; i < 3; i++) {
                connection.request("GET", "/v1/stream/log", "").request("GET", "/healthz", "");
            }
            for (int i = 0; i < 3; i++) {
                assertThat(connection.answer().body()).isEqualTo(storage.all());
                assertThat(connection.answer().status()).isEqualTo(200);
            }
            storage.assertAllBack();
        }
    }

    @Test
    void a_client_that_sends_nothing_more_gets_the_whole_page() throws IOException {
        try (TestServer server = start();
                RawConnection connection = server.connect()) {
            connection.request("GET", "/v1/stream/log", "").endOutput();
            assertThat(connection.answer().body()).isEqualTo(storage.all());
            assertThat(connection.endsHere()).isTrue();
            storage.assertAllBack();
        }
    }

    @Test
    void a_request_for_the_last_answer_ends_after_the_page() throws IOException {
        try (TestServer server = start();
                RawConnection connection = server.connect()) {
            connection.request("GET", "/v1/stream/log", "", "Connection: close");
            assertThat(connection.answer().body()).isEqualTo(storage.all());
            assertThat(connection.endsHere()).isTrue();
            storage.assertAllBack();
        }
    }

    @Test
    void readers_that_do_not_read_hold_two_parts_each_and_give_them_back_when_they_go() throws IOException {
        int readers = 5;
        List<RawConnection> slow = new ArrayList<>();
        try (TestServer server = start()) {
            for (int i = 0; i < readers; i++) {
                RawConnection connection = RawConnection.open(server.server.port(), 4_096);
                slow.add(connection.request("GET", "/v1/stream/log", ""));
            }
            await().untilAsserted(() -> assertThat(storage.open.get()).isGreaterThanOrEqualTo(readers));
            assertThat(storage.mostOpen.get()).isLessThanOrEqualTo(3 * readers);
            for (RawConnection connection : slow) {
                connection.close();
            }
            storage.assertAllBack();
        }
    }

    @Test
    void a_reader_that_takes_nothing_is_cut_sooner_when_others_need_the_memory_that_waits_for_it() throws Exception {
        Limits limits = new Limits().writeStall(Duration.ofHours(1)).writeStallWhenShort(Duration.ofMillis(300));
        try (TestServer server = TestServer.start(storage, builder -> builder.limits(limits));
                RawConnection slow = RawConnection.open(server.server.port(), 4_096)) {
            slow.request("GET", "/v1/stream/log", "");
            await().untilAsserted(() -> assertThat(storage.open.get()).isPositive());
            Thread.sleep(1_000); // much longer than it would be allowed
            assertThat(server.get("/metrics").body()).contains("varve_slow_clients_closed_total 0.0");
            assertThat(storage.open.get()).isPositive();

            storage.shortOfMemory = true;

            await().atMost(TestServer.PATIENCE)
                    .untilAsserted(() ->
                            assertThat(server.get("/metrics").body()).contains("varve_slow_clients_closed_total 1.0"));
            storage.assertAllBack();
        }
    }

    @Test
    void one_that_holds_no_page_is_not_cut_because_pages_take_much_memory() throws Exception {
        Limits limits = new Limits().writeStall(Duration.ofHours(1)).writeStallWhenShort(Duration.ofMillis(300));
        storage.shortOfMemory = true;
        storage.partBytes = 300;
        try (TestServer server = TestServer.start(storage, builder -> builder.limits(limits));
                RawConnection slow = RawConnection.open(server.server.port(), 4_096)) {
            for (int i = 0; i < 2_000; i++) {
                slow.request("GET", "/v1/stream/log", "");
            }
            Thread.sleep(1_000);
            assertThat(server.get("/metrics").body()).contains("varve_slow_clients_closed_total 0.0");
        }
    }

    @Test
    void a_part_that_cannot_be_read_cuts_the_connection_and_nothing_wrong_is_sent() throws IOException {
        storage.damagedPart = 7;
        try (TestServer server = start();
                RawConnection connection = server.connect()) {
            connection.request("GET", "/v1/stream/log", "");
            assertThatThrownBy(connection::answer).isInstanceOfAny(EOFException.class, IOException.class);
            storage.assertAllBack();
        }
    }

    @Test
    void a_page_that_the_client_has_already_is_given_back_unread() throws IOException {
        try (TestServer server = start();
                RawConnection connection = server.connect()) {
            connection.request("GET", "/v1/stream/log", "");
            String tag = connection.answer().header("ETag");
            connection.request("GET", "/v1/stream/log", "", "If-None-Match: " + tag);
            assertThat(connection.answer(false).status()).isEqualTo(304);
            storage.assertAllBack();
        }
    }
}
