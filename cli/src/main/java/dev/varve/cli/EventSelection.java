package dev.varve.cli;

import dev.varve.api.EventFilter;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which events are meant. Confined to one thread. */
final class EventSelection {

    @Option(names = "--category", paramLabel = "TYPE", description = "Only of aggregates of this type.")
    private @Nullable String category;

    @Option(names = "--type", paramLabel = "TYPE", description = "Only of this type, or one of several.")
    private List<String> types = List.of();

    @Option(names = "--excluded-type", paramLabel = "TYPE", description = "Not of this type.")
    private List<String> excluded = List.of();

    @Option(names = "--tag", paramLabel = "TAG", description = "Only with this tag; with all of several.")
    private List<String> tags = List.of();

    @Option(names = "--metadata", paramLabel = "NAME=TEXT", description = "Only with this in the metadata.")
    private List<String> metadata = List.of();

    @Option(names = "--type-prefix", paramLabel = "TEXT", description = "Only of types that begin so.")
    private String typePrefix = "";

    @Option(names = "--id-prefix", paramLabel = "TEXT", description = "Only of aggregates whose ids begin so.")
    private String idPrefix = "";

    @Option(names = "--event-id", paramLabel = "UUID", description = "Only with this id, or one of several.")
    private List<UUID> ids = List.of();

    @Option(names = "--since", paramLabel = "TIME", description = "Only of this time, in UTC, or later.")
    private @Nullable String since;

    @Option(names = "--before", paramLabel = "TIME", description = "Only of an earlier time, in UTC.")
    private @Nullable String before;

    @Option(
            names = "--from-time",
            paramLabel = "TIME",
            description = "Begin with the first event, in the order of the log, of this time, in UTC, or later.")
    private @Nullable String from;

    /** A read of an aggregate, or of the store. */
    EventRead read(@Nullable String aggregate) {
        return EventAction.typed(() -> {
            String all = category;
            if (aggregate != null && all != null) {
                throw new UsageException("--category goes without an aggregate");
            }
            EventRead read = aggregate != null
                    ? EventRead.of(EventAction.aggregate(aggregate))
                    : all != null ? EventRead.category(all) : EventRead.all();
            EventFilter filter = EventFilter.NONE
                    .withTypePrefix(typePrefix)
                    .withIdPrefix(idPrefix)
                    .withIds(Set.copyOf(ids))
                    .withTimes(time(since), time(before));
            for (var entry : EventAction.texts(metadata).entrySet()) {
                filter = filter.withMetadata(entry.getKey(), entry.getValue());
            }
            boolean any = types.isEmpty() && excluded.isEmpty() && tags.isEmpty();
            EventQuery query = any
                    ? EventQuery.ALL
                    : EventQuery.of(new EventQuery.Item(
                            new LinkedHashSet<>(types), new LinkedHashSet<>(tags), new LinkedHashSet<>(excluded)));
            EventRead whole = read.matching(query).filtered(filter);
            Instant beginning = time(from);
            return beginning == null ? whole : whole.from(beginning);
        });
    }

    private static @Nullable Instant time(@Nullable String typed) {
        return typed == null ? null : EventAction.time(typed);
    }
}
