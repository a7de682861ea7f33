package dev.varve.server.subscriptions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Offset;
import dev.varve.server.outbound.Now;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A state machine with a time of its own, streams that are only told, and a log in memory. */
final class StateFixture {

    static final String BASE_URL = "http://127.0.0.1:4437";

    final RandomGenerator random;
    final List<Event> log = new ArrayList<>();
    final List<Effect> effects = new ArrayList<>();

    /** The streams as they are: path to incarnation and tail. */
    final Map<String, StreamDelta> streams = new TreeMap<>();

    SubscriptionState state;
    long wallMillis = 1_700_000_000_000L;
    long elapsedNanos = -5;
    private final SubscriptionOptions options;
    private long lastIncarnation;

    StateFixture() {
        this(SubscriptionOptions.LOOPBACK, 1);
    }

    StateFixture(SubscriptionOptions options, long seed) {
        this.options = options;
        this.random = new SplittableRandom(seed);
        this.state = new SubscriptionState(options, random);
    }

    Now now() {
        return new Now(wallMillis, elapsedNanos);
    }

    /** Time goes by on both clocks, and whatever runs out does. */
    void pass(long millis) {
        wallMillis += millis;
        elapsedNanos += TimeUnit.MILLISECONDS.toNanos(millis);
        step(step -> {});
    }

    /** One step as the loop takes it. */
    <T> T decide(Function<Step, T> decision) {
        Step step = new Step();
        try {
            state.tick(now(), step);
            state.settle(now(), step);
            return decision.apply(step);
        } finally {
            state.settle(now(), step);
            log.addAll(step.events);
            effects.addAll(step.effects);
            checkInvariants();
        }
    }

    void step(Consumer<Step> action) {
        decide(step -> {
            action.accept(step);
            return true;
        });
    }

    /** The effects since the last call. */
    List<Effect> takeEffects() {
        List<Effect> taken = List.copyOf(effects);
        effects.clear();
        return taken;
    }

    // ---- streams

    void append(String path, int bytes) {
        StreamDelta before = streams.get(path);
        StreamDelta delta = before == null
                ? new StreamDelta(path, ++lastIncarnation, true, Offset.ZERO, Offset.at(bytes), false)
                : new StreamDelta(
                        path,
                        before.incarnation(),
                        false,
                        before.next(),
                        Offset.at(before.next().position() + bytes),
                        false);
        streams.put(path, delta);
        step(step -> state.changed(delta));
    }

    void delete(String path) {
        StreamDelta before = streams.remove(path);
        if (before != null) {
            step(step -> state.changed(
                    new StreamDelta(path, before.incarnation(), false, before.next(), before.next(), true)));
        }
    }

    Offset tail(String path) {
        StreamDelta stream = streams.get(path);
        return stream == null ? Offset.ZERO : stream.next();
    }

    // ---- requests

    private Scan look(@Nullable Glob glob, Set<String> paths) {
        Scan scan = state.beginScan(glob, paths);
        streams.values().forEach(stream -> scan.found(stream.path(), stream.incarnation(), stream.next()));
        return scan;
    }

    SubscriptionEntry pull(String id, @Nullable String pattern, String... paths) {
        return create(id, SubscriptionEntry.PULL_WAKE, null, "wake/" + id, pattern, paths);
    }

    SubscriptionEntry webhook(String id, @Nullable String pattern, String... paths) {
        return create(id, SubscriptionEntry.WEBHOOK, "http://127.0.0.1:1/", null, pattern, paths);
    }

    private SubscriptionEntry create(
            String id,
            String type,
            @Nullable String url,
            @Nullable String wakeStream,
            @Nullable String pattern,
            String... paths) {
        Glob glob = pattern == null ? null : Glob.parse(pattern);
        Scan scan = look(glob, Set.of(paths));
        try {
            return decide(step -> {
                if (state.keys().isEmpty()) {
                    state.addKey(new Event.KeyAdded("ds_x", "x", "y", wallMillis), now(), step);
                }
                Event.Created config = new Event.Created(
                        id, type, pattern, url, wakeStream, 1_000, null, id + pattern, BASE_URL, wallMillis);
                return state.create(config, scan, now(), step);
            });
        } finally {
            state.end(scan);
        }
    }

    void link(String id, String... paths) {
        Scan scan = look(null, Set.of(paths));
        step(step -> state.link(id, scan, now(), step));
        state.end(scan);
    }

    void unlink(String id, String path) {
        step(step -> state.unlink(id, path, now(), step));
    }

    SubscriptionState.Claim claim(String id) {
        return decide(step -> state.claim(id, "worker", now(), step));
    }

    boolean ack(String id, SubscriptionState.Claim claim, boolean done, String... pathsAndOffsets) {
        return decide(step -> state.ack(id, claimant(claim), acks(pathsAndOffsets), done, now(), step));
    }

    boolean callback(String id, Effect.Deliver told, boolean done, String... pathsAndOffsets) {
        var claimant = new SubscriptionState.Claimant(told.token(), told.wakeId(), told.generation());
        return decide(step -> state.callback(id, claimant, acks(pathsAndOffsets), done, now(), step));
    }

    static SubscriptionState.Claimant claimant(SubscriptionState.Claim claim) {
        return new SubscriptionState.Claimant(
                claim.token(), claim.wake().id(), claim.wake().generation());
    }

    private static List<SubscriptionState.Ack> acks(String... pathsAndOffsets) {
        List<SubscriptionState.Ack> acks = new ArrayList<>();
        for (int i = 0; i < pathsAndOffsets.length; i += 2) {
            acks.add(new SubscriptionState.Ack(pathsAndOffsets[i], pathsAndOffsets[i + 1]));
        }
        return acks;
    }

    // ---- restarts and invariants

    /** Reads the log into a new state and looks at all streams, as the loop does. */
    void restart() {
        state = replayed(log);
        step(step -> state.announceAgain(step));
    }

    /** As {@link #restart}, from a snapshot instead of the log. */
    void restartFromSnapshot() {
        List<Event> snapshot = state.snapshot();
        log.clear();
        log.addAll(snapshot);
        log.add(new Event.SnapshotEnded());
        restart();
    }

    void rescan() {
        lookAtAll(state);
        step(step -> {});
    }

    private void lookAtAll(SubscriptionState state) {
        Scan scan = state.beginRescan();
        for (String prefix : state.listPrefixes()) {
            streams.values().stream()
                    .filter(stream -> stream.path().startsWith(prefix))
                    .forEach(stream -> state.found(scan, stream.path(), stream.incarnation(), stream.next()));
        }
        for (String path : state.unseenPaths()) {
            StreamDelta stream = streams.get(path);
            if (stream == null) {
                state.notFound(scan, path);
            } else {
                state.found(scan, path, stream.incarnation(), stream.next());
            }
        }
        state.end(scan);
    }

    private SubscriptionState replayed(List<Event> events) {
        SubscriptionState fresh = new SubscriptionState(options, random);
        // Through the text form, as the real log.
        events.forEach(
                event -> fresh.apply(EventCodec.decode(java.nio.ByteBuffer.wrap(EventCodec.encode(event))), now()));
        lookAtAll(fresh);
        return fresh;
    }

    void checkInvariants() {
        for (SubscriptionEntry entry : state.entries()) {
            Wake wake = entry.wake;
            if (wake != null) {
                assertThat(wake.generation())
                        .as("a wake has the newest generation")
                        .isEqualTo(entry.generation);
                assertThat(entry.isWebhook() || wake.holder() == null || wake.leased())
                        .as("who holds a wake has a lease")
                        .isTrue();
            }
            if (!entry.pending.isEmpty()) {
                assertThat(wake != null || entry.retry != null)
                        .as("pending work of " + entry.id() + " has a wake or a retry")
                        .isTrue();
            }
            for (Link link : entry.links.values()) {
                assertThat(entry.pending.contains(link)).isEqualTo(link.pending());
                StreamDelta stream = streams.get(link.path);
                assertThat(link.tail).as("tail of " + link.path).isEqualTo(tail(link.path));
                if (stream != null) {
                    assertThat(link.acked).isLessThanOrEqualTo(stream.next());
                }
            }
        }
    }

    /** What is in the log, and a snapshot, lead to where we are. */
    void checkLog() {
        assertThat(comparable(replayed(log))).isEqualTo(comparable(state));
        assertThat(comparable(replayed(state.snapshot()))).isEqualTo(comparable(state));
    }

    /**
     * The state without what a restart may change: that a pattern found a stream is found out again, nothing
     * acknowledged is the same as the beginning, and a retry that is due is as good as none.
     */
    private static List<String> comparable(SubscriptionState state) {
        List<String> lines = new ArrayList<>();
        for (Event event : state.snapshot()) {
            switch (event) {
                case Event.LinksStaged staged -> {
                    for (Event.LinkRecord link : staged.links()) {
                        long acked = Math.max(0, Offset.parse(link.acked()).position());
                        if (link.explicit() || acked > 0) {
                            lines.add(staged.id() + " " + link.path() + " " + link.explicit() + " " + acked + " "
                                    + link.incarnation());
                        }
                    }
                }
                case Event.Restored e ->
                    lines.add(new Event.Restored(
                                    e.id(),
                                    e.generation(),
                                    e.wakeId(),
                                    e.stream(),
                                    e.holder(),
                                    e.leasedAt(),
                                    e.attempts(),
                                    null,
                                    null,
                                    e.tokens())
                            .toString());
                default -> lines.add(event.toString());
            }
        }
        return lines;
    }
}
