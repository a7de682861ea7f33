package dev.varve.bench.corrupt;

import dev.varve.bench.corrupt.Damage.Kind;
import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.journal.JournalInspector;
import dev.varve.engine.journal.JournalReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * All that can happen to the files of a sample store: every byte flipped, every length, every block, every file. Two things
 * are gone over in strides. The space of a segment that no frame has reached: all of it is zeros, or bytes of an earlier
 * life, and opening looks there for whole frames only. Files that belong to an older checkpoint only: opening opens none of
 * them, which is shown by making each one impossible to open. Confined to one thread.
 */
final class CaseList {

    private static final int SECTOR = 512;
    private static final int BLOCK = 4096;
    private static final int BLOB_BLOCK = 64 << 10;
    /** Files up to this have each bit of each byte flipped. */
    private static final int SMALL_BYTES = 1024;
    /** Of a file with more blocks not all pairs are swapped. */
    private static final int PAIRED_BLOCKS = 12;

    private final String store;
    private final Image image;
    private final Map<String, Image> earlier = new TreeMap<>();
    private final Image other;
    private final List<String> names;
    private final Map<String, Integer> usedBytes = new HashMap<>();
    private final int stride;
    private final SplittableRandom random;
    private final List<Damage> cases = new ArrayList<>();

    private CaseList(Path root, String store, int stride, long seed) throws IOException {
        this.store = store;
        this.stride = stride;
        this.random = new SplittableRandom(seed);
        this.image = Image.load(root.resolve(store));
        this.names = files();
        this.other = Image.load(root.resolve(SampleStore.OTHER));
        for (String moment : SampleStore.EARLIER) {
            earlier.put(moment, Image.load(root.resolve(moment)));
        }
        if (store.equals(SampleStore.CLEAN)) {
            earlier.put(SampleStore.KILLED, Image.load(root.resolve(SampleStore.KILLED)));
        }
        JournalReport report =
                JournalInspector.inspect(new SystemDisk(), root.resolve(store).resolve("journal"));
        for (JournalReport.SegmentReport segment : report.segments()) {
            usedBytes.put("journal/" + segment.file().getFileName(), (int) Math.max(BLOCK, segment.usedBytes()));
        }
    }

    /** All cases of a store, in order. */
    static List<Damage> of(Path root, String store, int stride, long seed) throws IOException {
        CaseList list = new CaseList(root, store, stride, seed);
        list.everything();
        return list.cases;
    }

    /** The files, each once however many names it has, by its last name. */
    private List<String> files() {
        IdentityHashMap<byte[], String> lastNames = new IdentityHashMap<>();
        image.files.forEach((name, bytes) -> lastNames.put(bytes, name));
        return lastNames.values().stream().sorted().toList();
    }

    private void everything() throws IOException {
        add(Kind.NONE, "journal");
        for (String file : names) {
            int length = image.bytes(file).length;
            bytes(file, length);
            for (int size : new int[] {SECTOR, BLOCK}) {
                blocks(file, length, size);
            }
            for (int more : new int[] {1, SECTOR, BLOCK}) {
                add(Kind.EXTEND, file, more, 0);
                add(Kind.EXTEND, file, more, 1 + random.nextInt(1_000));
            }
        }
        for (String name : image.files.keySet()) {
            add(Kind.MISSING, name);
            add(Kind.DIRECTORY, name);
            add(Kind.UNOPENABLE, name);
            if (!isRoot()) {
                add(Kind.UNREADABLE, name);
            }
        }
        for (String directory : image.directories) {
            add(Kind.MISSING, directory);
        }
        otherTimes();
        foreign();
    }

    private static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }

    private void add(Kind kind, String file, Object... arguments) {
        cases.add(Damage.of(store, kind, file, arguments));
    }

    private void bytes(String file, int length) {
        int used = isOfOlderCheckpoint(file) ? 0 : usedBytes.getOrDefault(file, length);
        int strided = wholeBlocks(file, length);
        for (int at = 0; at < length; at += at < used && at >= strided ? 1 : stride) {
            boolean exactly = at < used && at >= strided;
            int place = exactly ? at : Math.min(length - 1, at + random.nextInt(stride));
            if (length <= SMALL_BYTES) {
                for (int bit = 0; bit < Byte.SIZE; bit++) {
                    add(Kind.FLIP, file, place, bit);
                }
            } else {
                add(Kind.FLIP, file, place, random.nextInt(Byte.SIZE));
            }
            add(Kind.TRUNCATE, file, place);
        }
    }

    /** Content of files of entries that has a checksum like all other content: one byte is as good as another. */
    private static int wholeBlocks(String file, int length) {
        return FileKind.of(file) == FileKind.BLOB ? length / BLOB_BLOCK * BLOB_BLOCK : 0;
    }

    private boolean isOfOlderCheckpoint(String file) {
        return file.startsWith("state/checkpoints/") && !Image.within(file, newestCheckpoint());
    }

    private String newestCheckpoint() {
        return image.directories.stream()
                .filter(name -> name.startsWith("state/checkpoints/"))
                .reduce("", (first, second) -> second);
    }

    private void blocks(String file, int length, int size) {
        int count = (length + size - 1) / size;
        for (int i = 0; i < count; i++) {
            add(Kind.ZERO, file, i * size, size);
            add(Kind.NOISE, file, i * size, size, 1 + random.nextInt(1_000_000));
            String from = names.get(random.nextInt(names.size()));
            int blocks = image.bytes(from).length / size;
            if (blocks > 0) {
                add(Kind.MISDIRECT, file, i * size, from, random.nextInt(blocks) * size, size);
            }
        }
        if (count <= PAIRED_BLOCKS) {
            for (int i = 0; i < count; i++) {
                for (int j = 0; j < count; j++) {
                    pair(file, i, j, size);
                }
            }
        } else {
            for (int i = 0; i < count; i++) {
                for (int j = 0; j < 4; j++) {
                    pair(file, i, random.nextInt(count), size);
                    pair(file, random.nextInt(count), i, size);
                }
            }
        }
    }

    private void pair(String file, int i, int j, int size) {
        if (i < j) {
            add(Kind.SWAP, file, i * size, j * size, size);
        }
        if (i != j) {
            add(Kind.DUPLICATE, file, i * size, j * size, size);
        }
    }

    private void otherTimes() {
        earlier.forEach((moment, before) -> {
            for (String file : image.files.keySet()) {
                byte[] then = before.files.get(file);
                byte[] now = image.bytes(file);
                if (then != null && !Arrays.equals(then, now)) {
                    add(Kind.STALE, file, moment);
                    staleBlocks(file, moment, then, now);
                }
            }
            for (String directory : image.directories) {
                if (before.directories.contains(directory)) {
                    add(Kind.STALE, directory, moment);
                }
            }
        });
        for (String file : image.files.keySet()) {
            if (other.files.containsKey(file)) {
                add(Kind.OTHER_STORE, file);
            }
        }
        for (String directory : image.directories) {
            if (other.directories.contains(directory)) {
                add(Kind.OTHER_STORE, directory);
            }
        }
    }

    private void staleBlocks(String file, String moment, byte[] then, byte[] now) {
        for (int size : new int[] {SECTOR, BLOCK}) {
            for (int at = 0; at + size <= Math.min(then.length, now.length); at += size) {
                if (!Arrays.equals(then, at, at + size, now, at, at + size)) {
                    add(Kind.STALE_BLOCK, file, moment, at, size);
                }
            }
        }
    }

    private void foreign() {
        String segment = last("journal/", ".segment");
        String checkpoint = newestCheckpoint();
        add(Kind.FOREIGN, "junk");
        add(Kind.FOREIGN, "IDENTITY.tmp");
        add(Kind.FOREIGN, "journal/junk");
        add(Kind.FOREIGN, "journal/SNAPSHOT.tmp");
        add(Kind.FOREIGN, "journal/MARK.tmp", "journal/MARK");
        add(Kind.FOREIGN, "journal/next.segment.tmp", segment);
        add(Kind.FOREIGN, "journal/lost+found", "state");
        add(Kind.FOREIGN, "journal/000000000099.segment", segment);
        add(Kind.FOREIGN, "journal/000000000098.segment");
        add(Kind.FOREIGN, "journal/000000000001.segment.bak", segment);
        add(Kind.FOREIGN, "journal/1.segment", segment);
        add(Kind.FOREIGN, following(segment), segment);
        foreignFiles();
        add(Kind.FOREIGN, "state/junk");
        add(Kind.FOREIGN, "state/VARVE-STATE.tmp");
        add(Kind.FOREIGN, "state/live");
        add(Kind.FOREIGN, "state/live", checkpoint);
        add(Kind.FOREIGN, "state/checkpoints/junk");
        add(Kind.FOREIGN, "state/checkpoints/99");
        add(Kind.FOREIGN, "state/checkpoints/99", checkpoint);
        add(Kind.FOREIGN, "state/checkpoints/99.tmp", checkpoint);
        add(Kind.FOREIGN, "state/checkpoints/098", checkpoint);
        add(Kind.FOREIGN, checkpoint + "/junk");
        add(Kind.FOREIGN, checkpoint + "/999999.sst");
        add(Kind.FOREIGN, checkpoint + "/stream_chunks-0000000099.values");
    }

    /** Beside files of entries, and those themselves in each other's place. */
    private void foreignFiles() {
        List<String> blobs = names.stream()
                .filter(name -> FileKind.of(name) == FileKind.BLOB)
                .toList();
        add(Kind.FOREIGN, "files/junk");
        add(Kind.FOREIGN, "files/acme/junk");
        add(Kind.FOREIGN, "files/_unfinished/99.tmp");
        add(Kind.FOREIGN, "files/other", "files/acme");
        for (String blob : blobs) {
            Path directory = Path.of(blob).getParent();
            add(Kind.FOREIGN, directory + "/junk");
            add(Kind.FOREIGN, blob.substring(0, blob.length() - 4) + "0000", blob);
            for (String other : blobs) {
                if (!other.equals(blob)) {
                    add(Kind.FOREIGN, blob, other);
                }
            }
        }
    }

    private String last(String directory, String suffix) {
        return image.files.keySet().stream()
                .filter(name -> name.startsWith(directory) && name.endsWith(suffix))
                .reduce("", (first, second) -> second);
    }

    private static String following(String segment) {
        String name = Path.of(segment).getFileName().toString();
        long number = Long.parseLong(name.substring(0, name.indexOf('.')));
        return "journal/%012d.segment".formatted(number + 1);
    }

    /** Draws from a list, so that each kind and each file has its share. The same seed draws the same. */
    static List<Damage> sample(List<Damage> all, int count, long seed) {
        Map<Kind, SortedMap<String, List<Damage>>> grouped = new EnumMap<>(Kind.class);
        for (Damage damage : all) {
            grouped.computeIfAbsent(damage.kind(), kind -> new TreeMap<>())
                    .computeIfAbsent(FileKind.of(damage.file()).word(), file -> new ArrayList<>())
                    .add(damage);
        }
        Random shuffling = new Random(seed);
        List<Damage> drawn = new ArrayList<>();
        int weights = grouped.keySet().stream().mapToInt(CaseList::weight).sum();
        grouped.forEach((kind, byFile) -> {
            byFile.values().forEach(list -> Collections.shuffle(list, shuffling));
            int quota = Math.max(1, count * weight(kind) / weights);
            for (int i = 0; quota > 0; i++) {
                int before = quota;
                for (List<Damage> list : byFile.values()) {
                    if (i < list.size() && quota > 0) {
                        drawn.add(list.get(i));
                        quota--;
                    }
                }
                if (quota == before) {
                    break;
                }
            }
        });
        return drawn;
    }

    private static int weight(Kind kind) {
        return switch (kind) {
            case FLIP -> 8;
            case ZERO, STALE, STALE_BLOCK, MISSING, FOREIGN -> 2;
            default -> 1;
        };
    }
}
