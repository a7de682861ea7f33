package dev.varve.engine.groups;

import dev.varve.api.Entry;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.EventSubscriptionStorage;
import dev.varve.api.ParkedEvent;
import dev.varve.api.Settlement;
import dev.varve.api.StoredEvent;
import dev.varve.api.SubscriptionInfo;
import dev.varve.api.SubscriptionSettings;
import dev.varve.api.VarveException;
import dev.varve.engine.shard.EngineTime;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
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

    /** So many calls may wait for events. */
    private static final int MAX_WAITING = 2 * SubscriptionSettings.MAX_CONSUMERS;

    /** A call whose wait is over may go on for so long while something is being read for it. */
    private static final long GRACE_NANOS = 1_000_000_000L;

    private final String store;
    private final String name;
    private final EntryPath path;
    private final EventStorage events;
    private final GroupRecords records;
    final EngineTime time;
    final Executor thread;
    final Messages messages = new Messages();
    private final TreeMap<Long, Long> parked = new TreeMap<>();
    private final Deque<Waiting> waiting = new ArrayDeque<>();

    /** When each consumer was heard of last; in the order in which they came. */
    private final Map<String, Long> consumers = new LinkedHashMap<>();

    private final long createdAtMillis;
    private SubscriptionSettings settings;
    private final Progress progress;
    private long serial;

    private final GroupScan scan;
    private final GroupWriter writer;
    private @Nullable VarveException over;

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
        this.scan = new GroupScan(events, store, thread, progress, messages, new Reading());
        this.writer = new GroupWriter(
                records,
                path,
                time,
                thread,
                () -> GroupCodec.settings(new GroupCodec.Made(settings, createdAtMillis)),
                () -> GroupCodec.progress(progress, messages.all()));
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
        group.writer.settingsChanged();
        return group;
    }

    /** What was kept when the engine ended. */
    void restore(List<Message> unsettled, Map<Long, Parked> parkedEvents) {
        // A write may be in several parts: what is parked comes first, what is not parked any more last.
        parkedEvents.forEach((position, event) -> parked.put(position, event.key()));
        for (Message message : unsettled) {
            if (message.replayed && parked.remove(message.position) != null) {
                writer.parked(message.position, null);
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
        return over == null && (!waiting.isEmpty() || !consumers.isEmpty() || messages.anyTimed() || writer.isBehind());
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

    void settled(Message message) {
        messages.remove(message);
        writer.changed();
    }

    void giveBack(Message message) {
        message.attempts--;
        message.serial = 0;
        messages.ready(message);
    }

    private void stop(String reason) {
        progress.paused = true;
        progress.pausedReason = reason;
        writer.changed();
    }

    /** A consumer had it and did not settle it. */
    private void tried(Message message, String why) {
        if (message.attempts > settings.maxRetries()) {
            park(message, why);
        } else {
            messages.ready(message);
            writer.lazily();
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
        writer.parked(message.position, new Parked(message.attempts, time.millis(), message.key, reason));
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
        return writer.durable().thenCompose(_ -> records.get(paths)).thenCompose(this::shown);
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
            writer.parked(first.getKey(), null);
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
        writer.changed();
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
        again.keySet().forEach(later -> writer.parked(later, null));
        again.clear();
        progress.floor = floor;
        progress.reached = floor;
        lookAgainFrom(settings, floor);
    }

    void update(SubscriptionSettings changed) {
        boolean others = !changed.events().equals(settings.events());
        settings = changed;
        writer.settingsChanged();
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
        scan.again();
        writer.changed();
        goOn();
    }

    /** The engine is closed; what has changed may be {@linkplain #flush flushed} still. */
    void end(VarveException cause) {
        over = cause;
        scan.stop();
        waiting.forEach(call -> call.answer().completeExceptionally(cause));
        waiting.clear();
    }

    /** It is gone. */
    void gone(VarveException cause) {
        end(cause);
        writer.drop(cause);
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
        writer.pass(now);
    }

    /** Why nothing goes on any more; null while it does. */
    @Nullable VarveException over() {
        return over;
    }

    SubscriptionSettings settings() {
        return settings;
    }

    private boolean isWaiting(String consumer) {
        return waiting.stream().anyMatch(call -> call.consumer().equals(consumer));
    }

    void heard(String consumer) {
        consumers.replace(consumer, time.elapsedNanos());
    }

    /** Calls whose wait is over get nothing. */
    private void endWaits() {
        long now = time.elapsedNanos();
        Iterator<Waiting> calls = waiting.iterator();
        while (calls.hasNext()) {
            Waiting call = calls.next();
            boolean mayWait = call.untilNanos() > now
                    || (call.untilNanos() + GRACE_NANOS > now && scan.isUnderWay() && mayTake(call, 0));
            if (call.isOver() || !mayWait) {
                calls.remove();
                heard(call.consumer());
                call.answer().complete(List.of());
            }
        }
    }

    void goOn() {
        hand(Map.of());
        readOn();
    }

    /** A call that was to get something and did not waits on. */
    void again(Waiting call) {
        waiting.addFirst(call);
        goOn();
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
        given.forEach((call, taken) -> new Handing(this, call, taken, fresh).goOn());
    }

    CompletableFuture<List<StoredEvent>> read(long position) {
        return events.read(
                        store,
                        EventRead.all().after(position - 1).upTo(position).withLimit(1))
                .thenApply(EventSlice::events);
    }

    static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    // ---- reading

    /** Reads on, as far as somebody waits for it. */
    private void readOn() {
        if (over != null || progress.paused || messages.anyReady()) {
            return;
        }
        int wanted = 0;
        for (Waiting call : waiting) {
            if (mayTake(call, 0)) {
                wanted += Math.min(call.max(), settings.maxInFlight() - messages.inFlight(call.consumer()));
            }
        }
        int room = EventSubscriptionStorage.MAX_UNSETTLED - (messages.size() - messages.replayed());
        scan.scan(Math.min(Math.min(wanted, room), EventRead.MAX_LIMIT));
    }

    private final class Reading implements GroupScan.Reader {

        @Override
        public SubscriptionSettings settings() {
            return Group.this.settings;
        }

        @Override
        public void moved() {
            writer.lazily();
        }

        @Override
        public void found(Map<Long, StoredEvent> fresh) {
            hand(fresh);
        }

        @Override
        public void read() {
            goOn();
            endWaits();
        }

        @Override
        public void failed(Throwable cause) {
            List<Waiting> calls = List.copyOf(waiting);
            waiting.clear();
            calls.forEach(call -> call.answer().completeExceptionally(cause));
        }
    }

    // ---- writing

    /** Has everything that changed so far written, also what nobody waits for. */
    CompletableFuture<Void> flush() {
        return writer.flush();
    }

    /** Completed when what is being written has ended, whatever came of it. */
    CompletableFuture<?> written() {
        return writer.written();
    }

    /** Completed when everything that has changed so far is durable. */
    CompletableFuture<Void> durable() {
        return writer.durable();
    }
}
