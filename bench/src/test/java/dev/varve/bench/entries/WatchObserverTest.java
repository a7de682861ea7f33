package dev.varve.bench.entries;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.bench.Findings;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What a reader is told rightly passes, and every way of telling it wrongly is found. */
final class WatchObserverTest {

    private final Findings findings = new Findings();
    private final WatchedStore store = new WatchedStore("a/b", findings);
    private final WatchObserver observer = observer(WatchPattern.ALL, 0);

    private WatchObserver observer(WatchPattern pattern, long start) {
        return new WatchObserver("reader", store, pattern, findings, start);
    }

    private static WatchedStore.Change change(String op, String path, String value) {
        return WatchedStore.Change.of(WatchCalls.JSON.readTree(
                "{\"op\":\"" + op + "\",\"path\":\"" + path + "\",\"value\":" + value + ",\"client_op_id\":\"n\"}"));
    }

    private static WatchedStore.Change set(String path, String value) {
        return change("set", path, value);
    }

    private static NavigableMap<String, JsonNode> entries(String... pathsAndValues) {
        NavigableMap<String, JsonNode> entries = new TreeMap<>();
        for (int i = 0; i < pathsAndValues.length; i += 2) {
            entries.put(pathsAndValues[i], WatchCalls.JSON.readTree(pathsAndValues[i + 1]));
        }
        return entries;
    }

    private void passes() {
        assertThat(findings.words()).isEmpty();
    }

    private void finds(String words) {
        assertThat(findings.words()).anyMatch(found -> found.contains(words));
    }

    @Test
    void every_change_in_order_passes() {
        observer.event(1, set("o/1", "{\"x\":1,\"y\":2}"));
        observer.event(2, change("merge", "o/1", "{\"y\":3}"));
        observer.event(3, change("delete", "o/1/x", "null"));
        observer.event(4, change("increment", "c", "7"));
        observer.through(4);
        assertThat(observer.finish(entries("o/1/y", "3", "c", "7"))).isEqualTo(4);
        passes();
    }

    @Test
    void a_gap_is_found() {
        observer.event(1, set("r", "1"));
        observer.event(3, set("r", "3"));
        finds("was told change 3 after 1");
    }

    @Test
    void a_gap_at_the_beginning_is_found() {
        observer.event(2, set("r", "1"));
        finds("was told change 2 after 0");
    }

    @Test
    void a_change_told_twice_is_found() {
        observer.event(1, set("r", "1"));
        observer.event(1, set("r", "1"));
        finds("duplicated");
    }

    @Test
    void a_change_told_late_is_found() {
        WatchObserver some = observer(new WatchPattern("r/**"), 0);
        some.event(2, set("r/1", "1"));
        some.event(1, set("r/1", "1"));
        finds("reordered");
    }

    @Test
    void what_others_were_told_otherwise_is_found() {
        observer.event(1, set("r", "1"));
        observer(WatchPattern.ALL, 0).event(1, set("r", "2"));
        finds("invented");
    }

    @Test
    void an_acknowledged_change_that_is_told_as_another_is_found() {
        observer.event(1, set("r", "1"));
        store.acknowledge(1, "delete", "r");
        store.compare(1);
        finds("was acknowledged as change 1");
    }

    @Test
    void an_acknowledged_change_behind_the_end_is_found() {
        store.acknowledge(2, "set", "r");
        store.compare(1);
        finds("the store ends at 1");
    }

    @Test
    void a_number_given_to_two_writes_is_found() {
        store.acknowledge(2, "set", "r");
        store.acknowledge(2, "set", "s");
        finds("acknowledged to two writes");
    }

    @Test
    void a_mark_beyond_what_was_told_is_found() {
        observer.event(1, set("r", "1"));
        observer.through(2);
        finds("was told of progress to 2");
    }

    @Test
    void a_mark_before_what_was_told_is_found() {
        observer.event(1, set("r", "1"));
        observer.through(0);
        finds("was told of progress to 0");
    }

    @Test
    void a_change_after_a_mark_that_counts_it_is_found() {
        WatchObserver some = observer(new WatchPattern("r/**"), 0);
        some.through(2);
        some.event(2, set("r/1", "1"));
        finds("was told change 2 when it was at 2");
    }

    @Test
    void a_change_that_a_filter_kept_back_wrongly_is_found() {
        observer.event(1, set("o/1/x", "1"));
        observer.event(2, change("delete", "o", "null"));
        WatchObserver some = observer(new WatchPattern("o/*/x"), 0);
        some.event(1, set("o/1/x", "1"));
        some.through(2);
        some.finish(entries());
        finds("was never told change 2");
    }

    @Test
    void a_change_that_a_filter_let_through_wrongly_is_found() {
        observer(new WatchPattern("o/*/x"), 0).event(1, set("o/1/y", "1"));
        finds("was told of o/1/y and wanted o/*/x");
    }

    @Test
    void a_snapshot_stands_for_what_is_not_told() {
        observer.event(1, set("r", "1"));
        observer.snapshotBegins();
        observer.snapshotEntry("s", WatchCalls.JSON.readTree("5"));
        observer.snapshotEnds(7);
        observer.event(8, set("t", "8"));
        observer.finish(entries("s", "5", "t", "8"));
        passes();
    }

    @Test
    void a_snapshot_that_lacks_or_keeps_something_is_found() {
        observer.snapshotBegins();
        observer.snapshotEntry("s", WatchCalls.JSON.readTree("5"));
        observer.snapshotEnds(7);
        observer.finish(entries("s", "5", "t", "8"));
        finds("nothing instead of 8");
    }

    @Test
    void a_snapshot_of_the_past_is_found() {
        observer.event(1, set("r", "1"));
        observer.event(2, set("r", "2"));
        observer.snapshotBegins();
        observer.snapshotEnds(1);
        finds("got a snapshot of 1");
    }

    @Test
    void a_snapshot_with_what_a_filter_does_not_mean_is_found() {
        observer(new WatchPattern("o/*/x"), 0).snapshotEntry("o/1/y", WatchCalls.JSON.readTree("5"));
        finds("got o/1/y in a snapshot");
    }

    private static WatchedStore.Change expiry(String path) {
        return WatchedStore.Change.of(WatchCalls.JSON.readTree(
                "{\"op\":\"delete\",\"path\":\"" + path + "\",\"value\":null,\"device_id\":\"system:expiry\"}"));
    }

    private static long millis(long millis) {
        return millis * 1_000_000;
    }

    /** A value of 100 ms that was asked for at 1 s, another change, and its end. */
    private void livesAndExpiresAt(long nowMillis, WatchedStore.Change between) {
        store.tell("reader", 1, set("t/1", new Lifetime(100, millis(1_000)).value()));
        store.tell("reader", 2, between);
        store.tell("reader", 3, expiry("t/1"), millis(nowMillis + 50));
        store.tell("another", 3, expiry("t/1"), millis(nowMillis));
        store.judgeExpiries();
    }

    @Test
    void what_expires_after_its_time_passes() {
        livesAndExpiresAt(1_100, set("r", "1"));
        assertThat(store.judgedExpiries()).isEqualTo(1);
        passes();
    }

    @Test
    void what_expires_before_its_time_is_found() {
        livesAndExpiresAt(1_080, set("r", "1"));
        finds("20 ms before the time");
    }

    @Test
    void an_expiry_of_what_was_set_anew_without_a_lifetime_is_found() {
        livesAndExpiresAt(1_100, set("t/1", "5"));
        finds("expires what has no lifetime");
    }

    @Test
    void an_expiry_of_what_was_set_anew_with_a_longer_lifetime_is_found() {
        livesAndExpiresAt(1_100, set("t/1", new Lifetime(300, millis(1_020)).value()));
        finds("220 ms before the time");
    }

    @Test
    void a_second_expiry_of_the_same_is_found() {
        livesAndExpiresAt(1_100, set("r", "1"));
        store.tell("reader", 4, expiry("t/1"), millis(1_200));
        store.judgeExpiries();
        finds("expires what has no lifetime");
    }

    @Test
    void an_expiry_of_what_never_was_is_found() {
        livesAndExpiresAt(1_100, set("r", "1"));
        store.tell("reader", 4, expiry("t/2"), millis(1_200));
        store.judgeExpiries();
        finds("of what never stood there");
    }

    @Test
    void an_expiry_after_a_change_that_nobody_knows_is_not_judged() {
        store.tell("reader", 2, expiry("t/1"), millis(1_000));
        store.judgeExpiries();
        assertThat(store.judgedExpiries()).isZero();
        passes();
    }

    @Test
    void a_message_is_the_same_packed_and_unpacked() throws Exception {
        String json = "[\"1\",null,\"store:a/b\",\"event\",{\"value\":{\"x\":[1,-5,70000,true,1.5,\"\\u00e9\\n\"]}}]";
        assertThat(WatchCalls.JSON.readTree(PackedJson.text(PackedJson.pack(json))))
                .isEqualTo(WatchCalls.JSON.readTree(json));
    }

    @ParameterizedTest
    @CsvSource({
        "**, a/b, true, true",
        "r/**, r, false, true",
        "r/**, r/1/x, true, true",
        "r/**, rr/1, false, false",
        "o/*/x, o/1/x, true, true",
        "o/*/x, o/1, false, true",
        "o/*/x, o/1/y, false, false",
        "o/*/x, o/1/x/y, false, false",
        "c/3, c/3, true, true",
        "c/3, c/33, false, false",
    })
    void a_pattern_means_paths_and_is_concerned_by_those_above(
            String pattern, String path, boolean means, boolean concerned) {
        assertThat(new WatchPattern(pattern).means(path)).isEqualTo(means);
        assertThat(new WatchPattern(pattern).isConcernedBy(path)).isEqualTo(concerned);
    }
}
