package dev.varve.engine.streams;

import dev.varve.api.Retention;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks after streams that nobody touches: removes expired ones, trims what retention gives up, and finishes removals
 * that a crash interrupted. It only proposes; each proposal is a command that is decided again. Confined to one thread
 * that may block on the disk.
 */
public final class Upkeep {

    private static final Logger LOG = System.getLogger(Upkeep.class.getName());
    private static final int PAGE = 256;
    /** Most proposals of one pass over streams that are not in memory. */
    private static final int MAX_COLD_PER_PASS = 10_000;

    private final StreamsFace face;
    private boolean first = true;
    private byte @Nullable [] coldCursor;

    /**
     * Starts before the first pass, which is more thorough than the later ones.
     *
     * @param face the streams, attached to a running shard
     */
    public Upkeep(StreamsFace face) {
        this.face = face;
    }

    /** Whether a stream has to be looked after even when it is not in memory. */
    static boolean needs(StreamHead head) {
        return (head.removed() && head.forks() == 0) || head.identity().timed();
    }

    /** When a stream that is not in memory has to be looked at. */
    static long dueMillis(StreamHead head, boolean lookedAt) {
        StreamIdentity identity = head.identity();
        if ((head.removed() && head.forks() == 0) || (!lookedAt && new Trimming(head, 0).needed())) {
            return 0;
        }
        long due = Long.MAX_VALUE;
        if (identity.ttlSeconds() != null) {
            due = Math.min(due, after(head.touchedMillis(), identity.ttlSeconds()));
        }
        if (identity.expiresAt() != null) {
            due = Math.min(due, after(0, identity.expiresAt().getEpochSecond() + 1));
        }
        Long age = identity.retention().ageSeconds();
        if (age != null && head.earliest() < head.tail()) {
            due = Math.min(due, after(head.kept().oldestMillis(), age) + 1);
        }
        return due;
    }

    private static long after(long millis, long seconds) {
        return seconds > (Long.MAX_VALUE - Math.max(0, millis)) / 1000 ? Long.MAX_VALUE : millis + seconds * 1000;
    }

    /** One pass over all streams in memory that expire or are trimmed. */
    public void passOverMemory() {
        for (Stream stream : first ? face.table.inMemory() : face.table.timed()) {
            View view = stream.newestView();
            if (view != null && !view.deleted()) {
                look(stream, view);
            }
        }
        first = false;
    }

    /** One bounded pass over streams that may not be in memory and are due. */
    public void passOverState() {
        long now = face.time().millis();
        int proposals = 0;
        while (proposals < MAX_COLD_PER_PASS) {
            List<StateStore.Entry> page = nextPage();
            for (StateStore.Entry entry : page) {
                long incarnation = ByteBuffer.wrap(entry.key()).getLong();
                boolean due = ByteBuffer.wrap(entry.value()).getLong() <= now;
                if (due && propose(incarnation)) {
                    proposals++;
                }
            }
            if (page.size() < PAGE) {
                coldCursor = null;
                return;
            }
        }
    }

    private List<StateStore.Entry> nextPage() {
        List<StateStore.Entry> page = new ArrayList<>();
        byte[] from = coldCursor == null ? new byte[0] : coldCursor;
        try (StateStore.Cursor cursor = face.store().scan(Table.STREAM_DEADLINES, from, null)) {
            while (page.size() < PAGE && cursor.next()) {
                page.add(new StateStore.Entry(cursor.key(), cursor.value()));
            }
        } catch (IOException e) {
            LOG.log(Logger.Level.WARNING, "the table of deadlines could not be read; trying again later", e);
        }
        if (!page.isEmpty()) {
            coldCursor = Binary.key(ByteBuffer.wrap(page.getLast().key()).getLong() + 1);
        }
        return page;
    }

    private boolean propose(long incarnation) {
        Stream inMemory = face.table.byIncarnation(incarnation);
        if (inMemory != null) {
            return finishRemoval(inMemory);
        }
        try {
            Stream stored = face.table.loadIncarnation(incarnation);
            if (stored == null) {
                return false;
            }
            View view = stored.newestView();
            if (view != null) {
                // Without bringing it into memory, where it might not stay until it is looked at.
                look(stored, view);
            }
            return true;
        } catch (IOException e) {
            LOG.log(Logger.Level.WARNING, "the head of stream " + incarnation + " could not be read", e);
            return false;
        }
    }

    /** Proposes again what came to nothing, because something could not be read or the queue was full. */
    private boolean finishRemoval(Stream stream) {
        View view = stream.newestView();
        boolean unneeded = view != null && view.head().removed() && view.head().forks() == 0;
        if (unneeded) {
            face.sequencer().submit(DeleteCommand.unneeded(face, stream.identity));
        }
        return unneeded;
    }

    private void look(Stream stream, View view) {
        StreamHead head = view.head();
        if (head.removed()) {
            if (head.forks() == 0) {
                face.sequencer().submit(DeleteCommand.unneeded(face, stream.identity));
            }
        } else if (face.hasExpired(stream)) {
            face.expireSoon(stream);
        } else if (!stream.identity.retention().isNone() && head.earliest() < head.tail()) {
            trim(stream, view);
        }
    }

    private void trim(Stream stream, View view) {
        try {
            long now = face.time().millis();
            Trimming trimming = new Trimming(view.head(), now);
            if (trimming.needed()) {
                face.pages().visit(view, view.head().earliest(), trimming);
            }
            if (trimming.earliest > view.head().earliest()) {
                face.sequencer().submit(UpkeepCommand.trim(face, stream.identity, trimming.left()));
            }
            stream.lookedAtTail = view.head().tail();
        } catch (IOException e) {
            // Either the data moved to the state just now, or it cannot be read; the next pass looks again.
            LOG.log(Logger.Level.DEBUG, "retention of stream " + stream.identity.path() + " waits", e);
        }
    }

    /** Finds how far a stream can be trimmed: past every message that some bound gives up. */
    private static final class Trimming implements PageReader.ChainVisitor {
        private final StreamHead head;
        private final long oldestMillis;
        private final long firstKeptMessage;
        private final long firstKeptByte;
        private long earliest;
        private long trimmedMessages;
        private long keptSinceMillis;

        Trimming(StreamHead head, long nowMillis) {
            this.head = head;
            Retention retention = head.identity().retention();
            Long age = retention.ageSeconds();
            this.oldestMillis = age == null || age > nowMillis / 1000 ? Long.MIN_VALUE : nowMillis - age * 1000;
            Long messages = retention.messages();
            this.firstKeptMessage = messages == null ? 0 : Math.max(0, head.messages() - messages);
            Long bytes = retention.bytes();
            this.firstKeptByte = bytes == null ? 0 : Math.max(0, head.tail() - bytes);
            this.earliest = head.earliest();
            this.trimmedMessages = head.kept().trimmedMessages();
            this.keptSinceMillis = head.kept().oldestMillis();
        }

        boolean needed() {
            return head.kept().oldestMillis() < oldestMillis
                    || firstKeptMessage > head.kept().trimmedMessages()
                    || firstKeptByte > head.earliest();
        }

        StreamHead.Kept left() {
            return new StreamHead.Kept(earliest, trimmedMessages, keptSinceMillis);
        }

        @Override
        public boolean piece(Piece piece, long limit) {
            boolean old = piece.lastMillis() < oldestMillis;
            keptSinceMillis = piece.firstMillis();
            for (int i = piece.messageEndingAfter(earliest); i < piece.payload().messages(); i++) {
                long end = Math.min(limit, piece.start() + piece.payload().end(i));
                if (end <= earliest) {
                    break;
                }
                long index = piece.messagesBefore() + i;
                if (!old && index >= firstKeptMessage && end > firstKeptByte) {
                    return false;
                }
                earliest = end;
                trimmedMessages = index + 1;
            }
            return true;
        }
    }
}
