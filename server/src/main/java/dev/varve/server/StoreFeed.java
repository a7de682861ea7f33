package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.StoreInfo;
import dev.varve.api.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One store as followed by the channels of one loop. It knows how far the store has come and holds the last page of changes
 * for as long as a channel needs it, so that a change costs one read and one encoding for all channels that keep up. A
 * channel that does not reads for itself. Confined to its loop, except {@link #changed}.
 */
final class StoreFeed {

    /** How many changes a page has at most. */
    private static final int PAGE = 128;

    /** How many members are told before other work of the loop gets its turn. */
    private static final int MEMBERS_PER_TURN = 256;

    /** Who follows. Called on the loop. */
    interface Member {

        /** There is more to send, or a read that was waited for is done. */
        void more();

        /** The number of the last change that was sent. */
        long sent();

        /** The changes cannot be read. */
        void fail(Throwable failure);

        /** The store was archived or deleted. */
        void ended();
    }

    final UUID id;
    final String store;

    private final EntryStorage entries;
    private final Loop loop;
    private final List<Member> members = new ArrayList<>();
    private final List<SharedHead> heads = new ArrayList<>();
    private final AtomicLong told = new AtomicLong();
    private final AtomicBoolean signalled = new AtomicBoolean();
    private @Nullable Subscription subscription;
    private int users;
    private long tail;
    /** The last page, one change after the other. */
    private List<SharedEvent> page = List.of();
    /** The last change of the last page; pages are read one after the other from here. */
    private long pageEnd;
    /** How far a member has got by reading for itself. */
    private long front;

    private boolean reading;
    private boolean telling;
    /** Whether somebody had not taken all of the page when told this time; most often nobody, and then nobody is looked at again. */
    private boolean behind;
    /** Whether there is more to tell once all have been told. */
    private boolean tellAgain;
    /** Whether the next page is to be read once all have been told of this one. */
    private boolean pageWanted;

    private StoreFeed(EntryStorage entries, Loop loop, StoreInfo info) {
        this.entries = entries;
        this.loop = loop;
        this.id = info.id();
        this.store = info.name();
    }

    /**
     * The store as this loop follows it. The caller gives it back with {@link #release}.
     *
     * @throws dev.varve.api.VarveException when the store is gone
     */
    static StoreFeed acquire(EntryStorage entries, Loop loop, StoreInfo info) {
        StoreFeed feed = loop.stores.get(info.id());
        if (feed == null) {
            feed = new StoreFeed(entries, loop, info);
            if (!info.archived()) { // which changes no more; it would be told at once that it does not
                feed.subscription = entries.subscribe(info.name(), feed::changed);
            }
            // What is committed from here on is told; the rest is in this number.
            feed.tail = entries.store(info.id()).orElse(info).storeSeq();
            feed.pageEnd = feed.tail;
            loop.stores.put(info.id(), feed);
        }
        feed.users++;
        return feed;
    }

    void release() {
        if (--users > 0) {
            return;
        }
        loop.stores.remove(id, this);
        dropPage();
        Subscription ended = subscription;
        if (ended != null) {
            ended.close();
        }
    }

    void add(Member member) {
        members.add(member);
    }

    void remove(Member member) {
        members.remove(member);
    }

    /** What live changes begin with for all who have joined under a topic, or null when there are too many topics. */
    @Nullable SharedHead head(PhoenixCodec codec, String topic) {
        for (SharedHead head : heads) {
            if (head.codec() == codec && head.topic().equals(topic)) {
                return head;
            }
        }
        if (heads.size() == SharedHead.MAX) {
            return null;
        }
        SharedHead head = new SharedHead(codec, topic, codec.head(null, null, topic, StoreChannel.EVENT), heads.size());
        heads.add(head);
        return head;
    }

    /** The number of the last change that is known of. */
    long tail() {
        return tail;
    }

    /** A write has been answered, so the store has come at least this far. */
    void reached(long storeSeq) {
        if (storeSeq > tail) {
            tail = storeSeq;
        }
    }

    /** Called by the storage. */
    private void changed(long storeSeq) {
        told.accumulateAndGet(storeSeq, Math::max);
        if (signalled.compareAndSet(false, true)) {
            loop.deliver(this::wake);
        }
    }

    private void wake() {
        signalled.set(false);
        long now = told.get();
        if (users == 0) {
            return;
        }
        if (now == Long.MAX_VALUE) {
            loop.stores.remove(id, this); // whoever joins from now on looks anew
            for (Member member : List.copyOf(members)) {
                member.ended();
            }
            return;
        }
        // Also when the number is known from the answer to a write: that told only the writer.
        reached(now);
        if (tail > pageEnd && (isAwaited() || skipsAhead())) {
            readNextPage(); // and tell all when it is there, not in vain before
        } else {
            tellAll();
        }
    }

    /** Whether a member has all up to the end of the page. */
    private boolean isAwaited() {
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).sent() == pageEnd) {
                return true;
            }
        }
        return false;
    }

    /** Goes to where a member has got by itself when the others have, too: they are to share pages again. */
    private boolean skipsAhead() {
        if (reading || telling || front <= pageEnd) {
            return false;
        }
        dropPage();
        pageEnd = front;
        return tail > pageEnd;
    }

    /** A member has got somewhere by reading for itself. */
    void passed(long storeSeq) {
        front = Math.max(front, storeSeq);
        reached(storeSeq);
    }

    private void tellAll() {
        if (telling) {
            tellAgain = true;
        } else {
            telling = true;
            behind = false;
            tell(List.copyOf(members), 0);
        }
    }

    private void tell(List<Member> round, int from) {
        int to = Math.min(round.size(), from + MEMBERS_PER_TURN);
        for (int i = from; i < to; i++) {
            Member member = round.get(i);
            member.more();
            behind |= member.sent() < pageEnd;
            loop.flushAfter(i + 1);
        }
        if (users == 0) {
            return;
        }
        if (to < round.size()) {
            loop.deliver(() -> tell(round, to));
            return;
        }
        telling = false;
        if (!page.isEmpty() && !(behind && isNeeded())) {
            dropPage();
        }
        if (pageWanted) {
            pageWanted = false;
            readPage();
        }
        if (tellAgain) {
            tellAgain = false;
            tellAll();
        }
    }

    /** The change with a number, if it is at hand. */
    @Nullable SharedEvent get(long storeSeq) {
        long first = pageEnd - page.size() + 1;
        return storeSeq >= first && storeSeq <= pageEnd ? page.get((int) (storeSeq - first)) : null;
    }

    /** Whether a change is the first of the next page; then that page is read, and the members are told. */
    boolean comesNext(long storeSeq) {
        if (storeSeq != pageEnd + 1) {
            return false;
        }
        readNextPage();
        return true;
    }

    private void readNextPage() {
        if (telling) {
            pageWanted = true;
        } else {
            readPage();
        }
    }

    /** Whether a member lacks changes of the page. */
    private boolean isNeeded() {
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).sent() < pageEnd) {
                return true;
            }
        }
        return false;
    }

    private void readPage() {
        if (reading) {
            return;
        }
        reading = true;
        long known = tail;
        var _ = ChangePages.read(entries, store, pageEnd, PAGE)
                .whenComplete((events, failure) -> loop.deliver(() -> {
                    reading = false;
                    if (users > 0) {
                        take(events, failure, known);
                    }
                }));
    }

    private void take(ChangePages.@Nullable Page events, @Nullable Throwable failure, long known) {
        dropPage();
        if (events == null) {
            pageEnd = tail;
            Throwable why = failure == null ? new IllegalStateException("a read brought nothing") : failure;
            for (Member member : List.copyOf(members)) {
                if (member.sent() < tail) {
                    member.fail(why);
                }
            }
            return;
        }
        List<SharedEvent> shared = new ArrayList<>(events.changes().size());
        for (ChangePages.Change change : events.changes()) {
            shared.add(new SharedEvent(change));
        }
        page = shared;
        pageEnd += shared.size();
        if (shared.isEmpty()) {
            if (tail > known) {
                readPage(); // the storage has told meanwhile
            } else {
                tail = pageEnd; // not readable yet; the storage tells when it is
            }
            return;
        }
        reached(events.storeSeq());
        behind = true; // also those whom a round that goes on has told already
        tellAll();
    }

    private void dropPage() {
        page.forEach(SharedEvent::release);
        page = List.of();
    }
}
