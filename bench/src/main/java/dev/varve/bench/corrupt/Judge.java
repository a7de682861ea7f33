package dev.varve.bench.corrupt;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.bench.corrupt.Contents.Comparison;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.engine.entries.HistoryPolicy;
import dev.varve.engine.entries.StoreQuotas;
import dev.varve.engine.files.BlobInspector;
import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.journal.JournalInspector;
import dev.varve.engine.journal.JournalReport;
import dev.varve.engine.shard.SequencerOptions;
import dev.varve.engine.shard.ShardInspector;
import dev.varve.engine.state.StateInspector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Does one damage to a copy of a store, opens it, asks everything, and judges the answers. Confined to one thread. */
final class Judge {

    private static final int ANSWER_SECONDS = 100;
    private static final Pattern OFFSET = Pattern.compile("offset [0-9]+|has [0-9]+ bytes");
    private static final long NEVER_MILLIS = 1_000_000_000L;

    private final Path root;
    private final Path work;
    private final Map<String, Image> images = new HashMap<>();
    private final Map<String, List<Moment>> moments = new HashMap<>();
    private final Image.Pool pool;
    private final Map<String, Workspace> workspaces = new HashMap<>();

    /** What a killed store held once, and where its journal ended then. */
    private record Moment(Contents contents, long end) {}

    /**
     * Judges.
     *
     * @param root where the sample stores are
     * @param work where copies are made, for this judge alone
     */
    Judge(Path root, Path work) {
        this.root = root;
        this.work = work;
        this.pool = new Image.Pool(work.resolve("pool"));
    }

    private Image image(String name) {
        return images.computeIfAbsent(name, key -> {
            try {
                Image image = Image.load(root.resolve(key));
                pool.add(image);
                return image;
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
    }

    /** What a store may hold: the last is what it held at the end, the first what is durable for certain. */
    private List<Moment> moments(String store) throws IOException {
        List<Moment> known = moments.get(store);
        if (known == null) {
            known = new ArrayList<>();
            for (String end : Files.readAllLines(root.resolve(store + ".moments"), UTF_8)) {
                Path file = root.resolve(store + "-" + known.size() + ".contents");
                known.add(new Moment(Contents.load(file), Long.parseLong(end)));
            }
            moments.put(store, known);
        }
        return known;
    }

    /**
     * Judges one damage.
     *
     * @param thorough whether to look with the inspectors first, and to write, close, and open again afterwards
     */
    Verdict judge(Damage damage, boolean thorough) throws IOException {
        Image sound = image(damage.store());
        Image damaged = sound.copy();
        damage.applyTo(damaged, this::image);
        Workspace workspace =
                workspaces.computeIfAbsent(damage.store(), store -> new Workspace(work.resolve("of-" + store), pool));
        workspace.bringTo(damaged);
        Path directory = workspace.root;
        String silent = thorough ? inspect(damage, sound, damaged, directory) : "";
        Verdict verdict = open(damage, sound, damaged, directory, thorough);
        boolean earlierCrash = verdict.kind() == Verdict.Kind.CUT && isAsBeforeLastWrites(damage, damaged);
        boolean harmless = (verdict.kind() == Verdict.Kind.SAME || earlierCrash) && !silent.startsWith("!");
        return silent.isEmpty() || harmless || verdict.kind() == Verdict.Kind.WRONG
                ? verdict
                : wrong("verify says nothing of it (" + silent + "), though: " + verdict.words());
    }

    /**
     * Whether the journal is as it was earlier, with nothing of what was written later: past the durable mark that is what a crash
     * at that time would have left, sound in itself.
     */
    private static boolean isAsBeforeLastWrites(Damage damage, Image damaged) {
        if (damage.kind() == Damage.Kind.STALE_BLOCK) {
            byte[] file = damaged.bytes(damage.file());
            for (int i = damage.end(); i < file.length; i++) {
                if (file[i] != 0) {
                    return false;
                }
            }
            return true;
        }
        return damage.kind() == Damage.Kind.STALE;
    }

    private static Verdict wrong(String words) {
        return new Verdict(Verdict.Kind.WRONG, words);
    }

    private static EngineOptions options() {
        EngineOptions standard = EngineOptions.DEFAULT;
        return new EngineOptions(
                SampleStore.journalOptions(),
                SequencerOptions.DEFAULT,
                standard.checkpointBytes(),
                1 << 20,
                standard.readMemoryBytes(),
                standard.maxIdleStreams(),
                1,
                standard.maxWaitingReads(),
                NEVER_MILLIS,
                NEVER_MILLIS,
                HistoryPolicy.DEFAULT,
                StoreQuotas.NONE);
    }

    private static <T> T await(CompletableFuture<T> future) throws Exception {
        // Second by second, so that the time in which the process was stopped counts little.
        for (int i = 1; i < ANSWER_SECONDS && !future.isDone(); i++) {
            try {
                return future.get(1, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                // Once more.
            }
        }
        return future.get(1, TimeUnit.SECONDS);
    }

    private static final Contents.Await AWAIT = new Contents.Await() {
        @Override
        public <T> T of(CompletableFuture<T> future) throws Exception {
            return await(future);
        }
    };

    private Verdict open(Damage damage, Image sound, Image damaged, Path directory, boolean thorough)
            throws IOException {
        Engine engine;
        try {
            engine = Engine.open(directory, options());
        } catch (VarveException e) {
            return refused(damage, directory, e);
        } catch (RuntimeException | Error e) {
            return wrong("the start failed with " + raw(e));
        }
        Verdict verdict;
        try {
            Contents found = Contents.of(engine.streams(), engine.entries(), engine.events(), AWAIT);
            verdict = compare(damage, sound, damaged, directory, found);
            if (thorough && verdict.kind() != Verdict.Kind.WRONG) {
                write(engine, found);
            }
        } catch (Contents.Wrong e) {
            verdict = wrong(
                    e.getCause() instanceof TimeoutException
                            ? "no answer: " + e.getMessage()
                            : String.valueOf(e.getMessage()));
        } catch (RuntimeException | Error e) {
            verdict = wrong("asking failed with " + raw(e));
        }
        try {
            engine.close();
        } catch (VarveException e) {
            // It says that it could not end in good order.
        } catch (RuntimeException | Error e) {
            return wrong("closing failed with " + raw(e));
        }
        if (thorough && verdict.kind() != Verdict.Kind.WRONG) {
            return openAgain(verdict, damage, directory);
        }
        return verdict;
    }

    private static String raw(Throwable e) {
        StringBuilder words = new StringBuilder(e.toString());
        StackTraceElement[] trace = e.getStackTrace();
        for (int i = 0; i < Math.min(6, trace.length); i++) {
            words.append(" at ").append(trace[i]);
        }
        return words.toString();
    }

    // ---- refusals

    private static Verdict refused(Damage damage, Path directory, VarveException e) {
        String words = String.valueOf(e.getMessage());
        if (e.kind() != ErrorKind.CORRUPT && !(e.kind() == ErrorKind.UNAVAILABLE && cannotBeOpened(damage))) {
            return wrong("refused as " + e.kind() + ": " + words);
        }
        String unclear = unclear(damage, directory, words);
        return unclear.isEmpty()
                ? new Verdict(Verdict.Kind.REFUSED, words)
                : wrong("refused, but " + unclear + ": " + words + " (" + raw(e) + ")");
    }

    /** Whether the system refuses what is asked of the file: that is no damage, but a fault of the disk or of rights. */
    private static boolean cannotBeOpened(Damage damage) {
        return switch (damage.kind()) {
            case DIRECTORY, UNOPENABLE, UNREADABLE, FOREIGN -> true;
            default -> false;
        };
    }

    /** What is missing in the words, or nothing. */
    private static String unclear(Damage damage, Path directory, String words) {
        String within = words.replace("the data in " + directory + " cannot be opened", "");
        boolean part = within.contains("state files are missing") || within.contains("journal files are missing");
        if (!within.contains(directory.toString()) && !part) {
            return "no file is named";
        }
        boolean inPlace = switch (damage.kind()) {
            case FLIP, TRUNCATE, EXTEND, ZERO, NOISE, SWAP, DUPLICATE, MISDIRECT -> true;
            default -> false;
        };
        String name = Path.of(damage.file()).getFileName().toString();
        boolean tableToFind = name.endsWith(".sst") && within.contains("`varve state verify` names it");
        if (inPlace && !within.contains(name) && !tableToFind) {
            return "the damaged file is not named";
        }
        boolean framed = damage.file().startsWith("journal/") || damage.file().endsWith(".values");
        if (inPlace && framed && !OFFSET.matcher(within).find()) {
            return "no offset is named";
        }
        // A path alone, as the system's exceptions say it, is no sentence.
        if (within.strip().length() < 10 || within.strip().endsWith(directory + "/" + damage.file())) {
            return "what is wrong is not said";
        }
        return "";
    }

    // ---- what is there

    private Verdict compare(Damage damage, Image sound, Image damaged, Path directory, Contents found)
            throws IOException {
        List<Moment> allowed = moments(damage.store());
        Comparison last = null;
        for (int i = allowed.size() - 1; i >= 0; i--) {
            Comparison comparison = allowed.get(i).contents().compare(found);
            if (last == null) {
                last = comparison;
            }
            if (comparison instanceof Comparison.Different) {
                continue;
            }
            if (i < allowed.size() - 1) {
                String illegal = illegalCut(damage, sound, damaged, directory, i);
                if (!illegal.isEmpty()) {
                    return wrong("cut after moment " + i + " of " + (allowed.size() - 1) + ": " + illegal);
                }
            }
            if (comparison instanceof Comparison.Unreadable unreadable) {
                return corrupt(damage, directory, unreadable);
            }
            return i == allowed.size() - 1
                    ? new Verdict(Verdict.Kind.SAME, "")
                    : new Verdict(Verdict.Kind.CUT, "after moment " + i + " of " + (allowed.size() - 1));
        }
        return wrong(last instanceof Comparison.Different different ? different.words() : "nothing to compare with");
    }

    private static Verdict corrupt(Damage damage, Path directory, Comparison.Unreadable unreadable) {
        for (Map.Entry<String, String> question : unreadable.questions().entrySet()) {
            if (question.getValue().startsWith(Contents.UNAVAILABLE) && !cannotBeOpened(damage)) {
                return wrong(question.getKey() + " blames the disk for damaged data: " + question.getValue());
            }
            if (question.getValue().startsWith(Contents.GONE)) {
                if (!takesAway(damage, question.getValue().substring(Contents.GONE.length()))) {
                    return wrong(question.getKey() + " is gone, though it was not taken away");
                }
                continue;
            }
            String unclear = unclear(damage, directory, question.getValue());
            if (!unclear.isEmpty()) {
                return wrong(question.getKey() + " is corrupt, but " + unclear + ": " + question.getValue());
            }
        }
        Map.Entry<String, String> first =
                unreadable.questions().entrySet().iterator().next();
        return new Verdict(
                Verdict.Kind.CORRUPT,
                unreadable.questions().size() + " answers; " + first.getKey() + ": " + first.getValue());
    }

    /** Whether a file of entries is not there for this damage. */
    private static boolean takesAway(Damage damage, String hex) {
        String file = "files/acme/" + hex.substring(0, 2) + "/" + hex;
        return Image.within(file, damage.file())
                && switch (damage.kind()) {
                    case MISSING, STALE, OTHER_STORE, DIRECTORY, UNOPENABLE, FOREIGN -> true;
                    default -> false;
                };
    }

    /** Why the journal may not end after a moment that is not the last one; nothing when it may. */
    private String illegalCut(Damage damage, Image sound, Image damaged, Path directory, int moment)
            throws IOException {
        List<Moment> all = moments(damage.store());
        JournalReport report = JournalInspector.inspect(
                new SystemDisk(), root.resolve(damage.store()).resolve("journal"));
        JournalReport.DurableMark mark = report.mark();
        if (mark == null || all.get(moment).end() < mark.position()) {
            return "that is before the durable mark";
        }
        Group next = null;
        for (int i = moment + 1; i < all.size(); i++) {
            Group group = group(report, all.get(i - 1).end(), all.get(i).end());
            String file = "journal/" + group.segment();
            byte[] before = sound.bytes(file);
            byte[] after = damaged.files.get(file);
            if (after == null || after.length < group.to()) {
                return "a segment is missing or short";
            }
            boolean touched = false;
            for (int at = group.from(); at < group.to(); at++) {
                touched |= before[at] != after[at];
            }
            if (!touched) {
                return "group " + i + " is whole at " + file + " offset " + group.from();
            }
            if (next == null) {
                next = group;
            }
        }
        if (next == null) {
            return "";
        }
        String file = "journal/" + next.segment();
        return copyMissing(sound.bytes(file), damaged.bytes(file), directory, next);
    }

    /** Where a group stands. */
    private record Group(String segment, int from, int to) {}

    private static Group group(JournalReport report, long from, long to) {
        for (JournalReport.SegmentReport segment : report.segments()) {
            if (segment.base() >= 0 && from >= segment.base() && to <= segment.base() + segment.sizeBytes()) {
                return new Group(
                        segment.file().getFileName().toString(),
                        Math.toIntExact(from - segment.base()),
                        Math.toIntExact(to - segment.base()));
            }
        }
        throw new IllegalStateException("no segment holds the group from " + from + " to " + to);
    }

    /** Whether the remains of a group are not in lost+found, though they can be told from noise. */
    private static String copyMissing(byte[] before, byte[] after, Path directory, Group group) throws IOException {
        int sequenceAt = group.from() + 8;
        int chainAt = group.from() + 20;
        boolean headerLeft = same(before, after, sequenceAt, 8) || same(before, after, chainAt, 4);
        // Behind the last bytes that are as they were, nothing can be told from an earlier life of the file.
        int end = group.to();
        while (end > group.from() && !same(before, after, end - 8, 8)) {
            end -= 8;
        }
        if (!headerLeft || end == group.from()) {
            return "";
        }
        Path lost = directory.resolve("journal/lost+found");
        if (Files.isDirectory(lost)) {
            try (Stream<Path> cuts = Files.list(lost)) {
                for (Path cut : cuts.toList()) {
                    byte[] kept = Files.readAllBytes(cut);
                    int wanted = end - group.from();
                    if (kept.length >= wanted && java.util.Arrays.equals(kept, 0, wanted, after, group.from(), end)) {
                        return "";
                    }
                }
            }
        }
        return "its bytes, " + group.segment() + " from " + group.from() + " to " + end
                + ", are not whole in lost+found";
    }

    private static boolean same(byte[] before, byte[] after, int at, int length) {
        return java.util.Arrays.equals(before, at, at + length, after, at, at + length);
    }

    // ---- more

    /** What the inspectors fail to say of the damage; beginning with "!" when that is wrong even if nothing was lost. */
    private String inspect(Damage damage, Image sound, Image damaged, Path directory) {
        if (damaged.files.equals(sound.files)) {
            return "";
        }
        String name = Path.of(damage.file()).getFileName().toString();
        try {
            if (Image.within(damage.file(), "journal")) {
                if (!Files.isDirectory(directory.resolve("journal"))) {
                    return "";
                }
                JournalReport report = JournalInspector.inspect(new SystemDisk(), directory.resolve("journal"));
                if (!report.problems().isEmpty() || !report.notes().isEmpty()) {
                    return "";
                }
                return apart(directory) ? "" : "journal";
            }
            if (Image.within(damage.file(), "state/checkpoints")) {
                if (!Files.isDirectory(directory.resolve("state"))) {
                    return "";
                }
                StateInspector.Report report = StateInspector.verify(directory.resolve("state"));
                if (!report.problems().isEmpty() || apart(directory)) {
                    return "";
                }
                return switch (damage.kind()) {
                    case FLIP, TRUNCATE, EXTEND -> "!state, " + name;
                    default -> "state";
                };
            }
            if (FileKind.of(damage.file()) == FileKind.BLOB) {
                boolean told = BlobInspector.verify(new SystemDisk(), directory.resolve("files")).stream()
                        .anyMatch(problem -> problem.what().contains(name));
                return told
                        ? ""
                        : switch (damage.kind()) {
                            case FLIP, TRUNCATE, EXTEND -> "!files, " + name;
                            // What is not there at all only those miss who refer to it.
                            case MISSING, UNOPENABLE, DIRECTORY, STALE -> "";
                            default -> "files";
                        };
            }
            return "";
        } catch (IOException e) {
            return "";
        } catch (RuntimeException | Error e) {
            return "!" + raw(e);
        }
    }

    /** Whether the inspectors say that journal and state do not belong together, however sound each is. */
    private static boolean apart(Path directory) throws IOException {
        Path journal = directory.resolve("journal");
        Path state = directory.resolve("state");
        return Files.isDirectory(journal)
                && Files.isDirectory(state)
                && ShardInspector.mismatch(
                                JournalInspector.inspect(new SystemDisk(), journal), StateInspector.list(state))
                        != null;
    }

    /** What can be written still can. */
    private static void write(Engine engine, Contents found) throws Contents.Wrong {
        if (found.answers().values().stream().anyMatch(answer -> answer.contains(Contents.CORRUPT))) {
            return;
        }
        try {
            AppendResult result =
                    await(engine.streams().append(AppendRequest.of("s/ttl", SampleStore.BYTES, new byte[] {1, 2, 3})));
            if (!(result instanceof AppendResult.Appended)) {
                throw new IllegalStateException("an append is answered with " + result);
            }
        } catch (Exception e) {
            throw new Contents.Wrong("writing", e);
        }
    }

    /** After a close, and the checkpoint in it, the store holds what it held before. */
    private Verdict openAgain(Verdict first, Damage damage, Path directory) {
        try (Engine engine = Engine.open(directory, options())) {
            Contents found = Contents.of(engine.streams(), engine.entries(), engine.events(), AWAIT);
            List<Moment> all = moments(damage.store());
            String different = "";
            for (int i = all.size() - 1; i >= 0; i--) {
                Map<String, String> expected =
                        new java.util.LinkedHashMap<>(all.get(i).contents().answers());
                Map<String, String> again = new java.util.LinkedHashMap<>(found.answers());
                // Written to in between.
                for (Map<String, String> answers : List.of(expected, again)) {
                    answers.keySet().removeIf(question -> question.startsWith("s/ttl ") || question.equals("list"));
                }
                if (!(new Contents(expected).compare(new Contents(again))
                        instanceof Comparison.Different(String words))) {
                    return first;
                }
                if (different.isEmpty()) {
                    different = words;
                }
            }
            return wrong("the second start holds something else (" + different + "), after: " + first.line());
        } catch (VarveException e) {
            return e.kind() == ErrorKind.CORRUPT && first.kind() == Verdict.Kind.CORRUPT
                    ? first
                    : wrong("the second start: " + e.kind() + " " + e.getMessage() + ", after: " + first.line());
        } catch (Contents.Wrong | IOException | RuntimeException | Error e) {
            return wrong("the second start: " + raw(e) + ", after: " + first.line());
        }
    }
}
