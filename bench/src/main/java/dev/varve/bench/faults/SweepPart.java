package dev.varve.bench.faults;

import dev.varve.bench.Findings.Kind;
import dev.varve.bench.ServerProcess;
import dev.varve.bench.faults.Strace.Injection;
import dev.varve.bench.faults.Tools.Missing;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Answers the k-th system call of one kind on the store's files with an error, for k = 1, 2, 3 … until a run passes
 * without one; then every call from the k-th on. Two stores: one that is made during the run, and one that was killed.
 */
final class SweepPart implements Part {

    private static final Duration END = Duration.ofSeconds(20);
    private static final String SETTINGS_CHECKPOINT = "--checkpoint-bytes=64KiB";
    private static final int OUTCOME_UNKNOWN = 4;

    /** RocksDB's report of what it does. Nothing depends on it. */
    private static final Pattern UNIMPORTANT = Pattern.compile("/LOG(\\.old.*)?$");

    private static final List<String> CALLS = List.of(
            "openat",
            "read",
            "pread64",
            "write",
            "pwrite64",
            "fsync",
            "fdatasync",
            "rename",
            "link",
            "unlink",
            "mkdir",
            "ftruncate",
            "fallocate",
            "statfs",
            "getdents64");

    /** Calls whose errors a full disk explains. */
    private static final Set<String> TAKE_SPACE = Set.of("write", "pwrite64", "openat", "mkdir", "link", "fallocate");

    /** Which files of the store. */
    enum Area {
        JOURNAL,
        STATE,
        ROOT;

        boolean holds(Path data, String path) {
            if (UNIMPORTANT.matcher(path).find()) {
                return false;
            }
            boolean journal = Path.of(path).startsWith(data.resolve("journal"));
            boolean state = Path.of(path).startsWith(data.resolve("state"));
            return switch (this) {
                case JOURNAL -> journal;
                case STATE -> state;
                case ROOT -> !journal && !state;
            };
        }
    }

    /** One series of cases. */
    record Sweep(String call, Area area, String error, boolean used) {
        @Override
        public String toString() {
            return error + " on " + call + " of " + area.name().toLowerCase(java.util.Locale.ROOT) + " files, "
                    + (used ? "a used store" : "a new store");
        }
    }

    /** One case for the small size. */
    record Pick(Sweep sweep, int call, boolean sticky) {}

    /** One of each kind: while opening, in a commit, in a read, in a list of files, in a checkpoint. */
    private static final List<Pick> SMALL = List.of(
            new Pick(new Sweep("pwrite64", Area.JOURNAL, "EIO", true), 1, false),
            new Pick(new Sweep("pwrite64", Area.JOURNAL, "EIO", true), 8, false),
            new Pick(new Sweep("pread64", Area.STATE, "EIO", true), 12, false),
            new Pick(new Sweep("getdents64", Area.JOURNAL, "EIO", true), 1, false),
            new Pick(new Sweep("write", Area.STATE, "ENOSPC", true), 16, true));

    private final String only;
    private final Map<Boolean, Map<String, Set<String>>> paths = new HashMap<>();
    private Path template = Path.of("");
    private List<String> known = List.of();

    /** A series by its words, all when they are empty. */
    SweepPart(String only) {
        this.only = only;
    }

    @Override
    public String name() {
        return "sweep";
    }

    @Override
    public void run(Stage stage) throws IOException, InterruptedException, Missing {
        Tools.requireStrace();
        makeTemplate(stage);
        record(stage, true);
        if (stage.large()) {
            record(stage, false);
        }
        if (!stage.findings().none()) {
            return;
        }
        if (!stage.large() && only.isEmpty()) {
            for (Pick pick : SMALL) {
                run(stage, pick.sweep(), pick.call(), pick.sticky());
                stage.count("cases of the sweep", 1);
            }
            return;
        }
        for (Sweep sweep : sweeps()) {
            if (only.isEmpty() || sweep.toString().contains(only)) {
                sweep(stage, sweep);
            }
        }
        Files.walkFileTree(template, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private List<Sweep> sweeps() {
        List<Sweep> sweeps = new ArrayList<>();
        for (boolean used : List.of(true, false)) {
            for (Area area : Area.values()) {
                for (String call : CALLS) {
                    sweeps.add(new Sweep(call, area, "EIO", used));
                    if (TAKE_SPACE.contains(call)) {
                        sweeps.add(new Sweep(call, area, "ENOSPC", used));
                    }
                }
            }
        }
        return sweeps.stream().filter(sweep -> !pathsOf(sweep).isEmpty()).toList();
    }

    private Set<String> pathsOf(Sweep sweep) {
        return paths.getOrDefault(sweep.used(), Map.of()).getOrDefault(sweep.call() + sweep.area(), Set.of());
    }

    /** A store that was in use when its server was killed. */
    private void makeTemplate(Stage stage) throws IOException, InterruptedException {
        Path directory = stage.work().resolve("store");
        Scene scene = stage.scene("preparing a store", directory);
        try (ServerProcess server = scene.server(List.of(), Map.of(), "--checkpoint-bytes=1MiB")) {
            server.start(Map.of());
            Script.prepare(scene, server);
            server.kill();
        }
        scene.close();
        template = stage.work().resolve("template");
        Files.move(scene.data(), template);
        String journal = Files.readString(scene.file("oracle.journal"));
        known = journal.substring(0, journal.indexOf('\0')).lines().skip(1).toList();
        scene.delete();
    }

    /** The directory is the same for every case, because the faults go by names. */
    private Scene scene(Stage stage, String name, boolean used) throws IOException {
        Scene scene = stage.scene(name, stage.work().resolve("store"));
        if (used) {
            copy(template, scene.data());
            scene.oracle().record(known.toArray(String[]::new));
            scene.events().remember(Script.APPENDS_BEFORE, Script.TRANSACTIONS_BEFORE);
        }
        return scene;
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                Files.createDirectories(to.resolve(from.relativize(directory).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** A run without faults, which shows what files there are. */
    private void record(Stage stage, boolean used) throws IOException, InterruptedException {
        long before = stage.findings().count();
        Scene scene = scene(stage, "without faults", used);
        Path log = scene.file("strace.log");
        try (ServerProcess server = scene.server(Strace.recording(CALLS, log), Map.of(), SETTINGS_CHECKPOINT)) {
            server.start(Map.of());
            try (Client client = Script.run(scene, server, used)) {
                if (!client.problems().isEmpty() || client.unanswered() > 0) {
                    scene.wrong(Kind.REFUSED, client.problems() + ", " + client.unanswered() + " without an answer");
                }
                if (client.metric("varve_checkpoints_total") < 2) {
                    scene.wrong(Kind.REFUSED, "there were fewer than two checkpoints");
                }
            }
            long pid = server.pid();
            server.stop();
            Strace.awaitEnd(log, pid);
        }
        Map<String, Set<String>> found = new HashMap<>();
        for (String call : CALLS) {
            for (String path : Strace.paths(log, call, scene.data())) {
                for (Area area : Area.values()) {
                    if (area.holds(scene.data(), path)) {
                        found.computeIfAbsent(call + area, any -> new TreeSet<>())
                                .add(path);
                    }
                }
            }
        }
        paths.put(used, found);
        scene.checkAfterRestart();
        stage.strike(scene, before);
    }

    private void sweep(Stage stage, Sweep sweep) throws IOException, InterruptedException {
        int cases = 0;
        int ended = 0;
        for (int k = 1; ; k++) {
            Verdict once = run(stage, sweep, k, false);
            if (once == Verdict.NO_FAULT) {
                break;
            }
            cases++;
            if (once == Verdict.ENDED) {
                ended++;
            } else {
                cases++;
                ended += run(stage, sweep, k, true) == Verdict.ENDED ? 1 : 0;
            }
        }
        stage.count("cases of the sweep", cases);
        stage.count("of them ended the server", ended);
        stage.say(sweep + ": " + cases + " cases, " + ended + " ended the server");
    }

    private enum Verdict {
        NO_FAULT,
        SURVIVED,
        ENDED
    }

    private Verdict run(Stage stage, Sweep sweep, int k, boolean sticky) throws IOException, InterruptedException {
        long before = stage.findings().count();
        Scene scene = scene(stage, sweep + ", call " + k + (sticky ? " and all after it" : ""), sweep.used());
        Path log = scene.file("strace.log");
        String fault = "error=" + sweep.error() + ":when=" + k + (sticky ? "+" : "");
        boolean ended;
        List<Injection> injections;
        List<Answers.Acknowledged> acknowledged = List.of();
        try (ServerProcess server = scene.server(
                Strace.injecting(sweep.call(), pathsOf(sweep), fault, log), Map.of(), SETTINGS_CHECKPOINT)) {
            server.launch(Map.of());
            long pid = server.pid();
            if (ready(server)) {
                try (Client client = Script.run(scene, server, sweep.used())) {
                    acknowledged = client.acknowledged();
                    ended = ended(scene, server, client.unanswered() > 0);
                }
            } else {
                ended = true;
            }
            int exit = end(server, ended);
            Strace.awaitEnd(log, pid);
            injections = Strace.injections(log);
            judge(scene, exit, ended, injections, acknowledged);
        }
        scene.checkAfterRestart();
        stage.strike(scene, before);
        return injections.isEmpty() ? Verdict.NO_FAULT : ended ? Verdict.ENDED : Verdict.SURVIVED;
    }

    private static boolean ready(ServerProcess server) throws IOException, InterruptedException {
        try {
            server.awaitReady();
            return true;
        } catch (IOException e) {
            if (server.isAlive()) {
                throw e;
            }
            return false;
        }
    }

    /** Whether the server has ended by itself, or is about to. */
    private static boolean ended(Scene scene, ServerProcess server, boolean unanswered)
            throws IOException, InterruptedException {
        if (unanswered) {
            scene.mustEnd(server, END, "it left a request without an answer");
            return true;
        }
        return server.awaitEnd(Duration.ofMillis(150)) != null;
    }

    private static int end(ServerProcess server, boolean ended) throws IOException, InterruptedException {
        if (!ended) {
            return server.stop();
        }
        Integer exit = server.awaitEnd(END);
        return exit == null ? -1 : exit;
    }

    private static void judge(
            Scene scene, int exit, boolean ended, List<Injection> injections, List<Answers.Acknowledged> acknowledged)
            throws IOException {
        if (injections.isEmpty()) {
            if (ended || exit != 0) {
                scene.wrong(Kind.REFUSED, "no fault happened and the server ended with " + exit + ": " + scene.log());
            }
            return;
        }
        if (exit != 0 && exit != OUTCOME_UNKNOWN) {
            scene.wrong(Kind.REFUSED, "the server ended with " + exit + ": " + scene.log());
        } else if (ended && exit == 0) {
            scene.wrong(Kind.REFUSED, "the server ended by itself with 0: " + scene.log());
        }
        if (exit != 0) {
            Judge.lastWords(scene);
        }
        for (Injection injection : injections) {
            if (breaksTheLog(injection)) {
                acknowledged.stream()
                        .filter(write -> write.sentEpochSeconds() > injection.epochSeconds())
                        .findFirst()
                        .ifPresent(write -> scene.wrong(
                                Kind.INVENTED, write.what() + " was acknowledged after " + injection.call()));
            }
        }
    }

    /** A failed durable write of a segment in use. */
    private static boolean breaksTheLog(Injection injection) {
        return injection.call().startsWith("pwrite64(") && injection.call().contains(".segment>");
    }
}
