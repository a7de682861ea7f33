package dev.varve.bench.histories;

import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One stream as the contract of storages describes it, written down once more and apart from every implementation. What a
 * stream holds is a chain from its last message back to its first, so that states share what they have in common.
 * Immutable.
 */
final class StreamState {

    /** What is known of a producer. */
    private record Accepted(long epoch, long sequence) {}

    /** One message and those before it. */
    private record Link(@Nullable Link before, Message message, long start, long hash) {

        static Link after(@Nullable Link before, Message message, long start) {
            long hash = ((before == null ? 17 : before.hash) * 1_000_003 + message.hashCode()) * 31 + start;
            return new Link(before, message, start, hash);
        }
    }

    /** What an append comes to: the answer, and the state after it; the same object when nothing changed. */
    record Decision(Answer answer, StreamState after) {}

    static final StreamState EMPTY = new StreamState(null, 0, false, null, null, new TreeMap<>());

    private final @Nullable Link last;
    private final long tail;
    private final boolean closed;
    private final @Nullable Producer closedBy;
    private final @Nullable String sequence;
    private final Map<String, Accepted> producers;
    private final int hash;

    private StreamState(
            @Nullable Link last,
            long tail,
            boolean closed,
            @Nullable Producer closedBy,
            @Nullable String sequence,
            Map<String, Accepted> producers) {
        this.last = last;
        this.tail = tail;
        this.closed = closed;
        this.closedBy = closedBy;
        this.sequence = sequence;
        this.producers = producers;
        this.hash = Objects.hash(last == null ? 0 : last.hash, tail, closed, closedBy, sequence, producers);
    }

    long tail() {
        return tail;
    }

    boolean closed() {
        return closed;
    }

    /** Decides an append, with the checks in the order that {@link dev.varve.api.StreamStorage} lists. */
    Decision append(Request.Append request) {
        Producer producer = request.producer();
        Accepted accepted = producer == null ? null : producers.get(producer.id());
        boolean empty = request.messages().isEmpty();
        if (producer != null && accepted != null && producer.equals(closedBy)) {
            return duplicate(producer, accepted);
        }
        if (producer != null && accepted != null && producer.epoch() < accepted.epoch) {
            return refused(new Answer.Refused(ErrorKind.PRODUCER_FENCED, null, null, accepted.epoch, null, null));
        }
        if (closed) {
            return empty && producer == null
                    ? new Decision(new Answer.Written(tail, true, true, null), this)
                    : refused(ErrorKind.CLOSED, tail);
        }
        if (producer != null) {
            Decision early = checkProducer(producer, accepted);
            if (early != null) {
                return early;
            }
        }
        if (request.sequence() != null && sequence != null && compare(request.sequence(), sequence) <= 0) {
            return refused(Answer.Refused.of(ErrorKind.SEQUENCE_CONFLICT));
        }
        if (request.ifMatch() != null && request.ifMatch() != tail) {
            return refused(ErrorKind.PRECONDITION_FAILED, tail);
        }
        return appended(request);
    }

    private @Nullable Decision checkProducer(Producer producer, @Nullable Accepted accepted) {
        long asked = producer.sequence();
        if (accepted == null) {
            return asked == 0 ? null : gap(0, asked);
        }
        if (producer.epoch() > accepted.epoch) {
            return asked == 0 ? null : refused(Answer.Refused.of(ErrorKind.PRODUCER_EPOCH_START));
        }
        if (asked <= accepted.sequence) {
            return duplicate(producer, accepted);
        }
        return asked == accepted.sequence + 1 ? null : gap(accepted.sequence + 1, asked);
    }

    private Decision appended(Request.Append request) {
        Link link = last;
        long end = tail;
        for (Message message : request.messages()) {
            link = Link.after(link, message, end);
            end += message.length();
        }
        Producer producer = request.producer();
        Map<String, Accepted> known = producers;
        if (producer != null) {
            known = new TreeMap<>(producers);
            known.put(producer.id(), new Accepted(producer.epoch(), producer.sequence()));
        }
        StreamState after = new StreamState(
                link,
                end,
                request.close(),
                request.close() ? producer : null,
                request.sequence() == null ? sequence : request.sequence(),
                known);
        return new Decision(new Answer.Written(end, request.close(), false, producer), after);
    }

    private Decision duplicate(Producer producer, Accepted accepted) {
        Producer highest = new Producer(producer.id(), accepted.epoch, accepted.sequence);
        return new Decision(new Answer.Written(tail, closed, true, highest), this);
    }

    private Decision gap(long expected, long received) {
        return refused(new Answer.Refused(ErrorKind.PRODUCER_GAP, null, null, null, expected, received));
    }

    private Decision refused(ErrorKind kind, long offset) {
        return refused(new Answer.Refused(kind, null, offset, null, null, null));
    }

    private Decision refused(Answer.Refused refusal) {
        return new Decision(refusal, this);
    }

    private static int compare(String a, String b) {
        return Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    }

    /** The page that a read gives which ends where the given one ends, or a refusal when there is no such page. */
    Answer read(long from, @Nullable Long end) {
        long start = from == Offset.BEGINNING.position() ? 0 : from == Offset.NOW.position() ? tail : from;
        Deque<Message> messages = new ArrayDeque<>();
        long next = end == null ? tail : end;
        boolean startSeen = start == tail;
        boolean endSeen = next == tail;
        for (Link link = last; link != null; link = link.before) {
            startSeen |= link.start == start;
            endSeen |= link.start == next;
            if (link.start >= start && link.start < next) {
                messages.addFirst(link.message);
            }
        }
        if (!startSeen) {
            return Answer.Refused.of(ErrorKind.INVALID_OFFSET);
        }
        // A page goes forward, to the end of a message, and holds one at least when there is one.
        boolean possible = endSeen && (next > start || (next == start && start == tail));
        if (!possible) {
            return read(from, null);
        }
        return new Answer.Page(
                start,
                next,
                next < tail,
                closed && next == tail,
                messages.stream().toList());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof StreamState that
                        && hash == that.hash
                        && tail == that.tail
                        && closed == that.closed
                        && Objects.equals(closedBy, that.closedBy)
                        && Objects.equals(sequence, that.sequence)
                        && producers.equals(that.producers)
                        && sameMessages(last, that.last));
    }

    @SuppressWarnings("ReferenceEquality") // from a link that both share on, the rest is the same
    private static boolean sameMessages(@Nullable Link a, @Nullable Link b) {
        Link left = a;
        Link right = b;
        while (left != right) {
            if (left == null || right == null || left.hash != right.hash || !left.message.equals(right.message)) {
                return false;
            }
            left = left.before;
            right = right.before;
        }
        return true;
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("ends at ").append(tail).append(closed ? ", closed" : "");
        if (last != null) {
            text.append(", its last messages are");
            Deque<Message> shown = new ArrayDeque<>();
            for (Link link = last; link != null && shown.size() < 4; link = link.before) {
                shown.addFirst(link.message);
            }
            shown.forEach(message -> text.append(' ').append(message.name()));
        }
        if (sequence != null) {
            text.append(", last sequence ").append(sequence);
        }
        producers.forEach((id, accepted) -> text.append(", producer ")
                .append(id)
                .append(" is at ")
                .append(accepted.epoch)
                .append('/')
                .append(accepted.sequence));
        return text.toString();
    }
}
