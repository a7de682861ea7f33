package dev.varve.axon;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Optional;
import java.util.Queue;
import org.axonframework.messaging.core.MessageStream;
import org.axonframework.messaging.eventhandling.EventMessage;
import org.jspecify.annotations.Nullable;

/**
 * A stream of entries that somebody else fetches: whoever takes them never waits, and is called when there are more. The callback is called without
 * the lock. Thread-safe.
 */
abstract class BufferedMessages implements MessageStream<EventMessage> {

    /** No more are fetched ahead while so many entries wait to be taken. */
    static final int FULL = 1_000;

    private final Queue<Entry<EventMessage>> entries = new ArrayDeque<>();
    private Runnable callback = () -> {};
    private boolean ended;
    private @Nullable Throwable failure;

    /** Called after an entry was taken and others may follow; must return at once. */
    abstract void taken();

    /** Called when nobody wants entries any more, perhaps several times. */
    abstract void released();

    final synchronized boolean full() {
        return entries.size() >= FULL;
    }

    final synchronized boolean ended() {
        return ended;
    }

    final void add(Collection<Entry<EventMessage>> more) {
        synchronized (this) {
            if (!ended) {
                entries.addAll(more);
            }
        }
        call();
    }

    /** What was added is taken first. */
    final void end(@Nullable Throwable cause) {
        synchronized (this) {
            if (!ended) {
                ended = true;
                failure = cause;
            }
        }
        call();
    }

    /** Tells that there may be something to take. */
    final void call() {
        Runnable called;
        synchronized (this) {
            called = callback;
        }
        try {
            called.run();
        } catch (RuntimeException e) {
            synchronized (this) {
                callback = () -> {};
                ended = true;
                failure = e;
                entries.clear();
            }
            released();
        }
    }

    @Override
    public final Optional<Entry<EventMessage>> next() {
        Entry<EventMessage> entry;
        boolean last;
        synchronized (this) {
            entry = entries.poll();
            last = ended && entries.isEmpty();
        }
        if (entry != null) {
            if (last) {
                call(); // the stream is completed now
            } else {
                taken();
            }
        }
        return Optional.ofNullable(entry);
    }

    @Override
    public final synchronized Optional<Entry<EventMessage>> peek() {
        return Optional.ofNullable(entries.peek());
    }

    @Override
    public final void setCallback(Runnable other) {
        boolean due;
        synchronized (this) {
            callback = other;
            due = ended || !entries.isEmpty();
        }
        if (due) {
            call();
        }
    }

    @Override
    public final synchronized Optional<Throwable> error() {
        return entries.isEmpty() ? Optional.ofNullable(failure) : Optional.empty();
    }

    @Override
    public final synchronized boolean isCompleted() {
        return ended && entries.isEmpty();
    }

    @Override
    public final synchronized boolean hasNextAvailable() {
        return !entries.isEmpty();
    }

    @Override
    public final void close() {
        synchronized (this) {
            ended = true;
            entries.clear();
        }
        released();
    }
}
