package dev.varve.spring;

import dev.varve.api.ErrorKind;
import dev.varve.api.RecordEvent;
import dev.varve.api.RecordListener;
import dev.varve.api.Repository;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
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
    private static final Duration FIRST_WAIT = Duration.ofMillis(100);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final Class<T> type;
    private final Repository<T> repository;
    private final ApplicationEventPublisher publisher;
    private final ScheduledExecutorService later;

    /** Held while something is published: that changes were passed over is told before the changes after those. */
    private final ReentrantLock publishing = new ReentrantLock();

    private Duration wait = FIRST_WAIT;
    private @Nullable ErrorKind told;
    private volatile @Nullable Subscription subscription;
    private volatile boolean passedOver;
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
            } else if (passedOver) {
                passedOver = false;
                resync();
            }
        } catch (VarveException e) {
            again("events of " + type.getSimpleName() + " are not told yet", e);
        } finally {
            publishing.unlock();
        }
    }

    /** Has listeners told to read all anew as soon as there is a subscription, as what was written meanwhile is not told. */
    void late() {
        passedOver = true;
    }

    @SuppressWarnings("CatchingUnchecked") // whatever a listener throws is its own affair
    private void resync() {
        try {
            publisher.publishEvent(new VarveResyncEvent<>(type));
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a listener of " + type.getSimpleName() + " failed", e);
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
                wait = FIRST_WAIT;
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
            again("events of " + type.getSimpleName() + " may have been passed over", failure);
        } finally {
            publishing.unlock();
        }
    }

    private void again(String what, VarveException failure) {
        if (closed) {
            return;
        }
        passedOver = true;
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
            return; // closed meanwhile
        }
        Duration longer = wait.multipliedBy(2);
        wait = longer.compareTo(LONGEST_WAIT) < 0 ? longer : LONGEST_WAIT;
    }
}
