package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A storage that gives pages in parts has them sent whole, in order, a few at a time, and gets its memory back. */
final class PagesInPartsTest {

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
