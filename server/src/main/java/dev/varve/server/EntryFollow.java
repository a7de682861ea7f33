package dev.varve.server;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * One client that follows the changes of the entries of a store with all that is known of each, one a line; of each it is said whether more
 * of its write follow. Its place is the number of a change.
 */
final class EntryFollow extends NotedFeed {

    private final EntryStorage entries;
    private final StoreInfo info;

    /** Whether it was said which of the stores that had this name it is. */
    private boolean named;

    EntryFollow(Exchange exchange, EntryStorage entries, StoreInfo info, long after) {
        super(exchange, info.name(), true, "store_seq", after);
        this.entries = entries;
        this.info = info;
    }

    /** Changes that there are, and then the number of the store's last one. */
    static byte[] page(EntryEventPage page) {
        StringBuilder lines = new StringBuilder();
        for (EntryEvent event : page.events()) {
            lines.append(EntryText.whole(event)).append('\n');
        }
        return lines.append(new JsonText().field("current_seq", page.storeSeq()))
                .append('\n')
                .toString()
                .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    boolean subscribe() {
        return subscribe(listener -> entries.subscribe(store, listener));
    }

    @Override
    void readNext() {
        read(ChangePages.read(entries, store, position, limit()), this::onPage);
    }

    private void onPage(ChangePages.Page page) {
        ByteBuf out = Unpooled.buffer();
        if (!named) {
            named = true;
            line(out, new JsonText().field("store_id", info.id().toString()));
        }
        int taken = 0;
        for (ChangePages.Change change : page.changes()) {
            if (out.readableBytes() >= exchange.server.limits.livePageBytes) {
                break;
            }
            taken++;
            position = change.event().storeSeq();
            JsonText json = EntryText.whole(change.event());
            line(out, change.more() ? json.field("more", true) : json);
        }
        if (taken > 0) {
            told = position;
        }
        used(taken, page.changes().size());
        boolean all = position >= page.storeSeq();
        thereIsMore(!all);
        boolean _ = noteWhetherCaughtUp(out, all);
        send(out);
        if (isAtEnd() && storeEnds()) {
            close();
        }
    }

    private static void line(ByteBuf out, JsonText json) {
        ByteBufUtil.writeUtf8(out, json.toString());
        out.writeByte('\n');
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
