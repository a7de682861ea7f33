package dev.varve.server;

import dev.varve.api.EntryQuery;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One store as joined by one socket. It remembers the last change that it has sent and takes the next one from the store
 * when the socket takes bytes, so a socket that is slow holds no memory. Every change is sent once, in order, without gap;
 * the answer to a write is held back until the write's own change was sent. Confined to the connection's loop.
 */
final class StoreChannel implements StoreFeed.Member {

    /** The least that is read at once for a socket that takes little. */
    private static final int MIN_PAGE = 16;

    /** What is read at first, when it is not known yet how much the socket takes. */
    private static final int FIRST_PAGE = 64;

    /** Changes that are passed over before the client is told how far it is. */
    private static final int PASSED_OVER = 1_000;

    /** The position of a client that wants a snapshot: as one that is not of this store. */
    private static final long AHEAD = Long.MAX_VALUE;

    private static final int CAPVER = 3;

    /** The name of the message that tells a change. */
    static final String EVENT = "event";

    private static final Logger LOG = LoggerFactory.getLogger(StoreChannel.class);

    /** An answer that waits for a change to be sent first. */
    private record Answer(long after, PhoenixMessage to, EntryValue response, int bytes) {}

    private final PhoenixSocket socket;
    private final PhoenixMessage joinMessage;
    private final @Nullable String joinRef;
    /** At hand here, because every change goes to every channel's. It drops what is sent after the socket has closed. */
    private final Connection connection;
    /** Null while there are none, as for all who only listen. */
    private @Nullable ArrayDeque<Answer> answers;

    private @Nullable StoreFeed feed;
    private @Nullable PathFilter filter;
    private @Nullable PresenceMember presence;
    private @Nullable StoreSnapshot snapshot;
    private boolean joinAnswered;
    private boolean closed;
    private boolean reading;
    private int page = FIRST_PAGE;
    /** The last change that was sent or passed over. */
    private long sent;
    /** How far the client knows that it is. */
    private long told;
    /** The last change of the time of the join. */
    private long catchUp;

    private boolean caughtUp;
    /** Whether the next change is of the same write as the last one. */
    private boolean insideWrite;
    /** Whether the client was told a change of this write and not of its end. */
    private boolean writeTold;
    /** Of live changes, when their frames are shared. */
    private @Nullable SharedHead sharedHead;
    /** Of changes whose frames are this channel's own. */
    private byte @Nullable [] ownHead;

    StoreChannel(PhoenixSocket socket, PhoenixMessage joinMessage, @Nullable String joinRef) {
        this.socket = socket;
        this.connection = socket.link.connection();
        this.joinMessage = joinMessage;
        this.joinRef = joinRef;
    }

    String topic() {
        return joinMessage.topic();
    }

    @Nullable String joinRef() {
        return joinRef;
    }

    // ---- joining ----

    /** Joins; answered now or later. */
    void join(String name) {
        try {
            PushFields payload = PushFields.of(joinMessage.payload());
            Long last = payload == null ? null : payload.whole("last_store_seq");
            if (payload == null || last == null || last < 0) {
                throw PushProblem.of("join crashed");
            }
            filter = PathFilter.of(payload);
            presence = PresenceMember.of(payload, socket, topic(), joinRef);
            boolean chunked = payload.truth("chunked", "join crashed");
            boolean anew = payload.truth("snapshot", "join crashed");
            await(
                    StoreTopic.find(socket, name),
                    found -> found.ifPresentOrElse(
                            info -> admit(info, anew ? AHEAD : last, chunked),
                            () -> refuse(PushProblem.of("unauthorized"))),
                    this::failJoin);
        } catch (PushProblem e) {
            refuse(e);
        }
    }

    private void admit(StoreInfo info, long last, boolean chunked) {
        try {
            AccessCheck.requireStore(socket.access, info, Scope.ENTRIES_READ);
            follow(info, last, chunked);
        } catch (AccessDenied e) {
            refuse(e.push());
        }
    }

    private void follow(StoreInfo info, long last, boolean chunked) {
        StoreFeed followed;
        try {
            followed = StoreFeed.acquire(socket.entries, socket.loop(), info);
        } catch (VarveException e) {
            failJoin(e);
            return;
        }
        feed = followed;
        sharedHead = followed.head(socket.codec, topic());
        sent = last;
        catchUp = followed.tail();
        if (last == catchUp) {
            accept();
        } else if (last > catchUp) {
            // Not a position of this store as it is: it was deleted and created again, or brought back from a backup.
            takeSnapshot(chunked);
        } else {
            await(socket.entries.events(followed.store, last, 1), _ -> accept(), failure -> {
                if (Problem.of(failure).kind() == ErrorKind.COMPACTED) {
                    takeSnapshot(chunked);
                } else {
                    failJoin(failure);
                }
            });
        }
    }

    private void takeSnapshot(boolean chunked) {
        StoreFeed followed = feed;
        if (followed == null) {
            return;
        }
        StoreSnapshot taken = new StoreSnapshot(socket, followed.store, filter, chunked);
        snapshot = taken;
        sent = 0;
        if (chunked) {
            accept();
            return;
        }
        await(taken.whole(), _ -> accept(), this::failJoin);
    }

    /** Answers the join and begins to send. */
    private void accept() {
        StoreFeed followed = feed;
        if (followed == null) {
            return;
        }
        if (presence != null) {
            presence.enter(followed.id);
        }
        joinAnswered = true;
        Map<String, EntryValue> response = new LinkedHashMap<>();
        response.put("store_id", EntryValue.of(followed.id.toString()));
        response.put("store_seq", EntryValue.of(followed.tail()));
        response.put("capver", EntryValue.of(CAPVER));
        response.put("capver_min", EntryValue.of(CAPVER));
        response.putAll(socket.access.permissions());
        socket.ok(joinMessage, new EntryValue.Fields(response));
        followed.add(this);
        more();
        socket.joined();
    }

    private void failJoin(Throwable failure) {
        refuse(PushProblem.of(failure));
    }

    private void refuse(PushProblem problem) {
        joinAnswered = true;
        socket.error(joinMessage, problem);
        end();
        socket.joined();
    }

    /** Goes on with a result on the connection's loop, unless the channel has closed meanwhile. */
    private <T> void await(CompletableFuture<T> future, Consumer<? super T> then, Consumer<Throwable> failed) {
        // By way of the mailbox also when it is there at once: a read may follow a read follow a read.
        var _ = future.whenComplete((value, failure) -> socket.loop().deliver(() -> {
            if (closed) {
                return;
            }
            try {
                if (failure == null) {
                    then.accept(value);
                } else {
                    failed.accept(failure);
                }
            } catch (RuntimeException e) {
                failed.accept(e);
            }
        }));
    }

    // ---- changes ----

    @Override
    public long sent() {
        return sent;
    }

    @Override
    public void more() {
        StoreFeed followed = feed;
        if (!joinAnswered || followed == null) {
            return;
        }
        if (presence != null) {
            presence.more();
        }
        while (!closed) {
            answerWrites();
            if (reading || !connection.isWritable()) {
                return;
            }
            StoreSnapshot first = snapshot;
            if (first != null) {
                sendSnapshot(followed, first);
                continue;
            }
            if (!caughtUp && sent >= catchUp) {
                caughtUp = true;
                ownHead = null;
                tellThrough("catch_up_complete");
            }
            if (sent >= followed.tail()) {
                return;
            }
            SharedEvent next = followed.get(sent + 1);
            if (next != null) {
                send(next);
            } else if (followed.comesNext(sent + 1)) {
                return;
            } else {
                readPage(followed);
                return;
            }
        }
    }

    private void send(SharedEvent event) {
        sent = event.storeSeq();
        insideWrite = event.more();
        PathFilter wanted = filter;
        if (wanted == null || wanted.concerns(event.path())) {
            connection.sendEvents(frame(event));
            told = sent;
            writeTold = insideWrite;
        } else if (!insideWrite && (writeTold || sent - told >= PASSED_OVER)) {
            writeTold = false;
            tellThrough("progress"); // never from inside a write, so that it also says where one ends
        }
    }

    private ByteBuf frame(SharedEvent event) {
        SharedHead shared = sharedHead;
        if (caughtUp && shared != null) {
            return event.frame(shared);
        }
        byte[] own = ownHead;
        if (own == null) {
            own = socket.codec.head(caughtUp ? null : joinRef, null, topic(), EVENT);
            ownHead = own;
        }
        return event.frame(socket.codec, own);
    }

    private void tellThrough(String event) {
        told = sent;
        push(event, new EntryValue.Fields(Map.of("through_seq", EntryValue.of(sent))));
    }

    private void push(String event, EntryValue payload) {
        socket.send(joinRef, null, topic(), event, payload);
    }

    /** Reads changes for this channel alone; what the socket does not take is read again later. */
    private void readPage(StoreFeed followed) {
        reading = true;
        await(
                ChangePages.read(socket.entries, followed.store, sent, page),
                changes -> {
                    reading = false;
                    sendPage(followed, changes);
                },
                failure -> {
                    reading = false;
                    fail(failure);
                });
    }

    private void sendPage(StoreFeed followed, ChangePages.Page events) {
        if (!isSameStore(followed)) {
            ended();
            return;
        }
        int count = 0;
        for (ChangePages.Change change : events.changes()) {
            if (!socket.link.isWritable()) {
                break;
            }
            count++;
            SharedEvent own = new SharedEvent(change);
            send(own);
            own.release();
        }
        followed.passed(sent);
        followed.reached(events.storeSeq());
        page = Math.clamp(count * 2L, MIN_PAGE, EntryQuery.MAX_LIMIT);
        if (!events.changes().isEmpty()) {
            more();
        }
    }

    /** Whether the name still means the store that was joined. */
    private boolean isSameStore(StoreFeed followed) {
        return socket.entries
                .store(followed.store)
                .filter(info -> info.id().equals(followed.id))
                .isPresent();
    }

    private void sendSnapshot(StoreFeed followed, StoreSnapshot taken) {
        byte[] part = taken.next();
        if (part != null) {
            byte[] head = socket.codec.head(joinRef, null, topic(), "snapshot");
            socket.link.send(socket.codec.frame(ByteBufAllocator.DEFAULT, head, part));
            return;
        }
        if (taken.finished()) {
            snapshot = null;
            taken.close();
            sent = taken.storeSeq();
            told = sent;
            // A later part may show changes that were made since the first one was read: caught up is who has those,
            // too.
            catchUp = Math.max(catchUp, taken.shownSeq());
            followed.reached(catchUp);
            return;
        }
        reading = true;
        await(
                taken.read(),
                _ -> {
                    reading = false;
                    more();
                },
                failure -> {
                    reading = false;
                    fail(failure);
                });
    }

    /** The client has to join again: what it lacks is compacted, or cannot be read now. */
    @Override
    public void fail(Throwable failure) {
        ErrorKind kind = Problem.of(failure).kind();
        if (kind == ErrorKind.NOT_FOUND) {
            ended();
            return;
        }
        if (kind == ErrorKind.INTERNAL) {
            LOG.error("the changes of {} cannot be sent", topic(), failure);
        }
        close(PhoenixMessage.ERROR);
    }

    @Override
    public void ended() {
        close(PhoenixMessage.CLOSE);
    }

    /** About a second has gone. */
    void second() {
        if (filter != null && caughtUp && sent > told && !insideWrite && socket.link.isWritable()) {
            tellThrough("progress");
        }
    }

    // ---- pushes ----

    /** Takes a push of a client that has joined. */
    void push(PhoenixMessage message, int bytes) {
        StoreFeed followed = feed;
        if (followed == null || !socket.pushes.take(this, followed, message, bytes)) {
            close(PhoenixMessage.ERROR);
        }
    }

    /** Answers a write once its change was sent. */
    void answer(StoreFeed followed, long storeSeq, PhoenixMessage message, EntryValue response, int bytes) {
        followed.reached(storeSeq);
        ArrayDeque<Answer> waiting = answers == null ? new ArrayDeque<>() : answers;
        answers = waiting;
        waiting.add(new Answer(storeSeq, message, response, bytes));
        if (closed) {
            answerWrites();
        } else {
            more();
        }
    }

    private void answerWrites() {
        ArrayDeque<Answer> waiting = answers;
        if (waiting == null) {
            return;
        }
        for (Answer next = waiting.peek(); next != null && (closed || next.after <= sent); next = waiting.peek()) {
            waiting.remove();
            socket.ok(next.to, next.response);
            socket.end(next.bytes);
        }
        // Looked at anew: with a place free again another message may have come to be answered.
        ArrayDeque<Answer> left = answers;
        if (left != null && left.isEmpty()) {
            answers = null;
        }
    }

    // ---- the end ----

    /** Ends the channel and says so. */
    void close(String event) {
        if (!closed) {
            boolean joining = !joinAnswered;
            end();
            answerWrites();
            socket.send(joinRef, joinRef, topic(), event, new EntryValue.Fields(Map.of()));
            if (joining) {
                socket.joined();
            }
        }
    }

    /** The socket is gone. */
    void gone() {
        end();
        answerWrites(); // nobody gets the answers, but their places are free again
    }

    private void end() {
        closed = true;
        socket.remove(this);
        StoreFeed followed = feed;
        feed = null;
        if (presence != null) {
            presence.leave();
        }
        if (followed != null) {
            followed.remove(this);
            followed.release();
        }
        StoreSnapshot taken = snapshot;
        snapshot = null;
        if (taken != null) {
            taken.close();
        }
    }
}
