package dev.varve.testkit.engine;

import dev.varve.api.AggregateInfo;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventRead;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import dev.varve.testkit.EventChance;
import dev.varve.testkit.EventContents;
import dev.varve.testkit.EventOperation;
import dev.varve.testkit.ModelEventStorage;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One who changes a store of events in a simulation and compares what is there with a model. The changes of a store are decided in the
 * order in which they were asked for, so that the model makes each when the one before is answered, and must give the same answer. After a
 * power cut what was acknowledged is there, and of what was under way the first few. What is read meanwhile is what stood there at
 * some moment since it was asked for. Confined to one thread.
 */
final class SimulatedEvents {

    private static final String STORE = "sim/events";

    /** What says that something was not done, and nothing about events. */
    private static final Set<ErrorKind> FAILURES =
            EnumSet.of(ErrorKind.UNAVAILABLE, ErrorKind.OVERLOADED, ErrorKind.OUT_OF_SPACE, ErrorKind.CORRUPT);

    /** A change that was asked for. */
    private record Sent(EventOperation operation, CompletableFuture<?> answer) {}

    /** A read that was asked for, and what it may be answered. */
    private record Looked(EventRead read, CompletableFuture<List<Object>> answer, List<List<Object>> possible) {}

    private final SplittableRandom random;
    private final SimulationCounts counts;
    private final Consumer<String> notes;
    private final ModelEventStorage model = new ModelEventStorage(() -> 0);
    private final EventStore right = EventStore.over(model, STORE);
    private final EventChance chance;
    private final Deque<Sent> underWay = new ArrayDeque<>();
    private final List<EventOperation> unknown = new ArrayList<>();
    private final List<Looked> looks = new ArrayList<>();
    private final List<CompletableFuture<?>> scavenging = new ArrayList<>();
    private boolean takingAway;
    private @Nullable AssertionError wrong;

    SimulatedEvents(SplittableRandom random, SimulationCounts counts, Consumer<String> notes) {
        this.random = random;
        this.counts = counts;
        this.notes = notes;
        this.chance = new EventChance(random, right, true);
    }

    /** Asks for something. */
    void ask(EventStorage storage, SimulatedUsers.Excuses excuses) {
        int dice = random.nextInt(12);
        if (dice == 0 && right.head() != EventStore.EMPTY) {
            notes.accept("events scavenged");
            // All that it takes away could not be read before.
            chance.forget();
            scavenging.add(storage.scavenge(STORE).thenAccept(count -> {
                chance.forget();
                counts.add(SimulationCounts.Event.EVENT_SCAVENGED, count);
            }));
        } else if (dice < 4) {
            look(storage);
        } else {
            change(storage, excuses);
        }
    }

    private void change(EventStorage storage, SimulatedUsers.Excuses excuses) {
        if (!scavenging.isEmpty()) {
            chance.forget();
        }
        EventOperation operation = chance.anyChange();
        // What takes single events away is seen when it is durable, so that others under way may be decided as if
        // before it.
        boolean apart = operation instanceof EventOperation.DeleteEvents || operation instanceof EventOperation.Redact;
        if (takingAway || (apart && !underWay.isEmpty())) {
            return;
        }
        takingAway = apart;
        notes.accept("events " + operation);
        CompletableFuture<?> answer = operation.on(storage, STORE);
        underWay.add(new Sent(operation, answer));
        CompletableFuture<?> _ = answer.whenComplete((_, _) -> advance(excuses));
    }

    private void look(EventStorage storage) {
        // Large enough that a slice never ends early.
        EventRead read = chance.anyRead().withLimit(EventRead.MAX_LIMIT);
        notes.accept("events " + read);
        List<List<Object>> possible = new ArrayList<>();
        possible.add(EventContents.whole(right, read));
        CompletableFuture<List<Object>> answer = storage.read(STORE, read).thenApply(EventContents::whole);
        looks.add(new Looked(read, answer, possible));
    }

    /** Judges what was answered, in the order in which it was asked for. */
    private void advance(SimulatedUsers.Excuses excuses) {
        while (!underWay.isEmpty() && underWay.element().answer.isDone()) {
            try {
                takingAway = false;
                judge(underWay.remove(), excuses);
            } catch (AssertionError e) {
                wrong = wrong == null ? e : wrong;
            }
        }
    }

    private void judge(Sent sent, SimulatedUsers.Excuses excuses) {
        Object given = EventOperation.outcome(sent.answer::join);
        notes.accept("  events " + sent.operation + "\n    = " + given);
        if (given == ErrorKind.OUTCOME_UNKNOWN) {
            unknown.add(sent.operation);
            requireExcuse(sent, excuses);
        } else if (given instanceof ErrorKind kind && FAILURES.contains(kind)) {
            requireExcuse(sent, excuses);
        } else if (unknown.isEmpty()) {
            counts.add(SimulationCounts.Event.EVENTS_CHANGED);
            if (given instanceof Appended appended && appended.idempotent()) {
                counts.add(SimulationCounts.Event.EVENTS_RECOGNISED);
            }
            make(sent.operation, given);
        } else {
            throw new AssertionError("answered after a failed write: " + sent.operation);
        }
    }

    private static void requireExcuse(Sent sent, SimulatedUsers.Excuses excuses) {
        if (!excuses.faulty) {
            throw new AssertionError(sent.operation + " failed without a reason", sent.answer.exceptionNow());
        }
    }

    /** The model makes a change, and reads may show it from now on. */
    private void make(EventOperation operation, @Nullable Object given) {
        Object expected = EventOperation.outcome(() -> operation.on(right));
        // What is told of an aggregate is what stands there a little later.
        boolean info = given instanceof AggregateInfo && expected instanceof AggregateInfo;
        // What is told of a condition may be an event that a change under way takes away.
        boolean ruledOut = given instanceof Refused refused
                && refused.reason() == Reason.CONDITION_FAILED
                && expected instanceof Refused other
                && other.reason() == Reason.CONDITION_FAILED;
        if (given != null && !info && !ruledOut && !operation.agrees(expected, given, right)) {
            throw new AssertionError(operation + "\n  was answered " + given + "\n  instead of  " + expected);
        }
        looks.forEach(look -> look.possible.add(EventContents.whole(right, look.read)));
    }

    /** Everything that can happen has happened. */
    void settle(SimulatedUsers.Excuses excuses) {
        advance(excuses);
        AssertionError found = wrong;
        if (found != null) {
            throw found;
        }
        if (!underWay.isEmpty()) {
            throw new AssertionError("changes of events were not answered: " + underWay);
        }
        for (Looked look : looks) {
            judge(look, excuses);
        }
        looks.clear();
        // One that waits for a checkpoint ends when that is written.
        scavenging.removeIf(CompletableFuture::isDone);
    }

    private static void judge(Looked look, SimulatedUsers.Excuses excuses) {
        Object given = EventOperation.outcome(look.answer::join);
        if (given instanceof ErrorKind kind && FAILURES.contains(kind) && excuses.faulty) {
            return;
        }
        if (!(given instanceof List<?> list) || !isPossible(list, look.possible)) {
            throw new AssertionError(look.read + "\n  gives " + given + "\n  instead of one of " + look.possible);
        }
    }

    /**
     * Of what is deleted or replaced while it is read, each event is shown as it was before or after that; whatever else is shown stood there at
     * one moment.
     */
    private static boolean isPossible(List<?> given, List<List<Object>> possible) {
        if (possible.contains(given)) {
            return true;
        }
        long head = (Long) given.getFirst();
        List<List<Object>> since =
                possible.stream().filter(one -> (Long) one.getFirst() >= head).toList();
        if (since.size() < 2 || (Long) since.getFirst().getFirst() != head) {
            return false;
        }
        Set<Object> ever = new HashSet<>();
        Set<Object> always = new HashSet<>(since.getFirst());
        since.forEach(one -> {
            ever.addAll(one);
            always.retainAll(one);
        });
        boolean nothingLater =
                given.stream().noneMatch(one -> one instanceof StoredEvent event && event.position() > head);
        return ever.containsAll(given) && given.containsAll(always) && nothingLater;
    }

    /** The process is gone: what was under way may have been kept. */
    void crashed() {
        underWay.forEach(sent -> unknown.add(sent.operation));
        underWay.clear();
        takingAway = false;
        looks.clear();
        scavenging.clear();
    }

    /** Compares all that is there with the model, which makes those of the changes under way that were kept. */
    void compare(EventStorage storage, SimulatedEntries.Await await) {
        EventContents found = EventContents.of(EventStore.over(waiting(storage, await), STORE));
        String difference = found.difference(EventContents.of(right));
        String first = difference;
        int kept = 0;
        while (difference != null && kept < unknown.size()) {
            make(unknown.get(kept++), null);
            difference = found.difference(EventContents.of(right));
        }
        if (difference != null) {
            throw new AssertionError("of events " + first
                    + (unknown.isEmpty() ? "" : "\nand when all that was under way is there, " + difference));
        }
        if (!unknown.isEmpty()) {
            counts.add(
                    kept > 0
                            ? SimulationCounts.Event.EVENTS_UNKNOWN_AND_KEPT
                            : SimulationCounts.Event.EVENTS_UNKNOWN_AND_LOST);
        }
        // What is there now is what was kept: the rest never will be.
        unknown.clear();
    }

    /** A storage whose answers are there when it has been asked. */
    private static EventStorage waiting(EventStorage storage, SimulatedEntries.Await await) {
        return (EventStorage) Proxy.newProxyInstance(
                EventStorage.class.getClassLoader(), new Class<?>[] {EventStorage.class}, (_, method, arguments) -> {
                    Object answer;
                    try {
                        answer = method.invoke(storage, arguments);
                    } catch (InvocationTargetException e) {
                        throw Objects.requireNonNull(e.getCause());
                    }
                    if (answer instanceof CompletableFuture<?> future) {
                        boolean _ = await.of(future.handle((_, _) -> true));
                    }
                    return answer;
                });
    }
}
