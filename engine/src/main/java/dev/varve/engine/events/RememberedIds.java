package dev.varve.engine.events;

import dev.varve.api.AggregateId;
import dev.varve.api.EventStorage;
import dev.varve.api.NewEvent;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The last events of a store by their ids, to recognise appends that come again. Of the owner. */
final class RememberedIds {

    /**
     * An event that was appended.
     *
     * @param appendFirst the first position of its append
     */
    record Noted(
            UUID id,
            long position,
            long appendFirst,
            @Nullable AggregateId aggregate,
            long version,
            int contentHash,
            boolean redacted,
            boolean gone) {
        static Noted of(EventFormat.Head head, long position) {
            return new Noted(
                    head.id(),
                    position,
                    position - head.index(),
                    head.aggregate(),
                    head.version(),
                    head.contentHash(),
                    head.isRedacted(),
                    head.isGone());
        }

        /** Whether an event that comes under this id is the same, as far as that can be told. */
        boolean isSame(NewEvent event) {
            int hash = redacted
                    ? event.type().hashCode()
                    : EventFormat.contentHash(
                            event.type(),
                            event.data().contentType(),
                            event.data().buffer());
            return contentHash == hash;
        }
    }

    /** What stands where the state may have something else still. */
    private final Map<Long, byte[]> replaced;

    private final Map<UUID, Noted> byId = new HashMap<>();
    private final ArrayDeque<Noted> inOrder = new ArrayDeque<>();

    /** Whether those that the state has are in here, as far as they have to be. */
    boolean complete;

    RememberedIds(Map<Long, byte[]> replaced) {
        this.replaced = replaced;
    }

    void note(Noted noted) {
        inOrder.addLast(noted);
        byId.put(noted.id(), noted);
        if (inOrder.size() > EventStorage.REMEMBERED_IDS) {
            Noted oldest = inOrder.removeFirst();
            Noted known = byId.get(oldest.id());
            if (known != null && known.position() == oldest.position()) {
                byId.remove(oldest.id());
            }
        }
    }

    /** An event was redacted or deleted. */
    void replace(byte[] event, long position) {
        Noted after = Noted.of(EventFormat.head(event), position);
        Noted before = byId.get(after.id());
        if (before != null && before.position() == position) {
            byId.put(
                    after.id(),
                    new Noted(
                            before.id(),
                            position,
                            before.appendFirst(),
                            before.aggregate(),
                            before.version(),
                            after.contentHash(),
                            after.redacted(),
                            after.gone()));
        }
    }

    @Nullable Noted find(UUID id) {
        return byId.get(id);
    }

    /** Takes over what the state has from before, in order. */
    void complete(List<Noted> older) {
        for (int i = older.size() - 1; i >= 0 && inOrder.size() < EventStorage.REMEMBERED_IDS; i--) {
            Noted noted = older.get(i);
            if (byId.putIfAbsent(noted.id(), noted) == null) {
                inOrder.addFirst(noted);
            }
        }
        replaced.forEach((position, event) -> replace(event, position));
        complete = true;
    }
}
