package dev.varve.server;

import dev.varve.api.AggregateId;
import dev.varve.api.EventStorage;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Snapshots of an aggregate for one answer. They are read one by one, because each may be as large as an event's data, until there are
 * enough. Confined to one thread at a time.
 */
final class SnapshotPage {

    /** An answer takes no further snapshot when it has so many bytes of them. */
    static final int MAX_BYTES = 16 << 20;

    private final EventStorage events;
    private final String store;
    private final AggregateId aggregate;
    private final SnapshotQuery query;
    private final List<Snapshot> snapshots = new ArrayList<>();
    private long bytes;
    private boolean more;

    SnapshotPage(EventStorage events, String store, AggregateId aggregate, SnapshotQuery query) {
        this.events = events;
        this.store = store;
        this.aggregate = aggregate;
        this.query = query;
    }

    /** Reads them; the page then. */
    CompletableFuture<SnapshotPage> read() {
        return read(query.maxVersion());
    }

    private CompletableFuture<SnapshotPage> read(long maxVersion) {
        SnapshotQuery next = new SnapshotQuery(query.minVersion(), maxVersion, query.since(), query.until(), 1);
        return events.snapshots(store, aggregate, next).thenCompose(found -> {
            if (found.isEmpty()) {
                return CompletableFuture.completedFuture(this);
            }
            if (bytes >= MAX_BYTES) {
                more = true;
                return CompletableFuture.completedFuture(this);
            }
            Snapshot snapshot = found.getFirst();
            snapshots.add(snapshot);
            bytes += snapshot.state().size();
            return snapshots.size() == query.limit() || snapshot.version() <= query.minVersion()
                    ? CompletableFuture.completedFuture(this)
                    : read(snapshot.version() - 1);
        });
    }

    /** The answer. */
    ByteBuf json() {
        ByteBuf to = Unpooled.buffer();
        ByteBufUtil.writeAscii(to, "{\"snapshots\":[");
        for (int i = 0; i < snapshots.size(); i++) {
            if (i > 0) {
                to.writeByte(',');
            }
            EventsText.write(to, snapshots.get(i));
        }
        ByteBufUtil.writeAscii(to, "],\"more\":" + more + "}");
        return to;
    }
}
