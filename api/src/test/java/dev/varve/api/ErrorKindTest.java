package dev.varve.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The names of kinds are a promise to programs that branch on them, in whatever language. */
final class ErrorKindTest {

    /** Name, then whether to try again, then whether a write may have been made. */
    private static final String KINDS = """
            invalid_params false false
            invalid_offset false false
            invalid_json false false
            empty_body false false
            not_found false false
            gone false false
            compacted false false
            already_exists false false
            content_type_mismatch false false
            closed false false
            sequence_conflict false false
            producer_fenced false false
            producer_gap false false
            producer_epoch_start false false
            producer_limit false false
            consumer_limit false false
            conflict false false
            event_id_reused false false
            precondition_failed false false
            fork_source_gone false false
            fork_depth false false
            cross_shard false false
            limit_exceeded false false
            too_large false false
            unauthorized false false
            forbidden false false
            method_not_allowed false false
            not_supported false false
            not_implemented false false
            invalid_record false false
            nothing_to_write false false
            rate_limited true false
            overloaded true false
            out_of_space true false
            unavailable true false
            outcome_unknown false true
            corrupt false false
            network true false
            timeout false true
            http false true
            internal false true
            """;

    @Test
    void kinds_are_called_and_mean_what_they_always_did() {
        assertThat(Arrays.stream(ErrorKind.values())
                        .map(kind -> kind.wireName() + " " + kind.retryable() + " " + kind.outcomeUnknown()))
                .containsExactlyElementsOf(KINDS.lines().toList());
    }

    @Test
    void what_may_have_been_made_is_not_tried_again_by_itself() {
        assertThat(ErrorKind.values())
                .allSatisfy(kind ->
                        assertThat(kind.retryable() && kind.outcomeUnknown()).isFalse());
    }
}
