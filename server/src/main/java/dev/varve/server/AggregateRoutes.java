package dev.varve.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateStatus;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventData;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.LoadedAggregate;
import dev.varve.api.NewEvent;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import dev.varve.server.EventsBody.Appending;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Aggregates of a store: {@code /api/stores/<org>/<store>/aggregates/<type>/<id>}, with their settings, snapshots, and what it takes to
 * have their state. Thread-safe.
 */
final class AggregateRoutes {

    private static final String AGGREGATES = "/aggregates";
    private static final String AGGREGATE = AGGREGATES + "/{path}";
    private static final String SETTINGS = "/settings/{path}";
    private static final String SNAPSHOTS = "/snapshots/{path}";
    private static final int SETTINGS_BYTES = 64 * 1024;
    private static final int DEFAULT_LIMIT = 100;
    private static final Set<String> LISTING = Set.of("category", "after", "limit");
    private static final Set<String> DELETION = Set.of("mode", "expected");
    private static final Set<String> SNAPSHOT_QUERY = Set.of("min_version", "max_version", "since", "until", "limit");

    private final EventsFace face;

    AggregateRoutes(EventsFace face) {
        this.face = face;
    }

    void addTo(Routes routes) {
        int body = face.server.limits.bodyBytes;
        routes.add(face.read("aggregates.list", "GET", AGGREGATES, 0, AggregateRoutes::list, "Lists aggregates."))
                .add(face.write(
                        "aggregates.append",
                        "POST",
                        AGGREGATE,
                        body,
                        AggregateRoutes::append,
                        "Appends to one aggregate."))
                .add(face.read(
                        "aggregates.read",
                        "GET",
                        AGGREGATE,
                        0,
                        AggregateRoutes::read,
                        "Reads or follows one aggregate."))
                .add(face.read(
                        "aggregates.head",
                        "HEAD",
                        AGGREGATE,
                        0,
                        AggregateRoutes::head,
                        "Tells an aggregate's version."))
                .add(face.manage(
                        "aggregates.delete",
                        "DELETE",
                        AGGREGATE,
                        0,
                        AggregateRoutes::delete,
                        "Deletes an aggregate, for now or for ever."))
                .add(face.read(
                        "aggregates.settings",
                        "GET",
                        SETTINGS,
                        0,
                        AggregateRoutes::settings,
                        "Tells what is known of an aggregate."))
                .add(face.manage(
                        "aggregates.configure",
                        "PUT",
                        SETTINGS,
                        SETTINGS_BYTES,
                        AggregateRoutes::configure,
                        "Changes how long events are kept."))
                .add(face.read(
                        "aggregates.snapshots",
                        "GET",
                        SNAPSHOTS,
                        0,
                        AggregateRoutes::snapshots,
                        "Reads snapshots, the newest first."))
                .add(face.write(
                        "aggregates.save_snapshot",
                        "PUT",
                        SNAPSHOTS,
                        body,
                        AggregateRoutes::saveSnapshot,
                        "Keeps a snapshot."))
                .add(face.write(
                        "aggregates.delete_snapshots",
                        "DELETE",
                        SNAPSHOTS,
                        0,
                        AggregateRoutes::deleteSnapshots,
                        "Deletes snapshots."))
                .add(face.read(
                        "aggregates.load",
                        "GET",
                        "/load/{path}",
                        0,
                        AggregateRoutes::load,
                        "Reads the newest snapshot and what follows it."));
    }

    /** The aggregate that a URL names behind the resource. */
    private static AggregateId aggregate(StoreTarget target) {
        List<String> rest = target.rest();
        if (rest.size() < 3) {
            throw HttpProblem.invalid("an aggregate is called <type>/<id>");
        }
        return new AggregateId(rest.get(1), String.join("/", rest.subList(2, rest.size())));
    }

    /**
     * Sees to it that there is something to be read.
     *
     * @throws HttpProblem when an aggregate has no events, or will never have any again
     */
    static void requireReadable(AggregateId aggregate, AggregateStatus status) {
        requireNotTombstoned(aggregate, status);
        if (status != AggregateStatus.LIVE) {
            throw HttpProblem.of(
                    ErrorKind.NOT_FOUND,
                    status == AggregateStatus.SOFT_DELETED
                            ? "the aggregate " + aggregate + " was deleted"
                            : "there is no aggregate " + aggregate);
        }
    }

    static void requireNotTombstoned(AggregateId aggregate, AggregateStatus status) {
        if (status == AggregateStatus.TOMBSTONED) {
            throw HttpProblem.of(ErrorKind.GONE, "the aggregate " + aggregate + " was deleted for ever");
        }
    }

    /** Reads parameters of which none may be unknown. */
    private static Query query(Exchange exchange, Set<String> known) {
        return Query.strict(exchange.request.query, known);
    }

    private static int limit(@Nullable String text, int otherwise) {
        return text == null ? otherwise : (int) Math.min(EventsRead.number("limit", text), Integer.MAX_VALUE);
    }

    // ---- aggregates

    private static void list(Exchange exchange, EventStorage events) {
        Query query = query(exchange, LISTING);
        String after = query.get("after");
        int limit = limit(query.get("limit"), DEFAULT_LIMIT);
        if (limit < 1 || limit > EventRead.MAX_LIMIT) {
            throw HttpProblem.invalid("limit is 1 to " + EventRead.MAX_LIMIT + ", was " + limit);
        }
        exchange.awaitRead(
                events.aggregates(
                        StoreTarget.of(exchange).store(),
                        query.get("category"),
                        after == null ? null : AggregateId.parse(after),
                        limit),
                found -> exchange.await(
                        CompletableFuture.supplyAsync(() -> list(found, limit), exchange.server.blocking),
                        exchange::respond));
    }

    private static Response list(List<AggregateInfo> found, int limit) {
        return EventsRoutes.json(new JsonText()
                .raw("aggregates", EventsText.list(found, EventsText::info))
                .field("more", found.size() == limit));
    }

    private static void append(Exchange exchange, EventStorage events) {
        StoreTarget target = StoreTarget.of(exchange);
        AggregateId aggregate = aggregate(target);
        String type = exchange.request.single(HeaderName.EVENT_TYPE);
        EventsRoutes.parse(
                exchange,
                () -> type == null
                        ? EventsBody.read(exchange, body -> body.append(aggregate, exchange.server.random))
                        : one(exchange, aggregate, type),
                appending -> EventsRoutes.append(exchange, events, target.store(), appending));
    }

    /** An append of one event, whose data is the body; what else is to be said of it stands in headers. */
    private static Appending one(Exchange exchange, AggregateId aggregate, String type) {
        Request request = exchange.request;
        String contentType = request.single(HeaderName.CONTENT_TYPE);
        if (contentType == null) {
            throw HttpProblem.invalid("an event whose data is the body needs a Content-Type");
        }
        String id = request.single(HeaderName.EVENT_ID);
        String tags = request.single(HeaderName.EVENT_TAGS);
        String metadata = request.single(HeaderName.EVENT_METADATA);
        String time = request.single(HeaderName.EVENT_TIME);
        String expected = request.single(HeaderName.EXPECTED_VERSION);
        NewEvent event = new NewEvent(
                id == null ? EventsBody.freshId(exchange.server.random) : EventsBody.id(id),
                utf8(HeaderName.EVENT_TYPE, type),
                EventsBody.data(contentType, exchange.body()),
                tags == null ? Set.of() : EventsBody.texts(HeaderName.EVENT_TAGS, utf8(HeaderName.EVENT_TAGS, tags)),
                metadata == null
                        ? Map.of()
                        : EventsBody.textsByName(HeaderName.EVENT_METADATA, utf8(HeaderName.EVENT_METADATA, metadata)),
                time == null ? null : EventsBody.time(HeaderName.EVENT_TIME.toString(), time));
        return new Appending(
                EventAppend.to(
                        aggregate,
                        expected == null ? ExpectedVersion.any() : EventsBody.expected(expected),
                        List.of(event)),
                Set.of(),
                null);
    }

    /** What a header says in UTF-8. */
    private static String utf8(HeaderName name, String value) {
        byte[] bytes = value.getBytes(ISO_8859_1);
        if (!Utf8.isText(bytes)) {
            throw HttpProblem.invalid(name + " is not UTF-8");
        }
        return new String(bytes, UTF_8);
    }

    private static void read(Exchange exchange, EventStorage events) {
        AggregateId aggregate = aggregate(StoreTarget.of(exchange));
        EventsRoutes.read(exchange, events, EventsRead.of(exchange.request, aggregate));
    }

    private static void head(Exchange exchange, EventStorage events) {
        StoreTarget target = StoreTarget.of(exchange);
        AggregateId aggregate = aggregate(target);
        exchange.awaitRead(events.aggregate(target.store(), aggregate), info -> {
            requireReadable(aggregate, info.status());
            exchange.respond(Response.of(200)
                    .header(HeaderName.CONTENT_TYPE, EventData.JSON)
                    .header(HeaderName.AGGREGATE_VERSION, Long.toString(info.version()))
                    .header(HeaderName.ETAG, "\"" + info.version() + "\"")
                    .lines(HeaderLines.NO_STORE));
        });
    }

    private static void delete(Exchange exchange, EventStorage events) {
        StoreTarget target = StoreTarget.of(exchange);
        Query query = query(exchange, DELETION);
        String expected = query.get("expected");
        AggregateDeletion deletion = switch (query.get("mode")) {
            case null -> AggregateDeletion.SOFT;
            case "soft" -> AggregateDeletion.SOFT;
            case "tombstone" -> AggregateDeletion.TOMBSTONE;
            case "remove" -> AggregateDeletion.REMOVE;
            default -> throw HttpProblem.invalid("mode is soft, tombstone or remove");
        };
        exchange.await(
                events.delete(
                        target.store(),
                        aggregate(target),
                        expected == null ? ExpectedVersion.any() : EventsBody.expected(expected),
                        deletion),
                info -> exchange.respond(EventsRoutes.json(EventsText.info(info))));
        exchange.commitSoon();
    }

    // ---- settings

    private static void settings(Exchange exchange, EventStorage events) {
        StoreTarget target = StoreTarget.of(exchange);
        exchange.awaitRead(events.aggregate(target.store(), aggregate(target)), info -> exchange.respond(tagged(info)));
    }

    private static Response tagged(AggregateInfo info) {
        return EventsRoutes.json(EventsText.info(info)).header(HeaderName.ETAG, "\"" + info.settingsRevision() + "\"");
    }

    private static void configure(Exchange exchange, EventStorage events) {
        StoreTarget target = StoreTarget.of(exchange);
        AggregateId aggregate = aggregate(target);
        Long revision = revision(exchange.request.single(HeaderName.IF_MATCH));
        EventsRoutes.body(exchange, EventsBody::settings, settings -> {
            exchange.await(
                    events.configure(target.store(), aggregate, settings, revision),
                    info -> exchange.respond(tagged(info)));
            exchange.commitSoon();
        });
    }

    private static @Nullable Long revision(@Nullable String match) {
        if (match == null) {
            return null;
        }
        boolean quoted = match.length() > 1 && match.startsWith("\"") && match.endsWith("\"");
        return EventsRead.number("If-Match", quoted ? match.substring(1, match.length() - 1) : match);
    }

    // ---- snapshots

    private static SnapshotQuery snapshotQuery(Query query, int otherwise) {
        String min = query.get("min_version");
        String max = query.get("max_version");
        return new SnapshotQuery(
                min == null ? 0 : EventsRead.number("min_version", min),
                max == null ? Long.MAX_VALUE : EventsRead.number("max_version", max),
                time(query, "since"),
                time(query, "until"),
                limit(query.get("limit"), otherwise));
    }

    private static @Nullable Instant time(Query query, String name) {
        String text = query.get(name);
        return text == null ? null : EventsBody.time(name, text);
    }

    private static void snapshots(Exchange exchange, EventStorage events) {
        StoreTarget target = StoreTarget.of(exchange);
        SnapshotQuery query = snapshotQuery(query(exchange, SNAPSHOT_QUERY), SnapshotQuery.LAST.limit());
        SnapshotPage page = new SnapshotPage(events, target.store(), aggregate(target), query);
        exchange.await(
                page.read().thenApplyAsync(_ -> page.json(), exchange.server.blocking),
                made -> exchange.respond(EventsRoutes.json(made)));
    }

    private static void saveSnapshot(Exchange exchange, EventStorage events) {
        StoreTarget target = StoreTarget.of(exchange);
        AggregateId aggregate = aggregate(target);
        String keepText = query(exchange, Set.of("keep")).get("keep");
        long keep = keepText == null ? 1 : EventsRead.number("keep", keepText);
        if (keep < 1 || keep > Snapshot.MAX_KEPT) {
            throw HttpProblem.invalid("keep is 1 to " + Snapshot.MAX_KEPT + ", was " + keep);
        }
        Instant now = Instant.ofEpochMilli(exchange.server.clock.wallMillis());
        EventsRoutes.body(exchange, body -> body.snapshot(aggregate, now), snapshot -> {
            CompletableFuture<Boolean> saved =
                    events.saveSnapshot(target.store(), snapshot, (int) keep).thenApply(_ -> true);
            exchange.await(saved, _ -> exchange.respond(Response.of(204)));
            exchange.commitSoon();
        });
    }

    private static void deleteSnapshots(Exchange exchange, EventStorage events) {
        StoreTarget target = StoreTarget.of(exchange);
        Query query = query(exchange, SNAPSHOT_QUERY);
        if (query.get("limit") != null) {
            throw HttpProblem.invalid("limit does not go with this request");
        }
        exchange.await(
                events.deleteSnapshots(target.store(), aggregate(target), snapshotQuery(query, Snapshot.MAX_KEPT)),
                deleted -> exchange.respond(EventsRoutes.json(new JsonText().field("deleted", deleted))));
        exchange.commitSoon();
    }

    private static void load(Exchange exchange, EventStorage events) {
        StoreTarget target = StoreTarget.of(exchange);
        AggregateId aggregate = aggregate(target);
        String schema = query(exchange, Set.of("schema")).get("schema");
        exchange.awaitRead(events.load(target.store(), aggregate, schema == null ? "" : schema), loaded -> {
            requireReadable(aggregate, loaded.tail().status());
            exchange.await(
                    CompletableFuture.supplyAsync(() -> loaded(loaded), exchange.server.blocking),
                    made -> exchange.respond(EventsRoutes.json(made)));
        });
    }

    private static ByteBuf loaded(LoadedAggregate loaded) {
        EventSlice tail = loaded.tail();
        ByteBuf to = EventsRoutes.buffer(tail.events());
        to.writeByte('{');
        loaded.snapshot().ifPresent(snapshot -> {
            ByteBufUtil.writeAscii(to, "\"snapshot\":");
            EventsText.write(to, snapshot);
            to.writeByte(',');
        });
        return EventsRoutes.page(to, tail.events(), EventsRoutes.rest(tail, true));
    }
}
