package dev.varve.server;

import dev.varve.api.Commit;
import dev.varve.api.CommitPage;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventRead;
import dev.varve.api.TransactionStorage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The commits of a store over all its faces: {@code GET /api/stores/<org>/<store>/changes}. Thread-safe. */
final class ChangesRoutes {

    private static final String AFTER = "after";
    private static final String LIMIT = "limit";
    private static final String FOLLOW = "follow";

    /** After what was committed last. */
    private static final String END = "end";

    private static final Set<String> PARAMETERS = Set.of(AFTER, LIMIT, FOLLOW);
    private static final int DEFAULT_LIMIT = 100;

    private final @Nullable TransactionStorage storage;

    ChangesRoutes(@Nullable TransactionStorage storage) {
        this.storage = storage;
    }

    void addTo(Routes routes) {
        routes.add(new Route(
                "changes.read",
                "GET",
                StoreTarget.PATTERN + "/changes",
                Scope.EACH_READ,
                "Reads or follows the commits of a store, over entries, events and streams.",
                0,
                Route.Place.ANY,
                false,
                this::read));
    }

    private void read(Exchange exchange) {
        TransactionStorage commits = storage;
        if (commits == null) {
            throw HttpProblem.of(ErrorKind.NOT_SUPPORTED, "this server offers no commits");
        }
        String store = StoreTarget.of(exchange).store();
        Request request = exchange.request;
        Query query = Query.strict(request.query, PARAMETERS);
        boolean events = MediaTypes.accepts(request, EntryWatch.CONTENT_TYPE);
        boolean follow = events || flag(query.get(FOLLOW));
        if (follow && query.get(LIMIT) != null) {
            throw HttpProblem.invalid("limit does not go with this request");
        }
        Long last = follow ? NotedFeed.remembered(request) : null;
        boolean atEnd = END.equals(query.get(AFTER));
        long asked = atEnd ? 0 : number(AFTER, query.get(AFTER), 0);
        LongConsumer from = after -> {
            if (follow) {
                follow(exchange, commits, store, !events, after);
            } else {
                read(exchange, commits, store, query, after);
            }
        };
        if (atEnd && last == null) {
            exchange.await(commits.lastCommit(store), from::accept);
        } else {
            from.accept(last == null ? asked : last);
        }
    }

    private static void read(Exchange exchange, TransactionStorage commits, String store, Query query, long after) {
        boolean lines = MediaTypes.accepts(exchange.request, LinesBody.CONTENT_TYPE);
        long limit = number(LIMIT, query.get(LIMIT), lines ? Long.MAX_VALUE : DEFAULT_LIMIT);
        int first = lines ? EventsRead.page(limit) : (int) Math.min(limit, EventRead.MAX_LIMIT + 1);
        exchange.await(commits.commits(store, after, first), page -> {
            if (lines) {
                new CommitLines(exchange, commits, store, limit).start(after, page);
            } else {
                exchange.await(
                        written(exchange, page, () -> page(page)), made -> exchange.respond(EventsRoutes.json(made)));
            }
        });
    }

    /** A place that cannot be gone on from is refused before the answer begins. */
    private static void follow(Exchange exchange, TransactionStorage commits, String store, boolean lines, long after) {
        exchange.await(
                commits.commits(store, after, 1), _ -> new CommitFollow(exchange, commits, store, lines, after).open());
    }

    static boolean flag(@Nullable String follow) {
        return switch (follow) {
            case null -> false;
            case "false" -> false;
            case "true" -> true;
            default -> throw HttpProblem.invalid(FOLLOW + " is true or false");
        };
    }

    private static long number(String name, @Nullable String text, long otherwise) {
        return text == null ? otherwise : EventsRead.number(name, text);
    }

    /** Writes what was read: at once when it is little, else off the event loop. */
    static <T> CompletableFuture<T> written(Exchange exchange, CommitPage page, Supplier<T> writer) {
        return CommitText.weight(page.commits()) <= EventsFace.INLINE_BYTES
                ? CompletableFuture.completedFuture(writer.get())
                : CompletableFuture.supplyAsync(writer, exchange.server.blocking);
    }

    private static ByteBuf page(CommitPage page) {
        List<Commit> commits = page.commits();
        ByteBuf to = CommitText.buffer(commits);
        ByteBufUtil.writeAscii(to, "{\"commits\":[");
        for (int i = 0; i < commits.size(); i++) {
            if (i > 0) {
                to.writeByte(',');
            }
            CommitText.write(to, commits.get(i));
        }
        ByteBufUtil.writeAscii(to, "],\"next\":" + page.next() + ",\"more\":" + page.hasMore() + "}");
        return to;
    }
}
