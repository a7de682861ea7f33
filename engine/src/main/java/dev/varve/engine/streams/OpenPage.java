package dev.varve.engine.streams;

import dev.varve.api.Offset;
import dev.varve.api.VarveException;
import dev.varve.engine.io.DiskErrors;
import dev.varve.engine.io.ReadMemory;
import dev.varve.engine.spi.PartedReads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A page whose extent is known and whose data is read part by part as it is sent. It holds no memory but its first part until
 * that is taken, no iterator, no snapshot and no file: each part is looked up anew, so a checkpoint meanwhile makes no
 * difference, and data that was removed meanwhile ends the page early. Confined to one thread at a time.
 */
final class OpenPage implements PartedReads.PartedPage {

    /**
     * A part ends with the chunk or append with which it reaches this size. Large enough that handing parts over costs little,
     * small enough for the processor's caches and for many readers.
     */
    static final int PART_BYTES = 512 << 10;

    /** What is reserved for a part before it is read. */
    static final int PART_MEMORY_BYTES = 1 << 20;

    private final PageReader pages;
    private final Executor pool;
    private final String path;
    private final Stream stream;
    private final View view;
    private final long start;
    private final long end;
    private long at;
    private @Nullable PagePart first;
    private boolean givenUp;

    private OpenPage(
            PageReader pages,
            Executor pool,
            String path,
            Stream stream,
            View view,
            PageReader.Gathered gathered,
            long end,
            PagePart first) {
        this.pages = pages;
        this.pool = pool;
        this.path = path;
        this.stream = stream;
        this.view = view;
        this.start = gathered.start();
        this.at = gathered.next();
        this.end = end;
        this.first = first;
    }

    /** A page without data. */
    static OpenPage empty(PageReader pages, Executor pool, String path, Stream stream, View view, long at) {
        ByteBuffer body = PageReader.emptyPage(view, at).data();
        PageReader.Gathered nothing = new PageReader.Gathered(List.of(), at, at);
        return new OpenPage(pages, pool, path, stream, view, nothing, at, PagePart.onHeap(body));
    }

    /** A page that is in memory. */
    static OpenPage of(
            PageReader pages, Executor pool, String path, Stream stream, View view, PageReader.Gathered gathered) {
        PagePart only = PagePart.onHeap(PageReader.page(view, gathered).data());
        return new OpenPage(pages, pool, path, stream, view, gathered, gathered.next(), only);
    }

    /**
     * Opens a page: reads its first part and finds out where it ends. Blocks on the disk.
     *
     * @param lease the memory for it; becomes the page's
     * @throws PageReader.NotABoundary when the position is not one that was handed out
     */
    static OpenPage open(
            PageReader pages,
            Executor pool,
            String path,
            Stream stream,
            View view,
            long from,
            int maxBytes,
            ReadMemory.Lease lease)
            throws IOException {
        long tail = view.head().tail();
        PageReader.Gathered gathered =
                pages.gather(stream, view, new PageReader.Range(from, tail, maxBytes, PART_BYTES), lease);
        long next = gathered.next();
        long limit = Math.min(tail, from + maxBytes);
        long end = next < limit ? pages.boundary(view, next, limit) : next;
        PagePart first = PagePart.of(gathered, json(view), true, end == next, lease);
        lease.settle();
        return new OpenPage(pages, pool, path, stream, view, gathered, end, first);
    }

    private static boolean json(View view) {
        return view.head().identity().json();
    }

    @Override
    public Offset start() {
        return Offset.at(start);
    }

    @Override
    public Offset next() {
        return Offset.at(end);
    }

    @Override
    public boolean hasMore() {
        return end < view.head().tail();
    }

    @Override
    public boolean closed() {
        return view.head().closed() && end == view.head().tail();
    }

    @Override
    public String contentType() {
        return view.head().identity().contentType();
    }

    @Override
    public long incarnation() {
        return view.head().identity().incarnation();
    }

    @Override
    public long length() {
        int brackets = !json(view) ? 0 : start == end ? 2 : 1;
        return end - start + brackets;
    }

    @Override
    public boolean hasPart() {
        return !givenUp && (first != null || at < end);
    }

    @Override
    public CompletableFuture<PartedReads.Part> nextPart() {
        PagePart opened = first;
        if (opened != null) {
            first = null;
            return CompletableFuture.completedFuture(opened);
        }
        if (!hasPart()) {
            throw new IllegalStateException("the page has no more parts");
        }
        CompletableFuture<PartedReads.Part> future = new CompletableFuture<>();
        pages.memory().lease(PART_MEMORY_BYTES, lease -> {
            try {
                pool.execute(() -> read(lease, future));
            } catch (RejectedExecutionException e) {
                lease.close();
                future.completeExceptionally(DiskErrors.notTaken(e));
            }
        });
        return future;
    }

    private void read(ReadMemory.Lease lease, CompletableFuture<PartedReads.Part> future) {
        PagePart part;
        try {
            View now = stream.newestView();
            if (now == null || now.deleted() || now.head().earliest() > at) {
                throw new IOException("what was not sent yet has been removed");
            }
            PageReader.Gathered gathered =
                    pages.gather(stream, now, new PageReader.Range(at, end, Integer.MAX_VALUE, PART_BYTES), lease);
            if (gathered.next() == at) {
                throw new IOException("there is no data at position " + at);
            }
            at = gathered.next();
            part = PagePart.of(gathered, json(view), false, at == end, lease);
            lease.settle();
        } catch (IOException | RuntimeException e) {
            lease.close();
            future.completeExceptionally(new VarveException(
                    StreamTable.kindOf(e), "stream " + path + " could not be read on: " + e.getMessage(), e));
            return;
        }
        future.complete(part);
    }

    @Override
    public void close() {
        givenUp = true;
        PagePart unsent = first;
        first = null;
        if (unsent != null) {
            unsent.close();
        }
    }
}
