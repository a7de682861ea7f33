package dev.varve.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.varve.api.AggregateId;
import dev.varve.api.EventCodec;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.EventSubscriptions;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Store;
import dev.varve.api.StreamCodec;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** The events of the configured store, wherever that is. */
final class EventStoreTest {

    private static final AggregateId ORDER = new AggregateId("order", "1");

    private final ApplicationContextRunner context = new ApplicationContextRunner()
            .withPropertyValues("varve.store=acme/shop")
            .withConfiguration(
                    AutoConfigurations.of(VarveAutoConfiguration.class, VarveEventStoreAutoConfiguration.class));

    @Test
    void events_of_the_configured_store_are_a_bean() {
        context.withPropertyValues("varve.mode=memory").run(started -> {
            EventStore events = started.getBean(EventStore.class);
            events.append(ORDER, ExpectedVersion.noStream(), NewEvent.json("Placed", "{}"));
            assertThat(started.getBean(Store.class).events().head()).isZero();
        });
    }

    @Test
    void they_may_be_on_a_server() throws IOException {
        List<String> asked = new CopyOnWriteArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.add(
                    exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath());
            exchange.sendResponseHeaders(401, -1);
            exchange.close();
        });
        server.start();
        try {
            context.withPropertyValues(
                            "varve.url=http://127.0.0.1:" + server.getAddress().getPort())
                    .run(started -> {
                        assertThatThrownBy(
                                        () -> started.getBean(EventStore.class).count(EventRead.all()))
                                .isInstanceOf(VarveException.class);
                        assertThatThrownBy(() -> started.getBean(EventSubscriptions.class)
                                        .list())
                                .isInstanceOf(VarveException.class);
                    });
            assertThat(asked)
                    .anySatisfy(path -> assertThat(path).contains("/api/stores/acme/shop/events"))
                    .contains("GET /api/stores/acme/shop/subscriptions");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void an_application_that_has_no_store_needs_none() {
        context.withPropertyValues("varve.store=", "varve.mode=memory")
                .run(started -> assertThat(started).hasNotFailed());
        context.withPropertyValues("varve.store=", "varve.mode=memory")
                .withBean("needy", Needy.class)
                .run(started -> assertThat(started).getFailure().rootCause().hasMessageContaining("varve.store"));
    }

    record Needy(EventStore events) {}

    @Test
    void where_there_are_no_subscriptions_only_who_needs_them_is_told() {
        context.withPropertyValues("varve.mode=memory").run(started -> {
            assertThat(started).hasNotFailed(); // the model has none
            assertThatThrownBy(() -> started.getBean(EventSubscriptions.class))
                    .rootCause()
                    .hasMessageContaining("subscriptions");
        });
    }

    @Test
    void an_event_store_of_the_application_goes_before() {
        try (Varve varve = new ModelVarve()) {
            EventStore own = varve.store("own/store").events();
            context.withPropertyValues("varve.mode=memory")
                    .withBean("own", EventStore.class, () -> own)
                    .run(started ->
                            assertThat(started.getBean(EventStore.class)).isSameAs(own));
        }
    }

    record Seen(String page, Map<String, List<Integer>> places) {}

    @Test
    void data_is_written_by_jackson_unless_the_application_says_otherwise() {
        Seen seen = new Seen("dust", Map.of("a", List.of(1)));
        context.withPropertyValues("varve.mode=memory")
                .run(started -> assertThat(new String(
                                started.getBean(EventCodec.Payloads.class)
                                        .of(Seen.class)
                                        .encode(seen),
                                StandardCharsets.UTF_8))
                        .isEqualTo("{\"page\":\"dust\",\"places\":{\"a\":[1]}}"));
        EventCodec.Payloads own = new EventCodec.Payloads() {
            @Override
            public <T> StreamCodec<T> of(Class<T> type) {
                throw new IllegalArgumentException("nothing");
            }
        };
        context.withPropertyValues("varve.mode=memory")
                .withBean(EventCodec.Payloads.class, () -> own)
                .run(started ->
                        assertThat(started.getBean(EventCodec.Payloads.class)).isSameAs(own));
    }
}
