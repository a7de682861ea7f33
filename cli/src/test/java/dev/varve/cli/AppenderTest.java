package dev.varve.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.Streams;
import dev.varve.api.VarveException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class AppenderTest {

    /** What arrived, and through which connection. */
    private final List<AppendRequest> arrived = new ArrayList<>();

    private final List<String> through = new ArrayList<>();
    private boolean takesProducers = true;
    private boolean takesSeveral = true;

    private final Streams patient = streams("patient");
    private final Appender appender = new Appender(streams("plain"), "a", "text/plain", null);

    @Test
    void plain_appends_carry_no_producer() {
        appender.append(bytes("x"), null, false);
        appender.appendEach(List.of(bytes("y"), bytes("z")));
        assertThat(arrived).extracting(AppendRequest::producer).containsOnlyNulls();
        assertThat(through).containsOnly("plain");
        assertThat(appender.bytes()).isEqualTo(3);
        assertThat(appender.next()).contains(Offset.at(3));
    }

    @Test
    void an_anonymous_producer_numbers_from_the_moment_it_begins() {
        appender.append(bytes("x"), null, false);
        appender.produceAnonymously(patient);
        appender.append(bytes("y"), null, false);
        appender.produceAnonymously(patient);
        appender.appendEach(List.of(bytes("z"), bytes("z")));

        assertThat(arrived.getFirst().producer()).isNull();
        List<Producer> producers = arrived.stream().skip(1).map(this::producer).toList();
        assertThat(producers).extracting(Producer::sequence).containsExactly(0L, 1L, 2L);
        assertThat(producers)
                .extracting(Producer::id)
                .hasSize(3)
                .containsOnly(producers.getFirst().id());
        assertThat(through).containsExactly("plain", "patient", "patient");
    }

    @Test
    void an_anonymous_producer_that_is_not_taken_goes_on_plainly_and_loses_nothing() {
        takesProducers = false;
        appender.produceAnonymously(patient);
        appender.append(bytes("x"), null, false);
        appender.produceAnonymously(patient);
        appender.appendEach(List.of(bytes("y"), bytes("z")));
        assertThat(arrived)
                .extracting(request -> new String(request.body(), UTF_8))
                .containsExactly("x", "y", "z");
        assertThat(arrived).extracting(AppendRequest::producer).containsOnlyNulls();
    }

    @Test
    void a_batch_of_an_anonymous_producer_that_is_not_taken_goes_on_plainly_too() {
        takesProducers = false;
        appender.produceAnonymously(patient);
        appender.appendEach(List.of(bytes("y"), bytes("z")));
        assertThat(arrived)
                .extracting(request -> new String(request.body(), UTF_8))
                .containsExactly("y", "z");
    }

    @Test
    void a_server_without_atomic_appends_gets_one_after_another() {
        takesSeveral = false;
        appender.produceAs("p", 3, patient);
        appender.appendEach(List.of(bytes("x"), bytes("y"), bytes("z")));
        assertThat(arrived)
                .extracting(this::producer)
                .containsExactly(new Producer("p", 3, 0), new Producer("p", 3, 1), new Producer("p", 3, 2));
    }

    @Test
    void a_named_producer_numbers_each_json_message_and_an_anonymous_one_each_request() {
        Appender named = new Appender(streams("plain"), "a", "application/json", null);
        named.produceAs("p", 0, patient);
        named.appendJson(List.of(bytes("1\n"), bytes("\n"), bytes("[2]")), 1);
        assertThat(arrived)
                .extracting(request -> new String(request.body(), UTF_8))
                .containsExactly("[1\n]", "[[2]]");
        assertThat(arrived).extracting(request -> producer(request).sequence()).containsExactly(0L, 1L);

        arrived.clear();
        Appender anonymous = new Appender(streams("plain"), "a", "application/json", null);
        anonymous.produceAnonymously(patient);
        anonymous.appendJson(List.of(bytes("1\n"), bytes("\n"), bytes("[2]")), 1);
        assertThat(arrived)
                .extracting(request -> new String(request.body(), UTF_8))
                .containsExactly("[1\n,[2]]");
        assertThat(arrived).extracting(request -> producer(request).sequence()).containsExactly(0L);
    }

    @Test
    void a_condition_moves_along_and_covers_a_batch_by_its_first() {
        Appender conditional = new Appender(streams("plain"), "a", "text/plain", Offset.at(0));
        conditional.append(bytes("x"), null, false);
        conditional.appendEach(List.of(bytes("y"), bytes("z")));
        conditional.append(bytes("!"), null, false);
        assertThat(arrived)
                .extracting(AppendRequest::ifMatch)
                .containsExactly(Offset.at(0), Offset.at(1), null, Offset.at(3));
    }

    @Test
    void batches_are_bounded_in_messages_and_bytes() {
        List<byte[]> many = new ArrayList<>();
        for (int i = 0; i < Appender.BATCH_MESSAGES + 1; i++) {
            many.add(bytes("x"));
        }
        appender.appendEach(many);
        assertThat(through).hasSize(2);

        through.clear();
        byte[] half = new byte[Appender.BATCH_BYTES / 2];
        appender.appendEach(List.of(half, half, half, new byte[2 * Appender.BATCH_BYTES], half));
        assertThat(through).hasSize(4);
    }

    private Producer producer(AppendRequest request) {
        return Objects.requireNonNull(request.producer());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private Streams streams(String name) {
        return (Streams) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Streams.class}, (proxy, method, args) -> {
                    return switch (method.getName()) {
                        case "append" ->
                            take(name, List.of((AppendRequest) args[0])).getFirst();
                        case "appendAll" -> {
                            if (!takesSeveral) {
                                throw VarveException.notSupported("several");
                            }
                            List<AppendRequest> requests = new ArrayList<>();
                            for (Object request : (List<?>) args[0]) {
                                requests.add((AppendRequest) request);
                            }
                            yield new AppendAllResult.AppendedAll(take(name, requests));
                        }
                        default -> throw new AssertionError(method);
                    };
                });
    }

    private List<AppendResult> take(String name, List<AppendRequest> requests) {
        if (!takesProducers && requests.getFirst().producer() != null) {
            throw new RefusedException(Refusal.of(ErrorKind.PRODUCER_LIMIT, "too many"));
        }
        through.add(name);
        List<AppendResult> results = new ArrayList<>();
        for (AppendRequest request : requests) {
            arrived.add(request);
            long tail = arrived.stream().mapToLong(one -> one.body().length).sum();
            results.add(new AppendResult.Appended(Offset.at(tail), false, request.producer()));
        }
        return results;
    }
}
