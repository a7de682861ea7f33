package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateStatus;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.StoredEvent;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** How far a search reads. */
class EventSearchTest {

    private static final String STORE = "acme/orders";

    private final List<CompletableFuture<EventSlice>> slices = new ArrayList<>();
    private final EventStorage events = (EventStorage) Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {EventStorage.class}, (_, method, _) -> {
                if (!method.getName().equals("read")) {
                    throw new UnsupportedOperationException(method.getName());
                }
                if (slices.size() == 3) {
                    throw new IllegalStateException("the storage is closed");
                }
                slices.add(new CompletableFuture<>());
                return slices.getLast();
            });
    private final CompletableFuture<List<StoredEvent>> found =
            EventSearch.begin(events, STORE, EventRead.all().backward());

    private static EventSlice nothing(long next, boolean more) {
        return new EventSlice(List.of(), 10, AggregateStatus.EMPTY, 0, next, more);
    }

    @Test
    void goes_on_while_there_is_more_and_ends_with_nothing_when_there_is_not() {
        slices.get(0).complete(nothing(8, true));
        slices.get(1).complete(nothing(5, true));
        assertThat(found).isNotDone();

        slices.get(2).complete(nothing(0, false));

        assertThat(found).isCompletedWithValue(List.of());
    }

    @Test
    void who_goes_ends_the_slice_that_is_being_read_and_no_other_is_begun() {
        slices.get(0).complete(nothing(8, true));

        found.cancel(false);

        assertThat(slices).hasSize(2);
        assertThat(slices.get(1)).isCancelled();
    }

    @Test
    void a_failure_is_passed_on() {
        IllegalStateException failure = new IllegalStateException("unreadable");

        slices.get(0).completeExceptionally(failure);

        assertThat(found).isCompletedExceptionally();
        assertThat(found.exceptionNow()).isSameAs(failure);
    }

    @Test
    void what_the_storage_throws_is_passed_on() {
        for (int i = 0; i < 3; i++) {
            slices.get(i).complete(nothing(8 - i, true));
        }

        assertThat(found.exceptionNow()).hasMessage("the storage is closed");
    }
}
