package dev.varve.api;

import dev.varve.api.spi.CommitListener;
import dev.varve.api.spi.CommittedWrite;
import dev.varve.api.spi.Transport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Turns the writes of a store into events of the records of one type, once for all who listen. It has one subscription of its
 * transport while anybody does, and is over once nobody does any more. Thread-safe.
 */
final class RecordFeed<T extends Record> implements CommitListener {

    private static final System.Logger LOG = System.getLogger(Repository.class.getName());

    private final RecordSchema<T> schema;
    private final RecordReader<T> reader;
    private final Executor executor;
    private final Consumer<RecordFeed<T>> onOver;
    private final List<RecordEventQueue<RecordEvent<T>>> listeners = new CopyOnWriteArrayList<>();
    private final List<RecordEventQueue<EntryChange>> rawListeners = new CopyOnWriteArrayList<>();
    private @Nullable Subscription upstream;
    private boolean over;

    RecordFeed(RecordSchema<T> schema, RecordReader<T> reader, Executor executor, Consumer<RecordFeed<T>> onOver) {
        this.schema = schema;
        this.reader = reader;
        this.executor = executor;
        this.onOver = onOver;
    }

    // ---- who listens

    /**
     * Lets somebody join, and begins to hear of writes for the first one.
     *
     * @return nothing when it is over
     */
    synchronized <R> Optional<R> use(Transport transport, Function<RecordFeed<T>, R> join) {
        if (over) {
            return Optional.empty();
        }
        if (upstream == null) {
            try {
                upstream = transport.subscribe(schema.pattern(), this);
            } catch (RuntimeException e) {
                finish();
                throw e;
            }
        }
        return Optional.of(join.apply(this));
    }

    Subscription subscribe(RecordListener<? super RecordEvent<T>> listener) {
        RecordEventQueue<RecordEvent<T>> queue = RecordEventQueue.of(listener, executor, this::leave);
        listeners.add(queue);
        return queue;
    }

    /** What a subscriber is to be told, which is to be begun. */
    RecordEventQueue<RecordEvent<T>> subscribe(Flow.Subscriber<? super RecordEvent<T>> subscriber) {
        RecordEventQueue<RecordEvent<T>> queue = RecordEventQueue.of(subscriber, executor, this::leave);
        listeners.add(queue);
        return queue;
    }

    Subscription subscribeRaw(RecordListener<? super EntryChange> listener) {
        RecordEventQueue<EntryChange> queue = RecordEventQueue.of(listener, executor, this::leave);
        rawListeners.add(queue);
        return queue;
    }

    private synchronized void leave(RecordEventQueue<?> queue) {
        if (!listeners.remove(queue)) {
            rawListeners.remove(queue);
        }
        if (!over && listeners.isEmpty() && rawListeners.isEmpty()) {
            finish();
        }
    }

    private void finish() {
        over = true;
        if (upstream != null) {
            upstream.close();
        }
        onOver.accept(this);
    }

    @Override
    public void ended(VarveException failure) {
        synchronized (this) {
            if (over) {
                return;
            }
            finish();
        }
        listeners.forEach(queue -> queue.end(failure));
        rawListeners.forEach(queue -> queue.end(failure));
    }

    // ---- what happens

    @Override
    public void committed(CommittedWrite write) {
        List<EntryChange> changes = write.changes();
        rawListeners.forEach(queue -> changes.forEach(queue::add));
        if (listeners.isEmpty()) {
            return;
        }
        try {
            for (Map.Entry<String, Boolean> key : keys(write, changes).entrySet()) {
                RecordEvent<T> event = event(write, key.getKey(), key.getValue());
                if (event != null) {
                    listeners.forEach(queue -> queue.add(event));
                }
            }
        } catch (VarveException e) {
            ended(e);
        }
    }

    /**
     * Which records a write concerns, in the order of its changes; true for those that it names, false for those of which it may have
     * made the same again when it wrote all of them.
     */
    private Map<String, Boolean> keys(CommittedWrite write, List<EntryChange> changes) {
        int depth = schema.prefix().segments().size();
        Map<String, Boolean> keys = new LinkedHashMap<>();
        for (EntryChange change : changes) {
            List<String> segments = change.path().segments();
            if (segments.size() > depth) {
                keys.put(segments.get(depth), true);
                continue;
            }
            try (var before = write.before().list(schema.pattern());
                    var after = write.after().list(schema.pattern())) {
                Stream.concat(before, after).forEach(entry -> keys.putIfAbsent(key(entry), false));
            }
        }
        return keys;
    }

    private String key(Entry entry) {
        return entry.path().segments().get(schema.prefix().segments().size());
    }

    private @Nullable RecordEvent<T> event(CommittedWrite write, String key, boolean named) {
        EntryPath path = schema.path(key);
        Optional<EntryValue> stands = write.after().read(path);
        Loaded<T> after = loaded(key, stands);
        if (after instanceof Loaded.Complete<T> complete) {
            return named || !stands.equals(write.before().read(path))
                    ? new RecordEvent.Upserted<>(key, complete.value(), write.storeSeq())
                    : null;
        }
        if (wasRecord(write, key)) {
            return new RecordEvent.Deleted<>(key, write.storeSeq());
        }
        if (after != null) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "not telling of " + schema.name() + " \"" + key + "\" at " + schema.path(key) + ": "
                            + after.problem());
        }
        return null;
    }

    private boolean wasRecord(CommittedWrite write, String key) {
        try {
            return loaded(key, write.before().read(schema.path(key))) instanceof Loaded.Complete<T>;
        } catch (VarveException e) {
            if (e.kind() == ErrorKind.COMPACTED) {
                return true; // better told in vain than not at all
            }
            throw e;
        }
    }

    private @Nullable Loaded<T> loaded(String key, Optional<EntryValue> stands) {
        return stands.map(value -> reader.load(key, value)).orElse(null);
    }
}
