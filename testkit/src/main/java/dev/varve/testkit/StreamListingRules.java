package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.TEXT;
import static dev.varve.testkit.StreamProbe.await;
import static dev.varve.testkit.StreamProbe.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.ListResult;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamMetadata;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Listing. */
interface StreamListingRules {

    @Test
    default void a_storage_without_streams_lists_none(StreamProbe streams) {
        streams.needs(StreamCapability.LIST);

        assertThat(streams.list("", null, 10)).isEqualTo(new ListResult.Listing(List.of(), false));
    }

    @Test
    default void streams_come_in_byte_order_of_their_paths(StreamProbe streams) {
        streams.needs(StreamCapability.LIST);
        List<String> inOrder = List.of("A", "a", "a-b", "a/1", "a/10", "a/2", "a0", "b", "z", "é", "\uFFFD", "😀");
        List<String> created = new ArrayList<>(inOrder);
        Collections.reverse(created);
        created.forEach(path -> streams.created(path, TEXT));

        assertThat(streams.paths()).isEqualTo(inOrder);
    }

    @Test
    default void a_listing_shows_the_metadata(StreamProbe streams) {
        streams.needs(StreamCapability.LIST);
        streams.created("t/a", TEXT, "abc");
        streams.closed("t/a");
        streams.created("t/b", TEXT.withTtlSeconds(1_000));

        assertThat(streams.list("", null, 10).streams())
                .containsExactly(streams.metadata("t/a"), streams.metadata("t/b"));
    }

    @ParameterizedTest
    @CsvSource({"a, a;a/1;a/2;ab", "a/, a/1;a/2", "a/1, a/1", "b, b", "c, ''", "A, ''"})
    default void a_prefix_is_the_start_of_the_text(String prefix, String expected, StreamProbe streams) {
        streams.needs(StreamCapability.LIST);
        List.of("a", "a/1", "a/2", "ab", "b").forEach(path -> streams.created(path, TEXT));

        assertThat(streams.list(prefix, null, 10).streams().stream().map(StreamMetadata::path))
                .isEqualTo(expected.isEmpty() ? List.of() : List.of(expected.split(";")));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 8, 1_000})
    default void pages_list_every_stream_once(int limit, StreamProbe streams) {
        streams.needs(StreamCapability.LIST);
        for (int i = 0; i < 7; i++) {
            streams.created("t/" + i, TEXT);
        }
        List<String> listed = new ArrayList<>();
        @Nullable String after = null;
        ListResult.Listing page;
        do {
            page = streams.list("t/", after, limit);
            assertThat(page.streams()).hasSizeLessThanOrEqualTo(limit);
            page.streams().forEach(stream -> listed.add(stream.path()));
            assertThat(listed).isSorted().doesNotHaveDuplicates();
            after = listed.get(listed.size() - 1);
        } while (page.hasMore());

        assertThat(listed).containsExactly("t/0", "t/1", "t/2", "t/3", "t/4", "t/5", "t/6");
        assertThat(streams.list("t/", "t/6", limit)).isEqualTo(new ListResult.Listing(List.of(), false));
    }

    @Test
    default void a_listing_may_start_after_a_path_without_a_stream(StreamProbe streams) {
        streams.needs(StreamCapability.LIST);
        streams.created("t/a", TEXT);
        streams.created("t/c", TEXT);

        assertThat(streams.list("t/", "t/b", 10).streams())
                .extracting(StreamMetadata::path)
                .containsExactly("t/c");
        assertThat(streams.list("t/", "a", 10).streams()).hasSize(2);
        assertThat(streams.list("t/", "u", 10).streams()).isEmpty();
    }

    @Test
    default void deleted_streams_are_not_listed(StreamProbe streams) {
        streams.needs(StreamCapability.LIST);
        streams.created("t/a", TEXT);
        streams.created("t/b", TEXT);
        streams.deleted("t/a");

        assertThat(streams.paths()).containsExactly("t/b");
    }

    @Test
    default void softly_deleted_streams_are_not_listed(StreamProbe streams) {
        streams.needs(StreamCapability.LIST, StreamCapability.FORKS);
        streams.created("t/source", TEXT);
        streams.forked("t/fork", Fork.atTailOf("t/source"));
        streams.deleted("t/source");

        assertThat(streams.paths()).containsExactly("t/fork");
        assertThat(streams.list("", null, 1).hasMore()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1_001})
    default void a_limit_out_of_range_is_refused(int limit, StreamProbe streams) {
        streams.needs(StreamCapability.LIST);

        refused(await(streams.storage().list("", null, limit)), ErrorKind.INVALID_PARAMS);
    }
}
