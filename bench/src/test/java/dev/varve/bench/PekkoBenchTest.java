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
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the actors of the bench persist is in the journals that are measured, and is what they recover from. */
@Timeout(300)
final class PekkoBenchTest {

    private static final int ACTORS = 4;
    private static final int EVENTS = 30;
    private static final String EVENT = EventsBench.data(64, 1);

    @TempDir
    private Path directory;

    /** Lets actors persist for a moment. Returns how many events were confirmed in time; as many may have come after. */
    private static long persist(PekkoPeer peer, int port) throws IOException {
        try (PersistLoad load = new PersistLoad(peer.system(port), ACTORS, EVENT)) {
            long counted = some(load);
            assertThat(load.latencyNanos().getTotalCount()).isEqualTo(counted).isPositive();
            assertThat(load.programCpuMicros()).isPositive();
            return counted;
        }
    }

    @Test
    void varve_has_every_event_and_gives_it_back() throws Exception {
        try (Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
                VarveServer server = VarveServer.builder()
                        .port(0)
                        .storage(engine.streams())
                        .entries(engine.entries())
                        .events(engine.events())
                        .records(engine.reservedEntries())
                        .start()) {
            int port = server.url().getPort();
            EventStore store = engine.varve().store(PekkoPeer.STORE).events();
            long counted = persist(PekkoPeer.VARVE, port);
            assertThat(store.head() + 1).isBetween(counted, counted + ACTORS);
            Map<String, List<StoredEvent>> events;
            try (Stream<StoredEvent> all = store.stream(EventRead.all())) {
                events = all.collect(Collectors.groupingBy(
                        event -> Objects.requireNonNull(event.aggregate()).toString()));
            }
            assertThat(events).containsOnlyKeys("bench/0", "bench/1", "bench/2", "bench/3");
            events.values().forEach(each -> {
                assertThat(each)
                        .allSatisfy(event -> assertThat(event.data().text()).isEqualTo(EVENT));
                assertThat(each.stream().mapToLong(StoredEvent::version))
                        .containsExactly(
                                LongStream.range(0, each.size()).boxed().toArray(Long[]::new));
            });

            long last = store.aggregate(new AggregateId("bench", "0")).version() + 1;
            try (RecoverLoad load = new RecoverLoad(PekkoPeer.VARVE.system(port), PersistLoad.id(0), last)) {
                assertThat(some(load))
                        .isEqualTo(load.latencyNanos().getTotalCount())
                        .isPositive();
            }
            try (RecoverLoad load = new RecoverLoad(PekkoPeer.VARVE.system(port), PersistLoad.id(0), last + 1)) {
                assertThatThrownBy(() -> load.run(5)).hasMessageContaining("recovered from " + last + " events");
            }
        }
    }

    /** However slow the machine is, something comes of it in the end. */
    private static long some(PekkoLoad load) throws IOException {
        long count = 0;
        for (int i = 0; i < 100 && count == 0; i++) {
            count = load.run(0.3);
        }
        return count;
    }

    @Test
    void postgres_has_every_event_and_gives_it_back() throws Exception {
        String programs = Objects.requireNonNull(Postgres.find(), PekkoPeer.JDBC.howToGet());
        try (ServerProcess server = PekkoPeer.JDBC.server(programs, directory)) {
            server.start(Map.of());
            try (PekkoLoad load = PekkoBench.recoveries(PekkoPeer.JDBC, server, EVENTS, EVENT)) {
                assertThat(some(load)).isPositive();
            }
            long counted = persist(PekkoPeer.JDBC, server.port());
            try (Connection connection = Postgres.connect(server.port());
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT count(*), count(DISTINCT persistence_id),"
                            + " (SELECT sum(last) FROM (SELECT max(sequence_number) AS last FROM event_journal GROUP BY persistence_id) AS each),"
                            + " min(convert_from(event_payload, 'UTF8')), max(convert_from(event_payload, 'UTF8')),"
                            + " current_setting('fsync'), current_setting('synchronous_commit') FROM event_journal")) {
                row.next();
                assertThat(row.getLong(1)).isBetween(EVENTS + counted, EVENTS + counted + ACTORS);
                assertThat(row.getLong(2)).isEqualTo(ACTORS);
                assertThat(row.getLong(3)).as("no sequence number left out").isEqualTo(row.getLong(1));
                assertThat(row.getString(4)).isEqualTo(EVENT);
                assertThat(row.getString(5)).isEqualTo(EVENT);
                assertThat(row.getString(6)).isEqualTo("on");
                assertThat(row.getString(7)).isEqualTo("on");
            }
        }
    }
}
