package dev.varve.postgres;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateStatus;
import dev.varve.api.AppendCondition;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppend.Addressed;
import dev.varve.api.EventAppend.Check;
import dev.varve.api.EventAppend.Tracking;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventAppendResult.Violation;
import dev.varve.api.EventAppendResult.Written;
import dev.varve.api.EventData;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Appends, each in a transaction of its own that holds the lock of the store. */
final class EventAppends {

    /** So many events are sent to the database at once. */
    private static final int BATCH_EVENTS = 500;

    /** So many bytes of data are sent to the database at once, and one event more. */
    private static final int BATCH_BYTES = 1 << 20;

    private final Tables tables;
    private final Aggregates aggregates;
    private final EventReads reads;
    private final Checkpoints checkpoints;

    EventAppends(Tables tables, Aggregates aggregates, EventReads reads, Checkpoints checkpoints) {
        this.tables = tables;
        this.aggregates = aggregates;
        this.reads = reads;
        this.checkpoints = checkpoints;
    }

    /** What is made before the lock is taken: the columns that show JSON, one for each event, or nothing for none of them. */
    static List<@Nullable String> json(EventAppend append) {
        List<@Nullable String> columns = new ArrayList<>();
        append.events()
                .forEach(
                        addressed -> columns.add(JsonColumn.of(addressed.event().data())));
        return columns;
    }

    /** An append under way: what stands there that it may depend on. */
    private record Standing(
            EventAppend append,
            Set<AggregateId> written,
            Map<AggregateId, AggregateRow> aggregates,
            Map<UUID, Present> present) {

        AggregateRow aggregate(AggregateId id) {
            AggregateRow row = aggregates.get(id);
            return row == null ? AggregateRow.none(id) : row;
        }
    }

    /**
     * An event that has the id of one that is to be appended.
     *
     * @param position where it stands
     * @param content what it is, if that still matters; null for one that was deleted, with its aggregate or alone
     */
    private record Present(long position, @Nullable Content content) {}

    private record Content(
            @Nullable AggregateId aggregate,
            long version,
            long appendFirst,
            String type,
            EventData data,
            boolean redacted) {

        boolean isOf(NewEvent event) {
            return type.equals(event.type()) && (redacted || data.equals(event.data()));
        }
    }

    /**
     * Appends.
     *
     * @param store locked; null when there is none, which is made if something is written
     * @param name the name of the store
     * @param json columns for people, as {@link #json} makes them, or none
     * @return what came of it; for a refusal nothing was written
     */
    EventAppendResult append(
            Connection connection,
            @Nullable StoreRow store,
            String name,
            EventAppend append,
            List<@Nullable String> json,
            long nowMillis)
            throws SQLException {
        StoreRow row = store == null ? StoreRow.NONE : store;
        Standing standing = standing(connection, row, append);
        EventAppendResult answer = answer(connection, row, standing, nowMillis);
        if (answer != null) {
            return answer;
        }
        if (store == null) {
            // Somebody else may have made it meanwhile, and written to it.
            return append(connection, StoreRow.lockOrCreate(tables, connection, name), name, append, json, nowMillis);
        }
        Tracking tracking = append.tracking();
        if (tracking != null) {
            checkpoints.save(connection, row, tracking.source(), tracking.position());
        }
        return write(connection, row, standing, json, nowMillis);
    }

    /** What is to be answered without writing anything; null when the events are to be written. */
    private @Nullable EventAppendResult answer(Connection connection, StoreRow store, Standing standing, long nowMillis)
            throws SQLException {
        Appended again = cameAgain(standing);
        if (again != null) {
            Refused reused = reused(standing);
            return reused == null ? again : reused;
        }
        Refused refused = refusal(standing);
        if (refused == null) {
            refused = ruledOut(connection, store, standing.append, nowMillis);
        }
        if (refused != null) {
            return refused;
        }
        return standing.append.events().isEmpty() ? nothingWritten(standing) : null;
    }

    private Standing standing(Connection connection, StoreRow store, EventAppend append) throws SQLException {
        Set<AggregateId> written = new LinkedHashSet<>();
        Set<UUID> ids = new LinkedHashSet<>();
        for (Addressed addressed : append.events()) {
            ids.add(addressed.event().id());
            if (addressed.aggregate() != null) {
                written.add(addressed.aggregate());
            }
        }
        Set<AggregateId> named = new LinkedHashSet<>(written);
        append.checks().forEach(check -> named.add(check.aggregate()));
        return new Standing(append, written, aggregates.all(connection, store, named), present(connection, store, ids));
    }

    private Map<UUID, Present> present(Connection connection, StoreRow store, Set<UUID> ids) throws SQLException {
        Map<UUID, Present> present = new HashMap<>();
        if (ids.isEmpty()) {
            return present;
        }
        Query.IdList list = new Query.IdList(ids);
        new Query(tables)
                .add(
                        "SELECT e.event_id, e.position, NOT e.deleted AND (e.aggregate_id IS NULL "
                                + "OR (a.status = 'live' AND e.aggregate_version >= a.first_of_life)) AS stands, "
                                + "a.aggregate, a.aggregate_id, e.aggregate_version, e.append_first, e.type, "
                                + "e.content_type, e.domain_event, e.redacted "
                                + "FROM {events} e LEFT JOIN {aggregates} a ON a.id = e.aggregate_id "
                                + "WHERE e.store = ? AND e.event_id = ANY (?) "
                                + "UNION ALL SELECT r.event_id, r.position, false, "
                                + "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL "
                                + "FROM {removed_ids} r WHERE r.store = ? AND r.event_id = ANY (?)",
                        store.id(),
                        list,
                        store.id(),
                        list)
                .list(connection, row -> {
                    Content content = !row.getBoolean("stands")
                            ? null
                            : new Content(
                                    row.getString("aggregate") == null ? null : Query.aggregate(row),
                                    row.getLong("aggregate_version"),
                                    row.getLong("append_first"),
                                    row.getString("type"),
                                    EventData.wrap(row.getString("content_type"), row.getBytes("domain_event")),
                                    row.getBoolean("redacted"));
                    return present.put(
                            row.getObject("event_id", UUID.class), new Present(row.getLong("position"), content));
                });
        return present;
    }

    /** The answer of then, when the same append was made before, whatever the content of its events was; else null. */
    private static @Nullable Appended cameAgain(Standing standing) {
        List<Addressed> events = standing.append.events();
        long first = EventStore.EMPTY;
        long appendFirst = EventStore.EMPTY;
        Map<AggregateId, Written> written = new LinkedHashMap<>();
        for (int i = 0; i < events.size(); i++) {
            Present present = standing.present.get(events.get(i).event().id());
            if (present == null) {
                return null;
            }
            Content content = present.content;
            if (content == null
                    || !Objects.equals(content.aggregate, events.get(i).aggregate())) {
                return null;
            }
            if (i == 0) {
                first = present.position;
                appendFirst = content.appendFirst;
            }
            if (present.position != first + i || content.appendFirst != appendFirst) {
                return null;
            }
            AggregateId id = content.aggregate;
            if (id != null) {
                Written before = written.getOrDefault(id, new Written(id, content.version - 1, content.version));
                written.put(id, new Written(id, before.versionBefore(), content.version));
            }
        }
        if (events.isEmpty()) {
            return null;
        }
        for (Check check : standing.append.checks()) {
            Written one = written.get(check.aggregate());
            if (one != null && !heldThen(check.expected(), one, standing.aggregate(check.aggregate()))) {
                return null;
            }
        }
        return new Appended(first, first + events.size() - 1, List.copyOf(written.values()), true);
    }

    private static boolean heldThen(ExpectedVersion expected, Written written, AggregateRow aggregate) {
        if (expected instanceof ExpectedVersion.Exactly exactly) {
            return exactly.version() == written.versionBefore();
        }
        return !(expected instanceof ExpectedVersion.NoStream)
                || written.versionBefore() + 1 == aggregate.firstOfLife();
    }

    /** The refusal of an id that came with other content before, else null. */
    private static @Nullable Refused reused(Standing standing) {
        for (Addressed addressed : standing.append.events()) {
            NewEvent event = addressed.event();
            Present present = standing.present.get(event.id());
            if (present != null && present.content != null && !present.content.isOf(event)) {
                return new Refused(Reason.EVENT_ID_REUSED, List.of(), present.position, event.id());
            }
        }
        return null;
    }

    /** Why versions and ids do not let an append be made that did not come before, else null. */
    private static @Nullable Refused refusal(Standing standing) {
        List<Violation> violations = new ArrayList<>();
        Set<AggregateId> gone = new LinkedHashSet<>();
        for (AggregateId id : standing.written) {
            if (standing.aggregate(id).status() == AggregateStatus.TOMBSTONED) {
                gone.add(id);
            }
        }
        boolean tombstoned = !gone.isEmpty();
        boolean exact = false;
        Set<AggregateId> unchecked = new LinkedHashSet<>(gone);
        for (int i = 0; i < standing.append.checks().size(); i++) {
            Check check = standing.append.checks().get(i);
            AggregateRow aggregate = standing.aggregate(check.aggregate());
            ExpectedVersion expected = check.expected();
            unchecked.remove(check.aggregate());
            // Any version of an aggregate to which nothing is written stands for a write of nothing.
            boolean writesNothing =
                    expected instanceof ExpectedVersion.Any && aggregate.status() == AggregateStatus.TOMBSTONED;
            tombstoned |= writesNothing;
            if (gone.contains(check.aggregate())
                    || writesNothing
                    || !expected.holds(aggregate.status(), aggregate.seen())) {
                violations.add(new Violation(i, check.aggregate(), expected, aggregate.status(), aggregate.seen()));
                exact |= expected instanceof ExpectedVersion.Exactly || expected instanceof ExpectedVersion.NoStream;
            }
        }
        for (AggregateId id : unchecked) {
            violations.add(new Violation(-1, id, ExpectedVersion.any(), AggregateStatus.TOMBSTONED, EventStore.EMPTY));
        }
        if (tombstoned) {
            return new Refused(Reason.TOMBSTONED, violations, EventStore.EMPTY, null);
        }
        if (exact) {
            return new Refused(Reason.WRONG_EXPECTED_VERSION, violations, EventStore.EMPTY, null);
        }
        Refused reused = reused(standing);
        if (reused != null) {
            return reused;
        }
        for (Addressed addressed : standing.append.events()) {
            UUID id = addressed.event().id();
            Present present = standing.present.get(id);
            if (present != null) {
                return new Refused(Reason.EVENT_ID_CONFLICT, List.of(), present.position, id);
            }
        }
        return violations.isEmpty()
                ? null
                : new Refused(Reason.WRONG_EXPECTED_VERSION, violations, EventStore.EMPTY, null);
    }

    /** Why the condition or the tracking do not let an append be made, else null. */
    private @Nullable Refused ruledOut(Connection connection, StoreRow store, EventAppend append, long nowMillis)
            throws SQLException {
        AppendCondition condition = append.condition();
        if (condition != null && condition.after() < store.head()) {
            Long position = reads.first(
                    connection,
                    Selection.of(store.id(), nowMillis)
                            .within(condition.after() + 1, store.head())
                            .matching(condition.failIfEventsMatch()));
            if (position != null) {
                return new Refused(Reason.CONDITION_FAILED, List.of(), position, null);
            }
        }
        Tracking tracking = append.tracking();
        if (tracking != null) {
            Long reached = checkpoints.one(connection, store, tracking.source());
            if (reached != null && tracking.position() <= reached) {
                return new Refused(Reason.TRACKING_NOT_INCREASING, List.of(), reached, null);
            }
        }
        return null;
    }

    private static Appended nothingWritten(Standing standing) {
        List<Check> checks = standing.append.checks();
        if (checks.size() > 1) {
            return new Appended(EventStore.EMPTY, EventStore.EMPTY, List.of(), false);
        }
        AggregateId id = checks.get(0).aggregate();
        long version = standing.aggregate(id).version();
        return new Appended(EventStore.EMPTY, EventStore.EMPTY, List.of(new Written(id, version, version)), false);
    }

    // ---- writing

    private Appended write(
            Connection connection, StoreRow store, Standing standing, List<@Nullable String> json, long nowMillis)
            throws SQLException {
        long first = store.head() + 1;
        long last = store.head() + standing.append.events().size();
        Instant created = Instant.ofEpochMilli(nowMillis).truncatedTo(ChronoUnit.MILLIS);
        if (store.lastCreated() != null && store.lastCreated().isAfter(created)) {
            created = store.lastCreated();
        }
        Map<AggregateId, AggregateRow> after = writeAggregates(connection, store, standing);
        writeEvents(connection, store, standing, after, json, first, created);
        if (standing.append.events().stream()
                .anyMatch(addressed -> !addressed.event().tags().isEmpty())) {
            new Query(tables)
                    .add(
                            "INSERT INTO {tags} (store, tag, position) SELECT e.store, unnest(e.tags), e.position "
                                    + "FROM {events} e WHERE e.store = ? AND e.position BETWEEN ? AND ?",
                            store.id(),
                            first,
                            last)
                    .update(connection);
        }
        new Query(tables)
                .add("UPDATE {stores} SET head = ?, last_created = ? WHERE id = ?", last, created, store.id())
                .update(connection);
        List<Written> written = new ArrayList<>();
        for (AggregateId id : standing.written) {
            written.add(new Written(
                    id,
                    standing.aggregate(id).version(),
                    Objects.requireNonNull(after.get(id)).version()));
        }
        return new Appended(first, last, written, false);
    }

    /** The rows of the aggregates that are written, as they stand then. */
    private Map<AggregateId, AggregateRow> writeAggregates(Connection connection, StoreRow store, Standing standing)
            throws SQLException {
        Map<AggregateId, AggregateRow> after = new LinkedHashMap<>();
        long position = store.head();
        for (Addressed addressed : standing.append.events()) {
            position++;
            AggregateId id = addressed.aggregate();
            if (id != null) {
                after.put(id, after.getOrDefault(id, standing.aggregate(id)).written(position));
            }
        }
        aggregates.update(
                connection, after.values().stream().filter(row -> row.id() != 0).toList());
        aggregates
                .insert(
                        connection,
                        store,
                        after.values().stream().filter(row -> row.id() == 0).toList())
                .forEach((name, id) -> after.computeIfPresent(name, (same, row) -> row.withId(id)));
        return after;
    }

    private void writeEvents(
            Connection connection,
            StoreRow store,
            Standing standing,
            Map<AggregateId, AggregateRow> after,
            List<@Nullable String> json,
            long first,
            Instant created)
            throws SQLException {
        List<Addressed> events = standing.append.events();
        long last = first + events.size() - 1;
        Map<AggregateId, Long> versions = new HashMap<>();
        try (PreparedStatement insert = connection.prepareStatement(tables.sql(
                "INSERT INTO {events} (store, position, aggregate_id, aggregate_version, category, event_id, type, "
                        + "domain_event, content_type, domain_event_json, tags, metadata, happened_seconds, "
                        + "happened_nanos, created, append_first, append_last) "
                        + "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"))) {
            int batched = 0;
            long bytes = 0;
            for (int i = 0; i < events.size(); i++) {
                AggregateId id = events.get(i).aggregate();
                NewEvent event = events.get(i).event();
                Long version = id == null
                        ? null
                        : (Long) (versions.getOrDefault(
                                        id, standing.aggregate(id).version())
                                + 1);
                if (id != null && version != null) {
                    versions.put(id, version);
                }
                Instant time = event.time() == null ? created : event.time();
                Query.bind(
                        connection,
                        insert,
                        store.id(),
                        first + i,
                        id == null
                                ? null
                                : (Long) Objects.requireNonNull(after.get(id)).id(),
                        version,
                        id == null ? null : id.type(),
                        event.id(),
                        event.type(),
                        event.data().bytes(),
                        event.data().contentType(),
                        new Query.Json(json.isEmpty() ? null : json.get(i)),
                        new Query.TextList(event.tags()),
                        new Query.Json(JsonTexts.write(event.metadata())),
                        time.getEpochSecond(),
                        time.getNano(),
                        created,
                        first,
                        last);
                insert.addBatch();
                batched++;
                bytes += event.data().size();
                if (batched == BATCH_EVENTS || bytes > BATCH_BYTES || i == events.size() - 1) {
                    insert.executeBatch();
                    batched = 0;
                    bytes = 0;
                }
            }
        }
    }
}
