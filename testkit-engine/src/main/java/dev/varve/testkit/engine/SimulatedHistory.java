package dev.varve.testkit.engine;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import dev.varve.testkit.engine.SimulatedEntries.Await;
import dev.varve.testkit.engine.SimulationCounts.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * All changes of one store, also those that it does not keep any more. What was seen once stays, in its place; how far
 * history is gone only grows. Confined to one thread.
 */
final class SimulatedHistory {

    private static final int PAGE = 1_000;

    private final String store;
    private final SimulationCounts counts;
    private final List<EntryEvent> events;
    private long compactedSeq;

    /** A store of which nothing has been seen. */
    SimulatedHistory(String store, SimulationCounts counts) {
        this(store, counts, List.of(), 0);
    }

    private SimulatedHistory(String store, SimulationCounts counts, List<EntryEvent> events, long compactedSeq) {
        this.store = store;
        this.counts = counts;
        this.events = new ArrayList<>(events);
        this.compactedSeq = compactedSeq;
    }

    /** A copy of this store that is seen for the first time: its changes are those of its source, and then what expired in it. */
    SimulatedHistory copy(StoreInfo info, EntryStorage storage, Await await) {
        List<EntryEvent> before = events.subList(0, Math.toIntExact(info.compactedSeq()));
        SimulatedHistory copy = new SimulatedHistory(info.name(), counts, before, info.compactedSeq());
        copy.learn(storage, await);
        int same = before.size();
        while (same < Math.min(events.size(), copy.events.size())
                && events.get(same).equals(copy.events.get(same))) {
            same++;
        }
        for (EntryEvent event : copy.events.subList(same, copy.events.size())) {
            if (!event.deviceId().equals(EntryOp.EXPIRY_DEVICE)) {
                throw new AssertionError("the changes of " + info.name() + " are not those of its source: " + event);
            }
        }
        return copy;
    }

    List<EntryEvent> events() {
        return events;
    }

    /** Up to where the store does not keep its changes any more. */
    int compactedSeq() {
        return Math.toIntExact(compactedSeq);
    }

    /** Reads what is new and compares the rest with what was seen before. */
    void learn(EntryStorage storage, Await await) {
        StoreInfo info = storage.store(store).orElseThrow(() -> new AssertionError("the store " + store + " is gone"));
        long compacted = info.compactedSeq();
        if (compacted < compactedSeq || compacted > events.size()) {
            throw new AssertionError("the changes of " + store + " are not kept up to " + compacted
                    + ", which was up to " + compactedSeq + ", of " + events.size() + " that were seen");
        }
        if (compacted > compactedSeq) {
            counts.add(Event.HISTORY_COMPACTED);
            requireGone(storage, await, compacted);
        }
        compactedSeq = compacted;
        List<EntryEvent> kept = new ArrayList<>();
        while (true) {
            EntryEventPage page = await.of(storage.events(store, compacted + kept.size(), PAGE));
            kept.addAll(page.events());
            if (compacted + kept.size() == page.storeSeq()) {
                break;
            }
        }
        List<EntryEvent> known = events.subList(Math.toIntExact(compacted), events.size());
        if (kept.size() < known.size() || !kept.subList(0, known.size()).equals(known)) {
            throw new AssertionError(
                    "changes of " + store + " after " + compacted + " are " + kept + ", but were " + known);
        }
        for (EntryEvent event : List.copyOf(kept.subList(known.size(), kept.size()))) {
            events.add(event);
            if (event.storeSeq() != events.size()) {
                throw new AssertionError(
                        "change " + event.storeSeq() + " of " + store + " stands where " + events.size() + " should");
            }
            if (event.deviceId().equals(EntryOp.EXPIRY_DEVICE)) {
                counts.add(Event.ENTRY_EXPIRED);
            }
        }
    }

    /** Whoever asks for what is not kept any more is told so. */
    private void requireGone(EntryStorage storage, Await await, long compacted) {
        CompletableFuture<EntryEventPage> before = storage.events(store, compacted - 1, 1);
        try {
            EntryEventPage page = await.of(before);
            throw new AssertionError("changes of " + store + " up to " + compacted + " are gone, and read: " + page);
        } catch (CompletionException e) {
            if (!(e.getCause() instanceof VarveException refused) || refused.kind() != ErrorKind.COMPACTED) {
                throw e;
            }
        }
    }
}
