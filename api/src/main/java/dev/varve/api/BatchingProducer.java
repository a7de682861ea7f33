package dev.varve.api;

import dev.varve.api.spi.Backoff;
import dev.varve.api.spi.JsonPages;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Gathers items in one array, seals it into a batch when it is full or its time has come, and has a thread append one batch after
 * the other. An item costs a copy into that array and no object: its future is that of its batch.
 *
 * <p>Thread-safe. What is gathered and sealed is guarded by the lock, which is never held while a file is written or a stream is
 * called; the outbox is the thread's.
 */
final class BatchingProducer implements StreamProducer {

    private static final int FIRST_BUFFER_BYTES = 4 << 10;

    private final Streams streams;
    private final String path;
    private final ProducerOptions options;
    private final String contentType;
    private final boolean json;
    private final @Nullable ProducerOutbox outbox;
    private final @Nullable String id;
    private final long epoch;
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition room = lock.newCondition();
    private final ArrayDeque<Sealed> sealed = new ArrayDeque<>();

    private byte[] gathered = new byte[FIRST_BUFFER_BYTES];
    private int gatheredBytes;
    private int gatheredItems;
    private long gatheredSinceNanos;
    private Outcome gatheredOutcome = new Outcome();

    /** The outcome of the batch that was sealed last. */
    private Outcome lastOutcome = new Outcome();

    private long nextSequence;
    private long sealedBytes;
    private long accepted;
    private boolean closing;
    private boolean abandoned;
    private boolean failureTold;
    private @Nullable VarveException failure;

    /** A batch that waits for its turn, or is under way. */
    private record Sealed(ProducerBatch batch, Outcome outcome) {}

    /** What becomes of a batch; shared by the items in it, so nobody but the producer completes it. */
    private static final class Outcome extends CompletableFuture<Offset> {

        @Override
        public <U> CompletableFuture<U> newIncompleteFuture() {
            return new CompletableFuture<>();
        }

        @Override
        public boolean complete(Offset value) {
            return false;
        }

        @Override
        public boolean completeExceptionally(Throwable thrown) {
            return false;
        }

        @Override
        public boolean cancel(boolean mayInterrupt) {
            return false;
        }

        @Override
        public void obtrudeValue(Offset value) {
            throw new UnsupportedOperationException("the items of a batch share this future");
        }

        @Override
        public void obtrudeException(Throwable thrown) {
            throw new UnsupportedOperationException("the items of a batch share this future");
        }

        void durable(Offset tail) {
            super.complete(tail);
        }

        void failed(VarveException why) {
            super.completeExceptionally(why);
        }
    }

    private BatchingProducer(
            Streams streams,
            String path,
            ProducerOptions options,
            String contentType,
            @Nullable ProducerOutbox outbox) {
        this.streams = streams;
        this.path = path;
        this.options = options;
        this.contentType = contentType;
        this.json = JsonPages.isJson(contentType);
        this.outbox = outbox;
        Long given = options.epoch();
        if (outbox == null) {
            this.id = options.id();
            this.epoch = given == null ? System.currentTimeMillis() : given;
        } else {
            this.id = outbox.id();
            this.epoch = outbox.epoch();
            this.nextSequence = outbox.nextSequence();
            this.accepted = outbox.accepted();
            outbox.unacknowledged().forEach(batch -> enqueue(new Sealed(batch, new Outcome())));
        }
        if (sealed.isEmpty()) {
            lastOutcome.durable(Offset.ZERO);
        }
        this.thread = new Thread(this::run, "varve-producer-" + path);
        thread.setDaemon(true);
    }

    static BatchingProducer open(Streams streams, String path, ProducerOptions options) {
        BatchingProducer producer = options.outbox() == null
                ? new BatchingProducer(streams, path, options, contentType(streams, path), null)
                : withOutbox(streams, path, options, options.outbox());
        producer.thread.start();
        return producer;
    }

    private static BatchingProducer withOutbox(Streams streams, String path, ProducerOptions options, Path file) {
        ProducerOutbox outbox = ProducerOutbox.open(file, path, options.id(), () -> contentType(streams, path));
        return new BatchingProducer(streams, path, options, outbox.contentType(), outbox);
    }

    private static String contentType(Streams streams, String path) {
        return streams.find(path)
                .orElseThrow(() -> new RefusedException(Refusal.notFound(path)))
                .contentType();
    }

    // ---- what programs call

    @Override
    public CompletableFuture<Offset> send(byte[] item) {
        return taken(item);
    }

    @Override
    public void add(byte[] item) {
        Outcome unused = taken(item);
    }

    private Outcome taken(byte[] item) {
        if (item.length == 0) {
            throw new IllegalArgumentException("an item must not be empty");
        }
        lock.lock();
        try {
            awaitRoomFor(item.length);
            if (gatheredItems > 0 && gatheredBytes + (long) item.length > options.maxBatchBytes()) {
                seal();
            }
            Outcome outcome = gatheredOutcome;
            gather(item);
            if (gatheredBytes >= options.maxBatchBytes() || gatheredItems >= options.maxBatchItems()) {
                seal();
            }
            return outcome;
        } finally {
            lock.unlock();
        }
    }

    private void awaitRoomFor(int bytes) {
        while (true) {
            requireOpen();
            long held = sealedBytes + gatheredBytes;
            if (held == 0 || held + bytes <= options.maxBufferedBytes()) {
                return;
            }
            // The thread that makes room cannot wait for it.
            if (options.whenFull() == ProducerOptions.WhenFull.FAIL || thread.equals(Thread.currentThread())) {
                throw new VarveException(
                        ErrorKind.OVERLOADED,
                        held + " bytes wait to be appended to " + path
                                + "; this item was not taken, wait for earlier ones before going on");
            }
            try {
                room.await();
            } catch (InterruptedException e) {
                throw interrupted("this item was not taken", e);
            }
        }
    }

    private void requireOpen() {
        VarveException why = failure;
        if (why != null) {
            failureTold = true;
            throw thrownHere(why);
        }
        if (closing) {
            throw new VarveException(
                    ErrorKind.UNAVAILABLE, "the producer of " + path + " was closed; nothing was taken");
        }
    }

    private void gather(byte[] item) {
        int needed = gatheredBytes + item.length + 2; // a bracket or comma, and the bracket at the end
        if (needed > gathered.length) {
            gathered =
                    Arrays.copyOf(gathered, Math.max(needed, Math.min(2 * gathered.length, options.maxBatchBytes())));
        }
        if (gatheredItems == 0) {
            gatheredSinceNanos = System.nanoTime();
            work.signal();
        }
        if (json) {
            gathered[gatheredBytes++] = (byte) (gatheredItems == 0 ? '[' : ',');
        }
        System.arraycopy(item, 0, gathered, gatheredBytes, item.length);
        gatheredBytes += item.length;
        gatheredItems++;
    }

    /** Makes a batch of what is gathered. */
    private void seal() {
        if (gatheredItems == 0) {
            return;
        }
        if (json) {
            gathered[gatheredBytes++] = ']';
        }
        ProducerBatch batch = new ProducerBatch(nextSequence++, gatheredItems, Arrays.copyOf(gathered, gatheredBytes));
        enqueue(new Sealed(batch, gatheredOutcome));
        gatheredOutcome = new Outcome();
        gatheredBytes = 0;
        gatheredItems = 0;
        if (gathered.length > 2L * options.maxBatchBytes()) {
            gathered = new byte[FIRST_BUFFER_BYTES]; // it had grown for one large item
        }
        work.signal();
    }

    private void enqueue(Sealed last) {
        sealed.add(last);
        sealedBytes += last.batch.body().length;
        lastOutcome = last.outcome;
    }

    @Override
    public void flush() {
        requireOtherThread();
        Outcome last;
        lock.lock();
        try {
            seal();
            last = lastOutcome;
        } finally {
            lock.unlock();
        }
        try {
            last.get();
        } catch (InterruptedException e) {
            throw interrupted("what was sent goes on", e);
        } catch (ExecutionException e) {
            throw told();
        }
        // What came after the end is not taken, so the last batch may be durable and the producer ended all the same.
        lock.lock();
        try {
            if (failure != null) {
                throw told();
            }
        } finally {
            lock.unlock();
        }
    }

    private void requireOtherThread() {
        if (thread.equals(Thread.currentThread())) {
            throw new IllegalStateException(
                    "an action of a future runs on the producer's own thread and cannot wait for the producer");
        }
    }

    private VarveException told() {
        lock.lock();
        try {
            failureTold = true;
            VarveException why = failure;
            return why == null
                    ? new VarveException(ErrorKind.INTERNAL, "the producer of " + path + " has ended")
                    : thrownHere(why);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long accepted() {
        lock.lock();
        try {
            return accepted;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            work.signal();
            room.signalAll();
        } finally {
            lock.unlock();
        }
        if (thread.equals(Thread.currentThread())) {
            return; // it ends when it has done what is left
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            abandon();
            throw interrupted("what was not durable yet was given up", e);
        }
        lock.lock();
        try {
            if (failure != null && !failureTold) {
                throw told();
            }
        } finally {
            lock.unlock();
        }
    }

    private void abandon() {
        lock.lock();
        try {
            abandoned = true;
            work.signal();
        } finally {
            lock.unlock();
        }
    }

    private VarveException interrupted(String fate, InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new VarveException(
                ErrorKind.TIMEOUT,
                "the thread was interrupted while it waited for the producer of " + path + "; " + fate,
                cause);
    }

    /** The failure with the stack of whoever is told. */
    private static VarveException thrownHere(VarveException why) {
        return why instanceof RefusedException refused
                ? new RefusedException(refused.refusal())
                : new VarveException(why.kind(), String.valueOf(why.getMessage()), why);
    }

    // ---- what the thread does

    private void run() {
        ProducerOutbox file = outbox;
        boolean orderly = false;
        try {
            for (Sealed next = next(); next != null; next = next()) {
                append(next);
            }
            orderly = true;
        } finally {
            if (file != null) {
                file.close();
            }
            endWithoutDoubt(orderly);
        }
    }

    /** Nobody waits for ever for what will not be done any more. */
    private void endWithoutDoubt(boolean orderly) {
        boolean left;
        lock.lock();
        try {
            left = failure == null && (!sealed.isEmpty() || gatheredItems > 0 || !orderly);
        } finally {
            lock.unlock();
        }
        if (left) {
            fail(
                    orderly
                            ? new VarveException(
                                    ErrorKind.UNAVAILABLE,
                                    "the producer of " + path + " was closed by an interrupted thread")
                            : new VarveException(
                                    ErrorKind.INTERNAL, "the producer of " + path + " ended unexpectedly"));
        }
    }

    /** The next batch, once there is one and it has waited for more; null when the producer is to end. */
    private @Nullable Sealed next() {
        lock.lock();
        try {
            while (failure == null && !abandoned) {
                Sealed first = sealed.peek();
                if (first != null) {
                    return first;
                }
                if (gatheredItems > 0) {
                    long left = options.linger().toNanos() - (System.nanoTime() - gatheredSinceNanos);
                    if (closing || left <= 0) {
                        seal();
                    } else {
                        pause(left);
                    }
                } else if (closing) {
                    return null;
                } else {
                    work.awaitUninterruptibly();
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings("WaitNotInLoop") // its callers loop: what they wait for is not one condition
    private void pause(long nanos) {
        try {
            long unused = work.awaitNanos(nanos);
        } catch (InterruptedException e) {
            // Nobody has a reason to interrupt this thread; it looks around and goes on.
            throw new IllegalStateException("the producer's own thread was interrupted", e);
        }
    }

    private void append(Sealed next) {
        ProducerBatch batch = next.batch;
        ProducerOutbox file = outbox;
        try {
            if (file != null && batch.sequence() == file.nextSequence()) {
                file.add(batch);
                accept(batch);
            }
            Offset tail = deliver(batch);
            if (file == null) {
                accept(batch);
            }
            done(next, tail);
            if (file != null) {
                file.acknowledged(batch.sequence());
            }
        } catch (IOException e) {
            fail(new VarveException(
                    ErrorKind.OUTCOME_UNKNOWN,
                    "the outbox of " + path + " failed: " + e.getMessage()
                            + "; what it holds is found when it is opened again",
                    e));
        } catch (VarveException e) {
            fail(e);
        }
    }

    private void accept(ProducerBatch batch) {
        lock.lock();
        try {
            accepted += batch.items();
        } finally {
            lock.unlock();
        }
    }

    private void done(Sealed batch, Offset tail) {
        lock.lock();
        try {
            sealed.remove();
            sealedBytes -= batch.batch.body().length;
            room.signalAll();
        } finally {
            lock.unlock();
        }
        batch.outcome.durable(tail);
    }

    /** Appends a batch, as often as it takes. */
    private Offset deliver(ProducerBatch batch) {
        AppendRequest plain = AppendRequest.of(path, contentType, batch.body());
        AppendRequest request = id == null ? plain : plain.withProducer(new Producer(id, epoch, batch.sequence()));
        long began = System.nanoTime();
        Backoff backoff = new Backoff();
        while (true) {
            try {
                return tail(batch, StorageStreams.await(streams.appendAsync(request)));
            } catch (VarveException e) {
                Duration wait = backoff.next(e.retryAfter());
                long leftNanos = saturated(options.retryFor()) - (System.nanoTime() - began);
                if (!mayPass(e) || wait.toNanos() > leftNanos || !waited(wait)) {
                    throw e;
                }
            }
        }
    }

    private boolean mayPass(VarveException failed) {
        return failed.retryable() || (id != null && failed.outcomeUnknown());
    }

    private static long saturated(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }

    /** Waits before another attempt; false when nobody wants one any more. */
    private boolean waited(Duration wait) {
        long until = System.nanoTime() + wait.toNanos();
        lock.lock();
        try {
            for (long left = wait.toNanos(); left > 0 && !abandoned; left = until - System.nanoTime()) {
                pause(left);
            }
            return !abandoned;
        } finally {
            lock.unlock();
        }
    }

    private Offset tail(ProducerBatch batch, AppendResult result) {
        if (result instanceof AppendResult.Appended appended) {
            return appended.next();
        }
        if (result instanceof Refusal refusal) {
            throw new RefusedException(refusal);
        }
        AppendResult.Duplicate duplicate = (AppendResult.Duplicate) result;
        Producer highest = duplicate.producer();
        if (highest != null && highest.sequence() > lastSequenceSent(batch)) {
            throw new VarveException(
                    ErrorKind.PRODUCER_FENCED,
                    "the stream " + path + " has batch " + highest.sequence() + " of producer " + id + " in epoch "
                            + epoch
                            + ", which this producer never sent: another one has the same id and epoch, or an old outbox"
                            + " was opened");
        }
        return duplicate.next();
    }

    /** The newest batch that this producer or one before it can have sent. */
    private long lastSequenceSent(ProducerBatch batch) {
        return outbox == null ? batch.sequence() : outbox.nextSequence() - 1;
    }

    private void fail(VarveException why) {
        ArrayDeque<Sealed> left;
        lock.lock();
        try {
            failure = why;
            seal();
            left = new ArrayDeque<>(sealed);
            sealed.clear();
            sealedBytes = 0;
            gathered = new byte[0];
            work.signal();
            room.signalAll();
        } finally {
            lock.unlock();
        }
        Sealed first = left.poll();
        if (first != null) {
            first.outcome.failed(why);
        }
        for (Sealed behind : left) {
            behind.outcome.failed(new VarveException(
                    ErrorKind.UNAVAILABLE,
                    "the batch before this one ended the producer of " + path + ": " + why.getMessage()
                            + "; nothing of this one was sent",
                    why));
        }
    }
}
