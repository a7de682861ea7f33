package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.LiveOptions;
import dev.varve.api.LiveSync;
import dev.varve.api.RecordFeeds;
import dev.varve.api.VarveException;
import dev.varve.api.spi.Transport;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The live syncs of one Varve, at most one for each store. Thread-safe. */
final class LiveRegistry implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(LiveRegistry.class.getName());
    private static final long WARNING_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final HttpTransport transport;
    private final RecordFeeds feeds;
    private final Map<String, LiveStore> stores = new ConcurrentHashMap<>();
    private final AtomicLong warnedNanos = new AtomicLong(System.nanoTime() - WARNING_NANOS);
    private final ScheduledThreadPoolExecutor timer;
    private final ExecutorService takers = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            DaemonThreads.named("varve-live-taker"));
    private boolean closed;

    LiveRegistry(HttpTransport transport, RecordFeeds feeds) {
        this.transport = transport;
        this.feeds = feeds;
        timer = new ScheduledThreadPoolExecutor(1, DaemonThreads.named("varve-live-timer"));
        timer.setRemoveOnCancelPolicy(true);
        timer.setKeepAliveTime(10, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
    }

    /**
     * Begins to keep a copy.
     *
     * @param http how the store is reached without it
     */
    synchronized LiveSync open(String name, LiveOptions options, Transport http) {
        if (closed) {
            throw new VarveException(ErrorKind.UNAVAILABLE, "this Varve was closed");
        }
        if (stores.containsKey(name)) {
            throw new VarveException(
                    ErrorKind.ALREADY_EXISTS,
                    "there is a live sync of " + name + " already; close it before another is made");
        }
        options.patterns().forEach(EntryUrls::requireWritten);
        HttpEntryReads reads = new HttpEntryReads(new StoreCalls(transport, name), new EntryUrls(name), name);
        LiveStore live = new LiveStore(
                transport,
                timer,
                takers,
                name,
                options,
                made -> new LiveTransport(made, http, reads, feeds),
                ended -> stores.remove(name, ended));
        stores.put(name, live);
        live.start();
        return live;
    }

    /** What reaches a store by its live sync, or null when it has none. */
    @Nullable Transport find(String name) {
        if (stores.isEmpty()) {
            return null;
        }
        LiveStore live = stores.get(name);
        if (live == null) {
            warnOfHttp(name);
            return null;
        }
        return live.transport();
    }

    private void warnOfHttp(String name) {
        long last = warnedNanos.get();
        long now = System.nanoTime();
        if (now - last >= WARNING_NANOS && warnedNanos.compareAndSet(last, now)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    name
                            + " has no live sync, as other stores have: it is reached by a request for every call, and tells of no"
                            + " changes");
        }
    }

    @Override
    public void close() {
        List<LiveStore> open;
        synchronized (this) {
            closed = true;
            open = List.copyOf(stores.values());
        }
        open.forEach(LiveStore::close);
        timer.shutdownNow();
    }
}
