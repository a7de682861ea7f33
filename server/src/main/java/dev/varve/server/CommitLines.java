package dev.varve.server;

import dev.varve.api.Commit;
import dev.varve.api.CommitPage;
import dev.varve.api.TransactionStorage;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;

/** Sends commits as lines, one each, until there are no more, or as many as are wanted. */
final class CommitLines extends LinesBody<Long, CommitPage> {

    private final TransactionStorage storage;
    private final String store;

    /** How many commits may still be sent. */
    private long left;

    CommitLines(Exchange exchange, TransactionStorage storage, String store, long atMost) {
        super(exchange, store);
        this.storage = storage;
        this.store = store;
        this.left = atMost;
    }

    void start(long after, CommitPage first) {
        if (exchange.request.isHead()) {
            exchange.respond(Response.of(200).header(HeaderName.CONTENT_TYPE, CONTENT_TYPE));
            return;
        }
        if (!exchange.request.http11) {
            throw HttpProblem.invalid("lines need HTTP/1.1");
        }
        begin(after, first);
    }

    @Override
    CompletableFuture<CommitPage> read(Long after) {
        return storage.commits(store, after, EventsRead.page(left));
    }

    @Override
    Part<Long> part(Long after, CommitPage page) {
        ByteBuf lines = CommitText.buffer(page.commits());
        for (Commit commit : page.commits()) {
            CommitText.write(lines, commit);
            lines.writeByte('\n');
        }
        left -= page.commits().size();
        return new Part<>(lines, page.hasMore() && left > 0 ? page.next() : null);
    }
}
