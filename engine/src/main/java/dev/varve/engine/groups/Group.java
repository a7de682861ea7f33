package dev.varve.engine.groups;

import dev.varve.api.DeliveredEvent;
import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.EventSubscriptionStorage;
import dev.varve.api.NewEvent;
import dev.varve.api.ParkedEvent;
import dev.varve.api.Settlement;
import dev.varve.api.StoredEvent;
import dev.varve.api.SubscriptionInfo;
import dev.varve.api.SubscriptionSettings;
import dev.varve.api.VarveException;
import dev.varve.engine.shard.EngineTime;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A subscription whose position the engine keeps. It reads no more than its consumers ask for, keeps the positions of what is not settled, and reads an event when it is
 * handed out. Confined to the thread of the groups.
 */
final class Group {

    /** An answer with more bytes of data than this ends there. */
    private static final long MAX_ANSWER_BYTES = EventSlice.MAX_BYTES;

    /** So many calls may wait for events. */
    private static final int MAX_WAITING = 2 * SubscriptionSettings.MAX_CONSUMERS;

    /** A call whose wait is over may go on for so long while something is being read for it. */
    private static final long GRACE_NANOS = 1_000_000_000L;

    /** What nobody waits for is written this often. */
    private static final long LAZY_NANOS = 2_000_000_000L;

    private final String store;
    private final String name;
    private final EntryPath path;
    private final EventStorage events;
    private final GroupRecords records;
    private final EngineTime time;
    private final Executor thread;
    private final Messages messages = new Messages();
    private final TreeMap<Long, Long> parked = new TreeMap<>();
    private final Deque<Waiting> waiting = new ArrayDeque<>();

    /** When each consumer was heard of last; in the order in which they came. */
    private final Map<String, Long> consumers = new LinkedHashMap<>();

    private final long createdAtMillis;
    private SubscriptionSettings settings;
    private Progress progress;
    private long serial;

    // ---- reading
    private boolean scanning;
    private boolean more = true;
    private long lookedHead = EventStore.EMPTY;

    /** Moves on when what is being read is of no use any more. */
    private int era;

    // ---- writing
    private long changes;
    private long written;
    private boolean writing;
    private boolean settingsChanged;
    private boolean lazyChange;
    private long lazyNanos;
    private Map<Long, @Nullable Parked> parkedChanges = new LinkedHashMap<>();
    private final Deque<Durable> durables = new ArrayDeque<>();
    private @Nullable VarveException over;

    /** Somebody who waits until changes are durable. */
    private record Durable(long changes, CompletableFuture<Void> done) {}

    /** What a group works with. */
    record World(EventStorage events, GroupRecords records, EngineTime time, Executor thread, long firstSerial) {}

    Group(World world, String store, String name, EntryPath path, GroupCodec.Made made, Progress progress) {
        this.events = world.events;
        this.records = world.records;
        this.time = world.time;
        this.thread = world.thread;
        this.serial = world.firstSerial;
        this.store = store;
        this.name = name;
        this.path = path;
        this.settings = made.settings();
        this.createdAtMillis = made.createdAtMillis();
        this.progress = progress;
    }

    /** A group that is to be made; {@link #durable} writes it. */
    static Group made(World world, String store, String name, EntryPath path, SubscriptionSettings settings) {
        EventRead read = settings.events();
        boolean ofAggregate = read.aggregate() != null;
        long head = world.events.head(store);
        boolean atEnd = read.after() == SubscriptionSettings.END;
        Progress progress;
        if (atEnd) {
            progress = new Progress(ofAggregate ? EventStore.EMPTY : head);
            progress.floor = head;
            progress.reached = head;
        } else {
            progress = new Progress(read.after());
            progress.reached = ofAggregate ? EventStore.EMPTY : read.after();
        }
        progress.begun = atEnd || read.from() == null;
        Group group = new Group(world, store, name, path, new GroupCodec.Made(settings, world.time.millis()), progress);
        group.settingsChanged = true;
        group.changes++;
        return group;
    }

    /** What was kept when the engine ended. */
    void restore(List<Message> unsettled, Map<Long, Parked> parkedEvents) {
        // A write may be in several parts: what is parked comes first, what is not parked any more last.
        parkedEvents.forEach((position, event) -> parked.put(position, event.key()));
        for (Message message : unsettled) {
            if (message.replayed && parked.remove(message.position) != null) {
                parkedChanges.put(message.position, null);
                changes++;
            }
            if (!parked.containsKey(message.position)) {
                messages.add(message);
            }
        }
    }

    // ---- what is known

    SubscriptionInfo info() {
        return new SubscriptionInfo(
                name,
                settings,
                Instant.ofEpochMilli(createdAtMillis),
                checkpoint(),
                events.head(store),
                messages.out(),
                messages.size() - messages.out(),
                parked.size(),
                progress.paused,
                progress.pausedReason,
                List.copyOf(consumers.keySet()));
    }

    private long checkpoint() {
        Long first = messages.first();
        return first == null ? progress.reached : Math.min(first - 1, progress.reached);
    }

    /** Whether time or appends may change something. */
    boolean isActive() {
        return over == null
                && (!waiting.isEmpty()
                        || !consumers.isEmpty()
                        || messages.anyTimed()
                        || lazyChange
                        || changes > written);
    }

    boolean isWaitedFor() {
        return !waiting.isEmpty();
    }

    // ---- consumers

    void next(Waiting call) {
        pass();
        if (call.isOver()) {
            return; // nobody waits any more, so nobody is there
        }
        if (!consumers.containsKey(call.consumer()) && consumers.size() >= settings.maxConsumers()) {
            call.answer()
                    .completeExceptionally(new VarveException(
                            ErrorKind.CONSUMER_LIMIT,
                            "the subscription " + name + " has " + consumers.size() + " consumers, at most "
                                    + settings.maxConsumers()));
            return;
        }
        if (waiting.size() >= MAX_WAITING) {
            call.answer()
                    .completeExceptionally(new VarveException(
                            ErrorKind.OVERLOADED, "too many calls wait for events of the subscription " + name));
            return;
        }
        consumers.put(call.consumer(), time.elapsedNanos());
        waiting.add(call);
        goOn();
        endWaits();
    }

    void leave(String consumer) {
        messages.outAt(consumer).forEach(this::giveBack);
        consumers.remove(consumer);
        Iterator<Waiting> calls = waiting.iterator();
        while (calls.hasNext()) {
            Waiting call = calls.next();
            if (call.consumer().equals(consumer)) {
                calls.remove();
                call.answer().complete(List.of());
            }
        }
        goOn();
    }

    int settle(Settlement settlement, Collection<String> tokens) {
        int settled = 0;
        for (String token : tokens) {
            Message message = delivered(token);
            if (message != null && settle(settlement, message)) {
                settled++;
            }
        }
        goOn();
        return settled;
    }

    /** The message of a delivery that still counts. */
    private @Nullable Message delivered(String token) {
        int dash = token.indexOf('-');
        try {
            Message message = dash < 0 ? null : messages.get(Long.parseLong(token.substring(0, dash)));
            boolean counts = message != null
                    && message.serial != 0
                    && message.serial == Long.parseUnsignedLong(token.substring(dash + 1), 16);
            return counts ? message : null;
        } catch (NumberFormatException e) {
            return null; // nobody gave it out
        }
    }

    private boolean settle(Settlement settlement, Message message) {
        String consumer = message.consumer;
        if (consumer != null) {
            heard(consumer);
        }
        switch (settlement.action()) {
            case ACK, SKIP -> settled(message);
            case PARK -> park(message, settlement.reason());
            case RETRY -> {
                if (message.place != Message.Place.OUT) {
                    return false; // its time was over
                }
                message.serial = 0;
                retry(message, settlement.reason());
            }
            case STOP -> {
                if (message.place == Message.Place.OUT) {
                    giveBack(message);
                }
                message.serial = 0;
                stop(settlement.reason());
            }
        }
        return true;
    }

    private void settled(Message message) {
        messages.remove(message);
        changes++;
    }

    private void giveBack(Message message) {
        message.attempts--;
        message.serial = 0;
        messages.ready(message);
    }

    private void stop(String reason) {
        progress.paused = true;
        progress.pausedReason = reason;
        changes++;
    }

    /** A consumer had it and did not settle it. */
    private void tried(Message message, String why) {
        if (message.attempts > settings.maxRetries()) {
            park(message, why);
        } else {
            messages.ready(message);
            lazily();
        }
    }

    private void retry(Message message, String why) {
        tried(message, why);
        long pause = settings.retryPause().toNanos();
        if (message.place == Message.Place.READY && pause > 0) {
            long longest = settings.messageTimeout().toNanos();
            for (int i = 1; i < message.attempts && pause < longest; i++) {
                pause *= 2;
            }
            messages.delay(message, time.elapsedNanos() + Math.min(pause, longest));
        }
    }

    private void park(Message message, String reason) {
        if (parked.size() >= EventSubscriptionStorage.MAX_PARKED) {
            message.serial = 0;
            messages.ready(message);
            stop(parked.size() + " events are parked, which is as many as may be");
            return;
        }
        messages.remove(message);
        parked.put(message.position, message.key);
        parkedChanges.put(message.position, new Parked(message.attempts, time.millis(), message.key, reason));
        changes++;
    }

    // ---- parked events

    CompletableFuture<List<ParkedEvent>> parked(long after, int limit) {
        List<EntryPath> paths = new ArrayList<>();
        for (long position : parked.tailMap(after, false).keySet()) {
            if (paths.size() == limit) {
                break;
            }
            paths.add(GroupRecords.parked(path, position));
        }
        // What is shown is durable, so what is not yet is waited for.
        return durable().thenCompose(_ -> records.get(paths)).thenCompose(this::shown);
    }

    private CompletableFuture<List<ParkedEvent>> shown(List<Entry> entries) {
        CompletableFuture<List<ParkedEvent>> shown = CompletableFuture.completedFuture(new ArrayList<>());
        for (Entry entry : entries) {
            long position = Long.parseLong(entry.path().segments().getLast());
            Parked why = parked(entry);
            shown = shown.thenCombine(read(position), (list, event) -> {
                list.add(new ParkedEvent(
                        position,
                        event.isEmpty() ? null : event.getFirst(),
                        why.reason(),
                        why.attempts(),
                        Instant.ofEpochMilli(why.millis())));
                return list;
            });
        }
        return shown;
    }

    static Parked parked(Entry entry) {
        if (entry.value() instanceof EntryValue.Text(String written)) {
            return Parked.of(written);
        }
        throw new VarveException(ErrorKind.CORRUPT, "a parked event cannot be read");
    }

    int replay(int stopAt) {
        int replayed = 0;
        while (replayed < stopAt && !parked.isEmpty() && messages.replayed() < EventSubscriptionStorage.MAX_UNSETTLED) {
            Map.Entry<Long, Long> first = parked.pollFirstEntry();
            messages.add(new Message(first.getKey(), first.getValue(), true, 0));
            parkedChanges.put(first.getKey(), null);
            changes++;
            replayed++;
        }
        goOn();
        return replayed;
    }

    // ---- commands

    void pause() {
        if (progress.paused) {
            throw new VarveException(ErrorKind.CONFLICT, "the subscription " + name + " is paused already");
        }
        stop("");
    }

    void resume() {
        if (!progress.paused) {
            throw new VarveException(ErrorKind.CONFLICT, "the subscription " + name + " is not paused");
        }
        progress.paused = false;
        progress.pausedReason = "";
        changes++;
        goOn();
    }

    void reset(long position) {
        long head = events.head(store);
        long floor = position == SubscriptionSettings.END ? head : position;
        if (floor < EventStore.EMPTY || floor > head) {
            throw new VarveException(
                    ErrorKind.INVALID_PARAMS, "a position is -1 to " + head + ", the end of the log, was " + position);
        }
        messages.clear();
        Map<Long, Long> again = parked.tailMap(floor, false);
        again.keySet().forEach(later -> parkedChanges.put(later, null));
        again.clear();
        progress.floor = floor;
        progress.reached = floor;
        lookAgainFrom(settings, floor);
    }

    void update(SubscriptionSettings changed) {
        boolean others = !changed.events().equals(settings.events());
        settings = changed;
        settingsChanged = true;
        changes++;
        if (others) {
            progress.floor = progress.reached;
            lookAgainFrom(changed, progress.reached);
        } else {
            goOn();
        }
    }

    private void lookAgainFrom(SubscriptionSettings of, long position) {
        progress.cursor = of.events().aggregate() == null ? position : EventStore.EMPTY;
        progress.begun = true;
        more = true;
        era++;
        scanning = false;
        changes++;
        goOn();
    }

    /** It is gone, or the engine is. */
    void end(VarveException cause) {
        over = cause;
        waiting.forEach(call -> call.answer().completeExceptionally(cause));
        waiting.clear();
    }

    // ---- going on

    /** Time has passed. */
    void pass() {
        long now = time.elapsedNanos();
        messages.wake(now);
        for (Message late = messages.late(now); late != null; late = messages.late(now)) {
            tried(late, "it was not settled within " + settings.messageTimeout());
        }
        long since = now - settings.messageTimeout().toNanos();
        if (consumers.values().stream().anyMatch(heard -> heard <= since)) {
            consumers.entrySet().removeIf(each -> each.getValue() <= since && !isWaiting(each.getKey()));
        }
        goOn();
        endWaits();
        if (lazyChange && now - lazyNanos >= LAZY_NANOS) {
            changes++;
        }
        if (changes > written) {
            write();
        }
    }

    private boolean isWaiting(String consumer) {
        return waiting.stream().anyMatch(call -> call.consumer().equals(consumer));
    }

    private void heard(String consumer) {
        consumers.replace(consumer, time.elapsedNanos());
    }

    /** Calls whose wait is over get nothing. */
    private void endWaits() {
        long now = time.elapsedNanos();
        Iterator<Waiting> calls = waiting.iterator();
        while (calls.hasNext()) {
            Waiting call = calls.next();
            boolean mayWait =
                    call.untilNanos() > now || (call.untilNanos() + GRACE_NANOS > now && scanning && mayTake(call, 0));
            if (call.isOver() || !mayWait) {
                calls.remove();
                heard(call.consumer());
                call.answer().complete(List.of());
            }
        }
    }

    void goOn() {
        hand(Map.of());
        scan();
    }

    private boolean mayTake(Waiting call, int taken) {
        if (call.isOver() || taken >= call.max()) {
            return false;
        }
        if (settings.distribution() == SubscriptionSettings.Distribution.SINGLE
                && !call.consumer().equals(consumers.keySet().iterator().next())) {
            return false;
        }
        return messages.inFlight(call.consumer()) < settings.maxInFlight();
    }

    /** Hands out what is ready, one to each in turn. */
    private void hand(Map<Long, StoredEvent> fresh) {
        if (over != null || progress.paused) {
            return;
        }
        Map<Waiting, List<Message>> given = new LinkedHashMap<>();
        boolean any = true;
        while (any && messages.anyReady()) {
            any = false;
            for (Waiting call : waiting) {
                List<Message> taken = given.getOrDefault(call, List.of());
                if (messages.anyReady() && mayTake(call, taken.size())) {
                    long until = time.elapsedNanos() + settings.messageTimeout().toNanos();
                    given.computeIfAbsent(call, _ -> new ArrayList<>())
                            .add(messages.take(call.consumer(), ++serial, until));
                    any = true;
                }
            }
        }
        waiting.removeAll(given.keySet());
        given.forEach((call, taken) -> new Handing(call, taken, fresh).goOn());
    }

    /** Fills an answer with events, those that are at hand and those that have to be read. */
    private final class Handing {
        private final Waiting call;
        private final List<Message> taken;
        private final List<Long> serials;
        private final Map<Long, StoredEvent> fresh;
        private final List<DeliveredEvent> deliveries = new ArrayList<>();
        private long bytes;
        private int next;

        Handing(Waiting call, List<Message> taken, Map<Long, StoredEvent> fresh) {
            this.call = call;
            this.taken = taken;
            this.serials = taken.stream().map(message -> message.serial).toList();
            this.fresh = fresh;
        }

        /** Whether it is still this call's; it may have been taken away while another one was read. */
        private boolean isMine(int index) {
            Message message = taken.get(index);
            return message.place == Message.Place.OUT
                    && message.serial == serials.get(index)
                    && message.equals(messages.get(message.position));
        }

        void goOn() {
            while (next < taken.size()) {
                Message message = taken.get(next);
                StoredEvent event = fresh.get(message.position);
                if (!isMine(next)) {
                    next++;
                } else if (bytes >= MAX_ANSWER_BYTES) {
                    giveBack(message);
                    next++;
                } else if (event == null) {
                    CompletableFuture<?> _ = read(message.position)
                            .whenCompleteAsync((found, failure) -> found(message, found, failure), thread);
                    return;
                } else {
                    deliver(message, event);
                }
            }
            if (deliveries.isEmpty()) {
                waiting.addFirst(call);
                Group.this.goOn();
            } else {
                heard(call.consumer());
                if (!call.answer().complete(deliveries)) {
                    giveAllBack();
                }
            }
        }

        private void deliver(Message message, StoredEvent event) {
            deliveries.add(new DeliveredEvent(
                    event,
                    message.attempts,
                    message.position + "-" + Long.toHexString(message.serial),
                    Instant.ofEpochMilli(
                            time.millis() + settings.messageTimeout().toMillis())));
            bytes += event.data().size();
            next++;
        }

        private void found(Message message, @Nullable List<StoredEvent> found, @Nullable Throwable failure) {
            if (over != null) {
                call.answer().completeExceptionally(over);
            } else if (failure != null) {
                giveAllBack();
                call.answer().completeExceptionally(cause(failure));
            } else if (!isMine(next)) {
                next++;
                goOn();
            } else if (found == null || found.isEmpty()) {
                settled(message); // it was deleted
                next++;
                goOn();
            } else {
                deliver(message, found.getFirst());
                goOn();
            }
        }

        private void giveAllBack() {
            for (int i = 0; i < taken.size(); i++) {
                if (isMine(i)) {
                    giveBack(taken.get(i));
                }
            }
            Group.this.goOn();
        }
    }

    private CompletableFuture<List<StoredEvent>> read(long position) {
        return events.read(
                        store,
                        EventRead.all().after(position - 1).upTo(position).withLimit(1))
                .thenApply(EventSlice::events);
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    // ---- reading

    /** Reads on, as far as somebody waits for it. */
    private void scan() {
        if (over != null || progress.paused || scanning || messages.anyReady()) {
            return;
        }
        int wanted = 0;
        for (Waiting call : waiting) {
            if (mayTake(call, 0)) {
                wanted += Math.min(call.max(), settings.maxInFlight() - messages.inFlight(call.consumer()));
            }
        }
        int room = EventSubscriptionStorage.MAX_UNSETTLED - (messages.size() - messages.replayed());
        int limit = Math.min(Math.min(wanted, room), EventRead.MAX_LIMIT);
        if (limit <= 0 || (!more && events.head(store) <= lookedHead)) {
            return;
        }
        scanning = true;
        int mine = era;
        Instant from = progress.begun ? null : settings.events().from();
        boolean begun = from == null;
        EventRead onwards = from == null
                ? begun(settings.events()).after(progress.cursor).withLimit(limit)
                : EventRead.all().after(progress.reached).from(from).withLimit(1);
        // Never on this stack: a log of which little is meant would be read in as many calls within each other.
        CompletableFuture<?> _ = events.read(store, onwards)
                .whenCompleteAsync((slice, failure) -> scanned(mine, begun, slice, failure), thread);
    }

    /** The same read without the time at which it begins. */
    private static EventRead begun(EventRead read) {
        return new EventRead(
                read.aggregate(),
                read.category(),
                read.query(),
                read.filter(),
                false,
                read.after(),
                Long.MAX_VALUE,
                null,
                0,
                read.limit());
    }

    private void scanned(int of, boolean begun, @Nullable EventSlice slice, @Nullable Throwable failure) {
        if (of != era || over != null) {
            return;
        }
        scanning = false;
        if (slice == null) {
            Throwable cause = failure == null ? new IllegalStateException("nothing was read") : cause(failure);
            List<Waiting> calls = List.copyOf(waiting);
            waiting.clear();
            calls.forEach(call -> call.answer().completeExceptionally(cause));
            return;
        }
        more = slice.more();
        lookedHead = slice.head();
        if (begun) {
            look(slice);
        } else {
            begin(slice);
        }
        goOn();
        endWaits();
    }

    /** Looks for the time at which the group begins, in all events. */
    private void begin(EventSlice slice) {
        long before = slice.events().isEmpty()
                ? slice.next()
                : slice.events().getFirst().position() - 1;
        progress.reached = Math.max(progress.reached, before);
        if (!slice.events().isEmpty()) {
            progress.begun = true;
            progress.floor = progress.reached;
            if (settings.events().aggregate() == null) {
                progress.cursor = progress.reached;
            }
            more = true;
        }
        lazily();
    }

    private void look(EventSlice slice) {
        boolean ofAggregate = settings.events().aggregate() != null;
        if (ofAggregate
                && slice.version() < progress.cursor
                && progress.cursor > settings.events().after()) {
            // It was deleted, and may begin anew; what was seen is below the floor.
            progress.floor = Math.max(progress.floor, progress.reached);
            progress.cursor = EventStore.EMPTY;
            more = slice.version() != EventStore.EMPTY;
            return;
        }
        Map<Long, StoredEvent> fresh = new HashMap<>();
        for (StoredEvent event : slice.events()) {
            if (event.position() > progress.floor && messages.get(event.position()) == null) {
                messages.add(new Message(event.position(), key(event), false, 0));
                fresh.put(event.position(), event);
            }
        }
        progress.cursor = Math.max(progress.cursor, slice.next());
        long reached = progress.reached;
        if (!slice.more()) {
            reached = slice.head();
        } else if (!ofAggregate) {
            reached = slice.next();
        } else if (!slice.events().isEmpty()) {
            reached = slice.events().getLast().position();
        }
        if (reached > progress.reached) {
            progress.reached = reached;
            lazily();
        }
        hand(fresh);
    }

    private long key(StoredEvent event) {
        String key = switch (settings.distribution()) {
            case ROUND_ROBIN, SINGLE -> null;
            case BY_AGGREGATE ->
                event.aggregate() == null ? null : event.aggregate().toString();
            case BY_CORRELATION -> event.metadata().get(NewEvent.CORRELATION_ID);
        };
        return key == null ? Message.NO_KEY : hash(key);
    }

    /** Two keys that have the same only wait for each other. */
    private static long hash(String key) {
        long hash = 0xcbf29ce484222325L;
        for (byte each : key.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (each & 0xff)) * 0x100000001b3L;
        }
        return hash == Message.NO_KEY ? 1 : hash;
    }

    // ---- writing

    /** Something changed that nobody waits for. */
    private void lazily() {
        if (!lazyChange) {
            lazyChange = true;
            lazyNanos = time.elapsedNanos();
        }
    }

    /** Has everything that changed so far written, also what nobody waits for. */
    CompletableFuture<Void> flush() {
        if (lazyChange) {
            changes++;
        }
        return durable();
    }

    /** Completed when everything that has changed so far is durable. */
    CompletableFuture<Void> durable() {
        if (written == changes) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        durables.add(new Durable(changes, done));
        write();
        return done;
    }

    /** Writes what has changed. What changes meanwhile goes out with the next write. */
    private void write() {
        if (writing) {
            return;
        }
        writing = true;
        lazyChange = false;
        long upTo = changes;
        Map<Long, @Nullable Parked> changedParked = parkedChanges;
        parkedChanges = new LinkedHashMap<>();
        List<EntryOp> ops = new ArrayList<>();
        // In this order, because it may be more than one write: an event stands in the list or among the messages at
        // any time.
        changedParked.forEach((position, why) -> {
            if (why != null) {
                ops.add(EntryOp.set(GroupRecords.parked(path, position), EntryValue.of(why.written())));
            }
        });
        if (settingsChanged) {
            GroupCodec.Made made = new GroupCodec.Made(settings, createdAtMillis);
            ops.add(EntryOp.set(path.child(GroupRecords.SETTINGS), GroupCodec.settings(made)));
            settingsChanged = false;
        }
        ops.add(EntryOp.set(path.child(GroupRecords.PROGRESS), GroupCodec.progress(progress, messages.all())));
        changedParked.forEach((position, why) -> {
            if (why == null) {
                ops.add(EntryOp.delete(GroupRecords.parked(path, position)));
            }
        });
        CompletableFuture<?> _ =
                records.write(ops).whenCompleteAsync((_, failure) -> wrote(upTo, changedParked, failure), thread);
    }

    private void wrote(long upTo, Map<Long, @Nullable Parked> changedParked, @Nullable Throwable failure) {
        writing = false;
        if (failure == null) {
            written = upTo;
        } else {
            // It goes out with the next write: what a consumer has said stays said.
            settingsChanged = true;
            changedParked.putAll(parkedChanges);
            parkedChanges = changedParked;
        }
        while (!durables.isEmpty() && durables.peek().changes() <= upTo) {
            CompletableFuture<Void> done = durables.remove().done();
            if (failure == null) {
                done.complete(null);
            } else {
                done.completeExceptionally(cause(failure));
            }
        }
        if (!durables.isEmpty() && over == null) {
            write();
        }
    }
}
