package dev.varve.testkit.engine;

import dev.varve.api.AppendRequest;
import dev.varve.api.ErrorKind;
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
import java.util.concurrent.CompletionException;

/**
 * An engine, its disk, its clock and its users. Chance decides what happens, and what happens meanwhile: wherever the
 * engine reads a file or touches the state, other threads may have been quicker. A model says after each answer and each
 * opening what must be there. Confined to one thread.
 */
final class EngineLife {

    private static final int MAX_CALLS = 6;
    /** So deep may things happen in the middle of others. */
    private static final int MAX_DEPTH = 3;

    private static final int REMEMBERED = Integer.getInteger("varve.simulation.remembered", 60);
    private static final long HOUR_MILLIS = 3_600_000;
    private static final long TEN_YEARS_MILLIS = 10L * 365 * 24 * HOUR_MILLIS;
    /** Longer than a file that nobody needs is kept. */
    private static final long FILE_GRACE_MILLIS = 601_000;

    private static final long[] STEPS_MILLIS = {1, 50, 1_000, 20_000, 100_000, HOUR_MILLIS};

    /** What may happen in the middle of something else. */
    private enum Meanwhile {
        NOTHING,
        READS,
        ANYTHING
    }

    private final SplittableRandom random;
    private final SimulationCounts counts;
    private final Settings settings;
    private final SimulatedClock clock = new SimulatedClock();
    private final StreamOracle oracle;
    private final StreamChance chance;
    private final ArrayDeque<String> latest = new ArrayDeque<>();
    private long answersHash = 1;

    private SimulatedDisk disk;
    private SimulatedState state;
    private SimulatedEngine engine;
    private SimulatedUsers users;
    private final SimulatedEntries entries;
    private final SimulatedEvents events;
    private SimulatedUsers.Excuses excuses = new SimulatedUsers.Excuses();
    private Meanwhile meanwhile = Meanwhile.NOTHING;
    private int depth;
    private long journalStart;
    private long journalEnd;

    /**
     * Opens an engine on an empty disk.
     *
     * @param random decides what happens
     * @param diskSeed decides what power cuts leave
     * @param cutAt the operation of the disk at which the power is cut, if that is while the engine is opened
     * @param counts takes what happened
     */
    EngineLife(SplittableRandom random, long diskSeed, long cutAt, SimulationCounts counts) throws IOException {
        this.random = random;
        this.counts = counts;
        int segmentBytes = (16 << random.nextInt(3)) << 10;
        this.settings = new Settings(
                new JournalOptions(segmentBytes, 16 << 10, 1, 1, random.nextInt(4), 0, 5),
                random.nextInt(3) == 0,
                1 << (8 + random.nextInt(5)),
                (4L << random.nextInt(4)) << 10,
                1 + random.nextInt(8));
        this.oracle = new StreamOracle(clock::wallMillis, counts);
        this.chance = new StreamChance(random.split(), oracle);
        this.disk = new SimulatedDisk(diskSeed);
        this.state = state(new MemoryStateStore());
        this.engine = openFirst(cutAt);
        this.users = users();
        this.entries = new SimulatedEntries(random.split(), counts, this::note, () -> engine.millis());
        this.events = new SimulatedEvents(random.split(), counts, this::note);
        users.listen();
        oracle.moveTo(engine.millis());
    }

    private SimulatedEngine openFirst(long cutAt) throws IOException {
        disk.failAt(cutAt, Failure.POWER_CUT);
        try {
            return open();
        } catch (IOException e) {
            if (!disk.isOff()) {
                throw e;
            }
            counts.add(Event.OPENING_CUT_SHORT);
            cutPower();
            return open();
        }
    }

    private SimulatedState state(MemoryStateStore store) {
        disk.beforeReads(this::inTheMiddle);
        return new SimulatedState(store, disk, random.split(), this::inTheMiddle);
    }

    private SimulatedEngine open() throws IOException {
        return SimulatedEngine.open(disk, state, clock, settings, random.split());
    }

    private SimulatedUsers users() {
        journalStart = engine.journalStart();
        journalEnd = engine.journalEnd();
        excuses = new SimulatedUsers.Excuses();
        return new SimulatedUsers(oracle, counts, this::note, excuses, disk, engine);
    }

    SimulatedDisk disk() {
        return disk;
    }

    SimulatedState state() {
        return state;
    }

    Settings settings() {
        return settings;
    }

    /** What may go wrong until the next opening. */
    SimulatedUsers.Excuses excuses() {
        return excuses;
    }

    boolean isDown() {
        return engine.poisoned() || disk.isOff();
    }

    /** A number over all that happened. */
    long traceHash() {
        return disk.traceHash() * 31 + answersHash;
    }

    String latest() {
        return String.join("\n  ", latest);
    }

    void note(String what) {
        answersHash = answersHash * 31 + what.hashCode();
        latest.addLast(what);
        if (latest.size() > REMEMBERED) {
            latest.removeFirst();
        }
    }

    // ---- what happens

    /** Something happens, and all that follows from it. */
    void round() {
        int dice = random.nextInt(26);
        if (dice < 12) {
            requests();
        } else if (dice == 12) {
            note("begin checkpoint");
            engine.beginCheckpoint();
        } else if (dice < 17) {
            writeCheckpoint();
        } else if (dice < 19) {
            keepUp();
        } else if (dice < 22) {
            passTime();
        } else if (dice < 24) {
            keepUpEntries();
            if (!isDown() && random.nextInt(3) == 0) {
                passTime(FILE_GRACE_MILLIS);
                keepUpEntries();
            }
        } else if (!excuses.faulty) {
            compareEverything();
        }
    }

    private void requests() {
        boolean reads = random.nextInt(4) > 0;
        boolean writes = !reads || random.nextInt(4) > 0;
        List<StreamCall> calls = new ArrayList<>();
        for (int i = 1 + random.nextInt(MAX_CALLS); i > 0; i--) {
            calls.add(writes && (!reads || random.nextBoolean()) ? chance.anyWrite() : chance.anyRead());
        }
        if (random.nextBoolean()) {
            warm(calls);
        }
        meanwhile = random.nextBoolean() ? Meanwhile.ANYTHING : Meanwhile.NOTHING;
        for (StreamCall call : calls) {
            users.submit(call);
            if (random.nextInt(3) == 0) {
                entries.write(engine.entries(), excuses);
            }
            if (random.nextInt(3) == 0) {
                events.ask(engine.events(), excuses);
            }
            if (random.nextInt(3) == 0) {
                entries.look(engine.entries());
            }
            if (random.nextInt(40) == 0) {
                entries.copy(engine.entries());
            }
            if (random.nextInt(4) == 0) {
                engine.step();
            }
        }
        settle();
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

    private void settle() {
        engine.drain();
        meanwhile = Meanwhile.NOTHING;
        users.settle();
        entries.settle(excuses);
        events.settle(excuses);
    }

    private void writeCheckpoint() {
        note("write checkpoint");
        meanwhile = Meanwhile.ANYTHING;
        engine.writeCheckpoint();
        settle();
    }

    private void keepUp() {
        note("upkeep");
        meanwhile = Meanwhile.READS;
        engine.keepUp();
        settle();
        if (isDown()) {
            return;
        }
        if (!excuses.readsFail) {
            oracle.upkeepDone();
        }
        chance.looks().forEach(users::submit);
        settle();
        if (!excuses.faulty) {
            oracle.requireTrimmed();
        }
    }

    private void keepUpEntries() {
        note("upkeep of entries");
        try {
            // What is let go of must have been seen.
            entries.learn(engine.entries(), engine::await);
            long before = files();
            meanwhile = Meanwhile.ANYTHING;
            engine.keepUpEntries();
            counts.add(Event.FILE_COLLECTED, Math.max(0, before - files()));
        } catch (IOException | CompletionException e) {
            if (!excuses.faulty) {
                throw new AssertionError("upkeep of entries failed without a reason", e);
            }
        }
        settle();
        if (!excuses.faulty) {
            entries.requireNothingOverdue(engine.entries(), engine::await, engine::hasPassed);
        }
    }

    private long files() {
        Path directory = SimulatedEngine.DIRECTORY.resolve("files");
        return disk.files().keySet().stream()
                .filter(file -> file.startsWith(directory))
                .count();
    }

    /** Time passes, or only the clock on the wall moves. */
    private void passTime() {
        long millis = random.nextBoolean() ? HOUR_MILLIS : TEN_YEARS_MILLIS;
        switch (random.nextInt(6)) {
            case 0 -> {
                counts.add(Event.CLOCK_JUMPED_AHEAD);
                note("the clock jumps ahead by " + millis);
                clock.jumpWall(millis);
            }
            case 1 -> {
                // A fixed end that nobody has seen yet may move away again.
                if (!oracle.hasUncertainExpiry()) {
                    counts.add(Event.CLOCK_SET_BACK);
                    note("the clock is set back by " + millis);
                    clock.jumpWall(-millis);
                }
            }
            default -> passTime(STEPS_MILLIS[random.nextInt(STEPS_MILLIS.length)]);
        }
        oracle.moveTo(engine.millis());
    }

    private void passTime(long millis) {
        note("time passes: " + millis);
        clock.advanceMillis(millis);
        oracle.moveTo(engine.millis());
    }

    /**
     * Called wherever another thread could have been quicker. When one was, it and others may have been so for a while: some things
     * only go wrong when a whole checkpoint is begun and written in between.
     */
    private void inTheMiddle() {
        if (meanwhile == Meanwhile.NOTHING || depth == MAX_DEPTH) {
            return;
        }
        if (engine.ownerWorks()) {
            users.judge(() -> {
                throw new AssertionError("the shard's owner reads the disk");
            });
            return;
        }
        if (random.nextInt(12) > 0) {
            return;
        }
        depth++;
        counts.add(engine.inCheckpoint() ? Event.INTERLEAVED_CHECKPOINT : Event.INTERLEAVED_READ);
        try {
            do {
                happenMeanwhile();
            } while (random.nextInt(4) > 0);
        } finally {
            depth--;
        }
    }

    private void happenMeanwhile() {
        int dice = random.nextInt(11);
        boolean anything = meanwhile == Meanwhile.ANYTHING;
        if (dice < 2 && anything) {
            users.submit(chance.anyWrite());
        } else if (dice < 4) {
            users.submit(chance.anyRead());
        } else if (dice == 4 && anything) {
            engine.beginCheckpoint();
        } else if (dice == 5 && anything) {
            engine.writeCheckpoint();
        } else if (dice == 6 && anything) {
            entries.write(engine.entries(), excuses);
        } else if (dice == 7 && anything) {
            events.ask(engine.events(), excuses);
        } else if (dice == 8) {
            entries.look(engine.entries());
        } else {
            for (int i = random.nextInt(4); i > 0; i--) {
                engine.step();
            }
        }
    }

    // ---- looking at everything

    private void compareEverything() {
        if (oracle.hasUncertainExpiry()) {
            clock.advanceMillis(StreamOracle.MAX_UPKEEP_DELAY_MILLIS);
            oracle.moveTo(engine.millis());
            keepUp();
        }
        if (!oracle.hasUncertainExpiry()) {
            note("compare everything");
            oracle.compare(snapshot());
            entries.compare(engine.entries(), engine::await);
            events.compare(engine.events(), engine::await);
        }
    }

    StreamSnapshot snapshot() {
        return StreamSnapshot.of(engine.storage(), StreamChance.PATHS, engine::await);
    }

    // ---- death and resurrection

    /** Ends this life: whatever is under way stays undone. */
    void end() {
        counts.add(Event.CHECKPOINT, engine.checkpoints());
        long segmentBytes = settings.journal().segmentBytes();
        counts.add(Event.SEGMENT_ROLL, engine.journalEnd() / segmentBytes - journalEnd / segmentBytes);
        counts.add(Event.SEGMENT_FREED, engine.journalStart() > journalStart ? 1 : 0);
        if (engine.mostGroupsUnderWay() > 1) {
            counts.add(Event.SEVERAL_GROUPS_UNDER_WAY);
        }
        if (engine.poisoned()) {
            counts.add(Event.POISONED);
            afterPoison();
        }
    }

    /** Closes the engine in good order, if it can be. */
    void close() {
        note("close");
        heal();
        engine.close();
        counts.add(Event.CLOSED);
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

    private void heal() {
        disk.heal();
        disk.capacity(Long.MAX_VALUE);
        counts.add(Event.CHECKPOINT_FAILED, state.takeFailedCheckpoints());
        counts.add(Event.CHECKPOINT_CUT_SHORT, state.takeCutCheckpoints());
        counts.add(Event.COMMIT_IN_DOUBT, state.poison() == null ? 0 : 1);
        state.heal();
    }

    /** Cuts the power, if it is still there. */
    void cutPower() {
        heal();
        note("power cut");
        disk = disk.crash();
        state = state(state.afterCrash());
    }

    /** Ends the process, not the machine. */
    void killProcess() {
        heal();
        note("kill");
        state = state(state.afterCrash());
    }

    /**
     * Opens the engine again on what is left.
     *
     * @throws IOException when that fails, which leaves everything as it was for another try
     */
    void reopen() throws IOException {
        note("open");
        engine = open();
        disk.heal();
    }

    /** Compares what was found at an opening with what must be there, and tries again what was under way. */
    void resume() {
        List<StreamCall> unknown = users.unknown();
        users = users();
        engine.keepUp();
        entries.crashed();
        entries.compare(engine.entries(), engine::await);
        events.crashed();
        events.compare(engine.events(), engine::await);
        boolean kept = oracle.compareAfterCrash(snapshot(), engine.millis(), unknown, settings.delayed());
        if (!unknown.isEmpty()) {
            counts.add(kept ? Event.UNKNOWN_AND_KEPT : Event.UNKNOWN_AND_LOST);
            note(kept ? "kept" : "lost");
        }
        users.listen();
        unknown.forEach(users::retry);
        settle();
    }

    /** Ends everything and tells what happened on the disk. */
    void finish() {
        compareEverything();
        close();
        counts.add(disk);
    }

    /** The clock of a machine that was off may be wrong. */
    void passTimeWhileDown() {
        if (random.nextInt(4) == 0) {
            long millis = random.nextBoolean() ? HOUR_MILLIS : TEN_YEARS_MILLIS;
            clock.jumpWall(random.nextBoolean() ? millis : -millis);
            note("the clock is " + clock.wallMillis());
        }
    }
}
