package dev.varve.cli;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventData;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that append events and take them away. */
final class EventWrites {

    private EventWrites() {}

    /** {@code varve event append}. */
    @Command(
            name = "append",
            description =
                    "Append one event. Whatever happens to connections, it is made once. Writes its version, or its"
                            + " position if it belongs to no aggregate.")
    static final class Append extends EventAction {

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "AGGREGATE",
                description = "Which aggregate it belongs to, type/id. Default: none.")
        private @Nullable String aggregate;

        @Option(names = "--type", required = true, paramLabel = "TYPE", description = "What happened.")
        private String type = "";

        @Option(names = "--data", paramLabel = "JSON", description = "What is to be known of it. Default: {}.")
        private @Nullable String data;

        @Option(names = "--file", paramLabel = "FILE", description = "Take the data from a file.")
        private @Nullable Path file;

        @Option(
                names = "--content-type",
                paramLabel = "TYPE",
                description = "The media type of the data. Default: application/json.")
        private String contentType = EventData.JSON;

        @Option(
                names = "--expected",
                paramLabel = "VERSION",
                description =
                        "What the version of the aggregate must be: a number, noStream, exists, softDeleted or any, or an"
                                + " object as bodies have it, such as {\"lt\":7}. Default: any.")
        private @Nullable String expected;

        @Option(names = "--tag", paramLabel = "TAG", description = "A tag; may come several times.")
        private List<String> tags = List.of();

        @Option(names = "--metadata", paramLabel = "NAME=TEXT", description = "Metadata; may come several times.")
        private List<String> metadata = List.of();

        @Option(
                names = "--id",
                paramLabel = "UUID",
                description =
                        "The event's id: an append that comes again with it is not made twice. Default: a new one.")
        private @Nullable UUID id;

        @Option(names = "--time", paramLabel = "TIME", description = "When it happened, in UTC. Default: now.")
        private @Nullable String time;

        Append(Io io) {
            super(io);
        }

        @Override
        Duration retryFor() {
            return Duration.ofSeconds(10);
        }

        @Override
        int run(EventStore events) throws IOException {
            if (data != null && file != null) {
                throw new UsageException("--data and --file exclude each other");
            }
            EventData content = content();
            Instant happened = time == null ? null : time(time);
            NewEvent event = typed(() -> new NewEvent(
                    id == null ? UUID.randomUUID() : id,
                    type,
                    content,
                    new LinkedHashSet<>(tags),
                    texts(metadata),
                    happened));
            EventAppendResult.Appended appended = events.append(append(event));
            output.line(json() ? EventJson.appended(appended) : said(appended));
            return ExitCode.OK;
        }

        private EventData content() throws IOException {
            Path from = file;
            if (from == null) {
                return data(data == null ? "{}" : data, contentType);
            }
            byte[] bytes = Files.readAllBytes(from);
            return typed(() -> EventData.of(contentType, bytes));
        }

        private EventAppend append(NewEvent event) {
            String to = aggregate;
            if (to != null) {
                ExpectedVersion version = expected == null ? ExpectedVersion.any() : expected(expected);
                return EventAppend.to(aggregate(to), version, List.of(event));
            }
            if (expected != null) {
                throw new UsageException("--expected is about an aggregate, and none is named");
            }
            return EventAppend.builder().event(event).build();
        }

        /** For a person a sentence, for a pipe the number alone. */
        private String said(EventAppendResult.Appended appended) {
            long position = appended.firstPosition();
            Long version = appended.aggregates().isEmpty()
                    ? null
                    : (Long) appended.aggregates().getFirst().version();
            if (!io.outIsTerminal().getAsBoolean()) {
                return Long.toString(version == null ? position : version);
            }
            return (appended.idempotent() ? "was there already, " : "appended, ")
                    + (version == null ? "" : "version " + version + ", ")
                    + "position " + position;
        }
    }

    /** {@code varve event delete}. */
    @Command(
            name = "delete",
            description =
                    "Delete an aggregate, so that its events cannot be read any more. scavenge gives back the space.")
    static final class Delete extends EventAction {

        /** How it is deleted. */
        @SuppressWarnings("EnumName") // as they are typed
        enum Mode {
            soft,
            tombstone,
            remove
        }

        @Parameters(index = "1", paramLabel = "AGGREGATE", description = "The aggregate, type/id.")
        private String aggregate = "";

        @Option(
                names = "--mode",
                paramLabel = "MODE",
                description =
                        "soft: it may be written to again, and its versions go on. tombstone: never again. remove: as"
                                + " if it had never been. Default: soft.")
        private Mode mode = Mode.soft;

        @Option(names = "--expected", paramLabel = "VERSION", description = "What its version must be. Default: any.")
        private String expected = "any";

        Delete(Io io) {
            super(io);
        }

        @Override
        int run(EventStore events) throws IOException {
            AggregateId id = aggregate(aggregate);
            AggregateInfo info = events.delete(
                    id,
                    expected(expected),
                    AggregateDeletion.valueOf(mode.name().toUpperCase(java.util.Locale.ROOT)));
            output.line(json() ? EventJson.info(info) : info.status().wireName());
            return ExitCode.OK;
        }
    }

    /** {@code varve event delete-at}. */
    @Command(
            name = "delete-at",
            description =
                    "Delete single events, up to 1,000. Writes how many were there. scavenge gives back the space.")
    static final class DeleteAt extends EventAction {

        @Parameters(index = "1..*", arity = "1..*", paramLabel = "POSITION", description = "Where the events stand.")
        private List<Long> positions = List.of();

        DeleteAt(Io io) {
            super(io);
        }

        @Override
        int run(EventStore events) throws IOException {
            int deleted = events.deleteEvents(positions);
            output.line(json() ? "{\"deleted\":" + deleted + "}" : Integer.toString(deleted));
            return ExitCode.OK;
        }
    }

    /** {@code varve event redact}. */
    @Command(
            name = "redact",
            description =
                    "Replace the data of an event. The old data cannot be read any more; scavenge removes its bytes.")
    static final class Redact extends EventAction {

        @Parameters(index = "1", paramLabel = "POSITION", description = "The position of the event.")
        private long position;

        @Option(names = "--data", paramLabel = "JSON", description = "What stands there from now on. Default: null.")
        private String data = "null";

        @Option(
                names = "--content-type",
                paramLabel = "TYPE",
                description = "The media type of the data. Default: application/json.")
        private String contentType = EventData.JSON;

        Redact(Io io) {
            super(io);
        }

        @Override
        int run(EventStore events) {
            if (events.redact(position, data(data, contentType))) {
                return ExitCode.OK;
            }
            io.err().println("varve: not_found: no event stands at " + position);
            return ExitCode.REFUSED;
        }
    }

    /** {@code varve event scavenge}. */
    @Command(
            name = "scavenge",
            description = "Give back the space of what cannot be read any more. Writes how many events were removed.")
    static final class Scavenge extends EventAction {

        Scavenge(Io io) {
            super(io);
        }

        @Override
        int run(EventStore events) throws IOException {
            long removed = events.scavenge();
            output.line(json() ? "{\"removed\":" + removed + "}" : Long.toString(removed));
            return ExitCode.OK;
        }
    }
}
