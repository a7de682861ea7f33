package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.value;
import static dev.varve.testkit.StreamProbe.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entry;
import dev.varve.api.EntryDifference;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.FileReference;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * Gives a storage under test and the model the same random operations and compares every answer, and from time to time
 * everything that is stored: entries, the revisions of all subtrees, and changes. Confined to one test.
 */
final class EntryLockStep {

    private static final String MAIN = EntryProbe.STORE;
    private static final String OTHER = "acme/other";

    /** Few, so that paths meet; some sort around the separator, some need escapes or more than one byte. */
    private static final List<String> SEGMENTS =
            List.of("a", "b", "a-", "a.", "a0", "%", "/", "~", "*", "\u00e9", "\ud83d\ude00", "\uffee");

    private static final int CHECK_EVERY = 25;
    private static final int REMEMBERED = 25;
    private static final Duration TICK = Duration.ofSeconds(10);

    private final EntryProbe subject;
    private final AtomicLong modelMillis = new AtomicLong();
    private final EntryStorage model = new ModelEntryStorage(modelMillis::get);
    private final long seed;
    private final Random random;
    private final boolean movesTime;
    private final boolean comesBack;
    private final ArrayDeque<String> latest = new ArrayDeque<>();
    private final List<EntryWrite> sent = new ArrayList<>();
    private int writes;

    EntryLockStep(EntryProbe subject, long seed) {
        this.subject = subject;
        this.seed = seed;
        this.random = new Random(seed);
        this.movesTime = isPossible(() -> subject.advance(Duration.ofMillis(1)));
        this.comesBack = isPossible(subject::reopen);
        StoreInfo info = await(subject.storage().createStore(MAIN));
        modelMillis.set(info.createdAt().toEpochMilli());
        await(model.createStore(MAIN));
    }

    private static boolean isPossible(Runnable call) {
        try {
            call.run();
            return true;
        } catch (TestAbortedException e) {
            return false;
        }
    }

    void run(int steps) {
        for (int step = 1; step <= steps; step++) {
            try {
                step();
                if (step % CHECK_EVERY == 0 || step == steps) {
                    compareEverything(MAIN);
                    compareEverything(OTHER);
                }
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "disagreement at step " + step + " of seed " + seed + " (run again with -Dvarve.test.seed="
                                + seed + "), after\n  " + String.join("\n  ", latest) + "\n" + e,
                        e);
            }
        }
    }

    private void step() {
        int dice = random.nextInt(100);
        if (dice < 55) {
            write(anyWrite());
        } else if (dice < 65) {
            burst();
        } else if (dice < 68) {
            write(fillAndEmpty());
        } else if (dice < 72 && !sent.isEmpty()) {
            write(sent.get(random.nextInt(sent.size())));
        } else if (dice < 78) {
            EntryPath path = anyPath();
            same("get " + path, storage -> storage.get(MAIN, path));
        } else if (dice < 81) {
            List<EntryPath> paths = List.of(anyPath(), anyPath(), anyPath());
            same("get many " + paths, storage -> storage.getMany(MAIN, paths));
        } else if (dice < 90) {
            EntryQuery query = anyQuery();
            same("" + query, storage -> storage.list(query));
        } else if (dice < 92) {
            compareEvents(MAIN, anySeq(), 1 + random.nextInt(20));
        } else if (dice < 94) {
            readThePast();
        } else if (dice < 95) {
            store();
        } else if (dice < 96) {
            rollBack();
        } else if (dice < 98) {
            passTime();
        } else if (comesBack) {
            note("reopen");
            subject.reopen();
        }
    }

    // ---- operations

    private void write(EntryWrite write) {
        note(describe(write));
        CompletableFuture<EntryWriteResult> expected = model.write(write);
        CompletableFuture<EntryWriteResult> actual = subject.storage().write(write);
        compare(write, expected, actual);
        compareInfo(write.store());
        sent.add(write);
    }

    /** Several writes that do not wait for one another. */
    private void burst() {
        List<EntryWrite> burst = new ArrayList<>();
        for (int i = 2 + random.nextInt(15); i > 0; i--) {
            burst.add(anyWrite());
        }
        burst.forEach(write -> note("burst " + describe(write)));
        List<CompletableFuture<EntryWriteResult>> started =
                burst.stream().map(subject.storage()::write).toList();
        for (int i = 0; i < burst.size(); i++) {
            compare(burst.get(i), model.write(burst.get(i)), started.get(i));
        }
        sent.addAll(burst);
    }

    /** Many entries below one path that go one by one in the write that then asks about the path. */
    private EntryWrite fillAndEmpty() {
        EntryPath path = anyPath();
        int count = 1 + random.nextInt(40);
        List<EntryOp> ops = new ArrayList<>();
        if (random.nextBoolean()) {
            for (int i = 0; i < count; i++) {
                ops.add(EntryOp.set(path.child("n" + i), value(i)));
            }
        }
        if (random.nextBoolean()) {
            for (int i = 0; i < count + random.nextInt(2); i++) {
                ops.add(EntryOp.delete(path.child("n" + i)));
            }
            ops.add(
                    random.nextBoolean()
                            ? EntryOp.delete(path)
                            : EntryOp.set(path, anyValue()).onlyIfNone());
        }
        if (ops.isEmpty()) {
            ops.add(EntryOp.delete(path));
        }
        return new EntryWrite(MAIN, ops, "device", "op" + ++writes, false, true);
    }

    private void store() {
        switch (random.nextInt(9)) {
            case 6, 7, 8 -> sameInfo("clone store", storage -> storage.cloneStore(MAIN, OTHER));
            case 0 -> sameInfo("archive", storage -> storage.archiveStore(OTHER));
            case 1, 2, 3 -> sameInfo("delete store", storage -> storage.deleteStore(OTHER));
            case 4 -> sameInfo("create store", storage -> storage.createStore(OTHER));
            default -> {
                String organisation = random.nextBoolean() ? "acme" : null;
                assertThat(subject.storage().stores(organisation).stream().map(EntryLockStep::describe))
                        .isEqualTo(model.stores(organisation).stream()
                                .map(EntryLockStep::describe)
                                .toList());
            }
        }
    }

    private void readThePast() {
        EntryPath path = anyPath();
        EntryQuery any = anyQuery();
        EntryQuery query = new EntryQuery(MAIN, any.pattern(), any.from(), any.to(), any.after(), false, any.limit());
        long from = anySeq();
        long to = Math.max(from, anySeq());
        same("get " + path + " at " + from, storage -> storage.getAt(MAIN, path, from));
        same("at " + from + " " + query, storage -> storage.listAt(query, from));
        same("compare " + from + " and " + to, storage -> storage.diff(MAIN, from, to));
        if (random.nextInt(6) == 0) {
            same("compact through " + from, storage -> storage.compact(MAIN, from));
        }
    }

    private void rollBack() {
        EntryPath path = random.nextInt(3) == 0 ? null : anyPath();
        long to = anySeq();
        same(
                "roll back " + (path == null ? "all" : path) + " to " + to,
                storage -> storage.rollback(MAIN, path, to, "undo"));
    }

    private long anySeq() {
        return random.nextInt((int) seq(MAIN) + 2);
    }

    private void passTime() {
        if (movesTime) {
            note("time passes");
            subject.advance(TICK);
            modelMillis.addAndGet(TICK.toMillis());
            awaitExpiry(MAIN);
            awaitExpiry(OTHER);
        }
    }

    /** What has expired is deleted a little later: waits for as many changes as the model has. */
    private void awaitExpiry(String store) {
        long wanted = seq(store);
        long end = System.nanoTime() + StreamProbe.PATIENCE.toNanos();
        while (subject.storage().store(store).map(StoreInfo::storeSeq).orElse(0L) < wanted) {
            assertThat(System.nanoTime()).as("what has expired is deleted").isLessThan(end);
            LockSupport.parkNanos(1_000_000);
        }
    }

    // ---- comparing

    private void compare(
            EntryWrite write,
            CompletableFuture<EntryWriteResult> expected,
            CompletableFuture<EntryWriteResult> actual) {
        String was = outcome(actual, answer -> describe(write, answer));
        assertThat(was).as(describe(write)).isEqualTo(outcome(expected, answer -> describe(write, answer)));
    }

    private <T> void same(String operation, Function<EntryStorage, CompletableFuture<T>> call) {
        note(operation);
        String actual = outcome(call.apply(subject.storage()), EntryLockStep::describe);
        assertThat(actual).as(operation).isEqualTo(outcome(call.apply(model), EntryLockStep::describe));
    }

    private void sameInfo(String operation, Function<EntryStorage, CompletableFuture<StoreInfo>> call) {
        note(operation);
        String actual = outcome(call.apply(subject.storage()), EntryLockStep::describe);
        assertThat(actual).as(operation).isEqualTo(outcome(call.apply(model), EntryLockStep::describe));
    }

    private static <T> String outcome(CompletableFuture<T> answer, Function<T, String> description) {
        try {
            return description.apply(await(answer));
        } catch (VarveException e) {
            return "fails with " + e.kind();
        }
    }

    /** How far it is, and how much it holds. */
    private void compareInfo(String store) {
        assertThat(subject.storage().store(store).map(EntryLockStep::describe))
                .isEqualTo(model.store(store).map(EntryLockStep::describe));
        if (movesTime) {
            assertThat(subject.storage().store(store).map(StoreInfo::compactedAt))
                    .isEqualTo(model.store(store).map(StoreInfo::compactedAt));
        }
    }

    private void compareEverything(String store) {
        compareInfo(store);
        Optional<StoreInfo> info = model.store(store);
        if (info.isEmpty()) {
            return;
        }
        TreeSet<EntryPath> paths = new TreeSet<>();
        EntryQuery query = EntryQuery.matching(store, EntryPattern.ALL).withLimit(1 + random.nextInt(50));
        while (true) {
            EntryPage expected = await(model.list(query));
            assertThat(describe(await(subject.storage().list(query))))
                    .as("" + query)
                    .isEqualTo(describe(expected));
            for (Entry entry : expected.entries()) {
                for (EntryPath path = entry.path(); path != null; path = path.parent()) {
                    paths.add(path);
                }
            }
            compareFiles(store, expected.entries());
            if (expected.next() == null) {
                break;
            }
            query = query.withAfter(expected.next());
        }
        for (EntryPath path : paths) {
            assertThat(describe(await(subject.storage().get(store, path))))
                    .as("get " + path)
                    .isEqualTo(describe(await(model.get(store, path))));
            // Refused with the revision of the subtree, which nothing else shows where an entry stands above others.
            EntryWrite check = new EntryWrite(
                    store,
                    List.of(EntryOp.of(EntryOp.Kind.CHECK, path, null).onlyIfNone()),
                    "device",
                    "check",
                    false,
                    false);
            compare(check, model.write(check), subject.storage().write(check));
        }
        compareEvents(store, Math.max(0, seq(store) - 200), 100);
        comparePast(store);
    }

    /** Whatever entries refer to can be read. */
    private void compareFiles(String store, List<Entry> entries) {
        for (Entry entry : entries) {
            FileReference file = FileReference.of(entry.value());
            if (file != null) {
                assertThat(EntryProbe.read(
                                subject.storage(),
                                file.hash(),
                                info -> info.name().equals(store)))
                        .as("file " + entry)
                        .isEqualTo(EntryProbe.read(
                                model, file.hash(), info -> info.name().equals(store)));
            }
        }
    }

    /** All that stood there after some changes. */
    private void comparePast(String store) {
        for (int i = 0; i < 5; i++) {
            long at = random.nextInt((int) seq(store) + 1);
            EntryQuery all = EntryQuery.matching(store, EntryPattern.ALL);
            same("all at " + at, storage -> storage.listAt(all, at));
        }
    }

    private long seq(String store) {
        return model.store(store).map(StoreInfo::storeSeq).orElse(0L);
    }

    private void compareEvents(String store, long after, int limit) {
        if (model.events(store, after, 1).isCompletedExceptionally()) {
            same("changes after " + after, storage -> storage.events(store, after, limit));
            return;
        }
        List<EntryEvent> expected = new ArrayList<>();
        List<EntryEvent> actual = new ArrayList<>();
        for (long at = after;
                at < seq(store);
                at = expected.get(expected.size() - 1).storeSeq()) {
            expected.addAll(await(model.events(store, at, limit)).events());
        }
        for (long at = after;
                at < seq(store);
                at = actual.get(actual.size() - 1).storeSeq()) {
            EntryEventPage page = await(subject.storage().events(store, at, limit));
            assertThat(page.storeSeq()).isEqualTo(seq(store));
            assertThat(page.events()).hasSizeBetween(1, limit);
            actual.addAll(page.events());
        }
        assertThat(actual.stream().map(this::describe))
                .isEqualTo(expected.stream().map(this::describe).toList());
    }

    // ---- chance

    private EntryWrite anyWrite() {
        int dice = random.nextInt(10);
        List<EntryOp> ops = new ArrayList<>();
        for (int i = dice < 6 ? 1 : 2 + random.nextInt(6); i > 0; i--) {
            ops.add(anyOp());
        }
        String store = random.nextInt(12) == 0 ? OTHER : MAIN;
        String name = "op" + (random.nextInt(20) == 0 ? random.nextInt(writes + 1) : ++writes);
        return new EntryWrite(store, ops, "device", name, random.nextInt(3) == 0, random.nextInt(3) > 0);
    }

    private EntryOp anyOp() {
        EntryPath path = anyPath();
        EntryOp op = anyPlainOp(path);
        if (random.nextInt(4) == 0) {
            Long current = revision(path);
            op = random.nextInt(4) > 0 && current != null
                    ? op.ifMatch(current)
                    : op.ifMatch(random.nextInt((int) seq(MAIN) + 1));
        }
        if (random.nextInt(12) == 0) {
            op = op.onlyIfAbsent();
        }
        if (random.nextInt(12) == 0) {
            op = op.onlyIfNone();
        }
        return random.nextInt(30) == 0 ? op.fencedBy(new EntryOp.Fence(anyPath(), anyToken(path))) : op;
    }

    /** As a reader sees it, or as an insert is told. */
    private @Nullable Long revision(EntryPath path) {
        return random.nextBoolean()
                ? await(model.get(MAIN, path)).map(Entry::revision).orElse(null)
                : await(model.write(new EntryWrite(
                                        MAIN,
                                        List.of(EntryOp.of(EntryOp.Kind.CHECK, path, null)
                                                .onlyIfNone()),
                                        "",
                                        "",
                                        false,
                                        false)))
                                instanceof EntryWriteResult.Refused refused
                        ? refused.currentRevision()
                        : null;
    }

    private EntryOp anyPlainOp(EntryPath path) {
        int dice = random.nextInt(100);
        if (dice < 3) {
            EntryValue value = value(oneOf(1, -7, new BigDecimal("0.5"), "x", List.of(), List.of(2, 1), List.of(1, 1)));
            return EntryOp.set(path, value).labelled(oneOf(EntryType.COUNTER, EntryType.SET));
        }
        if (dice < 40) {
            EntryOp set = EntryOp.set(path, anyValue());
            boolean expires = movesTime && random.nextInt(5) == 0;
            return expires ? set.expiringAfter(oneOf(1L, 10_000L, 15_000L, 60_000L, Long.MAX_VALUE, 0L)) : set;
        }
        if (dice < 55) {
            return EntryOp.delete(path);
        }
        if (dice < 67) {
            return EntryOp.of(
                    EntryOp.Kind.MERGE, path, random.nextInt(10) == 0 ? anyValue() : anyObject(random.nextInt(3)));
        }
        if (dice < 75) {
            return EntryOp.of(EntryOp.Kind.INCREMENT, path, value(oneOf(1, -3, Long.MAX_VALUE, 0.5, 7, "x")));
        }
        if (dice < 80) {
            return EntryOp.of(EntryOp.Kind.ADD, path, value(oneOf(1, 2, "x", List.of())));
        }
        if (dice < 84) {
            return EntryOp.of(EntryOp.Kind.REMOVE, path, value(oneOf(1, 2, "x", List.of())));
        }
        if (dice < 86) {
            String content = "" + random.nextInt(20);
            if (random.nextInt(4) > 0) {
                note("store file " + content);
                byte[] bytes = content.getBytes(UTF_8);
                EntryProbe.store(model, MAIN, bytes, 1);
                EntryProbe.store(subject.storage(), MAIN, bytes, 1);
            }
            return EntryOp.of(EntryOp.Kind.PUT_FILE, path, EntryProbe.file(content));
        }
        if (dice < 90 || !movesTime) {
            return EntryOp.of(EntryOp.Kind.CHECK, path, random.nextBoolean() ? null : anyValue());
        }
        EntryOp.Kind kind = oneOf(EntryOp.Kind.LEASE, EntryOp.Kind.LEASE, EntryOp.Kind.RENEW, EntryOp.Kind.RELEASE);
        Long token = random.nextInt(10) == 0 ? null : Long.valueOf(anyToken(path));
        return EntryOp.lease(
                kind, path, new EntryOp.LeaseTerms(oneOf(0L, 1L, 15_000L, 15_000L), oneOf("me", "you"), token));
    }

    /** That of the lease at a path, if there is one. */
    private long anyToken(EntryPath path) {
        Optional<EntryValue> leaf = await(model.get(MAIN, path)).map(Entry::value);
        boolean own = random.nextInt(6) > 0;
        return own
                        && leaf.isPresent()
                        && leaf.get() instanceof EntryValue.Fields fields
                        && fields.fields().get("token") instanceof EntryValue.Whole token
                ? token.value()
                : random.nextInt(50);
    }

    private EntryPath anyPath() {
        List<String> segments = new ArrayList<>();
        for (int depth = 1 + random.nextInt(4); depth > 0; depth--) {
            segments.add(SEGMENTS.get(Math.min(random.nextInt(SEGMENTS.size()), random.nextInt(SEGMENTS.size()))));
        }
        return EntryPath.of(segments);
    }

    private EntryValue anyValue() {
        return switch (random.nextInt(12)) {
            case 0 -> value(null);
            case 1 -> value(random.nextBoolean());
            case 2 -> value(List.of(1, "x", List.of()));
            case 3 -> value(new BigDecimal("1.50"));
            case 4 -> value(Map.of("_type", "decimal", "_typed", "29.99"));
            case 5, 6, 7 -> anyObject(2);
            case 8 -> value("text " + random.nextInt(100));
            default -> value(random.nextInt(100));
        };
    }

    /** Now and then empty, or with empty objects in it; rarely with a name that no path can have. */
    private EntryValue anyObject(int depth) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            String name = random.nextInt(60) == 0 ? "" : SEGMENTS.get(random.nextInt(SEGMENTS.size()));
            fields.put(name, depth > 0 && random.nextBoolean() ? anyObject(depth - 1) : value(random.nextInt(100)));
        }
        return new EntryValue.Fields(fields);
    }

    private EntryQuery anyQuery() {
        EntryPattern pattern = EntryPattern.ALL;
        switch (random.nextInt(6)) {
            case 0 -> pattern = EntryPattern.exactly(anyPath());
            case 1, 2 -> pattern = EntryPattern.below(anyPath());
            case 3 -> {
                List<String> pieces = new ArrayList<>();
                for (String segment : anyPath().segments()) {
                    pieces.add(
                            random.nextInt(3) == 0
                                    ? "*"
                                    : EntryPattern.exactly(EntryPath.of(segment))
                                            .toString());
                }
                pattern = EntryPattern.parse(String.join("/", pieces) + (random.nextBoolean() ? "/**" : ""));
            }
            default -> {}
        }
        return new EntryQuery(
                MAIN,
                pattern,
                random.nextInt(3) == 0 ? anyPath() : null,
                random.nextInt(3) == 0 ? anyPath() : null,
                random.nextInt(3) == 0 ? anyPath() : null,
                random.nextBoolean(),
                1 + random.nextInt(12));
    }

    @SafeVarargs
    private <T> T oneOf(T... values) {
        return values[random.nextInt(values.length)];
    }

    // ---- words

    private void note(String operation) {
        latest.addLast(operation);
        if (latest.size() > REMEMBERED) {
            latest.removeFirst();
        }
    }

    private static String describe(EntryWrite write) {
        StringBuilder text = new StringBuilder("write to ")
                .append(write.store())
                .append(' ')
                .append(write.clientOpId())
                .append(write.once() ? " once:" : ":");
        for (EntryOp op : write.ops()) {
            text.append("\n    ").append(op.kind()).append(' ').append(op.path());
            if (op.value() != null) {
                text.append(" = ").append(describe(requireNonNull(op.value())));
            }
            text.append(op.label() == null ? "" : " as " + op.label());
            text.append(op.ifMatch() == null ? "" : " if match " + op.ifMatch())
                    .append(op.ifAbsent() ? " if absent" : "")
                    .append(op.ifNone() ? " if none" : "")
                    .append(op.fence() == null ? "" : " " + op.fence())
                    .append(op.lease() == null ? "" : " " + op.lease())
                    .append(op.ttlMillis() == null ? "" : " for " + op.ttlMillis() + " ms");
        }
        return text.toString();
    }

    private String describe(EntryWrite write, EntryWriteResult result) {
        if (!(result instanceof EntryWriteResult.Written written)) {
            return "" + result;
        }
        StringBuilder text = new StringBuilder("written up to ").append(written.storeSeq());
        for (int i = 0; i < written.ops().size(); i++) {
            EntryWriteResult.Applied applied = written.ops().get(i);
            text.append("\n  ")
                    .append(applied.path())
                    .append(applied.made() ? " at " : " not needed at ")
                    .append(applied.storeSeq());
            boolean mayBeLeftOut =
                    write.once() && isAccumulated(write.ops().get(i).kind());
            if (!mayBeLeftOut && applied.value() != null) {
                text.append(" = ").append(describe(requireNonNull(applied.value())));
            }
        }
        return text.toString();
    }

    /** A write that is recognised need not be told what came of such a change. */
    private static boolean isAccumulated(EntryOp.Kind kind) {
        return kind == EntryOp.Kind.INCREMENT || kind == EntryOp.Kind.ADD || kind == EntryOp.Kind.REMOVE;
    }

    private static String describe(StoreInfo info) {
        return info.name() + (info.archived() ? " archived" : "") + " at " + info.storeSeq() + " with "
                + info.entryCount() + " entries and " + info.fileBytes() + " bytes of files, kept after "
                + info.compactedSeq();
    }

    private String describe(EntryEvent event) {
        return event.storeSeq() + " " + event.kind() + " " + event.path() + " = " + describe(event.value()) + " of "
                + event.deviceId() + " " + event.clientOpId() + (movesTime ? " at " + event.timeMillis() : "");
    }

    /** Whatever can be compared, fields in the order of their names. */
    private static String describe(@Nullable Object answer) {
        if (answer instanceof EntryValue.Fields object) {
            StringBuilder text = new StringBuilder("{");
            new java.util.TreeMap<>(object.fields())
                    .forEach((name, field) -> text.append(name)
                            .append(": ")
                            .append(describe(field))
                            .append("; "));
            return text + "}";
        }
        if (answer instanceof Optional<?> some) {
            return some.isEmpty() ? "nothing" : describe(some.get());
        }
        if (answer instanceof Entry entry) {
            return entry.path() + " = " + describe(entry.value()) + " " + entry.type() + " of " + entry.revision();
        }
        if (answer instanceof EntryDifference difference) {
            return difference.path() + " from " + describe(difference.before()) + " to " + describe(difference.after());
        }
        if (answer instanceof EntryPage page) {
            return describe(page.entries()) + ", next " + page.next() + ", at " + page.storeSeq();
        }
        if (answer instanceof List<?> list) {
            return list.stream().map(EntryLockStep::describe).toList().toString();
        }
        return String.valueOf(answer);
    }
}
