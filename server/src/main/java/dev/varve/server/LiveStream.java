package dev.varve.server;

import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.StreamChange;
import dev.varve.api.StreamListener;
import dev.varve.api.Subscription;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One stream as followed by the readers of one loop. Readers at the same offset form a group: a change costs one read
 * and one encoding for all of them, and the bytes are shared.
 *
 * <p>No change is missed: every change raises the version, a group knows the version before its last read, and a group
 * that has read before the current version reads again. Confined to its loop, except {@link #changed}.
 */
final class LiveStream implements StreamListener {

    /** How many readers are served before other work of the loop gets its turn. */
    private static final int READERS_PER_TURN = 512;

    /** A version before every change. */
    static final long NEVER = -1;

    /** Readers that wait at one offset. Confined to its loop. */
    static final class Group {
        private final Offset position;
        private final List<LiveReader> readers = new ArrayList<>();
        private long readVersion = NEVER;
        private boolean reading;

        Group(Offset position) {
            this.position = position;
        }
    }

    /** The bytes of one event, encoded when first needed and shared. Confined to its loop. */
    static final class SharedEvent {
        private final LivePage page;
        private @Nullable ByteBuf bytes;
        private long cursor;

        SharedEvent(LivePage page) {
            this.page = page;
        }

        /** The event with the given cursor, to be released by the receiver. */
        ByteBuf with(long wantedCursor) {
            ByteBuf shared = bytes;
            if (shared == null) {
                shared = EventEncoder.encode(ByteBufAllocator.DEFAULT, page, wantedCursor);
                bytes = shared;
                cursor = wantedCursor;
            }
            return cursor == wantedCursor
                    ? shared.retainedDuplicate()
                    : EventEncoder.encode(ByteBufAllocator.DEFAULT, page, wantedCursor);
        }

        void release() {
            ByteBuf shared = bytes;
            bytes = null;
            if (shared != null) {
                shared.release();
            }
        }
    }

    private final ServerContext server;
    private final Loop loop;
    private final String path;
    private final Map<Offset, Group> groups = new HashMap<>();
    private final AtomicLong version = new AtomicLong();
    private final AtomicBoolean signalled = new AtomicBoolean();
    private @Nullable Subscription subscription;
    private int users;
    private boolean serving;

    private LiveStream(ServerContext server, Loop loop, String path) {
        this.server = server;
        this.loop = loop;
        this.path = path;
    }

    /**
     * The stream as this loop follows it. The caller gives it back with {@link #release}.
     *
     * @throws dev.varve.api.VarveException when it is the view of something that is gone
     */
    static LiveStream acquire(ServerContext server, Loop loop, String path) {
        LiveStream stream = loop.streams.get(path);
        if (stream == null) {
            stream = new LiveStream(server, loop, path);
            stream.subscription = server.reads(path).subscribe(path, stream);
            loop.streams.put(path, stream);
        }
        stream.users++;
        return stream;
    }

    void release() {
        if (--users > 0) {
            return;
        }
        // Only this one: a read may end long after all readers have gone, and others may follow the path anew by then.
        loop.streams.remove(path, this);
        Subscription ended = subscription;
        subscription = null;
        if (ended != null) {
            ended.close();
        }
    }

    /** The current version; to be taken before a read whose result is then passed to {@link #join}. */
    long version() {
        return version.get();
    }

    /** Called by the storage. */
    @Override
    public void changed(StreamChange change) {
        version.incrementAndGet();
        if (signalled.compareAndSet(false, true)) {
            loop.deliver(this::readBehind);
        }
    }

    /** Lets a reader wait that found nothing at its position when the version was as given. */
    void join(LiveReader reader, long versionBeforeRead) {
        Group group = groups.computeIfAbsent(reader.position, Group::new);
        reader.group = group;
        reader.groupIndex = group.readers.size();
        group.readers.add(reader);
        group.readVersion = Math.max(group.readVersion, versionBeforeRead);
        if (!serving) {
            readIfBehind(group);
        }
    }

    /** Takes a reader out of its group, if it is in one. */
    void leave(LiveReader reader) {
        Group group = reader.group;
        if (group == null) {
            return;
        }
        reader.group = null;
        LiveReader last = group.readers.removeLast();
        if (reader.groupIndex < group.readers.size()) {
            group.readers.set(reader.groupIndex, last);
            last.groupIndex = reader.groupIndex;
        }
        if (group.readers.isEmpty()) {
            groups.remove(group.position, group);
        }
    }

    private void readBehind() {
        signalled.set(false);
        for (Group group : List.copyOf(groups.values())) {
            readIfBehind(group);
        }
    }

    private void readIfBehind(Group group) {
        long current = version.get();
        if (group.reading || group.readers.isEmpty() || (group.readVersion >= current && group.readVersion != NEVER)) {
            return;
        }
        group.reading = true;
        var _ = LivePage.read(server.reads(path), path, group.position, server.limits.livePageBytes)
                .whenComplete((page, failure) -> loop.run(() -> onRead(group, current, page, failure)));
    }

    private void onRead(Group group, long versionBefore, @Nullable LivePage page, @Nullable Throwable failure) {
        group.reading = false;
        group.readVersion = Math.max(group.readVersion, versionBefore);
        if (page == null) {
            Throwable cause = failure == null ? new IllegalStateException("a read brought nothing") : failure;
            for (LiveReader reader : detach(group)) {
                reader.fail(cause);
            }
            return;
        }
        if (!page.hasData() && !page.raw().hasMore() && !page.closed() && sameStream(group, page)) {
            readIfBehind(group);
            return;
        }
        SharedEvent event = new SharedEvent(page);
        serve(detach(group), 0, page, event, versionBefore);
    }

    private static boolean sameStream(Group group, LivePage page) {
        for (LiveReader reader : group.readers) {
            if (reader.incarnation != page.raw().incarnation()) {
                return false;
            }
        }
        return true;
    }

    /** Empties a group; its readers are in none. */
    private List<LiveReader> detach(Group group) {
        groups.remove(group.position, group);
        List<LiveReader> readers = List.copyOf(group.readers);
        group.readers.clear();
        for (LiveReader reader : readers) {
            reader.group = null;
        }
        return readers;
    }

    /** Hands a page to readers, a bounded number per turn. */
    private void serve(List<LiveReader> readers, int from, LivePage page, SharedEvent event, long versionBefore) {
        int to = Math.min(readers.size(), from + READERS_PER_TURN);
        users++;
        serving = true;
        try {
            for (int i = from; i < to; i++) {
                LiveReader reader = readers.get(i);
                if (reader.incarnation == page.raw().incarnation()) {
                    reader.take(page, event, versionBefore);
                } else {
                    reader.fail(replaced());
                }
                loop.flushAfter(i + 1);
            }
        } finally {
            serving = false;
        }
        if (to < readers.size()) {
            loop.deliver(() -> {
                serve(readers, to, page, event, versionBefore);
                release();
            });
        } else {
            event.release();
            release();
        }
        readBehind();
    }

    private RefusedException replaced() {
        return new RefusedException(Refusal.of(ErrorKind.NOT_FOUND, "the stream at " + path + " was deleted"));
    }
}
