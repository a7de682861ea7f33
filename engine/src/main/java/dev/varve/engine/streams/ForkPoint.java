package dev.varve.engine.streams;

import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.Offset;
import dev.varve.api.Refusal;
import dev.varve.engine.io.ReadMemory;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Finds the position at which a fork branches off: Durable Streams protocol, section 4.2. */
final class ForkPoint {

    private final PageReader pages;

    ForkPoint(PageReader pages) {
        this.pages = pages;
    }

    /** A position, or why there is none. */
    sealed interface Result permits Found, Refused {}

    /**
     * A position.
     *
     * @param point where the fork's own data starts
     * @param messages how many messages lie before it, a cut one included
     */
    record Found(long point, long messages) implements Result {}

    record Refused(Refusal refusal) implements Result {}

    /** The result where no data has to be looked at, or null. */
    static @Nullable Result withoutDisk(StreamHead source, Fork fork) {
        Offset offset = fork.offset();
        boolean sub = fork.subOffset() != null && fork.subOffset() > 0;
        if (offset == null) {
            return new Found(source.tail(), source.messages());
        }
        if (offset.position() > source.tail()) {
            return new Refused(Refusal.of(ErrorKind.INVALID_OFFSET, "the fork offset lies beyond the source's tail"));
        }
        if (offset.position() < source.earliest()) {
            return new Refused(Refusal.of(
                    ErrorKind.COMPACTED,
                    "the source's data before its earliest offset is gone",
                    Offset.at(source.earliest())));
        }
        if (sub && offset.position() == source.tail()) {
            return tooFar(fork);
        }
        if (!sub && offset.position() == source.tail()) {
            return new Found(source.tail(), source.messages());
        }
        if (!sub && offset.position() == 0) {
            return new Found(0, 0);
        }
        return null;
    }

    private static Refused tooFar(Fork fork) {
        return new Refused(Refusal.of(
                ErrorKind.INVALID_PARAMS,
                "the fork's sub-offset " + fork.subOffset() + " goes past the next boundary after its offset"));
    }

    /**
     * Looks at the source's data. Blocks on the disk.
     *
     * @param view the newest one; may be behind what was decided
     * @return the result, or null when it depends on data that is not durable yet
     */
    @Nullable Result lookUp(Stream source, View view, Fork fork) throws IOException {
        Offset offset = fork.offset();
        long anchor = offset == null ? view.head().tail() : offset.position();
        long steps = fork.subOffset() == null ? 0 : fork.subOffset();
        if (anchor == view.head().tail() && steps == 0) {
            return new Found(anchor, view.head().messages());
        }
        if (anchor >= view.head().tail()) {
            return null;
        }
        // The first piece is all that is wanted: as much of the append as there is.
        PageReader.Range range = new PageReader.Range(anchor, view.head().tail(), Integer.MAX_VALUE >> 1, 1);
        try (ReadMemory.Lease lease = pages.memory().lease()) {
            PageReader.Gathered gathered = pages.gather(source, view, range, lease);
            return inSlice(gathered.slices().getFirst(), view, fork, anchor, steps);
        } catch (PageReader.NotABoundary e) {
            return new Refused(PageReader.notHandedOut(anchor));
        }
    }

    private static Result inSlice(PageReader.Slice slice, View view, Fork fork, long anchor, long steps) {
        if (steps == 0) {
            Piece piece = slice.piece();
            return new Found(anchor, piece.messagesBefore() + piece.messageEndingAfter(anchor));
        }
        return view.head().identity().json()
                ? afterMessages(slice, anchor, steps, fork)
                : afterBytes(slice, anchor, steps, fork);
    }

    private static Result afterBytes(PageReader.Slice slice, long anchor, long steps, Fork fork) {
        int message = slice.piece().messageEndingAfter(anchor);
        long end = Math.min(
                slice.to(), slice.piece().start() + slice.piece().payload().end(message));
        return anchor + steps <= end
                ? new Found(anchor + steps, slice.piece().messagesBefore() + message + 1)
                : tooFar(fork);
    }

    private static Result afterMessages(PageReader.Slice slice, long anchor, long steps, Fork fork) {
        Piece piece = slice.piece();
        Payload payload = piece.payload();
        long left = steps;
        for (int i = piece.messageEndingAfter(anchor); i < payload.messages(); i++) {
            long end = piece.start() + payload.end(i);
            if (end > slice.to()) {
                break;
            }
            left--;
            if (left == 0) {
                return new Found(end, piece.messagesBefore() + i + 1);
            }
            if (payload.endsAppend(i)) {
                break;
            }
        }
        return tooFar(fork);
    }
}
