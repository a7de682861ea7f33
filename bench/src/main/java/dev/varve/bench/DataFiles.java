package dev.varve.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What lies in a data directory of Varve and what should not: files that neither the journal nor a checkpoint's list
 * accounts for (docs/formats). Looked at while a server runs, it may see what is being made or deleted at that moment.
 * Stateless.
 */
public final class DataFiles {

    private static final Set<String> ROOT = Set.of("IDENTITY", "LOCK", "OWNER", "journal", "state", "files");
    private static final Set<String> JOURNAL = Set.of("MARK", "SNAPSHOT", "SNAPSHOT.previous", "lost+found");
    private static final Set<String> STATE = Set.of("VARVE-STATE", "LOCK", "checkpoints", "live");
    private static final String MANIFEST = "VARVE-CHECKPOINT";
    private static final int CHECKPOINTS = 2;
    private static final String UNFINISHED = "_unfinished";

    private DataFiles() {}

    /**
     * Names what is not accounted for.
     *
     * @param data the data directory
     * @param segments the most files that the journal may have
     */
    public static List<String> strangers(Path data, int segments) throws IOException {
        List<String> strangers = new ArrayList<>();
        named(data, ROOT, "", strangers);
        Path journal = data.resolve("journal");
        named(journal, JOURNAL, "\\d{12}\\.segment", strangers);
        long count = names(journal).stream()
                .filter(name -> name.endsWith(".segment"))
                .count();
        if (count > segments) {
            strangers.add(journal + " holds " + count + " segments");
        }
        Path state = data.resolve("state");
        named(state, STATE, "", strangers);
        Path checkpoints = state.resolve("checkpoints");
        named(checkpoints, Set.of(), "\\d+", strangers);
        List<String> numbers =
                names(checkpoints).stream().filter(name -> name.matches("\\d+")).toList();
        if (numbers.size() > CHECKPOINTS) {
            strangers.add(checkpoints + " holds " + numbers);
        }
        files(data.resolve("files"), strangers);
        for (String number : numbers) {
            checkpoint(checkpoints.resolve(number), strangers);
        }
        return strangers;
    }

    /** The same once nothing is being made or deleted any more, which may take a moment on a running server. */
    public static List<String> lastingStrangers(Path data, int segments, long patienceMillis)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + patienceMillis * 1_000_000;
        while (true) {
            List<String> strangers = strangers(data, segments);
            if (strangers.isEmpty() || System.nanoTime() > deadline) {
                return strangers;
            }
            Thread.sleep(20);
        }
    }

    /** Files of entries are where their hash says. What was never finished is deleted at each opening. */
    private static void files(Path files, List<String> strangers) throws IOException {
        for (String organisation : names(files)) {
            Path directory = files.resolve(organisation);
            if (organisation.equals(UNFINISHED)) {
                named(directory, Set.of(), "", strangers);
                continue;
            }
            named(directory, Set.of(), "[0-9a-f]{2}", strangers);
            for (String digits : names(directory)) {
                named(directory.resolve(digits), Set.of(), digits + "[0-9a-f]{62}", strangers);
            }
        }
    }

    /** The contents that are kept, each as its organisation, a slash, and its hash. */
    public static Set<String> contents(Path data) throws IOException {
        Set<String> contents = new TreeSet<>();
        Path files = data.resolve("files");
        for (String organisation : names(files)) {
            for (String digits :
                    organisation.equals(UNFINISHED) ? List.<String>of() : names(files.resolve(organisation))) {
                names(files.resolve(organisation).resolve(digits))
                        .forEach(hash -> contents.add(organisation + "/" + hash));
            }
        }
        return contents;
    }

    private static void named(Path directory, Set<String> known, String pattern, List<String> strangers)
            throws IOException {
        for (String name : names(directory)) {
            if (!known.contains(name) && !name.matches(pattern)) {
                strangers.add(directory.resolve(name).toString());
            }
        }
    }

    private static void checkpoint(Path checkpoint, List<String> strangers) throws IOException {
        Set<String> listed = new HashSet<>(Set.of(MANIFEST));
        try {
            for (String line : Files.readAllLines(checkpoint.resolve(MANIFEST), StandardCharsets.UTF_8)) {
                if (line.startsWith("file ")) {
                    listed.add(line.split(" ")[1]);
                }
            }
        } catch (NoSuchFileException e) {
            strangers.add(checkpoint + " has no list of its files");
            return;
        }
        named(checkpoint, listed, "", strangers);
    }

    private static Set<String> sorted(Stream<Path> entries) {
        return entries.map(entry -> entry.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<String> names(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return List.copyOf(sorted(entries));
        }
    }

    /** How many bytes the files take up, each counted once however often it is linked. */
    static long bytes(Path data) throws IOException {
        long bytes = 0;
        Set<Object> seen = new HashSet<>();
        try (Stream<Path> all = Files.walk(data)) {
            for (Path file : (Iterable<Path>) all::iterator) {
                try {
                    if (Files.isRegularFile(file) && seen.add(Files.getAttribute(file, "unix:ino"))) {
                        bytes += Files.size(file);
                    }
                } catch (NoSuchFileException e) {
                    // Deleted meanwhile.
                }
            }
        } catch (java.io.UncheckedIOException e) {
            // A directory was deleted meanwhile: what was counted will do.
        }
        return bytes;
    }
}
