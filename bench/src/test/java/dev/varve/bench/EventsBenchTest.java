package dev.varve.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.AggregateId;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.server.VarveServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the benches of events send is what they say, and is understood by those who are measured. */
@Timeout(300)
final class EventsBenchTest {

    private static final int CONNECTIONS = 4;
    private static final int REQUESTS = 200;
    private static final String DATA = EventsBench.data(64, 1);

    @TempDir
    private Path directory;

    /** What is done with a server. */
    private interface Run {
        void run(int port, EventStore store) throws IOException, InterruptedException;
    }

    private static void withServer(Run run) throws IOException, InterruptedException {
        try (Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
                VarveServer server = VarveServer.builder()
                        .port(0)
                        .storage(engine.streams())
                        .entries(engine.entries())
                        .events(engine.events())
                        .records(engine.reservedEntries())
                        .start()) {
            run.run(
                    server.url().getPort(),
                    engine.varve().store(EventsBench.STORE).events());
        }
    }

    private static long[] versions(EventStore store, int connection) {
        try (Stream<StoredEvent> events =
                store.stream(EventRead.of(new AggregateId("bench", Integer.toString(connection))))) {
            return events.mapToLong(StoredEvent::version).toArray();
        }
    }

    @Test
    void data_is_json_of_the_length_asked_for() {
        assertThat(EventsBench.data(256, 7))
                .hasSize(256)
                .startsWith("{\"d\":\"")
                .endsWith("\"}");
        assertThat(EventsBench.data(256, 7)).isEqualTo(EventsBench.data(256, 7)).isNotEqualTo(EventsBench.data(256, 8));
    }

    @Test
    void every_connection_appends_version_after_version() throws Exception {
        withServer((port, store) -> {
            try (LoadDriver load = (LoadDriver) EventPeer.VARVE.load(port, CONNECTIONS, DATA)) {
                load.run(0.2);
                assertThat(load.latencyNanos().getTotalCount()).isPositive();
            }
            long all = 0;
            for (int i = 0; i < CONNECTIONS; i++) {
                long[] versions = versions(store, i);
                assertThat(versions)
                        .hasSizeGreaterThan(1)
                        .isEqualTo(LongStream.range(0, versions.length).toArray());
                all += versions.length;
            }
            assertThat(all).isEqualTo(store.head() + 1);
            assertThat(store.fetch(EventStore.EMPTY).events().getFirst().data().text())
                    .isEqualTo(DATA);
        });
    }

    @Test
    void a_stale_version_ends_the_run() throws Exception {
        withServer((port, store) -> {
            EventPeer.VARVE.load(port, CONNECTIONS, DATA).close();
            assertThatThrownBy(() -> EventPeer.VARVE.load(port, CONNECTIONS, DATA))
                    .hasMessageContaining("wrong_expected_version");
        });
    }

    @Test
    void appends_with_and_without_conditions_are_taken_in_turns() throws Exception {
        withServer((port, store) -> {
            Map<ConditionsBench.Kind, LoadDriver> loads = new EnumMap<>(ConditionsBench.Kind.class);
            for (ConditionsBench.Kind kind : ConditionsBench.Kind.values()) {
                Protocol append = new ConditionsBench.Append(port, kind);
                loads.put(kind, new LoadDriver(port, append, CONNECTIONS, CONNECTIONS, Protocol.ascii(DATA)));
            }
            for (int round = 0; round < 3; round++) {
                for (Map.Entry<ConditionsBench.Kind, LoadDriver> load : loads.entrySet()) {
                    long before = store.head();
                    load.getValue().run(0.1);
                    List<StoredEvent> events = store.fetch(before).events();
                    assertThat(events).as(load.getKey().label()).isNotEmpty();
                    assertThat(events)
                            .allSatisfy(event -> assertThat(event.tags())
                                    .hasSize(load.getKey() == ConditionsBench.Kind.PLAIN ? 0 : 1));
                }
            }
            for (LoadDriver load : loads.values()) {
                load.close();
            }
        });
    }

    @Test
    void a_condition_that_does_not_hold_ends_the_run() throws Exception {
        withServer((port, store) -> {
            Protocol boundary = new ConditionsBench.Append(port, ConditionsBench.Kind.BOUNDARY);
            Protocol broken = new Protocol() {
                @Override
                public Request request(int connection, byte[] body) {
                    return boundary.request(0, body); // all have one tag, and none knows of the others
                }

                @Override
                public boolean answered(ByteBuffer in) throws IOException {
                    return boundary.answered(in);
                }
            };
            try (LoadDriver load = new LoadDriver(port, broken, 2, 2, Protocol.ascii(DATA))) {
                assertThatThrownBy(() -> load.run(5)).hasMessageContaining("condition_failed");
            }
        });
    }

    @Test
    void every_aggregate_gets_one_event_over_several_steps() throws Exception {
        withServer((port, store) -> {
            try (LoadDriver load = new LoadDriver(
                    port, new AggregatesBench.Append(port), CONNECTIONS, 10_000_000, Protocol.ascii(DATA))) {
                load.count(REQUESTS);
                load.count(REQUESTS + 1);
            }
            try (var aggregates = store.aggregates("bench")) {
                assertThat(aggregates.filter(info -> info.version() == 0)).hasSize(2 * REQUESTS + 1);
            }
        });
    }

    @Test
    void appends_reach_those_who_follow() throws Exception {
        withServer((port, store) -> {
            try (DeliveryDriver driver = new DeliveryDriver(DeliveryFeed.EVENT_LOG, port, 64)) {
                driver.create();
                driver.connect(3);
                assertThat(driver.run(0.2, 0)).isPositive().matches(deliveries -> deliveries % 3 == 0);
            }
        });
    }

    @Test
    void a_store_is_filled_once_and_read_as_a_whole() throws Exception {
        List<String> words = List.of(
                "--data", directory.toString(), "--events", "2500", "--page", "100", "--rounds", "1", "--tags", "on");
        assertThat(EventReadsBench.log(words)).isZero();
        assertThat(EventReadsBench.log(words)).isZero();
        try (Engine engine = Engine.open(directory.resolve("data"), EngineOptions.DEFAULT)) {
            assertThat(engine.events().head(EventsBench.STORE)).isEqualTo(2499);
        }
    }

    @Test
    void postgres_appends_version_after_version_by_both_ways() throws Exception {
        String programs = Objects.requireNonNull(Postgres.find(), EventPeer.POSTGRES.howToGet());
        for (EventPeer peer : List.of(EventPeer.POSTGRES, EventPeer.PGJDBC)) {
            Path work = Files.createDirectory(directory.resolve(peer.label()));
            try (ServerProcess server = peer.server(programs, work, CONNECTIONS)) {
                server.start(Map.of());
                long appended;
                try (Load load = peer.load(server.port(), CONNECTIONS, DATA)) {
                    appended = load.run(0.5);
                    assertThat(load.latencyNanos().getTotalCount()).isEqualTo(appended);
                }
                assertThat(server.cpuMicros()).isPositive();
                assertThat(server.residentBytes()).isGreaterThan(1 << 20);
                try (Connection connection = Postgres.connect(server.port());
                        Statement statement = connection.createStatement();
                        ResultSet row = statement.executeQuery(
                                "SELECT count(*), count(DISTINCT aggregate),"
                                        + " sum(version), current_setting('fsync'), current_setting('synchronous_commit'),"
                                        + " (SELECT sum(last * (last + 1) / 2) FROM"
                                        + " (SELECT max(version) AS last FROM events GROUP BY aggregate) AS each) FROM events")) {
                    row.next();
                    assertThat(row.getLong(1)).isGreaterThanOrEqualTo(appended).isPositive();
                    assertThat(row.getLong(2)).isEqualTo(CONNECTIONS);
                    assertThat(row.getLong(3)).as("no version left out").isEqualTo(row.getLong(6));
                    assertThat(row.getString(4)).isEqualTo("on");
                    assertThat(row.getString(5)).isEqualTo("on");
                }
            }
        }
    }
}
