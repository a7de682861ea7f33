package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.JSON;
import static dev.varve.testkit.StreamProbe.TEXT;
import static dev.varve.testkit.StreamProbe.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.DeleteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Deletion of streams without forks. Those with forks are in {@link StreamForkRules}. */
interface StreamDeletionRules {

    @Test
    default void a_deleted_stream_is_gone_at_once(StreamProbe streams) {
        streams.created("t/log", TEXT, "abc");

        assertThat(streams.delete("t/log")).isEqualTo(new DeleteResult.Deleted(false));

        streams.isAbsent("t/log", ErrorKind.NOT_FOUND);
    }

    @Test
    default void deleting_a_missing_stream_is_refused(StreamProbe streams) {
        refused(streams.delete("t/none"), ErrorKind.NOT_FOUND);
        streams.created("t/log", TEXT);
        streams.deleted("t/log");
        refused(streams.delete("t/log"), ErrorKind.NOT_FOUND);
    }

    @Test
    default void a_new_stream_at_the_same_path_is_clean_and_another(StreamProbe streams) {
        long first = streams.created("t/log", TEXT, "old").incarnation();
        streams.appended(streams.request("t/log", "x").withSequence("z"));
        streams.deleted("t/log");

        long second = streams.created("t/log", JSON).incarnation();

        assertThat(second).isNotEqualTo(first);
        assertThat(streams.tail("t/log")).isEqualTo(Offset.ZERO);
        assertThat(streams.content("t/log")).isEqualTo("[]");
        refused(streams.read("t/log", Offset.at(3)), ErrorKind.INVALID_OFFSET);
        streams.appended(streams.request("t/log", "1").withSequence("a"));
        assertThat(streams.page("t/log", Offset.BEGINNING).incarnation()).isEqualTo(second);
    }

    @Test
    default void deletion_leaves_other_streams_alone(StreamProbe streams) {
        streams.created("t/log", TEXT, "abc");
        streams.created("t/log/below", TEXT, "def");
        streams.created("t/lo", TEXT, "ghi");

        streams.deleted("t/log");

        assertThat(streams.content("t/log/below")).isEqualTo("def");
        assertThat(streams.content("t/lo")).isEqualTo("ghi");
    }

    @Test
    default void a_path_can_be_used_many_times(StreamProbe streams) {
        Set<Long> incarnations = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            incarnations.add(streams.created("t/log", TEXT, "round " + i).incarnation());
            assertThat(streams.content("t/log")).isEqualTo("round " + i);
            streams.deleted("t/log");
        }
        assertThat(incarnations).hasSize(50);
    }
}
