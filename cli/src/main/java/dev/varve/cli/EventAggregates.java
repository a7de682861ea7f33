package dev.varve.cli;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateSettings;
import dev.varve.api.EventStore;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that are about aggregates and not about their events. */
final class EventAggregates {

    private EventAggregates() {}

    /** {@code varve event list}. */
    @Command(
            name = "list",
            description = "List the aggregates of a store, one line each: aggregate, status and version.")
    static final class ListAll extends EventAction {

        @Option(names = "--category", paramLabel = "TYPE", description = "Only of this type.")
        private @Nullable String category;

        @Option(names = "--limit", paramLabel = "N", description = "How many at most. Default: all.")
        private long limit = Long.MAX_VALUE;

        ListAll(Io io) {
            super(io);
        }

        @Override
        int run(EventStore events) throws IOException {
            if (limit < 1) {
                throw new UsageException("--limit is 1 or more");
            }
            try (Stream<AggregateInfo> all = events.aggregates(category)) {
                Iterator<AggregateInfo> infos = all.limit(limit).iterator();
                while (infos.hasNext()) {
                    AggregateInfo info = infos.next();
                    output.text((json() ? EventJson.info(info) : line(info)) + "\n");
                }
            }
            output.flush();
            return ExitCode.OK;
        }

        private static String line(AggregateInfo info) {
            return info.id() + "\t" + info.status().wireName() + "\t" + info.version();
        }
    }

    /** {@code varve event configure}. */
    @Command(
            name = "configure",
            description =
                    "Say how long the events of an aggregate are kept; what is not named stays as it is. Writes what"
                            + " holds then.")
    static final class Configure extends EventAction {

        @Parameters(index = "1", paramLabel = "AGGREGATE", description = "The aggregate, type/id.")
        private String aggregate = "";

        @Option(
                names = "--max-age-ms",
                paramLabel = "N",
                description = "Events that were recorded longer ago are left out; 0 for no such bound.")
        private @Nullable Long maxAgeMillis;

        @Option(
                names = "--max-count",
                paramLabel = "N",
                description = "Only so many of the last events are kept; 0 for no such bound.")
        private @Nullable Long maxCount;

        @Option(
                names = "--truncate-before",
                paramLabel = "VERSION",
                description = "Events of lower versions are left out; 0 for none.")
        private @Nullable Long truncateBefore;

        @Option(names = "--custom", paramLabel = "NAME=TEXT", description = "A note; may come several times.")
        private List<String> custom = List.of();

        Configure(Io io) {
            super(io);
        }

        @Override
        int run(EventStore events) throws IOException {
            AggregateId id = aggregate(aggregate);
            AggregateInfo before = events.aggregate(id);
            AggregateSettings settings = typed(() -> changed(before.settings()));
            AggregateInfo after = events.configure(id, settings, before.settingsRevision());
            if (json()) {
                output.line(EventJson.info(after));
                return ExitCode.OK;
            }
            Duration maxAge = after.settings().maxAge();
            Long count = after.settings().maxCount();
            output.line("max age ms\t" + (maxAge == null ? "-" : Long.toString(maxAge.toMillis())));
            output.line("max count\t" + (count == null ? "-" : count.toString()));
            output.line("truncate before\t" + after.settings().truncateBefore());
            return ExitCode.OK;
        }

        private AggregateSettings changed(AggregateSettings before) {
            Map<String, String> notes = new LinkedHashMap<>(before.custom());
            notes.putAll(texts("--custom", custom));
            Duration maxAge =
                    maxAgeMillis == null ? before.maxAge() : maxAgeMillis == 0 ? null : Duration.ofMillis(maxAgeMillis);
            Long count = maxCount == null ? before.maxCount() : maxCount == 0 ? null : maxCount;
            return new AggregateSettings(
                    maxAge, count, truncateBefore == null ? before.truncateBefore() : truncateBefore, notes);
        }
    }
}
