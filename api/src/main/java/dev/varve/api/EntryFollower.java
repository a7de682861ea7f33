package dev.varve.api;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** Hands the changes of a store to a listener, write by write. Thread-safe. */
final class EntryFollower extends StoreFollower {

    private static final int PAGE_EVENTS = 500;
    private static final System.Logger LOG = System.getLogger(EntryFollower.class.getName());

    private final EntryStorage storage;
    private final String store;
    private final Consumer<List<EntryEvent>> listener;
    private final Consumer<VarveException> ended;
    private long after;

    /** The last change when this had subscribed, or that nobody knows yet. */
    private long known = Long.MIN_VALUE;

    /** Changes of a write whose end is not known yet. */
    private final List<EntryEvent> write = new ArrayList<>();

    EntryFollower(
            EntryStorage storage,
            String store,
            long after,
            Consumer<List<EntryEvent>> listener,
            Consumer<VarveException> ended) {
        super("varve-follow-" + store, "the store " + store + " takes no changes any more");
        this.storage = storage;
        this.store = store;
        this.after = after;
        this.listener = listener;
        this.ended = ended;
    }

    @Override
    void start() {
        createStore();
        if (after == Entries.NOW) {
            after = seqNow();
        }
        super.start();
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

    @Override
    Subscription subscribe(LongConsumer listener) {
        return storage.subscribe(store, listener);
    }

    @Override
    boolean isBehind(long newestTold) {
        if (known == Long.MIN_VALUE) {
            known = seqNow(); // what came before the subscription
        }
        return after < Math.max(newestTold, known);
    }

    @Override
    void next() {
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
        if (whole.isEmpty() || isClosed()) {
            return;
        }
        try {
            listener.accept(whole);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a listener failed at change " + after, e);
        }
    }

    @Override
    void ended(RuntimeException cause) {
        if (!(cause instanceof VarveException failure)) {
            throw cause;
        }
        ended.accept(failure);
    }
}
