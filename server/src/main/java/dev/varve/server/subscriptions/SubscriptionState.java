package dev.varve.server.subscriptions;

import dev.varve.api.Offset;
import dev.varve.server.outbound.Now;
import dev.varve.server.subscriptions.ControlException.Code;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All subscriptions: who is linked to what, what is acknowledged, which wake is in flight, who holds which lease.
 *
 * <p>A pure state machine. Time comes in with each call, randomness with the constructor; what is to be logged and done
 * goes out in a {@link Step}. Every decision is made as an {@link Event} and applied at once by the same code that reads
 * the log at a restart; the caller logs the events before it lets anyone see the answer.
 *
 * <p>What the log does not hold: tails (they are the streams'), links that a pattern found and nobody acknowledged yet
 * (found again by listing), and tokens themselves.
 *
 * <p>Invariants: at most one wake per subscription, so at most one lease; a wake's generation is the subscription's
 * highest; a wake is only issued while work is pending, none is in flight and no retry is scheduled.
 *
 * <p>Confined to one thread, except for {@link #interests}.
 */
final class SubscriptionState {

    static final Duration MIN_RETRY_DELAY = Duration.ofSeconds(1);
    static final Duration MAX_RETRY_DELAY = Duration.ofSeconds(60);
    private static final double RETRY_JITTER = 0.2;
    private static final int MAX_SIGNING_KEYS = 16;

    private final SubscriptionOptions options;
    private final RandomGenerator random;
    private final Interests interests = new Interests();
    private final Map<String, SubscriptionEntry> entries = new LinkedHashMap<>();
    private final Map<String, List<Link>> linksByPath = new HashMap<>();
    private final Map<String, Integer> wakeStreams = new HashMap<>();
    private final Map<String, List<Event.LinkRecord>> staged = new HashMap<>();
    private final List<Event.KeyAdded> keys = new ArrayList<>();
    private final Set<Scan> scans = new HashSet<>();
    private final Set<SubscriptionEntry> unsettled = new LinkedHashSet<>();
    private int linkCount;

    SubscriptionState(SubscriptionOptions options, RandomGenerator random) {
        this.options = options;
        this.random = random;
    }

    /** Which changes this state needs to hear of. Thread-safe. */
    Interests interests() {
        return interests;
    }

    // ---------------------------------------------------------------- the log

    /** Changes the state as an event says: the only code that does, live and when the log is read. */
    void apply(Event event, Now now) {
        switch (event) {
            case Event.LogOpened e -> {}
            case Event.SnapshotEnded e -> staged.clear();
            case Event.KeyAdded e -> {
                keys.add(e);
                if (keys.size() > MAX_SIGNING_KEYS) {
                    keys.removeFirst();
                }
            }
            case Event.LinksStaged e -> {
                if (e.first()) {
                    staged.remove(e.id());
                }
                staged.computeIfAbsent(e.id(), id -> new ArrayList<>()).addAll(e.links());
            }
            case Event.Created e -> applyCreated(e);
            case Event.Restored e -> applyRestored(e, now);
            case Event.Deleted e -> applyDeleted(e);
            case Event.Linked e -> {
                SubscriptionEntry entry = known(e.id());
                e.links().forEach(link -> applyLink(entry, link));
            }
            case Event.Unlinked e -> applyUnlinked(e);
            case Event.Woken e -> applyWoken(e, now);
            case Event.Claimed e -> {
                SubscriptionEntry entry = known(e.id());
                remember(entry, e.tokenHash(), e.at(), now);
                entry.wake = wakeOf(entry).withLease(e.holder(), e.at(), leaseEnd(entry, e.at(), now));
            }
            case Event.Acked e -> applyAcked(e);
            case Event.Extended e -> {
                SubscriptionEntry entry = known(e.id());
                Wake wake = wakeOf(entry);
                entry.wake = wake.withLease(wake.holder(), e.at(), leaseEnd(entry, e.at(), now));
                Token token = entry.tokens.removeFirst();
                remember(entry, token.hash(), e.at(), now);
            }
            case Event.Freed e -> {
                SubscriptionEntry entry = known(e.id());
                entry.wake = null;
                unsettled.add(entry);
            }
            case Event.RetryScheduled e -> {
                SubscriptionEntry entry = known(e.id());
                entry.attempts = e.attempts();
                entry.retry =
                        new SubscriptionEntry.Retry(e.delayMillis(), e.at(), now.endNanos(e.at(), e.delayMillis()));
            }
            case Event.Recovered e -> {
                SubscriptionEntry entry = known(e.id());
                entry.attempts = 0;
                entry.retry = null;
                unsettled.add(entry);
            }
        }
    }

    private void applyCreated(Event.Created e) {
        SubscriptionEntry entry = new SubscriptionEntry(e);
        if (entries.putIfAbsent(e.id(), entry) != null) {
            throw new IllegalStateException("subscription " + e.id() + " is created twice");
        }
        if (e.wakeStream() != null && wakeStreams.merge(e.wakeStream(), 1, Integer::sum) == 1) {
            // From now on this is a stream of wakes, which patterns leave out.
            for (Link link : linksOf(e.wakeStream())) {
                if (!link.explicit) {
                    removeLink(link);
                }
            }
        }
        if (entry.glob != null) {
            interests.addPattern(entry.glob);
        }
        List<Event.LinkRecord> links = staged.remove(e.id());
        if (links != null) {
            links.forEach(link -> applyLink(entry, link));
        }
    }

    private void applyRestored(Event.Restored e, Now now) {
        SubscriptionEntry entry = known(e.id());
        entry.generation = e.generation();
        for (Event.TokenRecord token : e.tokens().reversed()) {
            long bornAtMillis = token.expiresAt() - Token.LIFETIME_MILLIS;
            entry.remember(new Token(
                    token.hash(),
                    token.generation(),
                    token.expiresAt(),
                    now.endNanos(bornAtMillis, Token.LIFETIME_MILLIS)));
        }
        if (e.wakeId() != null) {
            Long leasedAt = e.leasedAt();
            entry.wake = new Wake(
                    e.wakeId(),
                    e.generation(),
                    e.stream() == null ? "" : e.stream(),
                    e.holder(),
                    leasedAt,
                    leasedAt == null ? now.elapsedNanos() : leaseEnd(entry, leasedAt, now));
        }
        entry.attempts = e.attempts();
        if (e.retryDelayMillis() != null && e.retryScheduledAt() != null) {
            entry.retry = new SubscriptionEntry.Retry(
                    e.retryDelayMillis(),
                    e.retryScheduledAt(),
                    now.endNanos(e.retryScheduledAt(), e.retryDelayMillis()));
        }
    }

    private void applyDeleted(Event.Deleted e) {
        SubscriptionEntry entry = known(e.id());
        List.copyOf(entry.links.values()).forEach(this::removeLink);
        entries.remove(e.id());
        unsettled.remove(entry);
        if (entry.glob != null) {
            interests.removePattern(entry.glob);
        }
        String wakeStream = entry.config.wakeStream();
        if (wakeStream != null) {
            wakeStreams.computeIfPresent(wakeStream, (path, count) -> count == 1 ? null : count - 1);
        }
    }

    private void applyLink(SubscriptionEntry entry, Event.LinkRecord link) {
        Link known = entry.links.get(link.path());
        if (known == null) {
            Offset acked = Offset.parse(link.acked());
            addLink(new Link(entry, link.path(), link.explicit(), link.incarnation(), acked, acked));
            return;
        }
        setTo(known, link);
        if (link.explicit() && !known.explicit) {
            known.explicit = true;
            interests.addPath(link.path());
        }
    }

    private void applyUnlinked(Event.Unlinked e) {
        SubscriptionEntry entry = known(e.id());
        Link link = entry.links.get(e.path());
        if (link == null || !link.explicit) {
            return;
        }
        if (link.incarnation != Link.NO_STREAM && linkedByPattern(entry, link.path)) {
            link.explicit = false;
            interests.removePath(link.path);
        } else {
            removeLink(link);
        }
    }

    private void applyWoken(Event.Woken e, Now now) {
        SubscriptionEntry entry = known(e.id());
        if (e.generation() <= entry.generation) {
            throw new IllegalStateException("the generation of subscription " + e.id() + " does not grow");
        }
        entry.generation = e.generation();
        entry.retry = null;
        if (e.tokenHash() == null) {
            entry.wake = new Wake(e.wakeId(), e.generation(), e.stream(), null, null, now.elapsedNanos());
        } else {
            remember(entry, e.tokenHash(), e.at(), now);
            entry.wake = new Wake(e.wakeId(), e.generation(), e.stream(), null, e.at(), leaseEnd(entry, e.at(), now));
        }
    }

    private void applyAcked(Event.Acked e) {
        SubscriptionEntry entry = known(e.id());
        for (Event.LinkRecord ack : e.acks()) {
            Link link = entry.links.get(ack.path());
            if (link == null) {
                applyLink(entry, ack);
            } else {
                setTo(link, ack);
            }
        }
    }

    /** While the log is read, the record may speak of a later stream than the link, and tails are not known. */
    private static void setTo(Link link, Event.LinkRecord record) {
        link.acked = Offset.parse(record.acked());
        if (link.incarnation != record.incarnation() || link.tail.compareTo(link.acked) < 0) {
            link.incarnation = record.incarnation();
            link.tail = link.acked;
        }
        link.owner.refresh(link);
    }

    private void remember(SubscriptionEntry entry, String tokenHash, long atMillis, Now now) {
        entry.remember(new Token(
                tokenHash,
                entry.generation,
                atMillis + Token.LIFETIME_MILLIS,
                now.endNanos(atMillis, Token.LIFETIME_MILLIS)));
    }

    private static long leaseEnd(SubscriptionEntry entry, long atMillis, Now now) {
        return now.endNanos(atMillis, entry.config.leaseMillis());
    }

    private SubscriptionEntry known(String id) {
        SubscriptionEntry entry = entries.get(id);
        if (entry == null) {
            throw new IllegalStateException("the log speaks of subscription " + id + ", which does not exist");
        }
        return entry;
    }

    private static Wake wakeOf(SubscriptionEntry entry) {
        Wake wake = entry.wake;
        if (wake == null) {
            throw new IllegalStateException("subscription " + entry.id() + " has no wake in flight");
        }
        return wake;
    }

    private void emit(Step step, Event event, Now now) {
        apply(event, now);
        step.events.add(event);
    }

    /** Events that lead an empty state to this one, except for what listing the streams finds again. */
    List<Event> snapshot() {
        List<Event> events = new ArrayList<>(keys);
        for (SubscriptionEntry entry : entries.values()) {
            List<Event.LinkRecord> links = new ArrayList<>();
            for (Link link : entry.links.values()) {
                if (link.explicit || link.acked.position() >= 0) {
                    links.add(link.record());
                }
            }
            stage(entry.id(), links, events);
            events.add(entry.config);
            Wake wake = entry.wake;
            SubscriptionEntry.Retry retry = entry.retry;
            events.add(new Event.Restored(
                    entry.id(),
                    entry.generation,
                    wake == null ? null : wake.id(),
                    wake == null ? null : wake.stream(),
                    wake == null ? null : wake.holder(),
                    wake == null ? null : wake.leasedAtMillis(),
                    entry.attempts,
                    retry == null ? null : retry.delayMillis(),
                    retry == null ? null : retry.scheduledAtMillis(),
                    entry.tokens.stream().map(Token::record).toList()));
        }
        return events;
    }

    /** How many links one event carries at most. */
    private static final int LINKS_PER_EVENT = 500;

    private static void stage(String id, List<Event.LinkRecord> links, List<Event> events) {
        for (int i = 0; i < links.size(); i += LINKS_PER_EVENT) {
            List<Event.LinkRecord> part = List.copyOf(links.subList(i, Math.min(i + LINKS_PER_EVENT, links.size())));
            events.add(new Event.LinksStaged(id, i == 0, part));
        }
    }

    // ---------------------------------------------------------------- links

    private List<Link> linksOf(String path) {
        List<Link> links = linksByPath.get(path);
        return links == null ? List.of() : List.copyOf(links);
    }

    private void addLink(Link link) {
        if (link.owner.links.putIfAbsent(link.path, link) != null) {
            throw new IllegalStateException("subscription " + link.owner.id() + " is linked twice to " + link.path);
        }
        linksByPath.computeIfAbsent(link.path, path -> new ArrayList<>(1)).add(link);
        linkCount++;
        if (link.explicit) {
            interests.addPath(link.path);
        }
        link.owner.refresh(link);
    }

    private void removeLink(Link link) {
        link.owner.links.remove(link.path);
        link.owner.pending.remove(link);
        linksByPath.computeIfPresent(link.path, (path, links) -> {
            links.remove(link);
            return links.isEmpty() ? null : links;
        });
        linkCount--;
        if (link.explicit) {
            interests.removePath(link.path);
        }
    }

    private boolean linkedByPattern(SubscriptionEntry entry, String path) {
        return entry.matches(path) && !StreamPaths.isReserved(path) && !wakeStreams.containsKey(path);
    }

    private boolean hasRoom(SubscriptionEntry entry) {
        return entry.links.size() < options.maxLinksPerSubscription() && linkCount < options.maxLinks();
    }

    /** Takes note of changes of a stream. */
    void changed(StreamDelta delta) {
        for (Scan scan : scans) {
            scan.changed(delta);
        }
        look(delta);
    }

    /**
     * Takes note of a stream that a listing found. Ignored when the stream changed since the listing began: then the
     * changes know better.
     */
    void found(Scan scan, String path, long incarnation, Offset next) {
        if (!scan.hasChanged(path)) {
            look(StreamDelta.found(path, incarnation, next));
        }
    }

    /** Takes note that there is no stream at a path that has links. */
    void notFound(Scan scan, String path) {
        if (!scan.hasChanged(path)) {
            look(new StreamDelta(path, Link.NO_STREAM, false, Offset.ZERO, Offset.ZERO, true));
        }
    }

    private void look(StreamDelta delta) {
        for (Link link : linksOf(delta.path())) {
            if (link.incarnation != delta.incarnation()) {
                if (!link.explicit) {
                    removeLink(link);
                    continue;
                }
                link.forgetStream();
            }
            link.seen = true;
            if (!delta.deleted()) {
                link.incarnation = delta.incarnation();
                if (link.tail.compareTo(delta.next()) < 0) {
                    link.tail = delta.next();
                }
            } else if (link.explicit) {
                link.forgetStream();
            } else {
                removeLink(link);
                continue;
            }
            link.owner.refresh(link);
            unsettled.add(link.owner);
        }
        if (!delta.deleted() && delta.next().position() > 0) {
            discover(delta);
        }
    }

    /** Links a stream with data to every subscription whose pattern matches, with nothing of it acknowledged. */
    private void discover(StreamDelta delta) {
        for (SubscriptionEntry entry : entries.values()) {
            if (!linkedByPattern(entry, delta.path()) || entry.links.containsKey(delta.path())) {
                continue;
            }
            if (!hasRoom(entry)) {
                entry.overflowed = true;
                continue;
            }
            Link link = new Link(entry, delta.path(), false, delta.incarnation(), Offset.BEGINNING, delta.next());
            link.seen = true;
            addLink(link);
            unsettled.add(entry);
        }
    }

    /** Begins a look at all streams: after the log was read, or after changes were lost. */
    Scan beginRescan() {
        entries.values().forEach(entry -> entry.overflowed = false);
        return begin(Scan.ofAll());
    }

    /** What every stream that a pattern could match starts with; no prefix begins with another. */
    List<String> listPrefixes() {
        List<String> prefixes = new ArrayList<>();
        entries.values().stream()
                .map(entry -> entry.glob)
                .filter(glob -> glob != null)
                .map(Glob::literalPrefix)
                .sorted()
                .forEach(prefix -> {
                    if (prefixes.isEmpty() || !prefix.startsWith(prefixes.getLast())) {
                        prefixes.add(prefix);
                    }
                });
        return prefixes;
    }

    /** Linked paths at which nobody has looked since the log was read. */
    List<String> unseenPaths() {
        List<String> paths = new ArrayList<>();
        linksByPath.forEach((path, links) -> {
            if (links.stream().anyMatch(link -> !link.seen)) {
                paths.add(path);
            }
        });
        return paths;
    }

    /** Whether a look at all streams may link some that did not fit before. */
    boolean wantsRescan() {
        return entries.values().stream().anyMatch(entry -> entry.overflowed && hasRoom(entry));
    }

    private Scan begin(Scan scan) {
        scans.add(scan);
        if (scan.glob() != null) {
            interests.addPattern(scan.glob());
        }
        scan.paths().forEach(interests::addPath);
        return scan;
    }

    /** Ends a look, whatever came of it. */
    void end(Scan scan) {
        if (!scans.remove(scan)) {
            return;
        }
        if (scan.glob() != null) {
            interests.removePattern(scan.glob());
        }
        scan.paths().forEach(interests::removePath);
    }

    // ---------------------------------------------------------------- configuration

    Collection<SubscriptionEntry> entries() {
        return entries.values();
    }

    SubscriptionEntry require(String id) {
        SubscriptionEntry entry = entries.get(id);
        if (entry == null) {
            throw ControlException.notFound(id);
        }
        return entry;
    }

    /**
     * Whether a subscription is there already.
     *
     * @return the subscription when it has this configuration, null when there is none and one more may be
     * @throws ControlException when it has another configuration, or there are too many
     */
    @Nullable SubscriptionEntry confirm(String id, String configHash) {
        SubscriptionEntry entry = entries.get(id);
        if (entry == null) {
            if (entries.size() >= options.maxSubscriptions()) {
                throw new ControlException(
                        Code.LIMIT_REACHED,
                        "there are " + entries.size() + " subscriptions, as many as this server takes; delete one");
            }
            return null;
        }
        if (!entry.config.configHash().equals(configHash)) {
            throw new ControlException(
                    Code.SUBSCRIPTION_ALREADY_EXISTS,
                    "subscription " + id + " has another configuration; delete it first or choose another id");
        }
        return entry;
    }

    /** Begins the look at the streams that a new subscription or new links start from. */
    Scan beginScan(@Nullable Glob glob, Set<String> paths) {
        return begin(Scan.of(glob, paths));
    }

    /** Creates a subscription, linked to what the scan found at its present tail. */
    SubscriptionEntry create(Event.Created config, Scan scan, Now now, Step step) {
        List<Scan.Start> starts = new ArrayList<>();
        for (Scan.Start start : scan.starts().values()) {
            boolean wakes = wakeStreams.containsKey(start.path())
                    || start.path().equals(config.wakeStream())
                    || StreamPaths.isReserved(start.path());
            if (!wakes || scan.paths().contains(start.path())) {
                starts.add(start);
            }
        }
        checkRoom(0, starts.size());
        List<Event> events = new ArrayList<>();
        stage(config.id(), records(starts, scan), events);
        events.add(config);
        events.forEach(event -> emit(step, event, now));
        SubscriptionEntry entry = known(config.id());
        reach(entry, starts);
        return entry;
    }

    private void checkRoom(int linked, int more) {
        if (linked + more > options.maxLinksPerSubscription() || linkCount + more > options.maxLinks()) {
            throw new ControlException(
                    Code.LIMIT_REACHED,
                    "too many streams: a subscription may be linked to " + options.maxLinksPerSubscription()
                            + ", all together to " + options.maxLinks() + "; choose a narrower pattern");
        }
    }

    private static List<Event.LinkRecord> records(List<Scan.Start> starts, Scan scan) {
        List<Event.LinkRecord> records = new ArrayList<>(starts.size());
        for (Scan.Start start : starts) {
            boolean explicit = scan.paths().contains(start.path());
            records.add(
                    new Event.LinkRecord(start.path(), explicit, start.acked().toString(), start.incarnation()));
        }
        return records;
    }

    /** Sets the tails of new links, which the log does not hold. */
    private void reach(SubscriptionEntry entry, List<Scan.Start> starts) {
        for (Scan.Start start : starts) {
            Link link = entry.links.get(start.path());
            if (link != null && link.incarnation == start.incarnation()) {
                link.seen = true;
                if (link.tail.compareTo(start.tail()) < 0) {
                    link.tail = start.tail();
                }
                entry.refresh(link);
            }
        }
        unsettled.add(entry);
    }

    /** Links streams by name, new ones at their present tail. */
    void link(String id, Scan scan, Now now, Step step) {
        SubscriptionEntry entry = require(id);
        List<Scan.Start> starts = new ArrayList<>();
        for (Scan.Start start : scan.starts().values()) {
            if (start.path().equals(entry.config.wakeStream())) {
                throw ControlException.invalid("a subscription must not be linked to its own wake_stream");
            }
            Link link = entry.links.get(start.path());
            if (link == null || !link.explicit) {
                starts.add(start);
            }
        }
        if (starts.isEmpty()) {
            return;
        }
        long more = starts.stream()
                .filter(start -> !entry.links.containsKey(start.path()))
                .count();
        checkRoom(entry.links.size(), (int) more);
        List<Event.LinkRecord> records = new ArrayList<>();
        for (Event.LinkRecord record : records(starts, scan)) {
            Link link = entry.links.get(record.path());
            // What a pattern has linked already keeps its offset.
            records.add(
                    link == null
                            ? record
                            : new Event.LinkRecord(link.path, true, link.acked.toString(), link.incarnation));
        }
        emit(step, new Event.Linked(id, records), now);
        reach(entry, starts);
    }

    /** Removes the link by name; one by pattern stays. */
    void unlink(String id, String path, Now now, Step step) {
        SubscriptionEntry entry = require(id);
        Link link = entry.links.get(path);
        if (link != null && link.explicit) {
            emit(step, new Event.Unlinked(id, path), now);
        }
    }

    void delete(String id, Now now, Step step) {
        if (entries.containsKey(id)) {
            emit(step, new Event.Deleted(id), now);
        }
    }

    /** The signing keys, the current one last. */
    List<Event.KeyAdded> keys() {
        return keys;
    }

    void addKey(Event.KeyAdded key, Now now, Step step) {
        emit(step, key, now);
    }

    // ---------------------------------------------------------------- wakes and leases

    /** Ends what has run out: leases and waits before a retry. */
    void tick(Now now, Step step) {
        for (SubscriptionEntry entry : entries.values()) {
            SubscriptionEntry.Retry retry = entry.retry;
            if (retry != null && now.reached(retry.endNanos())) {
                entry.retry = null;
                if (entry.isWebhook() && entry.wake != null) {
                    emit(step, new Event.Freed(entry.id()), now);
                } else if (entry.wake != null) {
                    announce(entry, entry.wake, step);
                }
                unsettled.add(entry);
            }
            Wake wake = entry.wake;
            if (wake != null && wake.leased() && now.reached(wake.leaseEndNanos())) {
                emit(step, new Event.Freed(entry.id()), now);
            }
        }
    }

    /** When {@link #tick} is due next on the elapsed clock; null when nothing runs out. */
    @Nullable Long nextTickNanos() {
        Long next = null;
        for (SubscriptionEntry entry : entries.values()) {
            if (entry.retry != null) {
                next = earlier(next, entry.retry.endNanos());
            }
            if (entry.wake != null && entry.wake.leased()) {
                next = earlier(next, entry.wake.leaseEndNanos());
            }
        }
        return next;
    }

    private static Long earlier(@Nullable Long one, long other) {
        return one == null || other - one < 0 ? other : one;
    }

    /** Issues a wake for every subscription that needs one. */
    void settle(Now now, Step step) {
        for (SubscriptionEntry entry : unsettled) {
            if (entry.wake == null && entry.retry == null && !entry.pending.isEmpty()) {
                Wake wake = wake(entry, now, step);
                if (!entry.isWebhook()) {
                    announce(entry, wake, step);
                }
            }
        }
        unsettled.clear();
    }

    private Wake wake(SubscriptionEntry entry, Now now, Step step) {
        String wakeId = Token.mintWakeId(random);
        String stream = entry.pending.iterator().next().path;
        long generation = entry.generation + 1;
        String url = entry.config.url();
        if (url == null) {
            emit(step, new Event.Woken(entry.id(), generation, wakeId, stream, null, now.wallMillis()), now);
            return wakeOf(entry);
        }
        String token = Token.mint(random);
        emit(step, new Event.Woken(entry.id(), generation, wakeId, stream, Token.hash(token), now.wallMillis()), now);
        step.effects.add(
                new Effect.Deliver(entry.id(), wakeId, generation, url, entry.config.baseUrl(), token, entry.views()));
        return wakeOf(entry);
    }

    private static void announce(SubscriptionEntry entry, Wake wake, Step step) {
        String wakeStream = entry.config.wakeStream();
        if (wakeStream != null && wake.holder() == null) {
            step.effects.add(new Effect.Announce(entry.id(), wake.id(), wake.generation(), wakeStream, wake.stream()));
        }
    }

    /** Announces again what nobody claimed before a restart: whether it was announced then is not known. */
    void announceAgain(Step step) {
        for (SubscriptionEntry entry : entries.values()) {
            if (entry.wake != null && entry.retry == null) {
                announce(entry, entry.wake, step);
            }
        }
    }

    /** Whether a wake is still the one in flight and unclaimed. */
    boolean isUnclaimed(String id, String wakeId) {
        SubscriptionEntry entry = entries.get(id);
        return entry != null && entry.wake != null && entry.wake.id().equals(wakeId) && entry.wake.holder() == null;
    }

    /** What a claim gives: the wake, and the token in the only copy there is. */
    record Claim(Wake wake, String token, List<StreamView> streams, long leaseMillis) {}

    Claim claim(String id, String worker, Now now, Step step) {
        SubscriptionEntry entry = requirePull(id);
        Wake wake = entry.wake;
        if (wake != null && wake.holder() != null) {
            throw ControlException.alreadyClaimed(wake.holder(), wake.generation());
        }
        if (entry.pending.isEmpty()) {
            if (wake != null) {
                emit(step, new Event.Freed(id), now); // its work went away: later work must wake again
            }
            throw new ControlException(Code.NO_PENDING_WORK, "everything is acknowledged");
        }
        if (wake == null) {
            wake(entry, now, step);
        }
        if (entry.attempts > 0) {
            emit(step, new Event.Recovered(id), now);
        }
        String token = Token.mint(random);
        emit(step, new Event.Claimed(id, worker, Token.hash(token), now.wallMillis()), now);
        return new Claim(wakeOf(entry), token, entry.views(), entry.config.leaseMillis());
    }

    private SubscriptionEntry requirePull(String id) {
        SubscriptionEntry entry = require(id);
        if (entry.isWebhook()) {
            throw ControlException.invalid("subscription " + id + " is not of type pull-wake");
        }
        return entry;
    }

    /** One acknowledged offset of a request, as it was written there. */
    record Ack(String stream, String offset) {}

    /**
     * What callback, ack and release have in common: who says so about which wake.
     *
     * @param token the bearer token
     * @param wakeId the wake, null when the request names none
     * @param generation the generation, null when the request names none
     */
    record Claimant(
            String token, @Nullable String wakeId, @Nullable Long generation) {}

    /** A webhook's receiver reports progress. Returns whether another wake follows. */
    boolean callback(String id, Claimant claimant, List<Ack> acks, boolean done, Now now, Step step) {
        SubscriptionEntry entry = require(id);
        if (!entry.isWebhook()) {
            throw ControlException.invalid("subscription " + id + " is not of type webhook");
        }
        return progress(entry, claimant, acks, done, now, step);
    }

    /** A worker reports progress. Returns whether another wake follows. */
    boolean ack(String id, Claimant claimant, List<Ack> acks, boolean done, Now now, Step step) {
        return progress(requirePull(id), claimant, acks, done, now, step);
    }

    private boolean progress(
            SubscriptionEntry entry, Claimant claimant, List<Ack> acks, boolean done, Now now, Step step) {
        checkClaimant(entry, claimant, now);
        List<Event.LinkRecord> records = check(entry, acks);
        if (!records.isEmpty()) {
            emit(step, new Event.Acked(entry.id(), records), now);
        }
        if (entry.attempts > 0) {
            emit(step, new Event.Recovered(entry.id()), now);
        }
        if (!done) {
            emit(step, new Event.Extended(entry.id(), now.wallMillis()), now);
            return false;
        }
        emit(step, new Event.Freed(entry.id()), now);
        settle(now, step);
        return entry.wake != null;
    }

    /** A worker gives the lease back with nothing acknowledged. */
    void release(String id, Claimant claimant, Now now, Step step) {
        SubscriptionEntry entry = requirePull(id);
        checkClaimant(entry, claimant, now);
        emit(step, new Event.Freed(id), now);
    }

    private static void checkClaimant(SubscriptionEntry entry, Claimant claimant, Now now) {
        Token token = entry.find(Token.hash(claimant.token()));
        if (token == null) {
            throw new ControlException(Code.TOKEN_INVALID, "the token is not one of this subscription");
        }
        if (now.reached(token.expiryNanos())) {
            throw new ControlException(Code.TOKEN_EXPIRED, "the token has expired");
        }
        Wake wake = entry.wake;
        boolean current = wake != null
                && token.generation() == wake.generation()
                && claimant.generation() != null
                && claimant.generation() == wake.generation()
                && wake.id().equals(claimant.wakeId());
        if (!current) {
            throw new ControlException(
                    Code.FENCED, "this wake is over: its lease ended or another wake took its place");
        }
    }

    /** All acks or none: the last offset named for each stream, once every one of them has been checked. */
    private static List<Event.LinkRecord> check(SubscriptionEntry entry, List<Ack> acks) {
        Map<Link, Offset> offsets = new LinkedHashMap<>();
        for (Ack ack : acks) {
            Link link = entry.links.get(ack.stream());
            if (link == null) {
                throw invalidOffset(ack, "the subscription is not linked to this stream");
            }
            Offset offset;
            try {
                offset = Offset.parse(ack.offset());
            } catch (IllegalArgumentException e) {
                throw invalidOffset(ack, "not an offset of this server");
            }
            if (offset.isSentinel()) {
                throw invalidOffset(ack, "only offsets that were handed out can be acknowledged");
            }
            if (offset.compareTo(offsets.getOrDefault(link, link.acked)) < 0) {
                throw invalidOffset(ack, "a later offset is acknowledged already");
            }
            if (offset.compareTo(link.tail) > 0) {
                throw invalidOffset(ack, "beyond the tail of the stream");
            }
            offsets.put(link, offset);
        }
        List<Event.LinkRecord> records = new ArrayList<>();
        offsets.forEach((link, offset) -> {
            if (!offset.equals(link.acked)) {
                records.add(new Event.LinkRecord(link.path, link.explicit, offset.toString(), link.incarnation));
            }
        });
        return records;
    }

    private static ControlException invalidOffset(Ack ack, String why) {
        String shown = ack.offset().length() > 64 ? ack.offset().substring(0, 64) + "…" : ack.offset();
        return new ControlException(
                Code.INVALID_OFFSET, "nothing was acknowledged: " + ack.stream() + " at " + shown + ": " + why);
    }

    // ---------------------------------------------------------------- what came of effects

    /** A webhook was answered with success, with {@code done} meaning that the told tails are acknowledged. */
    void delivered(Effect.Deliver told, boolean done, Now now, Step step) {
        String id = told.subscription();
        SubscriptionEntry entry = entries.get(id);
        if (entry == null || entry.wake == null || !entry.wake.id().equals(told.wakeId())) {
            return; // too late: the wake is over
        }
        if (entry.attempts > 0) {
            emit(step, new Event.Recovered(id), now);
        }
        if (!done) {
            return;
        }
        List<Event.LinkRecord> records = new ArrayList<>();
        for (StreamView stream : told.streams()) {
            Link link = entry.links.get(stream.path());
            if (link != null
                    && link.incarnation == stream.incarnation()
                    && stream.tail().compareTo(link.acked) > 0
                    && stream.pending()) {
                records.add(new Event.LinkRecord(
                        link.path, link.explicit, stream.tail().toString(), link.incarnation));
            }
        }
        if (!records.isEmpty()) {
            emit(step, new Event.Acked(id, records), now);
        }
        emit(step, new Event.Freed(id), now);
    }

    /** A wake event is in the application's stream. */
    void announced(String id, String wakeId, Now now, Step step) {
        SubscriptionEntry entry = entries.get(id);
        if (entry != null
                && entry.attempts > 0
                && entry.wake != null
                && entry.wake.id().equals(wakeId)) {
            emit(step, new Event.Recovered(id), now);
        }
    }

    /**
     * A delivery failed: another attempt comes after a delay that doubles with each failure.
     *
     * @param mayHaveArrived whether the receiver may be at work on it, so that its lease is waited for
     */
    void failed(String id, String wakeId, boolean mayHaveArrived, Now now, Step step) {
        SubscriptionEntry entry = entries.get(id);
        if (entry == null || entry.wake == null || !entry.wake.id().equals(wakeId) || entry.wake.holder() != null) {
            return;
        }
        int attempts = entry.attempts + 1;
        long delayMillis = retryDelayMillis(attempts);
        if (mayHaveArrived && entry.wake.leased()) {
            delayMillis = Math.max(
                    delayMillis,
                    Duration.ofNanos(entry.wake.leaseEndNanos() - now.elapsedNanos())
                            .toMillis());
        }
        emit(step, new Event.RetryScheduled(id, attempts, delayMillis, now.wallMillis()), now);
    }

    private long retryDelayMillis(int attempts) {
        long base = Math.min(MAX_RETRY_DELAY.toMillis(), MIN_RETRY_DELAY.toMillis() << Math.min(attempts - 1, 16));
        double jitter = 1 + RETRY_JITTER * (2 * random.nextDouble() - 1);
        return Math.clamp(Math.round(base * jitter), MIN_RETRY_DELAY.toMillis(), MAX_RETRY_DELAY.toMillis());
    }
}
