package dev.varve.testkit.engine;

import dev.varve.api.AppendAllResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Refusal;
import dev.varve.api.StreamChange;
import dev.varve.api.StreamStorage;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import dev.varve.testkit.engine.SimulationCounts.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Those who make requests of an engine and compare what they are told with what the oracle knows. Writes are judged the
 * moment they are answered, reads after the step in which they were. Confined to one thread.
 */
final class SimulatedUsers {

    /** What may go wrong now, and so excuses failures. */
    static final class Excuses {
        /** Something was told to fail since the engine was opened. */
        boolean faulty;
        /** The disk is full or about to be. */
        boolean full;
        /** Something cannot be read. */
        boolean readsFail;
    }

    private record ReadOutcome(
            PendingRead read,
            @Nullable Object answer,
            @Nullable Throwable thrown) {}

    private final StreamOracle oracle;
    private final SimulationCounts counts;
    private final Consumer<String> notes;
    private final Excuses excuses;
    private final SimulatedDisk disk;
    private final SimulatedEngine engine;

    private final List<ReadOutcome> answeredReads = new ArrayList<>();
    private final List<StreamCall> unknown = new ArrayList<>();
    private final List<StreamChange> told = new ArrayList<>();
    private int underWay;
    private @Nullable Throwable fault;

    SimulatedUsers(
            StreamOracle oracle,
            SimulationCounts counts,
            Consumer<String> notes,
            Excuses excuses,
            SimulatedDisk disk,
            SimulatedEngine engine) {
        this.oracle = oracle;
        this.counts = counts;
        this.notes = notes;
        this.excuses = excuses;
        this.disk = disk;
        this.engine = engine;
        engine.afterSteps(this::judgeReads);
    }

    /** Hears of all changes from now on. */
    void listen() {
        Subscription _ = engine.storage().subscribeAll(told::add);
    }

    /** The requests of which nobody knows whether they were kept, in the order of the decisions. */
    List<StreamCall> unknown() {
        return unknown;
    }

    void submit(StreamCall call) {
        submit(call, Event.REQUEST);
    }

    /** Makes a request again after a crash has left its outcome unknown. */
    void retry(StreamCall call) {
        submit(call, Event.RETRY);
    }

    private void submit(StreamCall call, Event event) {
        counts.add(event);
        notes.accept(call.words());
        underWay++;
        StreamStorage storage = engine.storage();
        if (call.isRead()) {
            PendingRead read = oracle.read(call);
            CompletableFuture<?> _ = call.make(storage).whenComplete((answer, thrown) -> {
                underWay--;
                answeredReads.add(new ReadOutcome(read, answer, thrown));
            });
        } else {
            CompletableFuture<?> _ = call.make(storage).whenComplete((answer, thrown) -> {
                underWay--;
                judge(() -> judgeWrite(call, answer, thrown));
            });
        }
    }

    /** Nobody hears what is thrown into a future. */
    void judge(Runnable judgement) {
        try {
            judgement.run();
        } catch (AssertionError | RuntimeException e) {
            fault = fault == null ? e : fault;
        }
    }

    private void judgeWrite(StreamCall call, @Nullable Object answer, @Nullable Throwable thrown) {
        if (thrown != null) {
            failed(call, StreamWords.failure(thrown));
        } else if (answer instanceof Refusal refusal
                && (refusal.kind() == ErrorKind.CORRUPT || refusal.kind() == ErrorKind.UNAVAILABLE)) {
            failed(call, new VarveException(refusal.kind(), refusal.detail()));
        } else if (answer != null) {
            notes.accept("  " + call.words() + "\n    = " + StreamWords.of(answer));
            boolean refused = answer instanceof Refusal || answer instanceof AppendAllResult.RefusedAt;
            if (!unknown.isEmpty() && !refused) {
                throw new AssertionError("acknowledged after a failed write: " + call);
            }
            if (excuses.full && call.kind() == StreamCall.Kind.FREE) {
                counts.add(Event.FREED_WHILE_FULL);
            }
            counts.addAnswer(answer);
            oracle.answered(call, answer);
        }
    }

    private void judgeReads() {
        while (!answeredReads.isEmpty()) {
            ReadOutcome outcome = answeredReads.removeFirst();
            judge(() -> judgeRead(outcome.read(), outcome.answer(), outcome.thrown()));
        }
    }

    private void judgeRead(PendingRead read, @Nullable Object answer, @Nullable Throwable thrown) {
        if (answer != null) {
            notes.accept("  " + read.call().words() + "\n    = " + StreamWords.of(answer));
            oracle.answered(read, answer);
        } else if (thrown != null) {
            oracle.failed(read);
            failed(read.call(), StreamWords.failure(thrown));
        }
    }

    private void failed(StreamCall call, VarveException failure) {
        notes.accept("  " + call.words() + "\n    = " + failure.kind() + " " + failure.getMessage());
        boolean excused = switch (failure.kind()) {
            case OUTCOME_UNKNOWN -> {
                if (!call.isRead()) {
                    unknown.add(call);
                }
                yield engine.poisoned();
            }
            case UNAVAILABLE -> {
                if (excuses.readsFail) {
                    counts.add(Event.FAILED_READ);
                }
                yield excuses.readsFail || engine.poisoned();
            }
            case OUT_OF_SPACE -> {
                counts.add(Event.REFUSED_FOR_SPACE);
                yield call.kind() == StreamCall.Kind.WRITE;
            }
            case CORRUPT -> disk.isOff();
            default -> false;
        };
        if (!excused || !excuses.faulty) {
            throw new AssertionError(call + " failed without a reason", failure);
        }
    }

    /** Everything that can happen has happened: all must have been answered, rightly. */
    void settle() {
        judgeReads();
        if (fault != null) {
            throw fault instanceof AssertionError wrong ? wrong : new AssertionError(fault);
        }
        if (underWay != 0) {
            throw new AssertionError(underWay + " requests were not answered");
        }
        oracle.compareTold(told);
        if (!excuses.faulty) {
            oracle.atRest();
        }
    }
}
