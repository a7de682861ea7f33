package dev.varve.client;

import dev.varve.api.EntryEvent;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** Follows the changes of the entries of a store, write by write. Thread-safe. */
final class HttpEntryFollower extends HttpFollower {

    private static final System.Logger LOG = System.getLogger(HttpEntryFollower.class.getName());

    private final String store;
    private final StoreCalls calls;
    private final LongFunction<HttpRequest> requests;
    private final Consumer<List<EntryEvent>> listener;
    private final Consumer<VarveException> ended;

    /** The last change of the last write that was handed over. */
    private long after;

    /** Which of the stores that had this name is followed; null as long as no server has said it. */
    private @Nullable String storeId;

    /** Changes of a write of which more follow. */
    private final List<EntryEvent> write = new ArrayList<>();

    /**
     * A follower that has not begun.
     *
     * @param calls knows what answers mean that are none
     * @param after the number of the change after which to begin
     * @param requests asks for what follows a change
     * @param listener takes the changes of one write after the other; what it throws is logged
     * @param patience for how long nothing may come
     * @param onEnd told when it is over
     */
    HttpEntryFollower(
            HttpTransport transport,
            String store,
            StoreCalls calls,
            long after,
            LongFunction<HttpRequest> requests,
            Consumer<List<EntryEvent>> listener,
            Consumer<VarveException> ended,
            Duration patience,
            Consumer<? super HttpFollower> onEnd) {
        super(transport, "varve-follow-" + store, patience, onEnd);
        this.store = store;
        this.calls = calls;
        this.after = after;
        this.requests = requests;
        this.listener = listener;
        this.ended = ended;
    }

    @Override
    HttpRequest request() {
        return requests.apply(after);
    }

    @Override
    VarveException failure(HttpRequest request, Answer answer) {
        return calls.failure(request, answer);
    }

    /** What was sent of a write is sent again. */
    @Override
    void connected() {
        write.clear();
    }

    @Override
    void take(String where, byte[] json) {
        EventAnswer.ChangeLine line = EventAnswer.read(where, json, EventAnswer::changeLine);
        String id = line.storeId();
        EntryEvent change = line.change();
        VarveException failed = line.failed();
        if (change != null) {
            take(change, line.more());
        } else if (id != null) {
            is(id);
        } else if (failed != null) {
            throw failed;
        } else if (line.closed()) {
            throw over();
        }
    }

    /** A store that was deleted and made anew counts from the beginning again: what was asked for is not what follows. */
    private void is(String id) {
        if (storeId != null && !storeId.equals(id)) {
            throw over();
        }
        storeId = id;
    }

    private VarveException over() {
        return new VarveException(ErrorKind.NOT_FOUND, "the store " + store + " takes no changes any more");
    }

    private void take(EntryEvent change, boolean more) {
        if (change.storeSeq() <= after) {
            return; // never twice, whatever a server sends
        }
        write.add(change);
        if (more) {
            return;
        }
        List<EntryEvent> whole = List.copyOf(write);
        write.clear();
        after = change.storeSeq();
        tell(whole);
    }

    @SuppressWarnings("CatchingUnchecked") // whatever a listener throws is its own affair
    private void tell(List<EntryEvent> whole) {
        if (isClosed()) {
            return;
        }
        try {
            listener.accept(whole);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a listener failed at change " + after, e);
        }
    }

    @Override
    long place() {
        return after;
    }

    @Override
    void ended(RuntimeException cause) {
        ended.accept(
                cause instanceof VarveException failure
                        ? failure
                        : new VarveException(ErrorKind.INTERNAL, String.valueOf(cause), cause));
    }
}
