package dev.varve.postgres;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AggregateStatus;
import dev.varve.api.EventStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The row of an aggregate.
 *
 * @param id what it is called in other tables; 0 while it has no row
 * @param name which
 * @param status what became of it
 * @param version that of its last event, also of one that was deleted
 * @param firstOfLife the version that the first event had since it was deleted last
 * @param lastPosition that of its last event
 * @param settings how long its events are kept
 * @param settingsRevision how often they were changed
 */
record AggregateRow(
        long id,
        AggregateId name,
        AggregateStatus status,
        long version,
        long firstOfLife,
        long lastPosition,
        AggregateSettings settings,
        long settingsRevision) {

    /** What a query has to select of {@code a}. */
    static final String COLUMNS = "a.id, a.aggregate, a.aggregate_id, a.status, a.version, a.first_of_life, "
            + "a.last_position, a.max_age, a.max_count, a.truncate_before, a.custom, a.settings_revision";

    /**
     * Which event {@code e} can be read, its aggregate being {@code a} if it has one. Takes the time in milliseconds.
     */
    static final String READABLE = "NOT e.deleted AND (e.aggregate_id IS NULL OR (a.status = 'live' "
            + "AND e.aggregate_version >= greatest(a.first_of_life, a.truncate_before, a.version - a.max_count + 1) "
            + "AND (a.max_age_millis IS NULL "
            + "OR e.created >= to_timestamp((?::bigint - a.max_age_millis) / 1000.0))))";

    /** Ages beyond this many milliseconds, three centuries, are none: a time so long ago need not be one that PostgreSQL knows. */
    private static final long MAX_AGE_MILLIS = 10_000_000_000_000L;

    static AggregateRow none(AggregateId name) {
        return new AggregateRow(
                0, name, AggregateStatus.EMPTY, EventStore.EMPTY, 0, EventStore.EMPTY, AggregateSettings.NONE, 0);
    }

    static AggregateRow of(ResultSet row) throws SQLException {
        String maxAge = row.getString("max_age");
        return new AggregateRow(
                row.getLong("id"),
                Query.aggregate(row),
                AggregateStatus.valueOf(row.getString("status").toUpperCase(Locale.ROOT)),
                row.getLong("version"),
                row.getLong("first_of_life"),
                row.getLong("last_position"),
                new AggregateSettings(
                        maxAge == null ? null : Duration.parse(maxAge),
                        Query.number(row, "max_count"),
                        row.getLong("truncate_before"),
                        JsonTexts.readTexts(row.getString("custom"))),
                row.getLong("settings_revision"));
    }

    /** The age that is compared with, in milliseconds; null for none. */
    static @Nullable Long maxAgeMillis(AggregateSettings settings) {
        Duration age = settings.maxAge();
        if (age == null) {
            return null;
        }
        return age.compareTo(Duration.ofMillis(MAX_AGE_MILLIS)) > 0 ? MAX_AGE_MILLIS : age.toMillis();
    }

    /** The version that checks compare with, and that reads tell. */
    long seen() {
        return status == AggregateStatus.LIVE ? version : EventStore.EMPTY;
    }

    /** The same after one more event. */
    AggregateRow written(long position) {
        boolean goesOn = status == AggregateStatus.LIVE;
        return new AggregateRow(
                id,
                name,
                AggregateStatus.LIVE,
                version + 1,
                goesOn ? firstOfLife : version + 1,
                position,
                settings,
                settingsRevision);
    }

    AggregateRow withId(long other) {
        return new AggregateRow(other, name, status, version, firstOfLife, lastPosition, settings, settingsRevision);
    }

    AggregateInfo info(long firstVersion) {
        return new AggregateInfo(name, status, version, firstVersion, lastPosition, settings, settingsRevision);
    }
}
