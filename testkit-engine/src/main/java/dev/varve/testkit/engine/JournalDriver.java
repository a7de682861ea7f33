package dev.varve.testkit.engine;

import dev.varve.engine.journal.Frame;
import dev.varve.engine.journal.Group;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.journal.OutOfSpaceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Appends and reads whole byte arrays, for tests. Confined to one thread. */
public final class JournalDriver {

    /**
     * A frame that was read.
     *
     * @param position where it starts
     * @param end where the next may start
     * @param sequence its number
     * @param body its body
     */
    public record Read(long position, long end, long sequence, byte[] body) {}

    private final Journal journal;
    private final Group group = new Group();
    private final long epoch;

    private JournalDriver(Journal journal, long epoch) {
        this.journal = journal;
        this.epoch = epoch;
    }

    /**
     * Claims a journal.
     *
     * @param journal the journal
     * @return a driver with a new epoch
     * @throws IOException when it cannot be claimed
     */
    public static JournalDriver claim(Journal journal) throws IOException {
        return new JournalDriver(journal, journal.claim());
    }

    /**
     * The epoch of this driver.
     *
     * @return as claimed
     */
    public long epoch() {
        return epoch;
    }

    /**
     * Appends one group and waits until it is durable.
     *
     * @param bodies one frame each
     * @return the position of the group's first frame
     * @throws OutOfSpaceException when there is no room; nothing was written
     * @throws IOException when the append failed
     */
    public long append(byte[]... bodies) throws IOException {
        fill(group, bodies);
        CompletableFuture<Long> end = new CompletableFuture<>();
        long position = journal.append(epoch, group, completion(end));
        await(end);
        return position;
    }

    /**
     * Fills a group.
     *
     * @param group cleared first
     * @param bodies one frame each
     * @return the group
     */
    public static Group fill(Group group, byte[]... bodies) {
        group.clear();
        for (byte[] body : bodies) {
            group.beginFrame(body.length).put(body);
            group.endFrame();
        }
        return group;
    }

    /**
     * A completion that completes a future.
     *
     * @param end the future
     * @return the completion
     */
    public static Journal.Completion completion(CompletableFuture<Long> end) {
        return new Journal.Completion() {
            @Override
            public void durable(long position) {
                if (!end.complete(position)) {
                    throw new AssertionError("a completion was told twice");
                }
            }

            @Override
            public void failed(Throwable cause) {
                if (!end.completeExceptionally(cause)) {
                    throw new AssertionError("a completion was told twice");
                }
            }
        };
    }

    /**
     * Waits for an append.
     *
     * @param end completed by the append
     * @return the position after the group
     * @throws IOException what it failed with
     */
    public static long await(CompletableFuture<Long> end) throws IOException {
        awaitAll(end);
        return end.join();
    }

    /**
     * Waits for anything that a journal does.
     *
     * @param done completed by it
     * @throws IOException what it failed with
     */
    public static void awaitAll(CompletableFuture<?> done) throws IOException {
        try {
            done.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new CompletionException(e.getCause());
        }
    }

    /**
     * Reads all frames that are held.
     *
     * @param journal the journal
     * @return the frames in order
     * @throws IOException when one cannot be read
     */
    public static List<Read> readAll(Journal journal) throws IOException {
        return read(journal, journal.start(), journal.end());
    }

    /**
     * Reads frames.
     *
     * @param journal the journal
     * @param from a frame's position
     * @param to frames at or beyond are left out
     * @return the frames in order
     * @throws IOException when one cannot be read
     */
    public static List<Read> read(Journal journal, long from, long to) throws IOException {
        List<Read> frames = new ArrayList<>();
        journal.read(from, to, frame -> frames.add(copy(frame)));
        return frames;
    }

    private static Read copy(Frame frame) {
        ByteBuffer body = frame.body();
        byte[] bytes = new byte[body.remaining()];
        body.get(bytes);
        return new Read(frame.position(), frame.end(), frame.sequence(), bytes);
    }
}
