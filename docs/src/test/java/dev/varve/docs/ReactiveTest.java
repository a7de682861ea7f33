package dev.varve.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.varve.api.ErrorKind;
import dev.varve.api.FollowOptions;
import dev.varve.api.Key;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.RecordEvent;
import dev.varve.api.Repository;
import dev.varve.api.Required;
import dev.varve.api.Schema;
import dev.varve.api.StreamConfig;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import io.smallrye.mutiny.Multi;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.Disposable;

/** What docs/reactive.md says of publishers holds by way of other libraries. */
@Timeout(60)
final class ReactiveTest {

    private static final String PATH = "reactive/log";

    @Schema(prefix = "links")
    record Link(@Key String slug, @Required String title) {}

    /** What has come of a publisher by way of a library. */
    static final class Collected<T> {
        private final List<T> items = new CopyOnWriteArrayList<>();
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private volatile boolean completed;
        private volatile Runnable cancel = () -> {};

        private void complete() {
            completed = true;
        }
    }

    /** Libraries that take publishers by a method of theirs. */
    enum Library {
        REACTOR {
            @Override
            <T> void collect(Flow.Publisher<T> publisher, Collected<T> to) {
                Disposable subscription = JdkFlowAdapter.flowPublisherToFlux(publisher)
                        .subscribe(to.items::add, to.failure::set, to::complete);
                to.cancel = subscription::dispose;
            }

            @Override
            <T> List<T> first(Flow.Publisher<T> publisher, int count) {
                return JdkFlowAdapter.flowPublisherToFlux(publisher)
                        .limitRate(1)
                        .take(count)
                        .collectList()
                        .blockOptional(Duration.ofSeconds(30))
                        .orElseThrow();
            }
        },
        MUTINY {
            @Override
            <T> void collect(Flow.Publisher<T> publisher, Collected<T> to) {
                to.cancel = Multi.createFrom()
                        .publisher(publisher)
                        .subscribe()
                        .with(to.items::add, to.failure::set, to::complete)::cancel;
            }

            @Override
            <T> List<T> first(Flow.Publisher<T> publisher, int count) {
                return Multi.createFrom()
                        .publisher(publisher)
                        .select()
                        .first(count)
                        .collect()
                        .asList()
                        .await()
                        .atMost(Duration.ofSeconds(30));
            }
        };

        abstract <T> void collect(Flow.Publisher<T> publisher, Collected<T> to);

        abstract <T> List<T> first(Flow.Publisher<T> publisher, int count);

        <T> Collected<T> collected(Flow.Publisher<T> publisher) {
            Collected<T> to = new Collected<>();
            collect(publisher, to);
            return to;
        }
    }

    private final Varve varve = Varve.inMemory().withStore("acme/reading");
    private final Streams streams = varve.streams();

    @AfterEach
    void close() {
        varve.close();
    }

    private Flow.Publisher<ReadResult.Page> pages() {
        return streams.publisher(PATH, Offset.BEGINNING, FollowOptions.DEFAULT);
    }

    private static boolean isFollowed() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("varve-follow-" + PATH));
    }

    private static String text(List<ReadResult.Page> pages) {
        StringBuilder text = new StringBuilder();
        pages.forEach(page -> text.append(UTF_8.decode(page.data().duplicate())));
        return text.toString();
    }

    private static ErrorKind kind(@Nullable Throwable failure) {
        assertThat(failure).isInstanceOf(VarveException.class);
        return failure instanceof VarveException known ? known.kind() : ErrorKind.INTERNAL;
    }

    @ParameterizedTest
    @EnumSource
    void pages_come_until_it_is_cancelled(Library library) {
        streams.create(PATH, StreamConfig.of("text/plain"));
        streams.append(PATH, "a".getBytes(UTF_8));
        Collected<ReadResult.Page> collected = library.collected(pages());
        await().until(() -> text(collected.items).equals("a"));
        streams.append(PATH, "b".getBytes(UTF_8));
        await().until(() -> text(collected.items).equals("ab"));
        assertThat(isFollowed()).isTrue();
        collected.cancel.run();
        await().until(() -> !isFollowed());
        streams.append(PATH, "c".getBytes(UTF_8));
        assertThat(text(collected.items)).isEqualTo("ab");
        assertThat(collected.completed).isFalse();
        assertThat(collected.failure).hasValue(null);
    }

    @ParameterizedTest
    @EnumSource
    void who_has_enough_has_ended_it(Library library) {
        streams.create(PATH, StreamConfig.of("text/plain"));
        streams.append(PATH, "a".getBytes(UTF_8));
        assertThat(library.first(pages(), 1)).hasSize(1);
        await().until(() -> !isFollowed());
    }

    @ParameterizedTest
    @EnumSource
    void the_end_of_a_stream_completes_and_a_failure_arrives_as_it_is(Library library) {
        Collected<ReadResult.Page> failed = library.collected(pages());
        await().until(() -> failed.failure.get() != null);
        assertThat(kind(failed.failure.get())).isEqualTo(ErrorKind.NOT_FOUND);
        streams.create(PATH, StreamConfig.of("text/plain"));
        streams.append(PATH, "a".getBytes(UTF_8));
        streams.close(PATH);
        Collected<ReadResult.Page> whole = library.collected(pages());
        await().until(() -> whole.completed);
        assertThat(text(whole.items)).isEqualTo("a");
    }

    @ParameterizedTest
    @EnumSource
    void records_are_told_until_it_is_cancelled(Library library) {
        Repository<Link> links = varve.repository(Link.class);
        Collected<RecordEvent<Link>> collected = library.collected(links.publisher());
        Collected<RecordEvent<Link>> other = library.collected(links.publisher());
        links.insert(new Link("dust", "Dust"));
        await().until(() -> collected.items.size() == 1 && other.items.size() == 1);
        collected.cancel.run();
        links.insert(new Link("varve", "Varve"));
        await().until(() -> other.items.size() == 2);
        other.cancel.run();
        assertThat(collected.items).extracting(RecordEvent::key).containsExactly("dust");
        assertThat(collected.completed).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void that_records_are_not_told_over_http_is_a_failure_as_others(Library library) {
        try (Varve remote = Varve.connect(URI.create("http://127.0.0.1:1"))) {
            Repository<Link> links = remote.store("acme/reading").repository(Link.class);
            Collected<RecordEvent<Link>> collected = library.collected(links.publisher());
            assertThat(kind(collected.failure.get())).isEqualTo(ErrorKind.NOT_SUPPORTED);
        }
    }
}
