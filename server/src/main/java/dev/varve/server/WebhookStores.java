package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.StoreInfo;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Hears of changes of the stores that have webhooks, once per store however many it has, and of many changes once. Confined to the
 * thread of {@link Webhooks}, except for {@link #close}.
 */
final class WebhookStores implements AutoCloseable {

    private final EntryStorage entries;
    private final Executor thread;
    private final Consumer<List<WebhookState>> changed;
    private final Map<UUID, Followed> followed = new ConcurrentHashMap<>();

    /** A store, and who is to be told. */
    private final class Followed {

        final List<WebhookState> webhooks = new ArrayList<>();
        final Subscription subscription;

        /** Set by the storage when something is new, cleared before it is passed on. */
        private final AtomicBoolean told = new AtomicBoolean();

        Followed(String name) {
            subscription = entries.subscribe(name, _ -> {
                if (told.compareAndSet(false, true)) {
                    thread.execute(() -> {
                        told.set(false);
                        changed.accept(List.copyOf(webhooks));
                    });
                }
            });
        }
    }

    /**
     * Creates an empty one.
     *
     * @param thread where it is confined to
     * @param changed told of the webhooks of a store in which something is new
     */
    WebhookStores(EntryStorage entries, Executor thread, Consumer<List<WebhookState>> changed) {
        this.entries = entries;
        this.thread = thread;
        this.changed = changed;
    }

    /** Has a webhook's store followed; false when there is no such store any more. */
    boolean join(WebhookState state) {
        UUID id = state.webhook.storeId();
        Followed store = followed.get(id);
        if (store == null) {
            String name = entries.store(id).map(StoreInfo::name).orElse(null);
            if (name == null) {
                return false;
            }
            try {
                store = new Followed(name);
            } catch (VarveException e) {
                return false;
            }
            followed.put(id, store);
            // The name may have gone to another store between the two: ids are not used again.
            if (entries.store(id).isEmpty()) {
                leave(state);
                return false;
            }
        }
        store.webhooks.add(state);
        return true;
    }

    /** Does not tell a webhook of anything any more. */
    void leave(WebhookState state) {
        Followed store = followed.get(state.webhook.storeId());
        if (store != null) {
            store.webhooks.remove(state);
            if (store.webhooks.isEmpty()) {
                followed.remove(state.webhook.storeId());
                store.subscription.close();
            }
        }
    }

    /** Thread-safe. */
    @Override
    public void close() {
        followed.values().forEach(store -> store.subscription.close());
    }
}
