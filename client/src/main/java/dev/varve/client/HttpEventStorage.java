package dev.varve.client;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AggregateStatus;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventData;
import dev.varve.api.EventHandler;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.EventSubscriptionStorage;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.LoadedAggregate;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import dev.varve.api.StoredEvent;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The events of the stores of a server, over its routes for them. Appends, which are recognised when they come again, checkpoints, snapshots and
 * reads are sent again while that makes sense; other changes are sent once. Thread-safe.
 */
final class HttpEventStorage implements EventStorage, AutoCloseable {

    private static final String AGGREGATES = "/aggregates";
    private static final String SETTINGS = "/settings";
    private static final String SNAPSHOTS = "/snapshots";

    private final HttpTransport transport;
    private final Duration liveTimeout;
    private final EventSubscriptionStorage subscriptions;
    private final EventTurns turns = new EventTurns();
    private final HttpFollowers followers = new HttpFollowers();

    HttpEventStorage(HttpTransport transport, Duration liveTimeout) {
        this.transport = transport;
        this.liveTimeout = liveTimeout;
        this.subscriptions = new HttpEventSubscriptions(transport);
    }

    @Override
    public EventSubscriptionStorage subscriptions() {
        return subscriptions;
    }

    private EventCalls calls(String store) {
        return new EventCalls(transport, store);
    }

    // ---- appending

    @Override
    public CompletableFuture<EventAppendResult> append(String store, EventAppend append, boolean createStore) {
        if (!createStore) {
            return CompletableFuture.failedFuture(
                    VarveException.notSupported("appends that only go to a store that is there"));
        }
        EventCalls calls = calls(store);
        byte[] body = EventBody.append(append);
        return turns.add(
                store,
                append,
                body.length,
                () -> calls.repeated(
                        () -> calls.request("POST", EventCalls.EVENTS, body),
                        (request, answer) -> appended(append, request, answer)));
    }

    private static EventAppendResult appended(EventAppend append, HttpRequest request, Answer answer) {
        Optional<EventAppendResult.Refused> refused = refused(append.checks(), request, answer);
        return refused.isPresent() ? refused.get() : EventCalls.read(request, answer, EventAnswer::appended);
    }

    /** The refusal that an answer tells of, if it does. */
    private static Optional<EventAppendResult.Refused> refused(
            List<EventAppend.Check> checks, HttpRequest request, Answer answer) {
        boolean mayRefuse = answer.status() >= 400 && answer.status() < 500 && Failures.isProblem(answer);
        return mayRefuse
                ? EventAnswer.read(EventCalls.where(request), answer.body(), body -> body.refused(checks))
                : Optional.empty();
    }

    // ---- reading

    @Override
    public CompletableFuture<EventSlice> read(String store, EventRead read) {
        EventCalls calls = calls(store);
        byte[] body = EventBody.read(read, true);
        boolean ofAggregate = read.aggregate() != null;
        return calls.repeated(() -> calls.request("POST", EventCalls.QUERY, body), answer -> answer.slice(ofAggregate));
    }

    @Override
    public CompletableFuture<Long> count(String store, EventRead read, long atMost) {
        EventCalls calls = calls(store);
        byte[] body = EventBody.count(read, atMost);
        return calls.repeated(() -> calls.request("POST", EventCalls.COUNT, body), answer -> answer.number("count"));
    }

    @Override
    public long head(String store) {
        EventRead nothing = EventRead.all().after(Long.MAX_VALUE).withLimit(1);
        return EventCalls.await(read(store, nothing)).head();
    }

    // ---- following

    /** Follows the whole log for the sake of its head alone. */
    @Override
    public Subscription subscribe(String store, LongConsumer listener) {
        long head = head(store);
        return follow(store, EventRead.all().after(head), new EventHandler() {
            private long told = head;

            private void tell(long position) {
                if (position > told) {
                    told = position;
                    listener.accept(position);
                }
            }

            @Override
            public void handle(StoredEvent event) {
                tell(event.appendLast());
            }

            @Override
            public void checkpoint(long position) {
                tell(position);
            }

            @Override
            public void ended(RuntimeException cause) {
                if (cause instanceof VarveException known && known.kind() == ErrorKind.NOT_FOUND) {
                    listener.accept(Long.MAX_VALUE);
                }
            }
        });
    }

    @Override
    public Subscription follow(String store, EventRead read, EventHandler handler) {
        return followers.start(
                new HttpEventFollower(this, transport, store, read, handler, liveTimeout, followers::left));
    }

    /** A request for all events that a read means, and all that come. */
    HttpRequest followRequest(String store, EventRead read) {
        return calls(store)
                .request("POST", EventCalls.QUERY, EventBody.read(read, false))
                .header("Accept", EventCalls.LINES)
                .timeout(liveTimeout)
                .build();
    }

    // ---- aggregates

    @Override
    public CompletableFuture<AggregateInfo> aggregate(String store, AggregateId aggregate) {
        EventCalls calls = calls(store);
        return calls.repeated(
                () -> calls.request(EventCalls.of(SETTINGS, aggregate)).GET(), EventAnswer::info);
    }

    @Override
    public CompletableFuture<List<AggregateInfo>> aggregates(
            String store, @Nullable String category, @Nullable AggregateId after, int limit) {
        EventCalls calls = calls(store);
        String url = AGGREGATES
                + EventCalls.parameter('?', "limit", limit)
                + EventCalls.parameter('&', "category", category)
                + EventCalls.parameter('&', "after", after);
        return calls.repeated(() -> calls.request(url).GET(), EventAnswer::infos);
    }

    @Override
    public CompletableFuture<AggregateInfo> configure(
            String store, AggregateId aggregate, AggregateSettings settings, @Nullable Long expectedRevision) {
        EventCalls calls = calls(store);
        HttpRequest.Builder put =
                calls.request("PUT", EventCalls.of(SETTINGS, aggregate), EventBody.settings(settings));
        if (expectedRevision != null) {
            put.header("If-Match", "\"" + expectedRevision + "\"");
        }
        return calls.once(put, EventAnswer::info);
    }

    @Override
    public CompletableFuture<AggregateInfo> delete(
            String store, AggregateId aggregate, ExpectedVersion expected, AggregateDeletion deletion) {
        String url = EventCalls.of(AGGREGATES, aggregate)
                + EventCalls.parameter('?', "mode", deletion.name().toLowerCase(Locale.ROOT))
                + EventCalls.parameter('&', "expected", EventBody.text(expected));
        HttpRequest delete = calls(store).request(url).DELETE().build();
        List<EventAppend.Check> checks = List.of(new EventAppend.Check(aggregate, expected));
        return transport.start(delete).thenApply(answer -> {
            refused(checks, delete, answer).ifPresent(refused -> {
                throw new EventsRefusedException(refused);
            });
            return EventCalls.read(delete, answer, EventAnswer::info);
        });
    }

    @Override
    public CompletableFuture<Boolean> redact(String store, long position, EventData replacement) {
        EventCalls calls = calls(store);
        String url = EventCalls.EVENTS + "/" + position + "/data";
        return calls.once(calls.request("PUT", url, EventBody.data(replacement)), answer -> answer.flag("redacted"));
    }

    @Override
    public CompletableFuture<Integer> deleteEvents(String store, Collection<Long> positions) {
        EventCalls calls = calls(store);
        return calls.once(
                calls.request("POST", EventCalls.EVENTS + "/delete", EventBody.positions(positions)),
                HttpEventStorage::deleted);
    }

    private static int deleted(EventAnswer answer) {
        return Math.toIntExact(answer.number("deleted"));
    }

    @Override
    public CompletableFuture<Long> scavenge(String store) {
        EventCalls calls = calls(store);
        return calls.once(
                calls.request("/scavenge").POST(HttpRequest.BodyPublishers.noBody()),
                answer -> answer.number("removed"));
    }

    // ---- snapshots

    @Override
    public CompletableFuture<Void> saveSnapshot(String store, Snapshot snapshot, int keep) {
        EventCalls calls = calls(store);
        String url = EventCalls.of(SNAPSHOTS, snapshot.aggregate()) + EventCalls.parameter('?', "keep", keep);
        byte[] body = EventBody.snapshot(snapshot);
        return calls.repeated(() -> calls.request("PUT", url, body), HttpEventStorage::isSaved)
                .thenAccept(saved -> {});
    }

    private static boolean isSaved(HttpRequest request, Answer answer) {
        if (answer.status() != 204) {
            throw EventCalls.failure(request, answer);
        }
        return true;
    }

    private static String snapshots(AggregateId aggregate, SnapshotQuery query, @Nullable Integer limit) {
        return EventCalls.of(SNAPSHOTS, aggregate)
                + EventCalls.parameter('?', "min_version", query.minVersion())
                + EventCalls.parameter('&', "max_version", query.maxVersion())
                + EventCalls.parameter('&', "since", query.since())
                + EventCalls.parameter('&', "until", query.until())
                + EventCalls.parameter('&', "limit", limit);
    }

    @Override
    public CompletableFuture<List<Snapshot>> snapshots(String store, AggregateId aggregate, SnapshotQuery query) {
        EventCalls calls = calls(store);
        String url = snapshots(aggregate, query, query.limit());
        return calls.repeated(() -> calls.request(url).GET(), answer -> answer.snapshots(aggregate));
    }

    @Override
    public CompletableFuture<Integer> deleteSnapshots(String store, AggregateId aggregate, SnapshotQuery query) {
        EventCalls calls = calls(store);
        return calls.once(calls.request(snapshots(aggregate, query, null)).DELETE(), HttpEventStorage::deleted);
    }

    @Override
    public CompletableFuture<LoadedAggregate> load(String store, AggregateId aggregate, String schema) {
        EventCalls calls = calls(store);
        String url = EventCalls.of("/load", aggregate) + EventCalls.parameter('?', "schema", schema);
        return calls.repeated(() -> calls.request(url).GET(), (request, answer) -> loaded(aggregate, request, answer))
                .thenCompose(loaded -> loaded.map(CompletableFuture::completedFuture)
                        .orElseGet(() -> withoutEvents(store, aggregate, schema)));
    }

    /** Nothing for an aggregate that cannot be read, of which the route does not tell more. */
    private static Optional<LoadedAggregate> loaded(AggregateId aggregate, HttpRequest request, Answer answer) {
        boolean cannotBeRead = (answer.status() == 404 || answer.status() == 410) && Failures.isProblem(answer);
        return cannotBeRead
                ? Optional.empty()
                : Optional.of(EventCalls.read(request, answer, body -> body.loaded(aggregate)));
    }

    private CompletableFuture<LoadedAggregate> withoutEvents(String store, AggregateId aggregate, String schema) {
        return read(store, EventRead.of(aggregate))
                .thenCompose(slice -> slice.status() == AggregateStatus.LIVE
                        ? load(store, aggregate, schema)
                        : CompletableFuture.completedFuture(new LoadedAggregate(Optional.empty(), slice)));
    }

    // ---- checkpoints

    private static String checkpointUrl(String name) {
        String known = new EventAppend.Tracking(name, 0).source();
        return "/projections/" + EventCalls.segment(known) + "/checkpoint";
    }

    @Override
    public CompletableFuture<Long> saveCheckpoint(String store, String name, long position) {
        EventCalls calls = calls(store);
        String url = checkpointUrl(name);
        byte[] body = EventBody.position(position);
        return calls.repeated(() -> calls.request("PUT", url, body), answer -> answer.number("position"));
    }

    @Override
    public CompletableFuture<OptionalLong> checkpoint(String store, String name) {
        EventCalls calls = calls(store);
        String url = checkpointUrl(name);
        return calls.repeated(
                () -> calls.request(url).GET(),
                (request, answer) -> answer.status() == 404 && Failures.isProblem(answer)
                        ? OptionalLong.empty()
                        : EventCalls.read(request, answer, body -> OptionalLong.of(body.number("position"))));
    }

    @Override
    public CompletableFuture<Map<String, Long>> checkpoints(String store) {
        EventCalls calls = calls(store);
        return calls.repeated(() -> calls.request("/projections").GET(), EventAnswer::checkpoints);
    }

    @Override
    public CompletableFuture<Boolean> deleteCheckpoint(String store, String name) {
        EventCalls calls = calls(store);
        return calls.once(calls.request(checkpointUrl(name)).DELETE(), answer -> answer.flag("deleted"));
    }

    @Override
    public CompletableFuture<Boolean> awaitCheckpoints(
            String store, Set<String> names, long position, Duration timeout) {
        if (timeout.isNegative() || timeout.compareTo(MAX_WAIT) > 0) {
            return CompletableFuture.failedFuture(new VarveException(
                    ErrorKind.INVALID_PARAMS, "a wait lasts at most " + MAX_WAIT + ", was " + timeout));
        }
        EventCalls calls = calls(store);
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        long until = System.nanoTime() + timeout.toNanos();
        CompletableFuture<Boolean> all = CompletableFuture.completedFuture(true);
        for (String name : names) {
            String url = checkpointUrl(name) + EventCalls.parameter('?', "at_least", position);
            CompletableFuture<Boolean> one = calls.repeated(
                    () -> {
                        Duration left = Duration.ofNanos(Math.max(0, until - System.nanoTime()));
                        return calls.waiting(url + EventCalls.parameter('&', "timeout_ms", left.toMillis()), left);
                    },
                    answer -> answer.flag("reached"));
            all = all.thenCombine(one, Boolean::logicalAnd);
            CompletableFuture<?> unused = one.whenComplete((reached, failure) -> {
                if (failure != null) {
                    result.completeExceptionally(failure); // the others are not waited for
                }
            });
        }
        CompletableFuture<?> unused = all.thenAccept(result::complete);
        return result;
    }

    /** Ends every follower. */
    @Override
    public void close() {
        followers.close();
    }
}
