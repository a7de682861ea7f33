package dev.varve.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The checker of the crash test sees what it is there to see. */
final class StreamCheckTest {

    private static final int APPENDS = 40;

    private final Payloads payloads = new Payloads(7);
    private final History history = new History();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void what_was_sent_and_acknowledged_is_fine(boolean json) {
        given(json);
        assertThat(check(json, all())).isEqualTo("0 lost");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void an_append_of_unknown_outcome_may_be_there_or_not(boolean json) {
        given(json);
        history.apply("sent 0 " + APPENDS + " s");
        assertThat(check(json, all())).isEqualTo("0 lost");
        assertThat(check(json, with(all(), 0, APPENDS))).isEqualTo("0 lost");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_missing_append_at_the_end_is_lost(boolean json) {
        given(json);
        List<int[]> order = all();
        order.removeLast();
        assertThat(check(json, order)).isEqualTo("1 lost");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_missing_append_in_the_middle_is_lost(boolean json) {
        given(json);
        List<int[]> order = all();
        order.remove(numbered(json, order));
        assertThat(check(json, order)).isEqualTo("1 lost");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void an_append_that_is_there_twice_in_a_row_is_duplicated(boolean json) {
        given(json);
        List<int[]> order = all();
        int at = numbered(json, order);
        order.add(at, order.get(at));
        assertThat(check(json, order)).isEqualTo("0 lost, 1 duplicated");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void an_append_that_comes_again_later_is_duplicated(boolean json) {
        given(json);
        List<int[]> order = all();
        order.add(order.get(numbered(json, order)));
        assertThat(check(json, order)).isEqualTo("0 lost, 1 duplicated");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void an_append_behind_a_later_one_of_its_writer_is_reordered(boolean json) {
        given(json);
        List<int[]> order = all();
        int at = numbered(json, order);
        order.add(order.remove(at));
        assertThat(check(json, order)).isEqualTo("0 lost, 1 reordered");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_refused_append_is_invented(boolean json) {
        given(json);
        int number = firstNumbered(json, APPENDS);
        history.apply("sent 0 " + number + " s");
        history.apply("refused 0 " + number);
        assertThat(check(json, with(all(), 0, number))).isEqualTo("0 lost, 1 invented");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void an_append_of_a_writer_that_does_not_exist_is_invented(boolean json) {
        given(json);
        assertThat(check(json, with(all(), 9, 0))).isEqualTo("0 lost, 1 invented");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void half_an_append_is_torn(boolean json) {
        given(json);
        int number = firstNumbered(json, APPENDS);
        history.apply("sent 0 " + number + " s");
        byte[] half = payloads.messages(json, 0, number, 0).getFirst();
        half = Arrays.copyOf(half, half.length / 2);
        Content content = content(json, all(), half);
        assertThat(check(content)).isEqualTo("0 lost, 1 torn");
    }

    @Test
    void a_part_of_a_batch_of_messages_is_torn() {
        boolean json = true;
        given(json);
        int number = APPENDS;
        while (payloads.messages(json, 0, number, 0).size() < 2) {
            number++;
        }
        history.apply("sent 0 " + number + " s");
        Content content =
                content(json, all(), payloads.messages(json, 0, number, 0).getFirst());
        assertThat(check(content)).isEqualTo("0 lost, 1 torn");
    }

    @Test
    void a_small_message_is_taken_for_the_acknowledged_one_of_two_that_are_alike() {
        given(true);
        int unknown = alike(APPENDS);
        int acknowledged = alike(unknown + 1);
        history.apply("sent 0 " + unknown + " s");
        for (int number = unknown + 1; number < acknowledged; number++) {
            history.apply("sent 0 " + number + " s");
            history.apply("refused 0 " + number);
        }
        history.apply("sent 0 " + acknowledged + " s");
        assertThat(check(true, with(all(), 0, unknown))).isEqualTo("0 lost");

        history.apply("acked 0 " + acknowledged + " 5000");
        assertThat(check(true, with(all(), 0, acknowledged))).isEqualTo("0 lost");
        assertThat(history.stream("s").parts.get(0))
                .filteredOn(part -> part.append.number >= APPENDS && part.found)
                .extracting(part -> part.append.number)
                .containsExactly(acknowledged);
        assertThat(check(true, with(with(all(), 0, unknown), 0, acknowledged))).isEqualTo("0 lost");
        assertThat(check(true, all())).isEqualTo("1 lost");
    }

    /** The first append from a number on whose message is too small to say which one it is. */
    private int alike(int from) {
        int number = from;
        while (payloads.messages(true, 0, number, 0).getFirst().length > 1) {
            number++;
        }
        return number;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void acknowledged_offsets_that_fall_are_reordered(boolean json) {
        given(json);
        List<int[]> order = all();
        order.addFirst(order.remove(1));
        Findings findings = new Findings();
        History.Stream stream = history.stream("s");
        StreamCheck check = new StreamCheck(stream, content(json, order), payloads, findings);
        check.run();
        check.order();
        assertThat(findings.summary(Findings.Kind.LOST)).isEqualTo("0 lost, 1 reordered");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_comparison_goes_on_where_the_last_one_ended(boolean json) {
        given(json);
        Findings findings = new Findings();
        History.Stream stream = history.stream("s");
        StreamCheck first = new StreamCheck(stream, content(json, all()), payloads, findings);
        first.run();
        first.order();
        for (int number = APPENDS; number < APPENDS + 2; number++) {
            history.apply("sent 0 " + number + " s");
            history.apply("acked 0 " + number + " " + (5000 + number));
        }

        StreamCheck second = new StreamCheck(
                        stream,
                        content(json, List.of(new int[] {0, APPENDS}, new int[] {0, APPENDS + 1})),
                        payloads,
                        findings)
                .after(first.checked("x", 1));
        second.run();
        second.order();
        assertThat(findings.summary(Findings.Kind.LOST)).isEqualTo("0 lost");

        new StreamCheck(stream, content(json, List.of(new int[] {0, APPENDS})), payloads, findings)
                .after(first.checked("x", 1))
                .run();
        assertThat(findings.summary(Findings.Kind.LOST)).isEqualTo("1 lost");
    }

    @Test
    void what_was_trimmed_is_left_out_and_what_follows_must_be_there() {
        given(false);
        Findings findings = new Findings();
        History.Stream stream = history.stream("s");
        List<int[]> kept = all().subList(10, all().size());
        StreamCheck check = new StreamCheck(stream, content(false, kept), payloads, findings);
        assertThat(check.trimmed("1009")).hasSize(10);
        check.run();
        assertThat(findings.summary(Findings.Kind.LOST)).isEqualTo("0 lost");

        StreamCheck tooMuch = new StreamCheck(stream, content(false, kept.subList(2, kept.size())), payloads, findings);
        tooMuch.trimmed("1009");
        tooMuch.run();
        assertThat(findings.summary(Findings.Kind.LOST)).isEqualTo("2 lost");
    }

    /** Two writers have sent appends in turn, all acknowledged. */
    private void given(boolean json) {
        history.apply("stream s " + (json ? "json" : "bytes"));
        history.apply("opened s");
        int offset = 1000;
        for (int[] append : all()) {
            history.apply("sent " + append[0] + " " + append[1] + " s");
            history.apply("acked " + append[0] + " " + append[1] + " " + offset++);
        }
    }

    private static List<int[]> all() {
        List<int[]> all = new ArrayList<>();
        for (int number = 0; number < APPENDS; number++) {
            all.add(new int[] {0, number});
            all.add(new int[] {1, number});
        }
        return all;
    }

    private static List<int[]> with(List<int[]> order, int writer, int number) {
        order.add(new int[] {writer, number});
        return order;
    }

    /** The place in the middle of an append that is large enough to carry its number. */
    private int numbered(boolean json, List<int[]> order) {
        int at = order.size() / 2;
        while (payloads.messages(json, order.get(at)[0], order.get(at)[1], 0).getFirst().length < 20) {
            at++;
        }
        return at;
    }

    private int firstNumbered(boolean json, int from) {
        int number = from;
        while (payloads.messages(json, 0, number, 0).getFirst().length < 20) {
            number++;
        }
        return number;
    }

    private String check(boolean json, List<int[]> order) {
        return check(content(json, order));
    }

    private String check(Content content) {
        Findings findings = new Findings();
        new StreamCheck(history.stream("s"), content, payloads, findings).run();
        return findings.summary(Findings.Kind.LOST);
    }

    private Content content(boolean json, List<int[]> order, byte[]... more) {
        List<byte[]> messages = new ArrayList<>();
        for (int[] append : order) {
            messages.addAll(payloads.messages(json, append[0], append[1], 0));
        }
        messages.addAll(List.of(more));
        if (json) {
            return new Content.Json(messages);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        messages.forEach(bytes::writeBytes);
        return new Content.Bytes(bytes.toByteArray());
    }
}
