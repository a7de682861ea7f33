package dev.varve.api;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one listener, or one subscriber of a publisher: told in order, by one thread at a time, which is only taken
 * while there is something to tell. Thread-safe.
 */
final class RecordEventQueue<E> implements Subscription, Flow.Subscription {

    /** Who is told. */
    interface Receiver<E> {

        void take(E event);

        void end(VarveException failure);
    }

    private static final System.Logger LOG = System.getLogger(RecordEventQueue.class.getName());

    private final Receiver<? super E> receiver;
    private final Executor executor;
    private final Consumer<RecordEventQueue<E>> onClose;
    private final ArrayDeque<E> waiting = new ArrayDeque<>(0);
    private long demand;
    private boolean running;
    private boolean closed;
    private @Nullable VarveException failure;

    private RecordEventQueue(
            Receiver<? super E> receiver, long demand, Executor executor, Consumer<RecordEventQueue<E>> onClose) {
        this.receiver = receiver;
        this.demand = demand;
        this.executor = executor;
        this.onClose = onClose;
    }

    /** A queue that tells nothing before {@link #begin}. */
    private static <E> RecordEventQueue<E> held(
            Receiver<? super E> receiver, Executor executor, Consumer<RecordEventQueue<E>> onClose) {
        RecordEventQueue<E> queue = new RecordEventQueue<>(receiver, 0, executor, onClose);
        queue.running = true;
        return queue;
    }

    /** A queue for a listener, who is told as fast as it takes. */
    static <E> RecordEventQueue<E> of(
            RecordListener<? super E> listener, Executor executor, Consumer<RecordEventQueue<E>> onClose) {
        Receiver<E> receiver = new Receiver<>() {
            @Override
            public void take(E event) {
                listener.changed(event);
            }

            @Override
            public void end(VarveException failure) {
                listener.ended(failure);
            }
        };
        return new RecordEventQueue<>(receiver, Long.MAX_VALUE, executor, onClose);
    }

    /** A queue for a subscriber, who is told as much as it asks for, and nothing before {@link #begin}. */
    static <E> RecordEventQueue<E> of(
            Flow.Subscriber<? super E> subscriber, Executor executor, Consumer<RecordEventQueue<E>> onClose) {
        Receiver<E> receiver = new Receiver<>() {
            @Override
            public void take(E event) {
                subscriber.onNext(event);
            }

            @Override
            public void end(VarveException failure) {
                subscriber.onError(failure);
            }
        };
        return held(receiver, executor, onClose);
    }

    /** Gives a subscriber its subscription. What comes meanwhile is told when it has taken that. */
    void begin(Flow.Subscriber<? super E> subscriber) {
        try {
            subscriber.onSubscribe(this);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        synchronized (this) {
            running = false;
            wake();
        }
    }

    /** Adds an event; ends the queue when too many wait already. Never waits. */
    void add(E event) {
        synchronized (this) {
            if (closed || failure != null) {
                return;
            }
            if (waiting.size() < Repository.MAX_WAITING_EVENTS) {
                waiting.add(event);
                wake();
                return;
            }
        }
        end(new VarveException(
                ErrorKind.OVERLOADED,
                "more than " + Repository.MAX_WAITING_EVENTS
                        + " changes are waiting for a listener, which is told no more; read everything anew and subscribe"
                        + " again"));
    }

    /** Ends the queue once what waits is told. */
    void end(VarveException why) {
        synchronized (this) {
            if (closed || failure != null) {
                return;
            }
            failure = why;
            if (why.kind() == ErrorKind.OVERLOADED) {
                waiting.clear(); // there is a gap behind it anyway, and its memory is what was too much
            }
            wake();
        }
        onClose.accept(this);
    }

    @Override
    public void request(long more) {
        VarveException refused = more > 0
                ? null
                : new VarveException(ErrorKind.INVALID_PARAMS, "a subscriber asked for " + more + " changes");
        synchronized (this) {
            if (refused == null) {
                demand = demand + more < 0 ? Long.MAX_VALUE : demand + more;
                wake();
                return;
            }
        }
        end(refused);
    }

    @Override
    public void cancel() {
        close();
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            waiting.clear();
        }
        onClose.accept(this);
    }

    /** Has a thread tell, unless there is one or nothing to tell. */
    private void wake() {
        if (!running && hasWork()) {
            running = true;
            executor.execute(this::run);
        }
    }

    private boolean hasWork() {
        return !closed && (waiting.isEmpty() ? failure != null : demand > 0);
    }

    private void run() {
        while (true) {
            E event;
            VarveException end = null;
            synchronized (this) {
                if (!hasWork()) {
                    running = false;
                    return;
                }
                event = waiting.poll();
                if (event == null) {
                    end = failure;
                    closed = true;
                } else if (demand < Long.MAX_VALUE) {
                    demand--;
                }
            }
            tell(event, end);
        }
    }

    @SuppressWarnings("CatchingUnchecked") // whatever a listener throws is its own affair
    private void tell(@Nullable E event, @Nullable VarveException end) {
        try {
            if (event != null) {
                receiver.take(event);
            } else if (end != null) {
                receiver.end(end);
            }
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a listener failed", e);
        }
    }
}
