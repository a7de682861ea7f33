package dev.varve.spring;

import dev.varve.api.ErrorKind;
import dev.varve.api.RecordEvent;
import dev.varve.api.RecordListener;
import dev.varve.api.Repository;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import dev.varve.api.spi.Backoff;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.PayloadApplicationEvent;

/**
 * Publishes the changes of the records of one type as application events, one after the other, from one subscription. When that ends,
 * it makes another one after a while, and tells that changes may have been passed over. Thread-safe.
 */
final class RecordEventBridge<T extends Record> implements RecordListener<RecordEvent<T>> {

    private static final System.Logger LOG = System.getLogger(RecordEventBridge.class.getName());

    private final Class<T> type;
    private final Repository<T> repository;
    private final ApplicationEventPublisher publisher;
    private final ScheduledExecutorService later;

    /** Held while something is published: that changes were passed over is told before the changes after those. */
    private final ReentrantLock publishing = new ReentrantLock();

    private final Backoff backoff = new Backoff();
    private final AtomicBoolean passedOver = new AtomicBoolean();
    private @Nullable ErrorKind told;
    private volatile @Nullable Subscription subscription;
    private volatile boolean closed;

    RecordEventBridge(
            Class<T> type,
            Repository<T> repository,
            ApplicationEventPublisher publisher,
            ScheduledExecutorService later) {
        this.type = type;
        this.repository = repository;
        this.publisher = publisher;
        this.later = later;
    }

    /** Subscribes, or tries again later. */
    void open() {
        publishing.lock();
        try {
            if (closed) {
                return;
            }
            subscription = repository.subscribe(this);
            told = null;
            if (closed) {
                close();
            } else {
                resync();
            }
        } catch (VarveException e) {
            again("events of " + type.getSimpleName() + " are not told yet", e);
        } finally {
            publishing.unlock();
        }
    }

    /** Has listeners told to read all anew, once there is a subscription, as what was written before it is not told. Never waits. */
    void late() {
        passedOver.set(true);
        if (subscription != null) { // there since a moment ago, and did not know that it is late
            later.execute(this::resync);
        }
    }

    @SuppressWarnings("CatchingUnchecked") // whatever a listener throws is its own affair
    private void resync() {
        publishing.lock();
        try {
            if (!closed && subscription != null && passedOver.getAndSet(false)) {
                publisher.publishEvent(new VarveResyncEvent<>(type));
            }
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a listener of " + type.getSimpleName() + " failed", e);
        } finally {
            publishing.unlock();
        }
    }

    /** Waits for nobody: a listener that is being told may take its time. */
    void close() {
        closed = true;
        Subscription last = subscription;
        if (last != null) {
            last.close();
        }
    }

    @Override
    public void changed(RecordEvent<T> event) {
        publishing.lock();
        try {
            if (!closed) {
                backoff.succeeded();
                publisher.publishEvent(
                        new PayloadApplicationEvent<>(repository, event, Interest.payload(event.getClass(), type)));
            }
        } finally {
            publishing.unlock();
        }
    }

    @Override
    public void ended(VarveException failure) {
        publishing.lock();
        try {
            subscription = null;
            again("events of " + type.getSimpleName() + " may have been passed over", failure);
        } finally {
            publishing.unlock();
        }
    }

    private void again(String what, VarveException failure) {
        if (closed) {
            return;
        }
        passedOver.set(true);
        Duration wait = backoff.next(failure.retryAfter());
        // The same reason again and again is news once.
        System.Logger.Level level = failure.kind() == told ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING;
        told = failure.kind();
        String hint = failure.kind() == ErrorKind.NOT_SUPPORTED ? "; with a server set varve.live.enabled=true" : "";
        LOG.log(
                level,
                what + hint + ", subscribing again in " + wait.toMillis() + " ms: "
                        + failure.kind().wireName() + ": " + failure.getMessage());
        try {
            var unused = later.schedule(this::open, wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // Closed meanwhile.
        }
    }
}
