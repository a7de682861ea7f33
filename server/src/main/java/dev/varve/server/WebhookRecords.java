package dev.varve.server;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Webhooks and their logs on disk: {@code webhooks/<id>}, and {@code deliveries/<id>/<number>} with sixteen digits, so that
 * the order of paths is the order of calls. Thread-safe.
 */
final class WebhookRecords {

    /** How many calls the log of one webhook holds; the oldest go first. */
    static final int MAX_DELIVERIES = 1_000;

    /** How much of an error is kept. */
    private static final int MAX_ERROR_LENGTH = 500;

    private static final EntryPath WEBHOOKS = EntryPath.of("webhooks");
    private static final EntryPath DELIVERIES = EntryPath.of("deliveries");

    /** A line of a log and its number. */
    record Logged(long number, WebhookDelivery delivery) {}

    private final ServerRecords records;

    WebhookRecords(ServerRecords records) {
        this.records = records;
    }

    /** Makes the store, if it is not there. Blocks. */
    void start() {
        records.start();
    }

    /** Reads all webhooks. */
    CompletableFuture<List<Webhook>> load() {
        return load(null, new ArrayList<>());
    }

    private CompletableFuture<List<Webhook>> load(@Nullable EntryPath after, List<Webhook> into) {
        return records.list(EntryPattern.below(WEBHOOKS), after, EntryQuery.MAX_LIMIT)
                .thenCompose(page -> {
                    page.forEach(saved -> into.add(webhook(saved)));
                    return page.isEmpty()
                            ? CompletableFuture.completedFuture(into)
                            : load(page.getLast().path(), into);
                });
    }

    /** Keeps a webhook as it is now, and new lines of its log, of which the last has the number of its last attempt. */
    CompletableFuture<Void> save(Webhook webhook, List<WebhookDelivery> made) {
        List<EntryOp> ops = new ArrayList<>();
        ops.add(ServerRecords.put(WEBHOOKS.child(webhook.id()), fields(webhook), null));
        long number = webhook.attempts() - made.size();
        for (WebhookDelivery delivery : made) {
            number++;
            ops.add(ServerRecords.put(delivery(webhook.id(), number), fields(delivery), null));
            if (number > MAX_DELIVERIES) {
                ops.add(ServerRecords.delete(delivery(webhook.id(), number - MAX_DELIVERIES), null));
            }
        }
        return write(ops);
    }

    /** Forgets a webhook and its log. */
    CompletableFuture<Void> delete(String id) {
        return write(List.of(
                ServerRecords.delete(WEBHOOKS.child(id), null), ServerRecords.delete(DELIVERIES.child(id), null)));
    }

    /** The newest lines of a log, the newest first. */
    CompletableFuture<List<Logged>> newest(Webhook webhook, int limit) {
        long after = Math.max(0, webhook.attempts() - limit);
        return lines(webhook.id(), after, limit).thenApply(List::reversed);
    }

    /**
     * Forgets lines of a log from before a moment.
     *
     * @return how many, 0 when there are no more
     */
    CompletableFuture<Integer> prune(String id, long beforeMillis) {
        return lines(id, 0, 1).thenCompose(oldest -> {
            if (oldest.isEmpty() || oldest.getFirst().delivery().attemptedAtMillis() >= beforeMillis) {
                return CompletableFuture.completedFuture(0);
            }
            return lines(id, 0, EntryQuery.MAX_LIMIT).thenCompose(lines -> {
                List<EntryOp> ops = lines.stream()
                        .filter(line -> line.delivery().attemptedAtMillis() < beforeMillis)
                        .map(line -> ServerRecords.delete(delivery(id, line.number()), null))
                        .toList();
                return write(ops).thenApply(_ -> ops.size());
            });
        });
    }

    private CompletableFuture<List<Logged>> lines(String id, long after, int limit) {
        return records.list(EntryPattern.below(DELIVERIES.child(id)), delivery(id, after), limit)
                .thenApply(page -> page.stream().map(WebhookRecords::logged).toList());
    }

    private CompletableFuture<Void> write(List<EntryOp> ops) {
        return records.write(ops.toArray(EntryOp[]::new)).thenApply(written -> null);
    }

    private static EntryPath delivery(String id, long number) {
        return DELIVERIES.child(id).child(String.format(Locale.ROOT, "%016d", number));
    }

    // ---- what a record says ----

    private static EntryValue.Fields fields(Webhook webhook) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("store_id", EntryValue.of(webhook.storeId().toString()));
        fields.put("url", EntryValue.of(webhook.url()));
        fields.put("secret", EntryValue.of(webhook.secret()));
        fields.put("inserted_at", EntryValue.of(webhook.insertedAtMillis()));
        fields.put("active", EntryValue.of(webhook.active()));
        fields.put("failure_count", EntryValue.of(webhook.failureCount()));
        put(fields, "failed_at", webhook.failedAtMillis());
        fields.put("last_delivered_seq", EntryValue.of(webhook.lastDeliveredSeq()));
        fields.put("attempts", EntryValue.of(webhook.attempts()));
        return new EntryValue.Fields(fields);
    }

    private static Webhook webhook(ServerRecords.Saved saved) {
        Map<String, EntryValue> fields = saved.value().fields();
        return new Webhook(
                name(saved),
                UUID.fromString(text(fields, "store_id")),
                text(fields, "url"),
                text(fields, "secret"),
                number(fields, "inserted_at"),
                new EntryValue.Bool(true).equals(fields.get("active")),
                (int) number(fields, "failure_count"),
                optionalNumber(fields, "failed_at"),
                number(fields, "last_delivered_seq"),
                number(fields, "attempts"));
    }

    private static EntryValue.Fields fields(WebhookDelivery delivery) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("store_seq", EntryValue.of(delivery.storeSeq()));
        Integer status = delivery.status();
        put(fields, "status_code", status == null ? null : status.longValue());
        put(fields, "response_ms", delivery.responseMillis());
        String error = delivery.error();
        if (error != null) {
            fields.put("error", EntryValue.of(error.substring(0, Math.min(error.length(), MAX_ERROR_LENGTH))));
        }
        fields.put("attempted_at", EntryValue.of(delivery.attemptedAtMillis()));
        return new EntryValue.Fields(fields);
    }

    private static Logged logged(ServerRecords.Saved saved) {
        Map<String, EntryValue> fields = saved.value().fields();
        Long status = optionalNumber(fields, "status_code");
        return new Logged(
                Long.parseLong(name(saved)),
                new WebhookDelivery(
                        number(fields, "store_seq"),
                        status == null ? null : status.intValue(),
                        optionalNumber(fields, "response_ms"),
                        fields.get("error") instanceof EntryValue.Text(String error) ? error : null,
                        number(fields, "attempted_at")));
    }

    private static String name(ServerRecords.Saved saved) {
        return saved.path().segments().getLast();
    }

    private static void put(Map<String, EntryValue> fields, String name, @Nullable Long value) {
        if (value != null) {
            fields.put(name, EntryValue.of(value.longValue()));
        }
    }

    private static String text(Map<String, EntryValue> fields, String name) {
        if (fields.get(name) instanceof EntryValue.Text(String text)) {
            return text;
        }
        throw new VarveException(ErrorKind.CORRUPT, "a record of webhooks lacks " + name);
    }

    private static long number(Map<String, EntryValue> fields, String name) {
        Long value = optionalNumber(fields, name);
        if (value == null) {
            throw new VarveException(ErrorKind.CORRUPT, "a record of webhooks lacks " + name);
        }
        return value;
    }

    private static @Nullable Long optionalNumber(Map<String, EntryValue> fields, String name) {
        return fields.get(name) instanceof EntryValue.Whole(long value) ? value : null;
    }
}
