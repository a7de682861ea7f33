package dev.varve.client;

import dev.varve.api.Entries;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.LiveOptions;
import dev.varve.api.LiveSync;
import dev.varve.api.RecordFeeds;
import dev.varve.api.Store;
import dev.varve.api.StoreInfo;
import dev.varve.api.TransactionStorage;
import dev.varve.api.VarveException;
import dev.varve.api.spi.Transport;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A store of a server. Thread-safe. */
final class HttpStore implements Store {

    private static final byte[] NO_FIELDS = EntryJson.bytes(new EntryValue.Fields(Map.of()));

    private final HttpTransport transport;
    private final String name;
    private final StoreCalls calls;
    private final EntryUrls urls;
    private final Entries entries;
    private final EventStore events;
    private final TransactionStorage transactions;
    private final Transport http;
    private final LiveRegistry live;

    /**
     * A store that may exist or not.
     *
     * @param liveTimeout for how long nothing may come of a feed
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when no store can be called so
     */
    HttpStore(
            HttpTransport transport,
            String name,
            EventStorage events,
            TransactionStorage transactions,
            HttpFollowers followers,
            Duration liveTimeout,
            RecordFeeds feeds,
            LiveRegistry live) {
        if (!StoreInfo.NAME.matcher(name).matches()) {
            throw new VarveException(
                    ErrorKind.INVALID_PARAMS, "\"" + name + "\" is no name of a store: organisation/name");
        }
        this.transport = transport;
        this.name = name;
        this.calls = new StoreCalls(transport, name);
        this.urls = new EntryUrls(name);
        this.entries = new HttpEntries(transport, name, followers, liveTimeout);
        this.events = EventStore.over(events, name);
        this.transactions = transactions;
        this.http = Transport.http(name, entries, feeds);
        this.live = live;
    }

    @Override
    public String name() {
        return name;
    }

    /** Two reads: of the list of stores, which says what the store is, and of its status, which says what it holds. */
    @Override
    public Optional<StoreInfo> info() {
        String organisation = name.substring(0, name.indexOf('/'));
        EntryAnswer list = calls.get(EntryUrls.STORES + "?org=" + organisation);
        for (EntryAnswer store : list.objects("stores")) {
            if (store.text("full_name").equals(name)) {
                return calls.find(urls.of("/status")).map(status -> info(store, status));
            }
        }
        return Optional.empty();
    }

    private static StoreInfo info(EntryAnswer store, @Nullable EntryAnswer status) {
        boolean archived = store.text("status").equals("archived");
        Long compacted = status == null ? null : status.optionalNumber("latest_snapshot_seq");
        Instant compactedAt = status == null || compacted == null ? null : status.time("latest_snapshot_at");
        return new StoreInfo(
                store.id("id"),
                store.text("full_name"),
                archived,
                store.time("inserted_at"),
                status == null ? 0 : status.number("current_seq"),
                status == null ? 0 : status.number("entry_count"),
                status == null ? 0 : status.number("file_storage_bytes"),
                compacted == null ? 0 : compacted,
                compactedAt);
    }

    @Override
    public long sizeBytes() {
        Long bytes = calls.get(urls.of("/status")).optionalNumber("db_size_bytes");
        if (bytes == null) {
            throw VarveException.notSupported("the sizes of stores");
        }
        return bytes;
    }

    @Override
    public StoreInfo create() {
        HttpRequest post = calls.post(EntryUrls.STORES, named(name));
        return info(calls.expected(post, calls.send(post)).object("store"), null);
    }

    private static byte[] named(String name) {
        return EntryJson.bytes(new EntryValue.Fields(Map.of("name", EntryValue.of(name))));
    }

    @Override
    public StoreInfo copyTo(String newName) {
        HttpRequest post = calls.post(urls.of("/clone"), named(newName));
        EntryAnswer copy = calls.expected(post, calls.send(post)).object("store");
        return withStatus(copy, newName);
    }

    @Override
    public StoreInfo archive() {
        return withStatus(calls.postRepeatable(urls.of("/archive"), NO_FIELDS).object("store"), name);
    }

    private StoreInfo withStatus(EntryAnswer store, String itsName) {
        EntryUrls its = new EntryUrls(itsName);
        return info(store, new StoreCalls(transport, itsName).get(its.of("/status")));
    }

    /** What it was is read right before, since the answer to the deletion does not say it. */
    @Override
    public StoreInfo delete() {
        StoreInfo known = info().orElseThrow(calls::noStore);
        HttpRequest delete = calls.delete(urls.store());
        EntryAnswer done = calls.expected(delete, calls.send(delete));
        if (!done.isTrue("ok")) {
            throw done.broken("ok");
        }
        return known;
    }

    @Override
    public Entries entries() {
        return entries;
    }

    @Override
    public EventStore events() {
        return events;
    }

    @Override
    public TransactionStorage transactions() {
        return transactions;
    }

    @Override
    public Transport transport() {
        Transport found = live.find(name);
        return found == null ? http : found;
    }

    @Override
    public LiveSync live(LiveOptions options) {
        return live.open(name, options, http);
    }

    /** Two of the same store are the same, so that a batch can tell whose repositories it is given. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof HttpStore that && transport == that.transport && name.equals(that.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }
}
