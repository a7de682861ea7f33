package dev.varve.testkit.engine;

import dev.varve.api.AppendRequest;
import dev.varve.api.ErrorKind;
import dev.varve.api.Refusal;
import dev.varve.api.VarveException;
import dev.varve.engine.journal.JournalOptions;
import dev.varve.engine.state.MemoryStateStore;
import dev.varve.testkit.engine.SimulatedDisk.Failure;
import dev.varve.testkit.engine.SimulatedEngine.Settings;
import dev.varve.testkit.engine.SimulationCounts.Event;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One life of an engine on a disk that fails: chance makes requests, lets background work happen between them, breaks
 * the disk at any of its operations, cuts the power, and opens the engine again; a model says after each answer and
 * each opening what must be there. One seed gives one run. Confined to one thread.
 */
public final class EngineSimulation {

    private static final int MAX_CYCLES = 5;
    private static final int MAX_ROUNDS = 30;
    private static final int MAX_CALLS = 6;
    private static final int MAX_FAILED_OPENINGS = 3;
    private static final int REMEMBERED = 40;

    /** What a request came to, in the order in which they came to something. */
    private record Outcome(
            StreamCall call,
            @Nullable Object answer,
            @Nullable VarveException failure) {}

    private final SplittableRandom random;
    private final Settings settings;
    private final SimulatedClock clock = new SimulatedClock();
    private final StreamOracle oracle;
    private final StreamChance chance;
    private final SimulationCounts counts;
    private final ArrayDeque<String> latest = new ArrayDeque<>();

    private SimulatedDisk disk;
    private SimulatedState state;
    private SimulatedEngine engine;
    private final List<Outcome> outcomes = new ArrayList<>();
    private final List<StreamCall> unknown = new ArrayList<>();
    private long answersHash = 1;

    /** Whether something was told to fail since the engine was opened. */
    private boolean faulty;

    private boolean full;
    private boolean readsFail;

    private EngineSimulation(long seed, SimulationCounts counts) throws IOException {
        this.counts = counts;
        this.random = new SplittableRandom(seed);
        int segmentBytes = (16 << random.nextInt(3)) << 10;
        this.settings = new Settings(
                new JournalOptions(segmentBytes, 16 << 10, 1, 1, random.nextInt(4), 0, 5),
                1 << (8 + random.nextInt(5)),
                (4L << random.nextInt(4)) << 10,
                1 + random.nextInt(8));
        this.oracle = new StreamOracle(clock::wallMillis);
        this.chance = new StreamChance(random.split(), oracle);
        this.disk = new SimulatedDisk(random.nextLong());
        this.state = new SimulatedState(new MemoryStateStore(), disk, () -> {});
        this.engine = SimulatedEngine.open(disk, state, clock, settings, random.split());
    }

    /**
     * Runs one seed.
     *
     * @param seed decides everything
     * @param counts takes what happened
     * @return a number over all disk operations and all answers
     * @throws AssertionError when the engine did what it must not; names the seed
     */
    public static long run(long seed, SimulationCounts counts) {
        EngineSimulation simulation = null;
        try {
            simulation = new EngineSimulation(seed, counts);
            return simulation.run();
        } catch (AssertionError | RuntimeException | IOException e) {
            throw new AssertionError(
                    "seed " + seed + ": " + e.getMessage() + "\nThe latest:\n  "
                            + (simulation == null ? "" : String.join("\n  ", simulation.latest))
                            + "\nTo repeat: ./check simulate --seed " + seed,
                    e);
        }
    }

    private long run() throws IOException {
        int cycles = 1 + random.nextInt(MAX_CYCLES);
        for (int cycle = 0; cycle < cycles; cycle++) {
            planFault();
            int rounds = random.nextInt(MAX_ROUNDS);
            for (int i = 0; i < rounds && !isDown(); i++) {
                round();
            }
            end();
            reopen();
        }
        compareEverything();
        engine.close();
        counts.add(disk);
        return disk.traceHash() * 31 + answersHash;
    }

    // ---- faults

    private void planFault() throws IOException {
        faulty = true;
        full = false;
        readsFail = false;
        long at = disk.operations() + random.nextInt(1 + random.nextInt(150));
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> plan("power cut", at, Failure.POWER_CUT);
            case 3 -> plan("I/O error once", at, Failure.IO_ERROR_ONCE);
            case 4 -> plan("I/O errors from now on", at, Failure.IO_ERROR_FROM_NOW_ON);
            case 5 -> plan("no space once", at, Failure.NO_SPACE_ONCE);
            case 6 -> {
                note("plan: a write of the state fails");
                state.failWriteAfter(random.nextInt(40));
            }
            case 7 -> {
                long room = random.nextInt(3 * settings.journal().segmentBytes());
                note("plan: a full disk, " + room + " bytes from now");
                disk.capacity(Long.MAX_VALUE - usableBytes() + room);
                full = true;
            }
            case 8 -> {
                readsFail = true;
                if (random.nextBoolean()) {
                    note("plan: a read of the state fails");
                    state.failReadAfter(random.nextInt(40));
                } else {
                    List<Path> files = segments();
                    Path file = files.get(random.nextInt(files.size()));
                    note("plan: " + file + " cannot be read");
                    disk.failReads(file, 0, Long.MAX_VALUE);
                }
            }
            default -> faulty = false;
        }
    }

    private List<Path> segments() {
        return disk.files().keySet().stream()
                .filter(path -> path.toString().endsWith(".segment"))
                .toList();
    }

    private long usableBytes() throws IOException {
        return disk.usableBytes(SimulatedEngine.DIRECTORY);
    }

    private void heal() {
        disk.heal();
        disk.capacity(Long.MAX_VALUE);
        counts.add(Event.FAILED_STATE_WRITE, state.failedWrites());
        state.heal();
        full = false;
        readsFail = false;
    }

    private void plan(String what, long operation, Failure how) {
        note("plan: " + what + " at operation " + operation);
        disk.failAt(operation, how);
    }

    private boolean isPowerOff() {
        try {
            disk.usableBytes(SimulatedEngine.DIRECTORY);
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private boolean isDown() {
        return engine.poisoned() || isPowerOff();
    }

    // ---- life

    private void round() {
        int dice = random.nextInt(20);
        if (dice < 11) {
            writes();
        } else if (dice < 14) {
            reads();
        } else if (dice == 14) {
            note("begin checkpoint");
            engine.beginCheckpoint();
        } else if (dice < 18) {
            note("write checkpoint");
            engine.writeCheckpoint();
        } else if (dice == 18) {
            engine.keepUp();
        } else if (!faulty) {
            compareEverything();
        }
    }

    private void writes() {
        List<StreamCall> calls = new ArrayList<>();
        for (int i = 1 + random.nextInt(MAX_CALLS); i > 0; i--) {
            calls.add(chance.anyWrite());
        }
        if (random.nextBoolean()) {
            warm(calls);
        }
        calls.forEach(this::submit);
        engine.drain();
        settle(calls.size());
    }

    private void reads() {
        int count = 1 + random.nextInt(MAX_CALLS);
        for (int i = 0; i < count; i++) {
            submit(chance.anyRead());
        }
        engine.drain();
        settle(count);
    }

    /** Brings heads into memory, so that what follows becomes one group. */
    private void warm(List<StreamCall> calls) {
        List<CompletableFuture<?>> found = new ArrayList<>();
        for (StreamCall call : calls) {
            for (String path : call.paths()) {
                found.add(engine.storage().metadata(path));
            }
        }
        engine.drain();
        if (!found.stream().allMatch(CompletableFuture::isDone)) {
            throw new AssertionError("metadata without an answer");
        }
    }

    private void submit(StreamCall call) {
        note(call.words());
        CompletableFuture<?> _ = call.make(engine.storage()).whenComplete((answer, thrown) -> {
            VarveException failure = thrown == null ? null : StreamWords.failure(thrown);
            outcomes.add(new Outcome(call, answer, failure));
        });
    }

    /** Looks at what became of all that was submitted. */
    private void settle(int expected) {
        if (outcomes.size() != expected) {
            throw new AssertionError(outcomes.size() + " of " + expected + " requests were answered");
        }
        for (Outcome outcome : outcomes) {
            VarveException failure = outcome.failure();
            if (failure != null) {
                failed(outcome.call(), failure);
            } else if (outcome.answer() != null) {
                note("  = " + StreamWords.of(outcome.answer()));
                if (!unknown.isEmpty()) {
                    throw new AssertionError("acknowledged after a failed write: " + outcome.call());
                }
                if (outcome.answer() instanceof Refusal refusal && refusal.kind() == ErrorKind.CORRUPT) {
                    failed(outcome.call(), new VarveException(ErrorKind.CORRUPT, refusal.detail()));
                    continue;
                }
                if (full && outcome.call().kind() == StreamCall.Kind.FREE) {
                    counts.add(Event.FREED_WHILE_FULL);
                }
                oracle.answered(outcome.call(), outcome.answer());
            }
        }
        outcomes.clear();
        if (!faulty) {
            oracle.atRest();
        }
    }

    private void failed(StreamCall call, VarveException failure) {
        note("  = " + failure.kind() + " " + failure.getMessage());
        boolean excused = switch (failure.kind()) {
            case OUTCOME_UNKNOWN -> {
                if (call.kind() != StreamCall.Kind.READ) {
                    unknown.add(call);
                }
                yield engine.poisoned();
            }
            case UNAVAILABLE -> engine.poisoned();
            case OUT_OF_SPACE -> {
                counts.add(Event.REFUSED_FOR_SPACE);
                yield call.kind() == StreamCall.Kind.WRITE;
            }
            case CORRUPT -> {
                counts.add(Event.FAILED_READ);
                yield readsFail || isPowerOff();
            }
            default -> false;
        };
        if (!excused || !faulty) {
            throw new AssertionError(call + " failed without a reason", failure);
        }
    }

    private void compareEverything() {
        note("compare everything");
        oracle.compare(snapshot());
    }

    private StreamSnapshot snapshot() {
        return StreamSnapshot.of(engine.storage(), StreamChance.PATHS, engine::await);
    }

    // ---- death and resurrection

    private void end() {
        counts.add(Event.CHECKPOINT, engine.checkpoints());
        if (engine.poisoned()) {
            counts.add(Event.POISONED);
            afterPoison();
        } else if (!isPowerOff() && random.nextInt(5) == 0) {
            note("close");
            heal();
            engine.close();
            counts.add(Event.CLOSED);
        }
    }

    /** After a failed write nothing is acknowledged any more. */
    private void afterPoison() {
        if (engine.poisonings() != 1) {
            throw new AssertionError("told " + engine.poisonings() + " times that the log has failed");
        }
        CompletableFuture<?> late = engine.storage().append(AppendRequest.closing("a/0"));
        engine.drain();
        VarveException failure = late.isCompletedExceptionally() ? StreamWords.failure(late.exceptionNow()) : null;
        if (failure == null || failure.kind() != ErrorKind.UNAVAILABLE) {
            throw new AssertionError("after the log has failed an append came to " + late);
        }
    }

    private void reopen() throws IOException {
        heal();
        MemoryStateStore left = state.afterCrash();
        boolean crash = isPowerOff() || random.nextInt(4) > 0;
        for (int failures = 0; ; failures++) {
            disk.heal();
            if (crash) {
                disk = disk.crash();
            }
            boolean again = failures < MAX_FAILED_OPENINGS && random.nextInt(3) == 0;
            note((crash ? "power cut, " : "") + "open" + (again ? " with a power cut on the way" : ""));
            if (again) {
                disk.failAt(disk.operations() + random.nextInt(12), Failure.POWER_CUT);
            }
            state = new SimulatedState(left, disk, () -> {});
            try {
                engine = SimulatedEngine.open(disk, state, clock, settings, random.split());
                break;
            } catch (IOException e) {
                if (!again) {
                    throw e;
                }
                counts.add(Event.OPENING_CUT_SHORT);
                crash = true;
                left = state.afterCrash();
            }
        }
        disk.heal();
        note("opened");
        // The removal of a deleted stream that lost its last fork may have been cut short.
        engine.keepUp();
        boolean kept = oracle.compareAfterCrash(snapshot(), unknown);
        if (!unknown.isEmpty()) {
            counts.add(kept ? Event.UNKNOWN_AND_KEPT : Event.UNKNOWN_AND_LOST);
        }
        unknown.clear();
    }

    // ---- words

    private void note(String what) {
        answersHash = answersHash * 31 + what.hashCode();
        latest.addLast(what);
        if (latest.size() > REMEMBERED) {
            latest.removeFirst();
        }
    }
}
