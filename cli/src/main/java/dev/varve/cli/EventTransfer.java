package dev.varve.cli;

import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.StoredEvent;
import dev.varve.api.VarveException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The commands that take the events of a store elsewhere. */
final class EventTransfer {

    private EventTransfer() {}

    /** {@code varve event export}. */
    @Command(
            name = "export",
            description = "Write the events of a store as lines, up to those that are there when it begins.")
    static final class Export extends EventAction {

        /** What an export is. */
        @SuppressWarnings("EnumName") // as they are typed
        enum Format {
            ndjson,
            chronik
        }

        @Mixin
        private final EventSelection selection = new EventSelection();

        @Option(
                names = "--format",
                paramLabel = "FORMAT",
                description =
                        "ndjson, one JSON object per event, to be imported again, or chronik, the type and then the data."
                                + " Default: ndjson.")
        private Format format = Format.ndjson;

        @Option(names = "--after", paramLabel = "POSITION", description = "Only what stands behind this position.")
        private long after = EventStore.EMPTY;

        Export(Io io) {
            super(io);
        }

        @Override
        Duration retryFor() {
            return Duration.ofSeconds(30);
        }

        @Override
        int run(EventStore events) throws IOException {
            long head = events.head();
            EventRead read = selection.read(null).after(after).upTo(head);
            while (true) {
                EventSlice slice = events.read(read);
                for (StoredEvent event : slice.events()) {
                    output.text((format == Format.chronik ? chronik(event) : EventJson.event(event)) + "\n");
                }
                if (!slice.more()) {
                    output.flush();
                    return ExitCode.OK;
                }
                read = read.next(slice);
            }
        }

        private static String chronik(StoredEvent event) {
            if (!event.data().isJson()) {
                throw new VarveException(
                        ErrorKind.NOT_SUPPORTED,
                        "the event at " + event.position() + " is " + event.data() + ", and Chronik's lines are JSON");
            }
            return event.type() + EventJson.oneLine(event.data());
        }
    }

    /** {@code varve event import}. */
    @Command(
            name = "import",
            description =
                    "Append events from lines on standard input, as export writes them: with their ids, tags, metadata and"
                            + " times, those of one append together. What was imported before is not imported again, so that it"
                            + " can be run again after whatever has cut it short. Writes how many events were appended.")
    static final class Import extends EventAction {

        @Option(
                names = "--source",
                paramLabel = "NAME",
                description = "Under which name the store keeps how far the import has come, beside the checkpoints of"
                        + " readers. Default: import- and the id of the first event, which a later export of the same"
                        + " store begins with, too.")
        private @Nullable String source;

        /** More than an event of the largest size has, written twice and in base64. */
        private static final int MAX_LINE_BYTES = 64 << 20;

        private final List<EventLine> together = new ArrayList<>();
        private boolean begun;
        private long line;
        private long done = EventStore.EMPTY;
        private long appended;

        Import(Io io) {
            super(io);
        }

        @Override
        Duration retryFor() {
            return Duration.ofSeconds(30);
        }

        @Override
        int run(EventStore events) throws IOException {
            InputStream in = new BufferedInputStream(io.in());
            for (byte[] one = next(in); one != null; one = next(in)) {
                line++;
                if (!isBlank(one)) {
                    take(events, EventLine.read(one, line));
                }
            }
            append(events);
            output.line(json() ? "{\"appended\":" + appended + "}" : Long.toString(appended));
            return ExitCode.OK;
        }

        private static boolean isBlank(byte[] one) {
            for (byte b : one) {
                if (b != ' ' && b != '\t' && b != '\r') {
                    return false;
                }
            }
            return true;
        }

        /** The next line; null at the end. */
        private byte @Nullable [] next(InputStream in) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            int b = in.read();
            if (b < 0) {
                return null;
            }
            for (; b >= 0 && b != '\n'; b = in.read()) {
                bytes.write(b);
                if (bytes.size() > MAX_LINE_BYTES) {
                    throw new UsageException("line " + (line + 1) + " is longer than any that export writes");
                }
            }
            return bytes.toByteArray();
        }

        private void take(EventStore events, EventLine next) {
            if (!begun) {
                begun = true;
                String name = source == null ? "import-" + next.event().id() : source;
                source = name;
                done = events.checkpoint(name).orElse(EventStore.EMPTY);
            }
            if (!together.isEmpty() && together.getFirst().appendId() != next.appendId()) {
                if (next.appendId() < together.getFirst().appendId()) {
                    throw new UsageException(
                            "line " + line + ": events come in the order of their log, and append " + next.appendId()
                                    + " stands behind " + together.getFirst().appendId());
                }
                append(events);
            }
            together.add(next);
        }

        private void append(EventStore events) {
            String name = source;
            if (name == null || together.isEmpty()) {
                return;
            }
            long appendId = together.getFirst().appendId();
            if (appendId > done) {
                List<EventAppend.Addressed> addressed = together.stream()
                        .map(one -> new EventAppend.Addressed(one.aggregate(), one.event()))
                        .toList();
                EventAppend append =
                        new EventAppend(List.of(), addressed, null, new EventAppend.Tracking(name, appendId));
                EventAppendResult result = events.tryAppend(append);
                if (result instanceof EventAppendResult.Appended made) {
                    appended += made.idempotent() ? 0 : addressed.size();
                } else if (result instanceof EventAppendResult.Refused refused
                        && refused.reason() != EventAppendResult.Reason.TRACKING_NOT_INCREASING) {
                    io.err()
                            .println("varve: the events up to line " + (line - 1)
                                    + " of the input are not imported any further");
                    throw new EventsRefusedException(refused);
                }
            }
            together.clear();
        }
    }
}
