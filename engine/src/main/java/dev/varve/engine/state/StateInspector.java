package dev.varve.engine.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a state directory without changing or opening it. Meant for a store that is closed: beside an open one a
 * checkpoint may be deleted while it is being looked at. Thread-safe.
 */
public final class StateInspector {

    private StateInspector() {}

    /**
     * Something that is wrong.
     *
     * @param file where
     * @param what what is wrong and what should be
     */
    public record Problem(Path file, String what) {
        @Override
        public String toString() {
            return file + ": " + what;
        }
    }

    /**
     * One checkpoint that is said to be complete.
     *
     * @param number its number, the name of its directory
     * @param replayFrom the journal position it reflects, -1 when its manifest cannot be read
     * @param files how many files it consists of
     * @param bytes how large they are together; checkpoints share files
     * @param problems what is wrong with it, empty when it is sound
     */
    public record CheckpointReport(long number, long replayFrom, int files, long bytes, List<Problem> problems) {}

    /**
     * A whole state directory.
     *
     * @param store whose state it is, null when that cannot be told
     * @param newest the number of the checkpoint that an opening would start from, 0 when there is none
     * @param checkpoints all of them, oldest first
     * @param unfinished directories that a crash left; the next opening deletes them
     * @param problems everything that is wrong, that of the checkpoints included
     */
    public record Report(
            @Nullable UUID store,
            long newest,
            List<CheckpointReport> checkpoints,
            List<Path> unfinished,
            List<Problem> problems) {

        /**
         * Whether everything is as it should be.
         *
         * @return true when there is no problem
         */
        public boolean sound() {
            return problems.isEmpty();
        }

        /**
         * The same with one problem more.
         *
         * @param file where it is
         * @param what what is wrong
         * @return the new report
         */
        public Report with(Path file, String what) {
            List<Problem> all = new ArrayList<>(problems);
            all.add(new Problem(file, what));
            return new Report(store, newest, checkpoints, unfinished, List.copyOf(all));
        }
    }

    /**
     * Checks what an opening checks, for every checkpoint: that all files are there with their sizes, and the small ones
     * with their checksums.
     *
     * @param directory the state directory
     * @return what was found
     * @throws IOException when it cannot be read
     */
    public static Report list(Path directory) throws IOException {
        return inspect(directory, false);
    }

    /**
     * The same, and reads every data file through.
     *
     * @param directory the state directory
     * @return what was found
     * @throws IOException when it cannot be read
     */
    public static Report verify(Path directory) throws IOException {
        return inspect(directory, true);
    }

    private static Report inspect(Path directory, boolean data) throws IOException {
        List<Problem> problems = new ArrayList<>();
        StateDirectory.Identity identity = null;
        try {
            identity = StateDirectory.Identity.read(directory);
        } catch (CorruptStateException e) {
            problems.add(problem(e));
        }
        Path root = directory.resolve(StateDirectory.CHECKPOINTS);
        List<CheckpointReport> checkpoints = new ArrayList<>();
        List<Path> unfinished = new ArrayList<>();
        if (Files.isDirectory(root)) {
            List<Long> numbers = new ArrayList<>();
            for (String name : StateDirectory.names(root)) {
                if (StateDirectory.isComplete(name)) {
                    numbers.add(Long.parseLong(name));
                } else {
                    unfinished.add(root.resolve(name));
                }
            }
            numbers.sort(null);
            for (long number : numbers) {
                checkpoints.add(inspect(root.resolve(Long.toString(number)), number, identity, data));
            }
        }
        for (CheckpointReport checkpoint : checkpoints) {
            problems.addAll(checkpoint.problems);
        }
        long newest = checkpoints.isEmpty() ? 0 : checkpoints.getLast().number;
        if (identity != null && newest < identity.newest()) {
            problems.add(new Problem(
                    root.resolve(Long.toString(identity.newest())), "is missing, though it is the newest checkpoint"));
        }
        return new Report(
                identity == null ? null : identity.store(),
                newest,
                List.copyOf(checkpoints),
                List.copyOf(unfinished),
                List.copyOf(problems));
    }

    private static CheckpointReport inspect(
            Path checkpoint, long number, StateDirectory.@Nullable Identity identity, boolean data) throws IOException {
        List<Problem> problems = new ArrayList<>();
        try {
            CheckpointManifest manifest = identity == null
                    ? CheckpointManifest.read(checkpoint)
                    : StateDirectory.readManifest(checkpoint, identity.store());
            manifest.verify(
                    checkpoint,
                    name -> data || CheckpointManifest.isSmall(name),
                    (file, what) -> problems.add(new Problem(file, what)));
            return new CheckpointReport(
                    number, manifest.replayFrom(), manifest.files().size(), manifest.bytes(), List.copyOf(problems));
        } catch (CorruptStateException e) {
            problems.add(problem(e));
            return new CheckpointReport(number, -1, 0, 0, List.copyOf(problems));
        }
    }

    private static Problem problem(CorruptStateException e) {
        return new Problem(Path.of(e.file()), e.what());
    }
}
