package dev.varve.engine.groups;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a group: which is to be handed out next, which are out, and which wait. Of those with one key one at a time is ready, delayed or
 * out. Confined to the thread of the groups.
 */
final class Messages {

    private final TreeMap<Long, Message> all = new TreeMap<>();
    private final TreeSet<Message> ready = new TreeSet<>(Message.BY_POSITION);
    private final TreeSet<Message> delayed = new TreeSet<>(Message.BY_TIME);
    private final TreeSet<Message> out = new TreeSet<>(Message.BY_TIME);

    /** Those that are behind another one, by key; each key of a message is in here. */
    private final Map<Long, TreeSet<Message>> behind = new HashMap<>();

    /** How many each consumer has. */
    private final Map<String, Integer> inFlight = new HashMap<>();

    private int replayed;

    void add(Message message) {
        all.put(message.position, message);
        if (message.replayed) {
            replayed++;
        }
        TreeSet<Message> others = message.key == Message.NO_KEY ? null : behind.get(message.key);
        if (others != null) {
            others.add(message);
            return;
        }
        if (message.key != Message.NO_KEY) {
            behind.put(message.key, new TreeSet<>(Message.BY_POSITION));
        }
        ready(message);
    }

    @Nullable Message get(long position) {
        return all.get(position);
    }

    /** It is settled. */
    void remove(Message message) {
        all.remove(message.position);
        if (message.replayed) {
            replayed--;
        }
        TreeSet<Message> others = behind.get(message.key);
        if (message.place == Message.Place.BEHIND) {
            if (others != null) {
                others.remove(message);
            }
            return;
        }
        displace(message);
        if (others != null) {
            Message next = others.pollFirst();
            if (next == null) {
                behind.remove(message.key);
            } else {
                ready(next);
            }
        }
    }

    void clear() {
        all.clear();
        ready.clear();
        delayed.clear();
        out.clear();
        behind.clear();
        inFlight.clear();
        replayed = 0;
    }

    private void displace(Message message) {
        switch (message.place) {
            case READY -> ready.remove(message);
            case DELAYED -> delayed.remove(message);
            case OUT -> {
                out.remove(message);
                inFlight.computeIfPresent(
                        String.valueOf(message.consumer), (_, count) -> count == 1 ? null : count - 1);
            }
            case BEHIND -> {}
        }
    }

    // ---- going on

    void ready(Message message) {
        displace(message);
        message.place = Message.Place.READY;
        message.consumer = null;
        ready.add(message);
    }

    void delay(Message message, long untilNanos) {
        displace(message);
        message.place = Message.Place.DELAYED;
        message.consumer = null;
        message.dueNanos = untilNanos;
        delayed.add(message);
    }

    /** Takes the first that is ready; there is one. */
    Message take(String consumer, long serial, long untilNanos) {
        Message message = ready.removeFirst();
        message.place = Message.Place.OUT;
        message.consumer = consumer;
        message.serial = serial;
        message.dueNanos = untilNanos;
        message.attempts++;
        out.add(message);
        inFlight.merge(consumer, 1, Integer::sum);
        return message;
    }

    // ---- looking

    boolean anyReady() {
        return !ready.isEmpty();
    }

    /** Whether something will happen by itself. */
    boolean anyTimed() {
        return !delayed.isEmpty() || !out.isEmpty();
    }

    /** Those whose pause is over become ready. */
    void wake(long nowNanos) {
        while (!delayed.isEmpty() && delayed.first().dueNanos <= nowNanos) {
            ready(delayed.first());
        }
    }

    /** One whose consumer's time is over. */
    @Nullable Message late(long nowNanos) {
        return !out.isEmpty() && out.first().dueNanos <= nowNanos ? out.first() : null;
    }

    List<Message> outAt(String consumer) {
        List<Message> found = new ArrayList<>();
        for (Message message : out) {
            if (consumer.equals(message.consumer)) {
                found.add(message);
            }
        }
        return found;
    }

    int inFlight(String consumer) {
        return inFlight.getOrDefault(consumer, 0);
    }

    Collection<Message> all() {
        return all.values();
    }

    int size() {
        return all.size();
    }

    int out() {
        return out.size();
    }

    int replayed() {
        return replayed;
    }

    /** The lowest position of one that was not parked before. */
    @Nullable Long first() {
        for (Message message : all.values()) {
            if (!message.replayed) {
                return message.position;
            }
        }
        return null;
    }
}
