package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EventRead;
import dev.varve.api.StoredEvent;
import dev.varve.server.EntriesApi.StoreCalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Followers that go away and come again while others append: each event once, in order. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class EventsFollowRandomTest {

    private static final int WRITERS = 3;
    private static final int APPENDS = 150;
    private static final String LAST = "Last";

    /** What somebody follows, in a URL and for the storage. */
    private record Followed(String url, String query) {}

    @Test
    void who_comes_again_and_again_gets_each_event_once() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        try (EntriesApi api = EntriesApi.start();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            StoreCalls store = api.freshStore();
            List<Followed> all = List.of(
                    new Followed("/events", "?"),
                    new Followed("/events", "?category=order&"),
                    new Followed("/events", "?type=A&type=" + LAST + "&"),
                    new Followed("/events", "?tag=t1&"));
            List<CompletableFuture<List<Long>>> followers = new ArrayList<>();
            for (Followed followed : all) {
                for (boolean lines : new boolean[] {true, false}) {
                    Random own = new Random(random.nextLong());
                    followers.add(CompletableFuture.supplyAsync(
                            () -> follow(api, store.url(followed.url + followed.query), lines, own), threads));
                }
            }
            List<CompletableFuture<Void>> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                Random own = new Random(random.nextLong());
                writers.add(CompletableFuture.runAsync(() -> write(store, own), threads));
            }
            writers.forEach(CompletableFuture::join);
            append(
                    store,
                    "{\"type\":\"" + LAST + "\",\"data\":0,\"tags\":[\"t1\"],"
                            + "\"aggregate\":{\"type\":\"order\",\"id\":\"last\"}}");

            List<StoredEvent> log = new ArrayList<>();
            EventRead read = EventRead.all();
            var slice = api.events().read(store.name(), read).join();
            log.addAll(slice.events());
            while (slice.more()) {
                read = read.next(slice);
                slice = api.events().read(store.name(), read).join();
                log.addAll(slice.events());
            }
            for (int i = 0; i < followers.size(); i++) {
                String query = all.get(i / 2).query;
                List<Long> expected = log.stream()
                        .filter(event -> isMeant(event, query))
                        .map(StoredEvent::position)
                        .toList();
                assertThat(followers.get(i).join())
                        .as("seed %d, %s", seed, query)
                        .isEqualTo(expected);
            }
        }
    }

    private static boolean isMeant(StoredEvent event, String query) {
        return switch (query) {
            case "?" -> true;
            case "?category=order&" ->
                event.aggregate() != null && event.aggregate().type().equals("order");
            case "?tag=t1&" -> event.tags().contains("t1");
            default -> event.type().equals("A") || event.type().equals(LAST);
        };
    }

    private static void write(StoreCalls store, Random random) {
        for (int i = 0; i < APPENDS; i++) {
            StringBuilder events = new StringBuilder();
            for (int n = 1 + random.nextInt(4); n > 0; n--) {
                events.append(events.isEmpty() ? "" : ",")
                        .append("{\"type\":\"")
                        .append("ABC".charAt(random.nextInt(3)))
                        .append("\",\"data\":{\"n\":1},\"tags\":[\"t")
                        .append(random.nextInt(9))
                        .append("\"]");
                if (random.nextBoolean()) {
                    events.append(",\"aggregate\":{\"type\":\"")
                            .append(random.nextBoolean() ? "order" : "cart")
                            .append("\",\"id\":\"1\"}");
                }
                events.append('}');
            }
            append(store, events.toString());
        }
    }

    private static void append(StoreCalls store, String events) {
        try {
            assertThat(store.send("POST", "/events", "{\"events\":[" + events + "]}")
                            .statusCode())
                    .isEqualTo(200);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Goes away after some chunks and comes again, until the last event was seen. */
    private static List<Long> follow(EntriesApi api, String url, boolean lines, Random random) {
        List<Long> seen = new ArrayList<>();
        String last = "-1";
        try {
            while (true) {
                try (RawConnection connection = api.http.connect()) {
                    connection.request(
                            "GET",
                            url + "follow=true",
                            "",
                            "Accept: " + (lines ? "application/x-ndjson" : "text/event-stream"),
                            "Last-Event-ID: " + last);
                    assertThat(connection.answer().status()).isEqualTo(200);
                    for (int chunks = 1 + random.nextInt(5); chunks > 0; chunks--) {
                        for (String line : connection.chunkText().split("\n")) {
                            if (line.startsWith("id: ")) {
                                last = line.substring("id: ".length());
                                continue;
                            }
                            String json = line.startsWith("data: ") ? line.substring("data: ".length()) : line;
                            if (!json.contains("\"recorded_at\"")) {
                                continue;
                            }
                            var event = EntriesApi.json(json);
                            var inside = event.has("event") ? event.get("event") : event;
                            seen.add(inside.at("/position").asLong());
                            last = lines ? seen.getLast().toString() : last;
                            if (inside.at("/type").asString().equals(LAST)) {
                                return seen;
                            }
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
