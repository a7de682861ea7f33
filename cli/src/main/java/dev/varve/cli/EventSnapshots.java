package dev.varve.cli;

import dev.varve.api.AggregateId;
import dev.varve.api.EventData;
import dev.varve.api.EventStore;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code varve event snapshot}: the commands that work with snapshots of aggregates. */
@Command(name = "snapshot", description = "Read, keep and delete snapshots of an aggregate.")
final class EventSnapshots extends CommandGroup {

    private EventSnapshots() {
        super("say what to do, for example: varve event snapshot get acme/orders order/4711");
    }

    static CommandLine commandLine(Io io) {
        CommandLine snapshot = new CommandLine(new EventSnapshots());
        snapshot.addSubcommand(new Get(io));
        snapshot.addSubcommand(new Save(io));
        snapshot.addSubcommand(new Delete(io));
        return snapshot;
    }

    /** A command about the snapshots of one aggregate. */
    abstract static class OfAggregate extends EventAction {

        @Parameters(index = "1", paramLabel = "AGGREGATE", description = "The aggregate, type/id.")
        private String aggregate = "";

        OfAggregate(Io io) {
            super(io);
        }

        final AggregateId aggregate() {
            return aggregate(aggregate);
        }
    }

    /** {@code varve event snapshot get}. */
    @Command(name = "get", description = "Write the newest snapshots, one line each: version, schema and state.")
    static final class Get extends OfAggregate {

        @Option(names = "--limit", paramLabel = "N", description = "How many at most. Default: 1.")
        private int limit = 1;

        @Option(names = "--up-to", paramLabel = "VERSION", description = "Only up to this version.")
        private long upTo = Long.MAX_VALUE;

        Get(Io io) {
            super(io);
        }

        @Override
        int run(EventStore events) throws IOException {
            SnapshotQuery query = typed(() -> new SnapshotQuery(0, upTo, null, null, limit));
            List<Snapshot> snapshots = events.snapshots(aggregate(), query);
            if (snapshots.isEmpty()) {
                io.err().println("varve: not_found: there is no snapshot of " + aggregate());
                return ExitCode.REFUSED;
            }
            for (Snapshot snapshot : snapshots) {
                EventData state = snapshot.state();
                output.line(
                        json()
                                ? EventJson.snapshot(snapshot)
                                : snapshot.version() + "\t" + snapshot.schema() + "\t"
                                        + (state.isJson() ? EventJson.oneLine(state) : state.toString()));
            }
            return ExitCode.OK;
        }
    }

    /** {@code varve event snapshot save}. */
    @Command(name = "save", description = "Keep the state of an aggregate after one of its events.")
    static final class Save extends OfAggregate {

        @Option(
                names = "--version",
                required = true,
                paramLabel = "VERSION",
                description = "The version of the last event that went into it.")
        private long version;

        @Option(names = "--data", required = true, paramLabel = "JSON", description = "The state.")
        private String data = "";

        @Option(names = "--schema", paramLabel = "NAME", description = "What it is written as. Default: empty.")
        private String schema = "";

        @Option(
                names = "--content-type",
                paramLabel = "TYPE",
                description = "The media type of the state. Default: application/json.")
        private String contentType = EventData.JSON;

        @Option(names = "--metadata", paramLabel = "NAME=TEXT", description = "Metadata; may come several times.")
        private List<String> metadata = List.of();

        @Option(names = "--keep", paramLabel = "N", description = "How many of the newest are kept. Default: 1.")
        private int keep = 1;

        Save(Io io) {
            super(io);
        }

        @Override
        int run(EventStore events) {
            Snapshot snapshot = typed(() -> new Snapshot(
                    aggregate(), version, schema, data(data, contentType), texts(metadata), Instant.now()));
            events.saveSnapshot(snapshot, keep);
            return ExitCode.OK;
        }
    }

    /** {@code varve event snapshot delete}. */
    @Command(name = "delete", description = "Delete snapshots. Writes how many there were.")
    static final class Delete extends OfAggregate {

        @Option(names = "--up-to", paramLabel = "VERSION", description = "Only up to this version. Default: all.")
        private @Nullable Long upTo;

        Delete(Io io) {
            super(io);
        }

        @Override
        int run(EventStore events) throws IOException {
            long last = upTo == null ? Long.MAX_VALUE : upTo;
            int deleted =
                    events.deleteSnapshots(aggregate(), new SnapshotQuery(0, last, null, null, Snapshot.MAX_KEPT));
            output.line(json() ? "{\"deleted\":" + deleted + "}" : Integer.toString(deleted));
            return ExitCode.OK;
        }
    }
}
