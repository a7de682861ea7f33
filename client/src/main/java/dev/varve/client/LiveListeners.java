package dev.varve.client;

import dev.varve.api.EntryChange;
import dev.varve.api.EntryPattern;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import dev.varve.api.spi.CommitListener;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

/** Who is told of the writes of a store. Told by one thread at a time, never under a lock. Thread-safe. */
final class LiveListeners {

    private static final System.Logger LOG = System.getLogger(LiveListeners.class.getName());

    private final class Listening implements Subscription {

        private final EntryPattern pattern;
        private final CommitListener listener;
        private final AtomicBoolean over = new AtomicBoolean();

        Listening(EntryPattern pattern, CommitListener listener) {
            this.pattern = pattern;
            this.listener = listener;
        }

        void tell(LiveCommit write) {
            List<EntryChange> some = new ArrayList<>();
            for (EntryChange change : write.changes()) {
                if (pattern.concerns(change.path())) {
                    some.add(change);
                }
            }
            if (!some.isEmpty() && !over.get()) {
                guarded(() -> listener.committed(write.of(some)));
            }
        }

        void end(VarveException why) {
            if (over.compareAndSet(false, true)) {
                listening.remove(this);
                guarded(() -> listener.ended(why));
            }
        }

        @Override
        public void close() {
            over.set(true);
            listening.remove(this);
        }
    }

    private final List<Listening> listening = new CopyOnWriteArrayList<>();

    Subscription add(EntryPattern pattern, CommitListener listener) {
        Listening added = new Listening(pattern, listener);
        listening.add(added);
        return added;
    }

    void tell(LiveCommit write) {
        if (!write.changes().isEmpty()) {
            listening.forEach(one -> one.tell(write));
        }
    }

    void end(VarveException why) {
        listening.forEach(one -> one.end(why));
    }

    @SuppressWarnings("CatchingUnchecked") // whatever a listener throws is its own affair
    private static void guarded(Runnable telling) {
        try {
            telling.run();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a listener of committed writes failed", e);
        }
    }
}
