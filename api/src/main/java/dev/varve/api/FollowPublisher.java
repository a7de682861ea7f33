package dev.varve.api;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hands on what readers give: each subscriber has a reader and a thread of its own, which reads when something was asked for.
 * Thread-safe.
 *
 * @param <E> what is given
 */
final class FollowPublisher<E> implements Flow.Publisher<E> {

    private static final System.Logger LOG = System.getLogger(StreamReader.class.getName());

    /** How long one wait lasts at most; then it waits again. */
    private static final Duration LONG = Duration.ofHours(1);

    /** Gives one thing after the other. Confined to one thread, except for closing. */
    interface Source<E> extends AutoCloseable {

        /** Waits for the next one; empty at the end and after closing. */
        Optional<E> next();

        @Override
        void close();
    }

    private final String name;
    private final Supplier<Source<E>> sources;

    /**
     * A publisher.
     *
     * @param name what the threads are called after
     * @param sources opens a reader for a subscriber
     */
    FollowPublisher(String name, Supplier<Source<E>> sources) {
        this.name = name;
        this.sources = sources;
    }

    static FollowPublisher<ReadResult.Page> ofPages(Streams streams, String path, Offset from, FollowOptions options) {
        return new FollowPublisher<>(path, () -> pages(streams.follow(path, from, options)));
    }

    private static Source<ReadResult.Page> pages(StreamReader reader) {
        return new Source<>() {
            private volatile boolean closed;

            @Override
            public Optional<ReadResult.Page> next() {
                while (!closed && !reader.atEnd()) {
                    Optional<ReadResult.Page> page = reader.next(LONG);
                    if (page.isPresent()) {
                        return page;
                    }
                }
                return Optional.empty();
            }

            @Override
            public void close() {
                closed = true;
                reader.close();
            }
        };
    }

    @Override
    public void subscribe(Flow.Subscriber<? super E> subscriber) {
        Feed<E> feed = new Feed<>(subscriber);
        start(() -> feed.run(sources));
    }

    /** Calls a listener with everything, from a reader that is open when this returns. */
    Subscription subscribe(Consumer<? super E> listener, Consumer<Optional<RuntimeException>> ended) {
        Source<E> source = sources.get();
        Feed<E> feed = new Feed<>(new Listening<>(listener, ended));
        start(() -> feed.run(() -> source));
        return () -> {
            feed.cancel();
            source.close();
        };
    }

    private void start(Runnable work) {
        Thread thread = new Thread(work, "varve-follow-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    /** A listener as a subscriber that asks for everything. What it throws is its own affair. */
    private static final class Listening<E> implements Flow.Subscriber<E> {
        private final Consumer<? super E> listener;
        private final Consumer<Optional<RuntimeException>> ended;

        Listening(Consumer<? super E> listener, Consumer<Optional<RuntimeException>> ended) {
            this.listener = listener;
            this.ended = ended;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(E next) {
            try {
                listener.accept(next);
            } catch (RuntimeException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "a listener of a stream failed; it is called with what follows",
                        e);
            }
        }

        @Override
        public void onError(Throwable thrown) {
            ended.accept(Optional.of(
                    thrown instanceof RuntimeException failure ? failure : new IllegalStateException(thrown)));
        }

        @Override
        public void onComplete() {
            ended.accept(Optional.empty());
        }
    }

    /** One subscriber's reading. */
    private static final class Feed<E> implements Flow.Subscription {
        private final Flow.Subscriber<? super E> subscriber;
        private final Semaphore woken = new Semaphore(0);
        private long demand;
        private @Nullable IllegalArgumentException wrong;
        private @Nullable Source<E> source;
        private volatile boolean cancelled;

        Feed(Flow.Subscriber<? super E> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public synchronized void request(long more) {
            if (more <= 0) {
                wrong = new IllegalArgumentException("a subscriber must ask for at least one, asked for " + more);
            } else {
                demand = demand + more < 0 ? Long.MAX_VALUE : demand + more;
            }
            woken.release();
        }

        @Override
        public void cancel() {
            cancelled = true;
            woken.release();
            Source<E> open;
            synchronized (this) {
                open = source;
            }
            if (open != null) {
                open.close();
            }
        }

        /** What it has is open before the subscriber hears of it: whatever is appended after that is given. */
        void run(Supplier<Source<E>> sources) {
            Source<E> open;
            try {
                open = sources.get();
            } catch (RuntimeException e) {
                guarded(() -> subscriber.onSubscribe(this));
                end(() -> subscriber.onError(e));
                return;
            }
            synchronized (this) {
                source = open;
            }
            try {
                if (guarded(() -> subscriber.onSubscribe(this))) {
                    feed(open);
                }
            } finally {
                open.close();
            }
        }

        private void feed(Source<E> open) {
            while (true) {
                IllegalArgumentException mistake = awaitDemand();
                if (cancelled) {
                    return;
                }
                Optional<E> next;
                try {
                    if (mistake != null) {
                        throw mistake;
                    }
                    next = open.next();
                } catch (RuntimeException e) {
                    end(() -> subscriber.onError(e));
                    return;
                }
                if (next.isEmpty()) {
                    end(subscriber::onComplete);
                    return;
                }
                E given = next.get();
                if (cancelled || !guarded(() -> subscriber.onNext(given))) {
                    return;
                }
            }
        }

        private @Nullable IllegalArgumentException awaitDemand() {
            while (!cancelled) {
                synchronized (this) {
                    if (wrong != null) {
                        return wrong;
                    }
                    if (demand > 0) {
                        demand -= demand == Long.MAX_VALUE ? 0 : 1;
                        return null;
                    }
                }
                woken.acquireUninterruptibly();
            }
            return null;
        }

        private void end(Runnable last) {
            if (!cancelled) {
                cancelled = true;
                guarded(last);
            }
        }

        /** A subscriber must not throw; one that does hears nothing more. */
        private boolean guarded(Runnable call) {
            try {
                call.run();
                return true;
            } catch (RuntimeException e) {
                cancelled = true;
                LOG.log(System.Logger.Level.WARNING, "a subscriber of a stream threw, and hears nothing more", e);
                return false;
            }
        }
    }
}
