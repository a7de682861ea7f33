package dev.varve.server;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.engine.io.Clock;
import dev.varve.server.outbound.SigningKey;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers some changes to one webhook, one after the other, until one fails or others should have their turn. What it reads of a
 * store is in memory only while it runs, and few run at a time. Blocks. Thread-safe.
 */
final class WebhookTurn {

    /** How many changes one turn delivers. */
    static final int MAX_CHANGES = 16;

    /** After how long no further change is begun. */
    private static final long LENGTH_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A body above this size is large. */
    private static final int LARGE_BYTES = 1 << 20;

    /** How many large bodies are sent at the same time. */
    private static final int MAX_LARGE = 4;

    private static final long KEY_PATIENCE_SECONDS = 5;
    private static final Logger LOG = LoggerFactory.getLogger(WebhookTurn.class);

    /**
     * What came of a turn.
     *
     * @param made what was tried; only the last can have failed
     * @param end why the turn ended
     */
    record Outcome(List<WebhookDelivery> made, End end) {}

    /** Why a turn ended. */
    enum End {
        /** All that there was is delivered. */
        DONE,
        /** There is more to deliver. */
        MORE,
        /** The last call failed. */
        FAILED,
        /** The server could not do its part now. */
        HINDERED,
        /** There is no such store any more. */
        STORE_GONE
    }

    private final EntryStorage entries;
    private final WebhookCalls calls;
    private final Supplier<CompletableFuture<SigningKey>> keys;
    private final Clock clock;
    private final Semaphore large = new Semaphore(MAX_LARGE);

    WebhookTurn(EntryStorage entries, WebhookCalls calls, Supplier<CompletableFuture<SigningKey>> keys, Clock clock) {
        this.entries = entries;
        this.calls = calls;
        this.keys = keys;
        this.clock = clock;
    }

    Outcome run(Webhook webhook) {
        try {
            return deliver(webhook);
        } catch (RuntimeException e) {
            LOG.warn("{} could not be served and is tried again", webhook, e);
            return new Outcome(List.of(), End.HINDERED);
        }
    }

    private Outcome deliver(Webhook webhook) {
        StoreInfo store = entries.store(webhook.storeId()).orElse(null);
        EntryEventPage page = null;
        long end = clock.elapsedNanos() + LENGTH_NANOS;
        if (store != null) {
            if (store.storeSeq() <= webhook.lastDeliveredSeq()) {
                return new Outcome(List.of(), End.DONE);
            }
            page = events(store, webhook.lastDeliveredSeq());
            // Changes are read by name. If the store is there after it, too, they were its own: ids are not used again.
            store = entries.store(webhook.storeId()).orElse(null);
        }
        if (store == null) {
            return new Outcome(List.of(), End.STORE_GONE);
        }
        if (page == null) {
            return skip(webhook, store);
        }
        SigningKey key = key();
        List<WebhookDelivery> made = new ArrayList<>();
        for (EntryEvent event : page.events()) {
            WebhookDelivery delivery = send(webhook, key, WebhookCalls.change(store.name(), event), event.storeSeq());
            if (delivery == null) {
                return new Outcome(made, End.HINDERED);
            }
            made.add(delivery);
            if (!delivery.delivered()) {
                return new Outcome(made, End.FAILED);
            }
            if (clock.elapsedNanos() - end >= 0) {
                break;
            }
        }
        boolean all = made.isEmpty() || made.getLast().storeSeq() >= page.storeSeq();
        return new Outcome(made, all ? End.DONE : End.MORE);
    }

    /** The next changes; null when they are not kept any more. */
    private @Nullable EntryEventPage events(StoreInfo store, long after) {
        try {
            return entries.events(store.name(), after, MAX_CHANGES).join();
        } catch (RuntimeException e) {
            ErrorKind kind = Problem.of(e).kind();
            if (kind == ErrorKind.COMPACTED || kind == ErrorKind.NOT_FOUND) {
                return null;
            }
            throw e;
        }
    }

    private Outcome skip(Webhook webhook, StoreInfo store) {
        // What is known of it by now: it was compacted a moment ago.
        long compacted = entries.store(store.name()).orElse(store).compactedSeq();
        long through = Math.max(compacted, webhook.lastDeliveredSeq());
        if (through == webhook.lastDeliveredSeq()) {
            return new Outcome(List.of(), End.HINDERED);
        }
        LOG.warn("{}: the changes through {} were let go before it could be told of them", webhook, through);
        WebhookDelivery skipped = WebhookDelivery.skipped(webhook.lastDeliveredSeq() + 1, through, clock.wallMillis());
        return new Outcome(List.of(skipped), End.MORE);
    }

    /** Sends a body; null when too many large ones are being sent. */
    private @Nullable WebhookDelivery send(Webhook webhook, SigningKey key, byte[] body, long storeSeq) {
        if (body.length <= LARGE_BYTES) {
            return calls.send(webhook, key, body, storeSeq);
        }
        if (!large.tryAcquire()) {
            return null;
        }
        try {
            return calls.send(webhook, key, body, storeSeq);
        } finally {
            large.release();
        }
    }

    /** Asks whether the receiver is there. */
    WebhookDelivery ping(Webhook webhook, String store) {
        return calls.send(webhook, key(), calls.ping(store), 0);
    }

    private SigningKey key() {
        // Whoever is closing does not answer.
        return keys.get().orTimeout(KEY_PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }
}
