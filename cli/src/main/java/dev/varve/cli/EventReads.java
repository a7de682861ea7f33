package dev.varve.cli;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateStatus;
import dev.varve.api.EventData;
import dev.varve.api.EventHandler;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import dev.varve.api.Subscription;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that read events. */
final class EventReads {

    private EventReads() {}

    /** An event on one line for people. */
    static String line(StoredEvent event) {
        AggregateId aggregate = event.aggregate();
        EventData data = event.data();
        return event.position() + "\t"
                + (aggregate == null ? "-\t-" : aggregate + "\t" + event.version())
                + "\t" + event.type() + "\t"
                + (data.isJson() ? EventJson.oneLine(data) : data.toString());
    }

    /** {@code varve event read}. */
    @Command(name = "read", description = "Write events, one line each: position, aggregate, version, type and data.")
    static final class Read extends EventAction {

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "AGGREGATE",
                description = "Only of this aggregate, type/id. Default: all of the store.")
        private @Nullable String aggregate;

        @Mixin
        private final EventSelection selection = new EventSelection();

        @Option(
                names = "--after",
                paramLabel = "POSITION",
                description = "Only what stands behind this position, of an aggregate this version.")
        private long after = EventStore.EMPTY;

        @Option(names = "--up-to", paramLabel = "POSITION", description = "Only what stands up to there.")
        private long upTo = Long.MAX_VALUE;

        @Option(names = "--limit", paramLabel = "N", description = "How many at most. Default: all.")
        private long limit = Long.MAX_VALUE;

        @Option(names = "--backward", description = "The newest first.")
        private boolean backward;

        @Option(
                names = "--from-latest",
                paramLabel = "TYPE",
                description =
                        "Begin with the last event of this type, or of one of several; where there is none write all.")
        private List<String> fromLatest = List.of();

        Read(Io io) {
            super(io);
        }

        @Override
        int run(EventStore events) throws IOException {
            if (limit < 1) {
                throw new UsageException("--limit is 1 or more");
            }
            EventRead read = typed(() -> {
                EventRead bounded = selection.read(aggregate).after(after).upTo(upTo);
                return backward ? bounded.backward() : bounded;
            });
            if (!fromLatest.isEmpty()) {
                read = fromLatest(events, read, fromLatest);
            }
            long left = limit;
            while (true) {
                EventSlice slice = events.read(read.withLimit((int) Math.min(left, EventRead.MAX_LIMIT)));
                for (StoredEvent event : slice.events()) {
                    output.text((json() ? EventJson.event(event) : line(event)) + "\n");
                }
                output.flush();
                left -= slice.events().size();
                if (aggregate != null && slice.status() != AggregateStatus.LIVE) {
                    io.err().println("varve: not_found: " + aggregate + " is " + words(slice.status()));
                    return ExitCode.REFUSED;
                }
                if (!slice.more() || left < 1) {
                    return ExitCode.OK;
                }
                read = read.next(slice);
            }
        }
    }

    private static EventRead fromLatest(EventStore events, EventRead read, List<String> types) {
        EventQuery kind = EventAction.typed(() -> EventQuery.types(types.toArray(String[]::new)));
        if (read.backwards() || read.from() != null) {
            throw new UsageException("--from-latest goes without --backward and --from-time");
        }
        return events.fromLatest(read, kind).orElse(read);
    }

    private static String words(AggregateStatus status) {
        return switch (status) {
            case LIVE -> "live";
            case EMPTY -> "empty";
            case SOFT_DELETED -> "deleted";
            case TOMBSTONED -> "deleted for ever";
        };
    }

    /** {@code varve event follow}. */
    @Command(
            name = "follow",
            description =
                    "Write events as they come, one line each, until Ctrl-C. Outlives restarts of the server: nothing is"
                            + " lost or written twice. At the end standard error tells where to go on.")
    static final class Follow extends EventAction {

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "AGGREGATE",
                description = "Only of this aggregate, type/id. Default: all of the store.")
        private @Nullable String aggregate;

        @Mixin
        private final EventSelection selection = new EventSelection();

        @Option(
                names = "--after",
                paramLabel = "POSITION",
                description =
                        "Begin behind this position, of an aggregate this version; -1 for the first event. Default: new"
                                + " events only.")
        private @Nullable Long after;

        private final CountDownLatch end = new CountDownLatch(1);
        private volatile boolean interrupted;
        private volatile @Nullable RuntimeException failure;

        /** Moves when an event has been written and flushed. */
        private volatile long resume;

        Follow(Io io) {
            super(io);
        }

        @Override
        int run(EventStore events) throws IOException {
            EventRead read = selection.read(aggregate);
            resume = after != null ? after : now(events);
            io.signals().on("INT", this::stop);
            io.signals().on("TERM", this::stop);
            Subscription following = events.follow(read.after(resume), new Writer());
            try {
                end.await();
            } catch (InterruptedException e) {
                interrupted = true;
            } finally {
                following.close();
                io.err().println("resume with --after " + resume);
            }
            RuntimeException why = failure;
            if (why instanceof UncheckedIOException broken) {
                throw broken.getCause();
            }
            if (why != null) {
                throw why;
            }
            return ExitCode.INTERRUPTED;
        }

        private long now(EventStore events) {
            if (aggregate == null) {
                return events.head();
            }
            return events.aggregate(aggregate(aggregate)).version();
        }

        /** The first signal ends the command in order; the second at once, should standard output be stuck. */
        private void stop() {
            if (interrupted) {
                Runtime.getRuntime().halt(ExitCode.INTERRUPTED);
            }
            interrupted = true;
            end.countDown();
        }

        private final class Writer implements EventHandler {
            @Override
            public void handle(StoredEvent event) {
                try {
                    output.line(json() ? EventJson.event(event) : line(event));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                resume = aggregate == null ? event.position() : event.version();
                succeeded();
            }

            @Override
            public void checkpoint(long position) {
                resume = position;
            }

            @Override
            public void ended(RuntimeException cause) {
                failure = cause;
                end.countDown();
            }
        }
    }

    /** {@code varve event info}. */
    @Command(name = "info", description = "Tell where the log of a store ends, or what is known of an aggregate.")
    static final class Ends extends EventAction {

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "AGGREGATE",
                description = "The aggregate, type/id. Default: the store as a whole.")
        private @Nullable String aggregate;

        Ends(Io io) {
            super(io);
        }

        @Override
        int run(EventStore events) throws IOException {
            if (aggregate == null) {
                long head = events.head();
                long count = events.count(EventRead.all());
                output.line(
                        json()
                                ? "{\"head\":" + head + ",\"count\":" + count + "}"
                                : "head " + head + ", " + count + " events");
                return ExitCode.OK;
            }
            AggregateInfo info = events.aggregate(aggregate(aggregate));
            output.line(
                    json()
                            ? EventJson.info(info)
                            : words(info.status()) + ", version " + info.version() + ", first version "
                                    + info.firstVersion() + ", last position " + info.lastPosition());
            return ExitCode.OK;
        }
    }
}
