package dev.varve.bench.events;

import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.testkit.EventChance;
import dev.varve.testkit.EventContents;
import dev.varve.testkit.EventOperation;
import dev.varve.testkit.ModelEventStorage;
import org.jspecify.annotations.Nullable;

/**
 * Does everything that can be done to a store of its own, and a model does the same: appends under all kinds of versions, conditions and
 * trackings to several aggregates, the same and nearly the same again, deletions of all kinds, settings, redactions, snapshots,
 * checkpoints, scavenging. After a crash all that can be asked is answered as by the model, with the one change that was under way or without it.
 */
final class ModelCrashClient extends EventCrashClient {

    /** A larger log takes long to compare, so that it is deleted and another one begun. */
    private static final int MAX_EVENTS = 1_500;

    private final String prefix;
    private int stores;
    private String name = "";
    private EventStore right = EventStore.over(new ModelEventStorage(System::currentTimeMillis), "none/yet");
    private EventChance chance = new EventChance(random, right, true);
    private @Nullable EventOperation underWay;

    ModelCrashClient(int number, String organisation, long seed) {
        super(seed);
        this.prefix = organisation + "/all-" + number + "-";
        begin();
    }

    private void begin() {
        name = prefix + stores++;
        right = EventStore.over(new ModelEventStorage(System::currentTimeMillis), name);
        chance = new EventChance(random, right, true);
    }

    @Override
    @Nullable String step(Varve varve) {
        return step(varve.store(name).events());
    }

    @Nullable String step(EventStore events) {
        if (right.head() > 0 && random.nextInt(60) == 0) {
            chance.forget();
            var _ = events.scavenge();
            count("scavenged");
        }
        if (random.nextInt(10) == 0) {
            EventRead read = chance.anyRead();
            Object given = EventContents.whole(events, read);
            Object expected = EventContents.whole(right, read);
            return given.equals(expected) ? null : read + " of " + name + " gives " + given + " instead of " + expected;
        }
        EventOperation operation = chance.anyChange();
        underWay = operation;
        return told(operation, ask(events, operation));
    }

    private static Object ask(EventStore events, EventOperation operation) {
        Object given = EventOperation.outcome(() -> operation.on(events));
        if (given instanceof ErrorKind kind && !isAnswer(kind)) {
            throw new VarveException(kind, "no answer");
        }
        return given;
    }

    private @Nullable String told(EventOperation operation, Object given) {
        Object expected = EventOperation.outcome(() -> operation.on(right));
        underWay = null;
        acknowledged++;
        count(
                given instanceof Appended appended && appended.idempotent()
                        ? "append that came again"
                        : operation.getClass().getSimpleName());
        return operation.agrees(expected, given, right)
                ? null
                : operation + " of " + name + " gives " + given + " instead of " + expected;
    }

    @Override
    @Nullable String check(Varve varve) {
        String wrong = check(varve.store(name).events());
        if (wrong == null && right.head() > MAX_EVENTS) {
            delete(varve);
            begin();
        }
        return wrong;
    }

    /** Deletes its store. */
    void delete(Varve varve) {
        if (right.head() != EventStore.EMPTY) {
            var _ = varve.store(name).delete();
            count("stores deleted");
        }
    }

    @Nullable String check(EventStore events) {
        EventContents found = EventContents.of(events);
        String without = found.difference(EventContents.of(right));
        EventOperation doubtful = underWay;
        underWay = null;
        if (doubtful != null) {
            boolean absent = without == null;
            if (!absent) {
                var _ = EventOperation.outcome(() -> doubtful.on(right));
                String with = found.difference(EventContents.of(right));
                if (with != null) {
                    return name + ": " + without + "\nand with " + doubtful + ", " + with;
                }
            }
            count(absent ? "under way without effect" : "under way and kept");
            return doubtful instanceof EventOperation.Append ? told(doubtful, ask(events, doubtful)) : null;
        }
        return without == null ? null : name + ": " + without;
    }
}
