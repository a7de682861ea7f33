package dev.varve.engine.streams;

import dev.varve.api.CreateRequest;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.Offset;
import dev.varve.api.Refusal;
import dev.varve.api.StreamChange;
import dev.varve.api.StreamConfig;
import dev.varve.api.VarveException;
import dev.varve.engine.commits.CommitLog;
import dev.varve.engine.io.DiskErrors;
import dev.varve.engine.io.ReadMemory;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.shard.Face;
import dev.varve.engine.shard.Sequencer;
import dev.varve.engine.shard.Visibility;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The streams face of a shard: applies effects, to the decided state at once and to the durable views when their group is
 * on disk, and keeps the generations. Belongs to the shard's owner, except where a method says otherwise.
 */
public final class StreamsFace implements Face {

    /** Payloads up to this are kept for followers of a stream, so that they need no disk. */
    private static final int MAX_KEPT_PAYLOAD_BYTES = 64 << 10;

    /** Whatever the bound of idle streams: more frequent checkpoints would not be worth their cost. */
    private static final int MIN_CHANGED_STREAMS = 1 << 14;

    /** Changes of about this much memory go to the state, however little journal has come together. */
    private static final long FULL_BYTES = Runtime.getRuntime().maxMemory() / 6;

    /** When a checkpoint does not keep up with what comes meanwhile, it waits from here on: what fills the heap twice as much. */
    private static final int OVERFULL_FACTOR = 2;

    /** Beyond this many seconds a lifetime cannot end in any clock's range. */
    private static final long MAX_TTL_SECONDS = Long.MAX_VALUE / 4000;

    private static final byte[] NEXT_INCARNATION = Binary.key("streams/next-incarnation");
    private static final long MIN_TOUCH_MILLIS = 100;

    final StreamTable table;
    final Listeners listeners;
    final ChangeMemory changeMemory;

    private final EngineTime time;
    private final Visibility visibility;
    private final CommitLog commits;
    private final StateStore store;
    private final int maxChangedStreams;
    private final Executor pool;
    private final ReadMemory memory;
    private final StreamData data;
    private final PageReader pages;
    private final ForkPoint forkPoint;
    private final List<StreamChange> toTell = new ArrayList<>();
    /** The frame of the last creation that was told. */
    private long createdAt = -1;

    private long nextIncarnation = 1;
    private @Nullable Sequencer sequencer;

    /**
     * Creates an empty face.
     *
     * @param journal where its data stands since the last checkpoint
     * @param store where its data stands before that
     * @param time the engine's time
     * @param visibility shared with the shard
     * @param commits told what is appended in which store
     * @param pool platform threads that may block on the disk
     * @param memory what is read lies there until it is copied or sent
     * @param maxCleanStreams how many unchanged streams stay in memory
     * @throws IOException when the state cannot be read
     */
    public StreamsFace(
            Journal journal,
            StateStore store,
            EngineTime time,
            Visibility visibility,
            CommitLog commits,
            Executor pool,
            ReadMemory memory,
            int maxCleanStreams)
            throws IOException {
        this(journal, store, time, visibility, commits, pool, memory, maxCleanStreams, FULL_BYTES);
    }

    /** For tests: with a bound of its own for the memory that makes a checkpoint due. */
    StreamsFace(
            Journal journal,
            StateStore store,
            EngineTime time,
            Visibility visibility,
            CommitLog commits,
            Executor pool,
            ReadMemory memory,
            int maxCleanStreams,
            long fullBytes)
            throws IOException {
        this.changeMemory = new ChangeMemory(fullBytes, OVERFULL_FACTOR * fullBytes);
        this.memory = memory;
        this.time = time;
        this.visibility = visibility;
        this.commits = commits;
        this.store = store;
        this.pool = pool;
        this.maxChangedStreams = Math.max(MIN_CHANGED_STREAMS, maxCleanStreams);
        this.listeners = new Listeners(this::followerLeft);
        this.table = new StreamTable(store, time, pool, listeners, maxCleanStreams, this::writeTouch);
        this.data = new StreamData(journal, store);
        this.pages = new PageReader(table, store, data, memory);
        this.forkPoint = new ForkPoint(pages);
        byte[] stored = store.get(Table.META, NEXT_INCARNATION);
        if (stored != null) {
            nextIncarnation = ByteBuffer.wrap(stored).getLong();
        }
    }

    /**
     * Connects the face with the shard that runs it.
     *
     * @param shardSequencer orders its commands
     * @throws IOException when the state cannot be read
     */
    public void attach(Sequencer shardSequencer) throws IOException {
        sequencer = shardSequencer;
        table.attach(shardSequencer);
        if (table.find(Registry.PATH) == null) {
            byte[] incarnation = store.get(Table.STREAM_PATHS, Binary.key(Registry.PATH));
            if (incarnation != null) {
                loadForReplay(ByteBuffer.wrap(incarnation).getLong());
            }
        }
    }

    Sequencer sequencer() {
        Sequencer attached = sequencer;
        if (attached == null) {
            throw new IllegalStateException("the shard is not running");
        }
        return attached;
    }

    PageReader pages() {
        return pages;
    }

    ReadMemory memory() {
        return memory;
    }

    StreamData data() {
        return data;
    }

    /** What readers see at a stream's path, and of which stream, or null. Thread-safe. */
    Stream.@Nullable Seen seen(Stream stream) {
        return stream.seen(visibility.position());
    }

    EngineTime time() {
        return time;
    }

    Executor pool() {
        return pool;
    }

    StateStore store() {
        return store;
    }

    // ---- deciding

    long nextIncarnation() {
        return nextIncarnation++;
    }

    /** Why nothing can be done with a stream, or null. */
    @Nullable Refusal unreachable(@Nullable Stream stream, String path) {
        if (stream == null) {
            return Refusal.notFound(path);
        }
        return unreachable(stream, stream.decided);
    }

    /** As the other, with the head that the caller sees. Thread-safe. */
    @Nullable Refusal unreachable(Stream stream, StreamHead head) {
        if (head.removed()) {
            return Refusal.of(ErrorKind.GONE, "the stream was deleted; its data is kept for its forks only");
        }
        if (hasExpired(stream)) {
            expireSoon(stream);
            return Refusal.notFound(stream.identity.path());
        }
        return null;
    }

    /** Whether a stream's lifetime is over. Thread-safe. */
    boolean hasExpired(Stream stream) {
        StreamIdentity identity = stream.identity;
        Long ttlSeconds = identity.ttlSeconds();
        if ((ttlSeconds == null && identity.expiresAt() == null) || listeners.follows(identity.path())) {
            return false;
        }
        if (ttlSeconds != null) {
            // A start counts as an access.
            long accessed = Math.max(stream.accessedMillis(), time.startMillis());
            return time.millis() - accessed >= Math.min(ttlSeconds, MAX_TTL_SECONDS) * 1000;
        }
        return identity.expiresAt() != null && time.hasPassed(millis(identity.expiresAt()));
    }

    private static long millis(Instant instant) {
        try {
            return instant.toEpochMilli();
        } catch (ArithmeticException e) {
            return instant.getEpochSecond() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }

    /** Notes an access, and has it written down when the last one on disk is old. Thread-safe. */
    void accessed(Stream stream) {
        stream.use();
        Long ttlSeconds = stream.identity.ttlSeconds();
        if (ttlSeconds == null) {
            return;
        }
        long now = time.millis();
        stream.accessed(now);
        long interval = Math.max(MIN_TOUCH_MILLIS, Math.min(ttlSeconds, MAX_TTL_SECONDS) * 100);
        if (now - stream.enqueuedTouchMillis >= interval) {
            stream.enqueuedTouchMillis = now;
            sequencer().submit(UpkeepCommand.touch(this, stream.identity, now));
        }
    }

    private void writeTouch(Stream stream) {
        sequencer().submit(UpkeepCommand.touch(this, stream.identity, stream.accessedMillis()));
    }

    private void followerLeft(String path) {
        Stream stream = table.find(path);
        if (stream != null) {
            accessed(stream);
        }
    }

    /** Has an expired stream removed. Thread-safe. */
    void expireSoon(Stream stream) {
        sequencer().submit(DeleteCommand.expired(this, stream.identity));
    }

    /** Finds where a fork branches off, and tells; nothing when that depends on what is not durable yet. */
    void lookUpForkPoint(Stream source, Fork fork, Consumer<ForkPoint.@Nullable Result> then) {
        View view = source.newestView();
        Sequencer owner = sequencer();
        try {
            pool.execute(() -> {
                ForkPoint.@Nullable Result found = lookUp(source, view, fork);
                owner.post(() -> {
                    then.accept(found);
                    owner.loaded();
                });
            });
        } catch (RejectedExecutionException e) {
            VarveException notTaken = DiskErrors.notTaken(e);
            then.accept(new ForkPoint.Refused(Refusal.of(notTaken.kind(), String.valueOf(notTaken.getMessage()))));
            owner.post(owner::loaded);
        }
    }

    private ForkPoint.@Nullable Result lookUp(Stream source, @Nullable View view, Fork fork) {
        try {
            return view == null ? null : forkPoint.lookUp(source, view, fork);
        } catch (IOException | RuntimeException e) {
            return new ForkPoint.Refused(
                    Refusal.of(StreamTable.kindOf(e), "the source of the fork could not be read: " + e.getMessage()));
        }
    }

    /** What a plain stream would be if it were created now. */
    StreamHead plain(String path, StreamConfig config, long nowMillis) {
        CreateRequest request = CreateRequest.of(path, config);
        return StreamHead.created(CreateDecider.identity(request, nextIncarnation(), nowMillis, null, null));
    }

    /** Decides the creation of a stream. */
    Stream create(StreamCommand<?> command, StreamHead head, long nowMillis) {
        StreamIdentity identity = head.identity();
        Stream stream = new Stream(head, null, table.find(identity.path()), nowMillis);
        table.insert(stream);
        command.change(stream, new Effect.Created(identity, head.kept()), nowMillis);
        return stream;
    }

    /** Tells the registry of a new stream. */
    void registerCreation(StreamCommand<?> command, StreamIdentity identity, long nowMillis) {
        if (Registry.tells(identity)) {
            register(command, Registry.created(identity), nowMillis);
        }
    }

    /** Decides the removal of a stream, which its source and the registry hear. */
    void remove(StreamCommand<?> command, Stream stream, boolean kept, boolean tell, long nowMillis) {
        StreamIdentity identity = stream.identity;
        command.change(stream, new Effect.Removed(identity.incarnation(), kept), nowMillis);
        if (!kept && identity.origin() != null) {
            Stream parent = table.byIncarnation(identity.origin().parent());
            if (parent != null && !parent.decidedGone) {
                int forks = parent.decided.forks() - 1;
                command.change(parent, new Effect.Forks(parent.identity.incarnation(), forks), nowMillis);
                if (forks == 0 && parent.decided.removed()) {
                    sequencer().submit(DeleteCommand.unneeded(this, parent.identity));
                }
            }
        }
        if (tell && Registry.tells(identity)) {
            register(command, Registry.deleted(identity), nowMillis);
        }
    }

    private void register(StreamCommand<?> command, Payload message, long nowMillis) {
        Stream registry = table.find(Registry.PATH);
        if (registry == null || registry.decidedGone) {
            registry = create(command, plain(Registry.PATH, Registry.CONFIG, nowMillis), nowMillis);
        }
        StreamHead head = registry.decided;
        command.change(
                registry,
                new Effect.Appended(
                        registry.identity.incarnation(),
                        head.tail(),
                        head.messages() + 1,
                        0,
                        false,
                        null,
                        null,
                        message),
                nowMillis);
    }

    // ---- applying

    /** Applies an effect to the decided state. */
    StreamHead apply(Stream stream, Effect effect, long nowMillis) {
        StreamHead head = stream.decided;
        StreamHead after = switch (effect) {
            case Effect.Created created -> head;
            case Effect.Appended appended -> head.after(appended, nowMillis);
            case Effect.Removed removed -> removed.kept() ? head.asRemoved() : head;
            case Effect.Touched touched -> head.touched(touched.millis());
            case Effect.Trimmed trimmed -> head.trimmed(trimmed.kept());
            case Effect.Forks forks -> head.withForks(forks.count());
        };
        if (effect instanceof Effect.Removed removed && !removed.kept()) {
            stream.decidedGone = true;
        }
        if (effect instanceof Effect.Appended appended && appended.producer() != null) {
            stream.producer(appended.producer().id(), ProducerState.after(appended.producer()));
        }
        if (effect instanceof Effect.Forks forks && forks.count() == 0) {
            // What was trimmed while forks needed it can go now.
            stream.storedEarliest = stream.identity.bornAt();
        }
        stream.decided = after;
        stream.underWay++;
        return after;
    }

    /** Makes a durable change visible to readers and notes it for the next checkpoint. */
    void publish(Change change, long position, long end) {
        Stream stream = change.stream;
        stream.underWay--;
        View old = stream.newestView();
        long tailBefore =
                old == null ? change.after.identity().bornAt() : old.head().tail();
        View view = view(change, old, position, end);
        stream.publish(view, visibility.position());
        Refs refsBefore = old == null ? Refs.NONE : old.refs();
        if (view.refs() != refsBefore) {
            changeMemory.refs(refsBefore, view.refs());
        }
        Generation generation = table.active();
        boolean changedBefore = stream.changed != null;
        if (generation.change(stream, view)) {
            changeMemory.streamChanged(changedBefore);
        }
        StreamIdentity identity = stream.identity;
        switch (change.effect) {
            case Effect.Created created -> {
                generation.paths.put(Binary.key(identity.path()), identity.incarnation());
                changeMemory.pathChanged(identity.path());
                tell(change, StreamChange.Type.CREATED, tailBefore, position);
            }
            case Effect.Appended appended -> {
                noteCommit(stream, appended);
                if (appended.producer() != null) {
                    String id = appended.producer().id();
                    ProducerState before = generation
                            .producers
                            .computeIfAbsent(stream, key -> new HashMap<>())
                            .put(id, ProducerState.after(appended.producer()));
                    if (before == null) {
                        changeMemory.producerChanged(id);
                    }
                }
                tell(change, StreamChange.Type.APPENDED, tailBefore, position);
            }
            case Effect.Removed removed -> {
                if (!removed.kept()) {
                    generation.paths.put(Binary.key(identity.path()), Generation.TOMBSTONE);
                    changeMemory.pathChanged(identity.path());
                    generation.producers.remove(stream);
                    table.remove(stream);
                }
                if (old != null && !old.head().removed()) {
                    tell(change, StreamChange.Type.DELETED, tailBefore, position);
                }
            }
            default -> {}
        }
    }

    private void noteCommit(Stream stream, Effect.Appended appended) {
        if (stream.commitsVersion != commits.namesVersion()) {
            stream.commitsVersion = commits.namesVersion();
            stream.commits = commits.storeOf(stream.identity.path());
        }
        if (stream.commits != null) {
            commits.streamAppended(
                    stream.commits,
                    stream.identity.path(),
                    appended.incarnation(),
                    appended.start(),
                    appended.end(),
                    appended.close());
        }
    }

    private View view(Change change, @Nullable View old, long position, long end) {
        if (old == null) {
            return new View(change.after, Refs.NONE, end, false, null);
        }
        if (change.effect instanceof Effect.Removed removed && !removed.kept()) {
            return old.asDeleted(end);
        }
        if (change.effect instanceof Effect.Appended appended
                && appended.payload().length() > 0) {
            Refs refs = old.refs()
                    .with(
                            appended.start(),
                            appended.end(),
                            position,
                            Math.toIntExact(end - position),
                            change.effectOffset);
            boolean keep = appended.payload().length() <= MAX_KEPT_PAYLOAD_BYTES
                    && listeners.follows(change.stream.identity.path());
            View.Latest latest = keep ? new View.Latest(appended.start(), appended.payload()) : null;
            return new View(change.after, refs, end, false, latest);
        }
        return old.withHead(change.after, end);
    }

    private void tell(Change change, StreamChange.Type type, long tailBefore, long position) {
        StreamIdentity identity = change.stream.identity;
        if (!listeners.interested(identity.path())) {
            return;
        }
        Offset next = Offset.at(change.after.tail());
        StreamChange told = new StreamChange(
                identity.path(), identity.incarnation(), type, Offset.at(tailBefore), next, change.after.closed());
        StreamChange last = toTell.isEmpty() ? null : toTell.getLast();
        if (type == StreamChange.Type.APPENDED
                && position == createdAt
                && last != null
                && last.incarnation() == identity.incarnation()) {
            // A creation with first content is one change.
            told = new StreamChange(
                    last.path(), last.incarnation(), last.type(), last.from(), next, change.after.closed());
            toTell.removeLast();
        } else if (type == StreamChange.Type.CREATED) {
            createdAt = position;
        }
        toTell.add(told);
    }

    @Override
    public void tellListeners() {
        for (int i = 0; i < toTell.size(); i++) {
            listeners.tell(toTell.get(i));
        }
        toTell.clear();
    }

    // ---- recovery

    @Override
    public boolean owns(byte effectType) {
        return effectType >= Effect.CREATED && effectType <= Effect.FORKS;
    }

    @Override
    public void replay(byte effectType, ByteBuffer body, ReplayContext context) throws IOException {
        Effect effect = Effect.decodeWithoutData(effectType, body);
        nextIncarnation = Math.max(nextIncarnation, effect.incarnation() + 1);
        Stream stream = table.byIncarnation(effect.incarnation());
        if (stream == null) {
            stream = effect instanceof Effect.Created created
                    ? replayCreation(created)
                    : loadForReplay(effect.incarnation());
        }
        if (stream == null) {
            // The stream was deleted by a later frame that the state reflects already.
            return;
        }
        if (context.position() < stream.storedPosition) {
            return;
        }
        StreamHead after = apply(stream, effect, context.timeMillis());
        Change change = new Change(stream, effect, after);
        change.effectOffset = context.effectOffset();
        publish(change, context.position(), context.end());
        toTell.clear();
    }

    private Stream replayCreation(Effect.Created created) throws IOException {
        Stream stored = loadForReplay(created.incarnation());
        if (stored != null) {
            return stored;
        }
        Stream stream =
                new Stream(StreamHead.created(created.identity(), created.kept()), null, null, time.startMillis());
        table.insert(stream);
        return stream;
    }

    private @Nullable Stream loadForReplay(long incarnation) throws IOException {
        Stream stream = table.loadIncarnation(incarnation);
        if (stream != null) {
            table.insertClean(stream);
        }
        return stream;
    }

    // ---- checkpoints

    @Override
    public boolean isFull() {
        return table.active().changed.size() >= maxChangedStreams || changeMemory.isFull();
    }

    @Override
    public boolean isOverfull() {
        return changeMemory.isOverfull();
    }

    @Override
    public long heldBytes() {
        return changeMemory.bytes();
    }

    @Override
    public Frozen freeze() {
        changeMemory.freeze();
        return new FrozenStreams(this, table.freeze(nextIncarnation));
    }

    void writeMeta(StateStore.Checkpoint checkpoint, Generation generation) throws IOException {
        checkpoint.put(Table.META, NEXT_INCARNATION, Binary.key(generation.nextIncarnation));
    }
}
