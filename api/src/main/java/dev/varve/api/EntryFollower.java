package dev.varve.api;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the changes of a store one page after the other and hands them to a listener, write by write, on a thread of its own;
 * sleeps while there are none. Thread-safe.
 */
final class EntryFollower implements Subscription {

    private static final int PAGE_EVENTS = 500;
    private static final System.Logger LOG = System.getLogger(EntryFollower.class.getName());

    private final EntryStorage storage;
    private final String store;
    private final Consumer<List<EntryEvent>> listener;
    private final Consumer<VarveException> ended;
    private final Thread thread;
    private volatile boolean closed;
    private volatile boolean over;
    private volatile long newest;
    private long after;
    private long known;
    /** Changes of a write whose end is not known yet. */
    private final List<EntryEvent> write = new ArrayList<>();

    EntryFollower(
            EntryStorage storage,
            String store,
            long after,
            Consumer<List<EntryEvent>> listener,
            Consumer<VarveException> ended) {
        this.storage = storage;
        this.store = store;
        this.after = after;
        this.listener = listener;
        this.ended = ended;
        this.thread = new Thread(this::run, "varve-follow-" + store);
        thread.setDaemon(true);
    }

    void start() {
        createStore();
        if (after == Entries.NOW) {
            after = seqNow();
        }
        thread.start();
    }

    private void createStore() {
        if (storage.store(store).isEmpty()) {
            try {
                StorageStreams.await(storage.createStore(store));
            } catch (VarveException e) {
                if (e.kind() != ErrorKind.ALREADY_EXISTS) {
                    throw e;
                }
            }
        }
    }

    private long seqNow() {
        return storage.store(store).map(StoreInfo::storeSeq).orElse(0L);
    }

    private void run() {
        try {
            Subscription woken = storage.subscribe(store, this::wake);
            try {
                follow();
            } finally {
                woken.close();
            }
        } catch (VarveException e) {
            end(e);
        }
    }

    private void follow() {
        known = seqNow(); // what came before the subscription
        while (!closed) {
            if (after < Math.max(newest, known)) {
                next();
            } else if (over) {
                end(new VarveException(ErrorKind.NOT_FOUND, "the store " + store + " takes no changes any more"));
                return;
            } else {
                LockSupport.park(this);
            }
        }
    }

    private void wake(long storeSeq) {
        if (storeSeq == Long.MAX_VALUE) {
            over = true;
        } else {
            newest = storeSeq;
        }
        LockSupport.unpark(thread);
    }

    private void next() {
        EntryEventPage page = StorageStreams.await(storage.events(store, after, PAGE_EVENTS));
        for (EntryEvent event : page.events()) {
            if (event.first()) {
                tell();
            }
            write.add(event);
            after = event.storeSeq();
        }
        if (after >= page.storeSeq()) {
            tell(); // changes of one write are there all at once
        }
    }

    @SuppressWarnings("CatchingUnchecked") // whatever a listener throws is its own affair
    private void tell() {
        List<EntryEvent> whole = List.copyOf(write);
        write.clear();
        if (whole.isEmpty() || closed) {
            return;
        }
        try {
            listener.accept(whole);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a listener failed at change " + after, e);
        }
    }

    private void end(@Nullable VarveException failure) {
        if (!closed && failure != null) {
            ended.accept(failure);
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
