package dev.varve.server;

import dev.varve.api.Commit;
import dev.varve.api.CommitPage;
import dev.varve.api.ErrorKind;
import dev.varve.api.TransactionStorage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/** One client that follows the commits of a store. Its place is the number of a commit. */
final class CommitFollow extends NotedFeed {

    private final TransactionStorage storage;

    CommitFollow(Exchange exchange, TransactionStorage storage, String store, boolean lines, long after) {
        super(exchange, store, lines, "commit", after);
        this.storage = storage;
    }

    @Override
    boolean subscribe() {
        return subscribe(listener -> storage.subscribeCommits(store, listener));
    }

    // ---- reading

    /**
     * A page as it is sent.
     *
     * @param out what fits
     * @param taken how many commits that is
     * @param position the place after them
     * @param page what was read
     */
    private record Written(ByteBuf out, int taken, long position, CommitPage page) {}

    @Override
    void readNext() {
        int most = exchange.server.limits.livePageBytes;
        read(
                storage.commits(store, position, limit())
                        .thenCompose(page -> ChangesRoutes.written(exchange, page, () -> write(page, most))),
                this::onPage);
    }

    /** Called on other threads, too. */
    private Written write(CommitPage page, int mostBytes) {
        ByteBuf out = CommitText.buffer(page.commits());
        int taken = 0;
        long reached = page.next();
        for (Commit commit : page.commits()) {
            if (out.readableBytes() >= mostBytes) {
                break;
            }
            taken++;
            reached = commit.number();
            if (!lines) {
                ByteBufUtil.writeAscii(out, "event: commit\nid: " + reached + "\ndata: ");
            }
            CommitText.write(out, commit);
            ByteBufUtil.writeAscii(out, lines ? "\n" : "\n\n");
        }
        return new Written(out, taken, reached, page);
    }

    private void onPage(Written written) {
        CommitPage page = written.page;
        boolean all = written.taken == page.commits().size();
        position = written.position;
        if (written.taken > 0) {
            told = position;
        }
        used(written.taken, page.commits().size());
        thereIsMore(!all || page.hasMore());
        boolean _ = noteWhetherCaughtUp(written.out, all && !page.hasMore());
        send(written.out);
        if (isAtEnd() && storeEnds()) {
            close();
        }
    }

    @Override
    void failed(Throwable failure) {
        if (Problem.of(failure).kind() == ErrorKind.NOT_FOUND) {
            close();
        } else {
            super.failed(failure);
        }
    }
}
