package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventData;
import dev.varve.api.EventStorage;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.VarveException;
import dev.varve.testkit.ModelEventStorage;
import dev.varve.testkit.ModelStreamStorage;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Events of a storage that fails: what a client gets to know of it. */
final class EventsFailuresTest {

    private static final String STORE = "acme/broken";
    private static final String EVENTS = "/api/stores/" + STORE + "/events";
    private static final AggregateId AGGREGATE = new AggregateId("order", "1");

    private final ModelEventStorage model = new ModelEventStorage(System::currentTimeMillis);

    /** How many reads still succeed. */
    private final AtomicInteger readsLeft = new AtomicInteger(Integer.MAX_VALUE);

    /** Calls of this are not answered. */
    private volatile String heldCall = "";

    private final BlockingQueue<CompletableFuture<Object>> held = new LinkedBlockingQueue<>();

    private TestServer server;

    @BeforeEach
    void start() {
        EventStorage failing = (EventStorage) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {EventStorage.class}, (proxy, method, args) -> {
                    if (method.getName().equals("read") && readsLeft.getAndDecrement() <= 0) {
                        return CompletableFuture.failedFuture(
                                new VarveException(ErrorKind.CORRUPT, "the event at position 7 is damaged"));
                    }
                    if (method.getName().equals(heldCall)) {
                        CompletableFuture<Object> answer = new CompletableFuture<>();
                        held.add(answer);
                        return answer;
                    }
                    try {
                        return method.invoke(model, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        server = TestServer.start(new ModelStreamStorage(), builder -> builder.events(failing));
        append(2_500);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void append(int count) {
        List<NewEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(NewEvent.of("T", EventData.json("{}")));
        }
        model.append(STORE, EventAppend.to(AGGREGATE, ExpectedVersion.any(), events), true)
                .join();
    }

    @Test
    void a_damaged_event_is_named() throws Exception {
        readsLeft.set(0);
        var response = server.get(EVENTS);
        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(EntriesApi.json(response).at("/kind").asString()).isEqualTo("corrupt");
        assertThat(EntriesApi.json(response).at("/detail").asString()).contains("position 7");
        readsLeft.set(0);
        assertThat(server.get(EVENTS, "Accept", "application/x-ndjson").statusCode())
                .isEqualTo(500);
        readsLeft.set(0);
        assertThat(server.get("/v1/stream/__events/" + STORE).statusCode()).isEqualTo(500);
    }

    @Test
    void lines_that_cannot_be_ended_are_cut() throws Exception {
        readsLeft.set(2);
        try (RawConnection connection = server.connect()) {
            connection.request("GET", EVENTS, "", "Accept: application/x-ndjson");
            assertThat(connection.answer().status()).isEqualTo(200);
            assertThat(connection.chunkText().lines()).hasSize(1000);
            assertThat(connection.chunkText().lines()).hasSize(1000);
            assertThat(connection.endsHere()).isTrue();
        }
    }

    @Test
    void a_follower_is_told_why_nothing_follows() throws Exception {
        readsLeft.set(0);
        try (RawConnection events = server.connect();
                RawConnection lines = server.connect()) {
            events.request("GET", EVENTS, "", "Accept: text/event-stream");
            assertThat(events.answer().status()).isEqualTo(200);
            assertThat(events.chunkText())
                    .isEqualTo(
                            "event: failed\ndata: {\"kind\":\"corrupt\",\"detail\":\"the event at position 7 is damaged\"}\n\n");
            assertThat(events.chunkText()).isEmpty();
            lines.request("GET", EVENTS + "?follow=true", "");
            assertThat(lines.answer().status()).isEqualTo(200);
            assertThat(EntriesApi.json(lines.chunkText()).at("/failed/kind").asString())
                    .isEqualTo("corrupt");
        }
    }

    @Test
    void a_client_that_takes_nothing_has_no_more_than_a_page_read_for_it() throws Exception {
        String large = "\"" + "x".repeat(400_000) + "\"";
        for (int i = 0; i < 100; i++) {
            NewEvent event = NewEvent.json("Large", large);
            model.append(STORE, EventAppend.to(AGGREGATE, ExpectedVersion.any(), List.of(event)), true)
                    .join();
        }
        try (RawConnection connection = RawConnection.open(server.server.port(), 4096)) {
            connection.request("GET", EVENTS + "?type=Large", "", "Accept: text/event-stream");
            assertThat(connection.answer().status()).isEqualTo(200);
            readsLeft.set(1_000);
            Thread.sleep(500);
            assertThat(1_000 - readsLeft.get())
                    .as("reads for a client that reads nothing")
                    .isLessThan(10);
            int events = 0;
            while (events < 100) {
                events += (int) connection
                        .chunkText()
                        .lines()
                        .filter(line -> line.equals("event: event"))
                        .count();
            }
        }
    }

    @Test
    void nothing_is_read_or_counted_for_a_client_that_has_gone() throws Exception {
        for (String[] call : new String[][] {
            {"count", EVENTS + "/count", ""},
            {"read", EVENTS, ""},
            {"read", EVENTS, "Accept: text/event-stream"},
            {"aggregate", "/api/stores/" + STORE + "/settings/order/1", ""},
            {"aggregates", "/api/stores/" + STORE + "/aggregates", ""},
            {"load", "/api/stores/" + STORE + "/load/order/1", ""},
        }) {
            heldCall = call[0];
            RawConnection connection = server.connect();
            connection.request("GET", call[1], "", call[2].isEmpty() ? new String[0] : new String[] {call[2]});
            CompletableFuture<Object> answer = held.take();
            assertThat(answer).isNotDone();

            connection.reset();

            assertThat(answer).failsWithin(Duration.ofSeconds(20));
            assertThat(answer).isCancelled();
        }
    }

    @Test
    void http_1_0_takes_pages_only() throws Exception {
        for (String accept : List.of("application/x-ndjson", "text/event-stream")) {
            try (RawConnection connection = server.connect()) {
                connection.send("GET " + EVENTS + " HTTP/1.0\r\nAccept: " + accept + "\r\n\r\n");
                assertThat(connection.answer().status()).isEqualTo(400);
            }
        }
    }
}
