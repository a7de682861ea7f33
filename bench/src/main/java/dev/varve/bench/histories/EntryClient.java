package dev.varve.bench.histories;

import dev.varve.api.EntryOp.Kind;
import dev.varve.api.EntryValue;
import dev.varve.bench.histories.EntryRequest.Op;
import dev.varve.bench.histories.EntryRequest.Terms;
import dev.varve.bench.histories.EntryRequest.Write;
import dev.varve.testkit.history.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One client of a history of entries: asks at random, mostly sensibly, and keeps what it was told. Confined to its thread,
 * except what it shares with the others in {@link EntryShared}.
 */
final class EntryClient {

    /** Where the first change of every store is made. */
    static final String FIRST_PATH = "begun";

    private static final int MAX_PAUSE_MICROS = 400;
    private static final int MAX_BATCH = 4;
    private static final int MEMBERS = 4;
    private static final long LONG_LEASE_MILLIS = 3_600_000;
    private static final int MAX_SHORT_LEASE_MILLIS = 8;
    private static final int EXPIRY_PAUSE_MILLIS = 10;
    private static final int PASSING_ONE_IN = 10;
    private static final int PASSING_READS_ONE_IN = 4;
    private static final List<String> FIELDS = List.of("x", "y", "z");

    private final int number;
    private final EntryShared shared;
    private final Target<EntryRequest, EntryAnswer> target;
    private final boolean recognised;
    private final SplittableRandom random;
    private final List<Operation<EntryRequest, EntryAnswer>> done = new ArrayList<>();
    private final Map<String, Long> revisions = new HashMap<>();
    private final Map<String, Long> held = new HashMap<>();
    /** What was sent under a name without an answer, to be sent again. */
    private @Nullable Write unanswered;

    EntryClient(int number, EntryShared shared, Target<EntryRequest, EntryAnswer> target, SplittableRandom random) {
        this.number = number;
        this.shared = shared;
        this.target = target;
        this.recognised = target instanceof EntryTarget entries && entries.recognises();
        this.random = random;
    }

    /** Asks that many times. Returns what it asked and was told. */
    List<Operation<EntryRequest, EntryAnswer>> run(int operations) throws InterruptedException {
        for (int i = 0; i < operations; i++) {
            pause();
            String store = any(shared.stores);
            ask(request(store), Target.Patience.random(shared.impatiencePercent, random));
        }
        return done;
    }

    /** Makes the first change of every store. */
    List<Operation<EntryRequest, EntryAnswer>> begin() throws InterruptedException {
        for (String store : shared.stores) {
            persist(write(store, List.of(Op.of(Kind.SET, FIRST_PATH, value()))));
        }
        return done;
    }

    /** Reads everything, and then all changes, when what was set for some time only is gone or must be. */
    List<Operation<EntryRequest, EntryAnswer>> readAll() throws InterruptedException {
        long end = System.nanoTime() + 2 * TimeUnit.MILLISECONDS.toNanos(Expiries.LATE_MILLIS);
        for (String store : shared.stores) {
            awaitExpiries(store, end);
            persist(new EntryRequest.ListBelow(store, ""));
            for (String record : shared.records) {
                persist(new EntryRequest.Get(store, record));
            }
            persist(new EntryRequest.Log(store));
        }
        return done;
    }

    private void awaitExpiries(String store, long end) throws InterruptedException {
        while (shared.anyTimed()
                && System.nanoTime() < end
                && shared.notes.insist(target, new EntryRequest.Log(store), random)
                        instanceof EntryAnswer.Changes(List<EntryAnswer.Change> changes)
                && shared.awaitsExpiry(store, changes)) {
            Thread.sleep(EXPIRY_PAUSE_MILLIS);
        }
    }

    private void persist(EntryRequest request) throws InterruptedException {
        while (ask(request, Target.Patience.FULL) == null) {
            Thread.onSpinWait(); // the server is down; the target waits a little each time
        }
    }

    private void pause() {
        switch (random.nextInt(4)) {
            case 0 -> LockSupport.parkNanos(random.nextInt(MAX_PAUSE_MICROS) * 1_000L);
            case 1 -> LockSupport.parkNanos(1);
            default -> {}
        }
    }

    /** Asks once and notes it. Returns the answer, or null when there is none. */
    private @Nullable EntryAnswer ask(EntryRequest request, Target.Patience patience) throws InterruptedException {
        switch (shared.notes.ask(number, target, request, patience, random, done)) {
            case Target.Outcome.Answered<EntryAnswer>(EntryAnswer answer) -> {
                learn(request, answer);
                return answer;
            }
            case Target.Outcome.Open<EntryAnswer> _ -> {
                if (request instanceof Write write && write.once()) {
                    unanswered = write;
                }
            }
            case Target.Outcome.NotApplied<EntryAnswer> _ -> {}
        }
        return null;
    }

    // ---- what is known ----

    private void learn(EntryRequest request, EntryAnswer answer) {
        String store = request.store();
        switch (answer) {
            case EntryAnswer.Written written -> {
                if (request instanceof Write write) {
                    for (int i = 0; i < write.ops().size(); i++) {
                        learn(store, write.ops().get(i), written.ops().get(i));
                    }
                }
            }
            case EntryAnswer.Refused refused -> {
                if (request instanceof Write write && refused.current() != null) {
                    know(store, write.ops().get(refused.index()).path(), refused.current());
                }
            }
            case EntryAnswer.Found found -> {
                if (request instanceof EntryRequest.Get get) {
                    know(store, get.path(), found.revision());
                }
            }
            case EntryAnswer.Several several ->
                several.entries().forEach((path, found) -> know(store, path, found.revision()));
            case EntryAnswer.Missing _, EntryAnswer.Changes _, EntryAnswer.Dropped _ -> {}
        }
    }

    private void learn(String store, Op op, EntryAnswer.Done made) {
        if (!made.made()) {
            return;
        }
        know(store, op.path(), made.seq());
        int slash = op.path().indexOf('/');
        if (slash > 0) {
            know(store, op.path().substring(0, slash), made.seq());
        }
        String lease = key(store, op.path());
        switch (op.kind()) {
            case LEASE -> {
                held.put(lease, made.seq());
                shared.leased(lease, made.seq());
            }
            case RELEASE -> held.remove(lease);
            default -> {}
        }
    }

    private void know(String store, String path, long revision) {
        revisions.put(key(store, path), revision);
    }

    private static String key(String store, String path) {
        return store + ":" + path;
    }

    private long known(String store, String path) {
        return revisions.getOrDefault(key(store, path), 1L);
    }

    // ---- what to ask ----

    private EntryRequest request(String store) {
        Write again = unanswered;
        if (again != null && random.nextInt(3) > 0) {
            unanswered = null;
            return again;
        }
        return switch (random.nextInt(14)) {
            case 0, 1, 2 -> new EntryRequest.Get(store, anyPath());
            case 3 -> new EntryRequest.GetMany(store, paths(1 + random.nextInt(MAX_BATCH)));
            case 4 -> new EntryRequest.ListBelow(store, random.nextInt(3) == 0 ? "" : any(shared.records));
            case 5, 6 -> write(store, batch(store));
            case 7, 8 -> write(store, List.of(lease(store)));
            case 9 -> write(store, List.of(onRegister(store).fencedBy(fence(store))));
            default -> write(store, List.of(op(store)));
        };
    }

    private Write write(String store, List<Op> ops) {
        return new Write(store, "n" + shared.next.getAndIncrement(), recognised && random.nextInt(3) > 0, ops);
    }

    private List<Op> batch(String store) {
        List<Op> ops = new ArrayList<>();
        int count = 2 + random.nextInt(MAX_BATCH - 1);
        for (int i = 0; i < count; i++) {
            ops.add(random.nextInt(6) == 0 ? check(store) : op(store));
        }
        return ops;
    }

    private Op check(String store) {
        Op check = Op.of(Kind.CHECK, anyPath(), null);
        return random.nextInt(3) == 0
                ? check.with(EntryRequest.Condition.EMPTY)
                : check.ifMatch(known(store, check.path()));
    }

    private Op op(String store) {
        if (!shared.passing.isEmpty() && random.nextInt(PASSING_ONE_IN) == 0) {
            return onPassing(store);
        }
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> mayBeTimed(store, onRegister(store));
            case 3, 4, 5 -> mayBeTimed(store, onRecord(store));
            case 6, 7 -> Op.of(Kind.INCREMENT, any(shared.counters), EntryValue.of(1L + random.nextInt(9)));
            case 8 -> Op.of(Kind.ADD, any(shared.sets), member());
            default ->
                random.nextInt(3) > 0
                        ? Op.of(Kind.REMOVE, any(shared.sets), member())
                        : Op.of(Kind.DELETE, anyPath(), null);
        };
    }

    private Op mayBeTimed(String store, Op op) {
        return op.kind() == Kind.SET ? shared.mayBeTimed(store, op, random) : op;
    }

    /** Mostly a set for some time; also one for good, and one below what may go meanwhile. */
    private Op onPassing(String store) {
        String path = any(shared.passing);
        Op set = conditional(store, Op.of(Kind.SET, random.nextInt(6) == 0 ? path + "/x" : path, value()));
        return random.nextInt(8) == 0 ? set : shared.timed(store, set, random);
    }

    private Op onRegister(String store) {
        String path = random.nextInt(20) == 0 ? anyPath() : any(shared.registers);
        return random.nextInt(6) == 0
                ? conditional(store, Op.of(Kind.DELETE, path, null))
                : conditional(store, Op.of(Kind.SET, path, value()));
    }

    private Op onRecord(String store) {
        String record = any(shared.records);
        String field = record + "/" + any(FIELDS);
        return switch (random.nextInt(6)) {
            case 0, 1 -> conditional(store, Op.of(Kind.SET, record, object()));
            case 2 -> conditional(store, Op.of(Kind.SET, field, value()));
            case 3 -> Op.of(Kind.MERGE, record, object());
            case 4 -> conditional(store, Op.of(Kind.DELETE, field, null));
            default -> conditional(store, Op.of(Kind.DELETE, record, null));
        };
    }

    /** Mostly the revision as last seen, which others may have changed. */
    private Op conditional(String store, Op op) {
        boolean object = op.value() instanceof EntryValue.Fields;
        boolean set = op.kind() == Kind.SET || op.kind() == Kind.CHECK;
        return switch (random.nextInt(8)) {
            case 0, 1, 2, 3 -> op.ifMatch(known(store, op.path()));
            case 4 -> set && !object ? op.with(EntryRequest.Condition.ABSENT) : op;
            case 5 -> set ? op.with(EntryRequest.Condition.EMPTY) : op;
            default -> op;
        };
    }

    private Op lease(String store) {
        String path = any(shared.leases);
        Long token = random.nextInt(8) == 0 ? shared.token(key(store, path)) : held.get(key(store, path));
        long ttl = random.nextInt(4) == 0 ? 1 + random.nextInt(MAX_SHORT_LEASE_MILLIS) : LONG_LEASE_MILLIS;
        if (token == null) {
            return Op.lease(Kind.LEASE, path, new Terms(ttl, "p" + number, null));
        }
        return switch (random.nextInt(4)) {
            case 0 -> Op.lease(Kind.RENEW, path, new Terms(ttl, null, token));
            case 1 -> Op.lease(Kind.LEASE, path, new Terms(ttl, "p" + number, null));
            default -> Op.lease(Kind.RELEASE, path, new Terms(LONG_LEASE_MILLIS, null, token));
        };
    }

    private EntryRequest.@Nullable Fence fence(String store) {
        String lease = any(shared.leases);
        Long token = random.nextInt(4) == 0 ? shared.token(key(store, lease)) : held.get(key(store, lease));
        return token == null ? null : new EntryRequest.Fence(lease, token);
    }

    private EntryValue value() {
        return EntryValue.of(shared.next.getAndIncrement());
    }

    private EntryValue member() {
        return EntryValue.of((long) random.nextInt(MEMBERS));
    }

    /** An object with some of the fields; without any it erases. */
    private EntryValue object() {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        for (String field : FIELDS) {
            if (random.nextInt(3) > 0) {
                fields.put(field, value());
            }
        }
        return new EntryValue.Fields(fields);
    }

    private List<String> paths(int count) {
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            paths.add(anyPath());
        }
        return paths;
    }

    private String anyPath() {
        if (!shared.passing.isEmpty() && random.nextInt(PASSING_READS_ONE_IN) == 0) {
            return any(shared.passing);
        }
        return switch (random.nextInt(7)) {
            case 0, 1 -> any(shared.registers);
            case 2 -> any(shared.records);
            case 3 -> any(shared.records) + "/" + any(FIELDS);
            case 4 -> any(shared.counters);
            case 5 -> any(shared.sets);
            default -> any(shared.leases);
        };
    }

    private String any(List<String> names) {
        return names.get(random.nextInt(names.size()));
    }
}
