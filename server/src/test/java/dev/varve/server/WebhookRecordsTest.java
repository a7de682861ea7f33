package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.server.WebhookRecords.Logged;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is kept of webhooks, and how much of their logs. */
final class WebhookRecordsTest {

    private final Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
    private final WebhookRecords records =
            new WebhookRecords(new ServerRecords(engine.reservedEntries(), ServerRecords.WEBHOOKS));

    @BeforeEach
    void start() {
        records.start();
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private static Webhook webhook(String id, long attempts) {
        return new Webhook(id, new UUID(1, 2), "https://example.com/", "whsec_x", 7, false, 3, 99L, 41, attempts);
    }

    private static WebhookDelivery delivery(long seq, long atMillis) {
        return new WebhookDelivery(seq, 200, 5L, null, atMillis);
    }

    private List<Long> kept(String id, long attempts) {
        return records.newest(webhook(id, attempts), 1_000).join().stream()
                .map(Logged::number)
                .toList();
    }

    @Test
    void what_was_saved_is_loaded_as_it_was() {
        Webhook saved = webhook("a", 0);
        records.save(saved, List.of()).join();
        records.save(webhook("b", 0).reactivated(), List.of()).join();
        assertThat(records.load().join()).containsExactly(saved, webhook("b", 0).reactivated());
        records.delete("a").join();
        assertThat(records.load().join()).extracting(Webhook::id).containsExactly("b");
    }

    @Test
    void a_line_of_the_log_is_shown_as_it_was() {
        WebhookDelivery failed = new WebhookDelivery(8, 500, 12L, "the receiver answered 500", 3);
        WebhookDelivery unanswered = new WebhookDelivery(8, null, 5_000L, "no answer", 4);
        WebhookDelivery skipped = WebhookDelivery.skipped(8, 20, 5);
        records.save(webhook("a", 3), List.of(failed, unanswered, skipped)).join();
        assertThat(records.newest(webhook("a", 3), 2).join())
                .containsExactly(new Logged(3, skipped), new Logged(2, unanswered));
        assertThat(records.newest(webhook("a", 3), 100).join()).hasSize(3).contains(new Logged(1, failed));
    }

    @Test
    void a_log_holds_its_newest_1000_lines() {
        for (int i = 1; i <= 103; i++) {
            List<WebhookDelivery> ten =
                    LongStream.range(0, 10).mapToObj(n -> delivery(n, 1)).toList();
            records.save(webhook("a", 10L * i), ten).join();
        }
        assertThat(kept("a", 1_030)).hasSize(1_000).startsWith(1_030L).endsWith(31L);
    }

    @Test
    void lines_from_before_a_moment_are_removed_and_no_others() {
        records.save(webhook("a", 4), List.of(delivery(1, 10), delivery(2, 20), delivery(3, 30), delivery(4, 40)))
                .join();
        records.save(webhook("b", 1), List.of(delivery(1, 10))).join();
        assertThat(records.prune("a", 30).join()).isEqualTo(2);
        assertThat(records.prune("a", 30).join()).isZero();
        assertThat(kept("a", 4)).containsExactly(4L, 3L);
        assertThat(kept("b", 1)).containsExactly(1L);
        records.delete("a").join();
        assertThat(kept("a", 4)).isEmpty();
        assertThat(kept("b", 1)).containsExactly(1L);
    }
}
