package dev.varve.server.subscriptions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Offset;
import dev.varve.api.StreamChange;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class ChangeFeedTest {

    private final AtomicInteger asked = new AtomicInteger();
    private final ChangeFeed feed = new ChangeFeed(asked::incrementAndGet);
    private final Interests interests = new Interests();

    private List<StreamDelta> drained() {
        List<StreamDelta> deltas = new ArrayList<>();
        feed.drain(deltas::add);
        return deltas;
    }

    private static StreamChange change(String path, long incarnation, StreamChange.Type type, long from, long next) {
        return new StreamChange(path, incarnation, type, Offset.at(from), Offset.at(next), false);
    }

    @Test
    void changes_of_one_stream_are_handed_on_as_one() {
        interests.addPattern(Glob.parse("events/*"));
        feed.follow(interests);
        feed.changed(change("events/a", 1, StreamChange.Type.CREATED, 0, 5));
        feed.changed(change("events/a", 1, StreamChange.Type.APPENDED, 5, 9));
        assertThat(drained()).containsExactly(new StreamDelta("events/a", 1, true, Offset.ZERO, Offset.at(9), false));
        assertThat(drained()).isEmpty();
        assertThat(asked).hasValue(1);
        feed.changed(change("events/a", 1, StreamChange.Type.DELETED, 9, 9));
        assertThat(drained()).containsExactly(new StreamDelta("events/a", 1, false, Offset.at(9), Offset.at(9), true));
        assertThat(asked).hasValue(2);
    }

    @Test
    void a_stream_that_took_the_place_of_another_hides_it() {
        interests.addPath("a");
        feed.follow(interests);
        feed.changed(change("a", 1, StreamChange.Type.APPENDED, 5, 9));
        feed.changed(change("a", 1, StreamChange.Type.DELETED, 9, 9));
        feed.changed(change("a", 2, StreamChange.Type.CREATED, 0, 3));
        assertThat(drained()).containsExactly(new StreamDelta("a", 2, true, Offset.ZERO, Offset.at(3), false));
    }

    @Test
    void what_nobody_is_interested_in_and_the_servers_own_streams_are_dropped() {
        interests.addPattern(Glob.parse("events/**"));
        interests.addPath("manual/a");
        feed.follow(interests);
        feed.changed(change("other/a", 1, StreamChange.Type.CREATED, 0, 5));
        assertThat(drained()).isEmpty();
        feed.changed(change("manual/a", 2, StreamChange.Type.CREATED, 0, 5));
        assertThat(drained()).hasSize(1);
        interests.removePath("manual/a");
        feed.changed(change("manual/a", 2, StreamChange.Type.APPENDED, 5, 6));
        assertThat(drained()).isEmpty();

        interests.addPattern(Glob.parse("**"));
        feed.changed(change("other/a", 1, StreamChange.Type.APPENDED, 5, 6));
        feed.changed(change("__ds/state-0", 3, StreamChange.Type.APPENDED, 5, 6));
        assertThat(drained()).hasSize(1);
    }

    @Test
    void more_changed_streams_than_the_bound_are_dropped_and_it_says_so() {
        interests.addPattern(Glob.parse("**"));
        feed.follow(interests);
        for (int i = 0; i < ChangeFeed.MAX_CHANGED_STREAMS; i++) {
            feed.changed(change("s/" + i, i, StreamChange.Type.CREATED, 0, 1));
        }
        assertThat(feed.takeLost()).isFalse();
        feed.changed(change("one/more", 1_000_000, StreamChange.Type.CREATED, 0, 1));
        feed.changed(change("s/7", 7, StreamChange.Type.APPENDED, 1, 2));
        assertThat(feed.takeLost()).isTrue();
        assertThat(feed.takeLost()).isFalse();
        assertThat(drained())
                .hasSize(ChangeFeed.MAX_CHANGED_STREAMS)
                .contains(new StreamDelta("s/7", 7, true, Offset.ZERO, Offset.at(2), false));
    }

    @Test
    void with_many_patterns_every_path_may_matter() {
        for (int i = 0; i < 40; i++) {
            interests.addPattern(Glob.parse("p" + i + "/*"));
        }
        assertThat(interests.mayMatter("other")).isTrue();
        for (int i = 0; i < 20; i++) {
            interests.removePattern(Glob.parse("p" + i + "/*"));
        }
        assertThat(interests.mayMatter("other")).isFalse();
        assertThat(interests.mayMatter("p39/a")).isTrue();
    }
}
