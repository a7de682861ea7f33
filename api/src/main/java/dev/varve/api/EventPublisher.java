package dev.varve.api;

import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Hands on what a handler is told, as it is asked for: each subscriber follows on its own. Thread-safe. */
final class EventPublisher implements Flow.Publisher<StoredEvent> {

    private final Function<EventHandler, Subscription> follow;

    EventPublisher(Function<EventHandler, Subscription> follow) {
        this.follow = follow;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super StoredEvent> subscriber) {
        Feed feed = new Feed(subscriber);
        subscriber.onSubscribe(feed);
        feed.start(follow);
    }

    private static final class Feed implements EventHandler, Flow.Subscription {
        private final Flow.Subscriber<? super StoredEvent> subscriber;
        private final Semaphore asked = new Semaphore(0);
        private final AtomicBoolean ended = new AtomicBoolean();
        private volatile boolean cancelled;
        private @Nullable Subscription following;

        Feed(Flow.Subscriber<? super StoredEvent> subscriber) {
            this.subscriber = subscriber;
        }

        @SuppressWarnings("CatchingUnchecked") // whatever keeps events from being followed is told
        synchronized void start(Function<EventHandler, Subscription> follow) {
            if (cancelled) {
                return;
            }
            try {
                following = follow.apply(this);
            } catch (RuntimeException e) {
                ended(e);
            }
        }

        @Override
        public void handle(StoredEvent event) {
            asked.acquireUninterruptibly();
            if (!cancelled) {
                subscriber.onNext(event);
            }
        }

        @Override
        public void ended(RuntimeException cause) {
            if (!cancelled && ended.compareAndSet(false, true)) {
                subscriber.onError(cause);
            }
        }

        @Override
        public void request(long n) {
            if (n <= 0) {
                cancel();
                if (ended.compareAndSet(false, true)) {
                    subscriber.onError(
                            new IllegalArgumentException("only more than nothing can be asked for, not " + n));
                }
                return;
            }
            int room = Integer.MAX_VALUE / 2 - asked.availablePermits();
            asked.release((int) Math.max(0, Math.min(n, room)));
        }

        @Override
        public synchronized void cancel() {
            cancelled = true;
            asked.release();
            if (following != null) {
                following.close();
            }
        }
    }
}
