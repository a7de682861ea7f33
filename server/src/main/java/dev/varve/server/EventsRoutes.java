package dev.varve.server;

import dev.varve.api.AggregateId;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventData;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import dev.varve.server.EventsBody.Appending;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** The log of events of a store: {@code /api/stores/<org>/<store>/events}. Thread-safe. */
final class EventsRoutes {

    private static final String EVENTS = "/events";

    /** The longest wait for readers where a request does not say how long. */
    private static final Duration DEFAULT_WAIT = Duration.ofSeconds(5);

    /** Answers with so few events are made on the event loop. */
    private static final int FEW = 16;

    private static final int QUERY_BYTES = 1 << 20;
    private static final int ACCEPTED = 202;
    private static final int EVENT_BYTES = 512;

    private final EventsFace face;

    EventsRoutes(EventsFace face) {
        this.face = face;
    }

    void addTo(Routes routes) {
        int body = face.server.limits.bodyBytes;
        String one = EVENTS + "/{position}";
        routes.add(face.write("events.append", "POST", EVENTS, body, EventsRoutes::append, "Appends events."))
                .add(face.read("events.read", "GET", EVENTS, 0, EventsRoutes::read, "Reads or follows events."))
                .add(face.read(
                        "events.query",
                        "POST",
                        EVENTS + "/query",
                        QUERY_BYTES,
                        EventsRoutes::query,
                        "Reads or follows the events that a query means."))
                .add(face.read("events.count", "GET", EVENTS + "/count", 0, EventsRoutes::count, "Counts events."))
                .add(face.read(
                        "events.count_query",
                        "POST",
                        EVENTS + "/count",
                        QUERY_BYTES,
                        EventsRoutes::countQuery,
                        "Counts the events that a query means."))
                .add(face.manage(
                        "events.redact",
                        "PUT",
                        one + "/data",
                        body,
                        EventsRoutes::redact,
                        "Replaces the data of an event."))
                .add(face.manage("events.delete", "DELETE", one, 0, EventsRoutes::delete, "Deletes an event."))
                .add(face.manage(
                        "events.delete_many",
                        "POST",
                        EVENTS + "/delete",
                        QUERY_BYTES,
                        EventsRoutes::deleteMany,
                        "Deletes events."))
                .add(face.manage(
                        "events.scavenge",
                        "POST",
                        "/scavenge",
                        0,
                        EventsRoutes::scavenge,
                        "Gives back the space of what cannot be read any more."));
    }

    // ---- bodies and answers

    /** Reads a body, on the event loop when it is small, and goes on with what it says. */
    static <T> void body(Exchange exchange, Function<EventsBody, T> reader, Consumer<T> then) {
        parse(exchange, () -> EventsBody.read(exchange, reader), then);
    }

    static <T> void parse(Exchange exchange, Supplier<T> parser, Consumer<T> then) {
        if (exchange.body().length <= EventsFace.INLINE_BYTES) {
            then.accept(parser.get());
        } else {
            exchange.await(CompletableFuture.supplyAsync(parser, exchange.server.blocking), then);
        }
    }

    static Response json(JsonText json) {
        return EntryRoutes.uncached(json.toString());
    }

    private static Response json(int status, JsonText json) {
        return Response.json(status, json.toString()).lines(HeaderLines.NO_STORE);
    }

    /** Makes an answer out of events: at once when they are few, else off the event loop. */
    static void render(Exchange exchange, List<StoredEvent> events, Supplier<ByteBuf> answer) {
        long bytes = 0;
        for (StoredEvent event : events) {
            bytes += event.data().size();
        }
        if (events.size() <= FEW && bytes <= EventsFace.INLINE_BYTES) {
            exchange.respond(json(answer.get()));
        } else {
            exchange.await(
                    CompletableFuture.supplyAsync(answer, exchange.server.blocking),
                    made -> exchange.respond(json(made)));
        }
    }

    static Response json(ByteBuf made) {
        return Response.of(200)
                .header(HeaderName.CONTENT_TYPE, EventData.JSON)
                .lines(HeaderLines.NO_STORE)
                .body(made.nioBuffer());
    }

    /** An object whose first field is a list of events; what else it says follows. */
    static ByteBuf page(ByteBuf to, List<StoredEvent> events, JsonText rest) {
        ByteBufUtil.writeAscii(to, "\"events\":[");
        for (int i = 0; i < events.size(); i++) {
            if (i > 0) {
                to.writeByte(',');
            }
            EventsText.write(to, events.get(i));
        }
        to.writeByte(']').writeByte(',');
        ByteBufUtil.writeUtf8(to, rest.toString().substring(1));
        return to;
    }

    static ByteBuf buffer(List<StoredEvent> events) {
        return Unpooled.buffer(EVENT_BYTES * (1 + events.size()));
    }

    // ---- appending

    private static void append(Exchange exchange, EventStorage events) {
        String store = StoreTarget.of(exchange).store();
        body(
                exchange,
                body -> body.append(null, exchange.server.random),
                appending -> append(exchange, events, store, appending));
    }

    static void append(Exchange exchange, EventStorage events, String store, Appending appending) {
        if (appending.waitFor().isEmpty()) {
            exchange.await(
                    append(exchange.server, events, store, appending),
                    result -> exchange.respond(
                            switch (result) {
                                case Appended appended -> json(EventsText.appended(appended, null));
                                case Refused refused -> EventsProblem.response(refused);
                            }));
            exchange.commitSoon();
            return;
        }
        // An unknown reader is found out before anything is written: all that are known have come as far as nothing.
        exchange.await(events.awaitCheckpoints(store, appending.waitFor(), EventStore.EMPTY, Duration.ZERO), _ -> {
            exchange.await(append(exchange.server, events, store, appending), result -> {
                switch (result) {
                    case Appended appended -> awaitReaders(exchange, events, store, appending, appended);
                    case Refused refused -> exchange.respond(EventsProblem.response(refused));
                }
            });
            exchange.commitSoon();
        });
    }

    private static CompletableFuture<EventAppendResult> append(
            ServerContext server, EventStorage events, String store, Appending appending) {
        return events.append(store, appending.append(), server.createsStores);
    }

    private static void awaitReaders(
            Exchange exchange, EventStorage events, String store, Appending appending, Appended appended) {
        Duration timeout = appending.timeout();
        // What is appended stays so: however the wait ends, that is told.
        CompletableFuture<Boolean> reached = events.awaitCheckpoints(
                store, appending.waitFor(), appended.lastPosition(), timeout == null ? DEFAULT_WAIT : timeout);
        new CheckpointWait<>(
                        exchange,
                        reached,
                        reached.exceptionally(_ -> false),
                        known -> json(known ? 200 : ACCEPTED, EventsText.appended(appended, known)),
                        () -> json(ACCEPTED, EventsText.appended(appended, false)))
                .start();
    }

    // ---- reading

    private static void read(Exchange exchange, EventStorage events) {
        read(exchange, events, EventsRead.of(exchange.request, null));
    }

    private static void query(Exchange exchange, EventStorage events) {
        body(
                exchange,
                EventsBody::asked,
                asked -> read(exchange, events, EventsRead.of(exchange.request, asked, null)));
    }

    /** Answers a read in the form that is asked for. */
    static void read(Exchange exchange, EventStorage events, EventsRead asked) {
        String store = StoreTarget.of(exchange).store();
        EventsRead.Latest latest = asked.latest();
        if (latest == null || EventsFollow.goesOn(exchange.request, asked)) {
            read(exchange, events, store, asked);
            return;
        }
        exchange.awaitRead(EventSearch.begin(events, store, asked.read().searching(latest.kind())), found -> {
            StoredEvent first = found.isEmpty() ? null : found.getFirst();
            read(exchange, events, store, first == null ? asked.withoutLatest() : asked.beginningWith(first));
        });
    }

    private static void read(Exchange exchange, EventStorage events, String store, EventsRead asked) {
        AggregateId aggregate = asked.read().aggregate();
        if (asked.follow()) {
            EventsFollow.open(exchange, events, store, asked);
        } else if (!asked.fromNow()) {
            readOnce(exchange, events, store, asked);
        } else if (aggregate == null) {
            readOnce(exchange, events, store, asked.after(events.head(store)));
        } else {
            exchange.awaitRead(
                    events.aggregate(store, aggregate),
                    info -> readOnce(exchange, events, store, asked.after(info.version())));
        }
    }

    private static void readOnce(Exchange exchange, EventStorage events, String store, EventsRead asked) {
        exchange.awaitRead(events.read(store, asked.read()), slice -> {
            AggregateId aggregate = asked.read().aggregate();
            if (aggregate != null && asked.named()) {
                AggregateRoutes.requireReadable(aggregate, slice.status());
            }
            if (asked.form() == EventsRead.Form.LINES) {
                new EventsLines(exchange, events, store, asked, slice).start();
            } else {
                respond(exchange, slice, aggregate != null);
            }
        });
    }

    private static void respond(Exchange exchange, EventSlice slice, boolean ofAggregate) {
        render(exchange, slice.events(), () -> {
            ByteBuf to = buffer(slice.events());
            to.writeByte('{');
            return page(to, slice.events(), rest(slice, ofAggregate));
        });
    }

    /** What a page says beside its events. */
    static JsonText rest(EventSlice slice, boolean ofAggregate) {
        JsonText json = new JsonText()
                .field("head", slice.head())
                .field("next", slice.next())
                .field("more", slice.more());
        return ofAggregate
                ? json.field("version", slice.version())
                        .field("status", slice.status().wireName())
                : json;
    }

    private static void count(Exchange exchange, EventStorage events) {
        count(exchange, events, new EventsBody.Asked(null, EventsRead.parameters(exchange.request.query)));
    }

    private static void countQuery(Exchange exchange, EventStorage events) {
        body(exchange, EventsBody::asked, asked -> count(exchange, events, asked));
    }

    private static void count(Exchange exchange, EventStorage events, EventsBody.Asked asked) {
        EventsRead.Count count = EventsRead.count(asked);
        exchange.awaitRead(
                events.count(StoreTarget.of(exchange).store(), count.read(), count.atMost()),
                found -> exchange.respond(json(new JsonText().field("count", found))));
    }

    // ---- taking away

    private static long position(StoreTarget target) {
        return EventsRead.number("a position", target.rest().get(1));
    }

    private static void redact(Exchange exchange, EventStorage events) {
        StoreTarget target = StoreTarget.of(exchange);
        long position = position(target);
        body(exchange, EventsBody::replacement, data -> {
            exchange.await(
                    events.redact(target.store(), position, data),
                    found -> exchange.respond(json(new JsonText().field("redacted", found.booleanValue()))));
            exchange.commitSoon();
        });
    }

    private static void delete(Exchange exchange, EventStorage events) {
        StoreTarget target = StoreTarget.of(exchange);
        delete(exchange, events, target.store(), List.of(position(target)));
    }

    private static void deleteMany(Exchange exchange, EventStorage events) {
        String store = StoreTarget.of(exchange).store();
        body(exchange, EventsBody::positions, positions -> delete(exchange, events, store, positions));
    }

    private static void delete(Exchange exchange, EventStorage events, String store, List<Long> positions) {
        if (positions.size() > EventRead.MAX_LIMIT) {
            throw HttpProblem.invalid("at most " + EventRead.MAX_LIMIT + " events are deleted at once");
        }
        exchange.await(
                events.deleteEvents(store, positions),
                deleted -> exchange.respond(json(new JsonText().field("deleted", deleted))));
        exchange.commitSoon();
    }

    private static void scavenge(Exchange exchange, EventStorage events) {
        exchange.await(
                events.scavenge(StoreTarget.of(exchange).store()),
                removed -> exchange.respond(json(new JsonText().field("removed", removed))));
        exchange.commitSoon();
    }
}
