package dev.varve.engine.groups;

import dev.varve.api.DeliveredEvent;
import dev.varve.api.EventSlice;
import dev.varve.api.StoredEvent;
import dev.varve.api.VarveException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Fills an answer with events, those that are at hand and those that have to be read. Confined to the thread of the groups. */
final class Handing {

    /** An answer with more bytes of data than this ends there. */
    private static final long MAX_ANSWER_BYTES = EventSlice.MAX_BYTES;

    private final Group group;
    private final Waiting call;
    private final List<Message> taken;
    private final List<Long> serials;
    private final Map<Long, StoredEvent> fresh;
    private final List<DeliveredEvent> deliveries = new ArrayList<>();
    private long bytes;
    private int next;

    Handing(Group group, Waiting call, List<Message> taken, Map<Long, StoredEvent> fresh) {
        this.group = group;
        this.call = call;
        this.taken = taken;
        this.serials = taken.stream().map(message -> message.serial).toList();
        this.fresh = fresh;
    }

    /** Whether it is still this call's; it may have been taken away while another one was read. */
    private boolean isMine(int index) {
        Message message = taken.get(index);
        return message.place == Message.Place.OUT
                && message.serial == serials.get(index)
                && message.equals(group.messages.get(message.position));
    }

    void goOn() {
        while (next < taken.size()) {
            Message message = taken.get(next);
            StoredEvent event = fresh.get(message.position);
            if (!isMine(next)) {
                next++;
            } else if (bytes >= MAX_ANSWER_BYTES) {
                group.giveBack(message);
                next++;
            } else if (event == null) {
                CompletableFuture<?> _ = group.read(message.position)
                        .whenCompleteAsync((found, failure) -> found(message, found, failure), group.thread);
                return;
            } else {
                deliver(message, event);
            }
        }
        if (deliveries.isEmpty()) {
            group.again(call);
        } else {
            group.heard(call.consumer());
            if (!call.answer().complete(deliveries)) {
                giveAllBack();
            }
        }
    }

    private void deliver(Message message, StoredEvent event) {
        deliveries.add(new DeliveredEvent(
                event,
                message.attempts,
                message.position + "-" + Long.toHexString(message.serial),
                Instant.ofEpochMilli(
                        group.time.millis() + group.settings().messageTimeout().toMillis())));
        bytes += event.data().size();
        next++;
    }

    private void found(Message message, @Nullable List<StoredEvent> found, @Nullable Throwable failure) {
        VarveException over = group.over();
        if (over != null) {
            call.answer().completeExceptionally(over);
        } else if (failure != null) {
            giveAllBack();
            call.answer().completeExceptionally(Group.cause(failure));
        } else if (!isMine(next)) {
            next++;
            goOn();
        } else if (found == null || found.isEmpty()) {
            group.settled(message); // it was deleted
            next++;
            goOn();
        } else {
            deliver(message, found.getFirst());
            goOn();
        }
    }

    private void giveAllBack() {
        for (int i = 0; i < taken.size(); i++) {
            if (isMine(i)) {
                group.giveBack(taken.get(i));
            }
        }
        group.goOn();
    }
}
