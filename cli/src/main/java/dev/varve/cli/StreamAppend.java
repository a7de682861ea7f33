package dev.varve.cli;

import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.api.spi.JsonPages;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code varve stream append}. */
@Command(
        name = "append",
        description =
                "Append standard input, a file or a text to a stream, and write the next offset. Input of any size"
                        + " goes out in pieces as it arrives; of a stream of JSON it is one JSON value, or an array of messages."
                        + " Standard input that stays open outlives restarts of the server: nothing is lost or appended twice.")
final class StreamAppend extends StreamAction {

    /** The largest piece that one append carries. */
    static final int PIECE_BYTES = 1 << 20;

    /** The largest input that is sent as one append. */
    static final int WHOLE_BYTES = 16 << 20;

    private static final Duration LINGER = Duration.ofMillis(5);

    /** For how long a producer waits for a server that has gone. */
    private static final Duration PRODUCER_RETRIES = Duration.ofMinutes(5);

    /** An input that is open for so long is taken for one that stays open. */
    private static final long SHORT_NANOS = 1_000_000_000L;

    @Parameters(paramLabel = "PATH", description = "The stream.")
    private String path = "";

    @Option(names = "--data", paramLabel = "TEXT", description = "Append this text, as it is, in one append.")
    private @Nullable String data;

    @Option(names = "--file", paramLabel = "FILE", description = "Append a file instead of standard input.")
    private @Nullable Path file;

    @Option(
            names = "--lines",
            description = "Each line, with its line end, is a message of its own, sent as it arrives.")
    private boolean lines;

    @Option(
            names = "--json",
            description = "Each line is a JSON value and a message of its own, sent as it arrives; blank lines are"
                    + " left out. Means --content-type application/json.")
    private boolean json;

    @Option(
            names = "--content-type",
            paramLabel = "TYPE",
            description = "What is sent. Default: what the stream holds.")
    private @Nullable String contentType;

    @Option(
            names = "--create",
            description = "Create the stream if it is missing, as --content-type says; by default text/plain for --data"
                    + " and --lines, else application/octet-stream.")
    private boolean create;

    @Option(
            names = "--seq",
            paramLabel = "TEXT",
            description = "Append only if this is greater, byte by byte, than the stream's last one. All input goes in"
                    + " one append.")
    private @Nullable String sequence;

    @Option(
            names = "--producer",
            paramLabel = "ID",
            description = "Append exactly once: repeated after failures, and when the same command runs again with the"
                    + " same input, what is already there is skipped. For new input raise --epoch.")
    private @Nullable String producer;

    @Option(names = "--epoch", paramLabel = "N", description = "The producer's epoch. Default: 0.")
    private @Nullable Long epoch;

    @Option(
            names = "--if-match",
            paramLabel = "OFFSET",
            description = "Append only if this is the stream's tail, and nothing comes in between.")
    private @Nullable Offset ifMatch;

    @Option(names = "--close", description = "Close the stream after the last of it.")
    private boolean close;

    StreamAppend(Io io) {
        super(io);
    }

    @Override
    int run(Streams streams) throws IOException {
        checkOptions();
        String wanted = path(path);
        String type = contentType(streams, wanted);
        boolean isJson = JsonPages.isJson(type);
        if (json && !isJson) {
            throw new UsageException("--json is for streams of JSON and this is " + type + ": use --lines");
        }
        Appender appender = new Appender(streams, wanted, type, ifMatch);
        try (InputStream in = input();
                Varve patient = connect(PRODUCER_RETRIES);
                Progress progress = new Progress(io, file == null ? -1 : Files.size(file))) {
            appender.onSent(sent -> {
                progress.add(sent);
                succeeded();
            });
            if (producer != null) {
                appender.produceAs(producer, epoch == null ? 0 : epoch, patient.streams());
            }
            if (sequence != null || data != null || (isJson && !json && !lines)) {
                appendWhole(in, appender);
            } else if (json || lines) {
                appendLines(new Lines(ReadAhead.of(in), LINGER), appender, isJson, patient.streams());
            } else {
                appendPieces(ReadAhead.of(in), appender, type.startsWith("text/"), patient.streams());
            }
        } catch (VarveException e) {
            tellProgress(appender);
            throw e;
        }
        Offset next = appender.next()
                .or(() -> streams.currentOffset(wanted))
                .orElseThrow(() -> new RefusedException(Refusal.notFound(wanted)));
        output.offset("appended " + Sizes.show(appender.bytes()) + " to " + wanted, next);
        return ExitCode.OK;
    }

    private void checkOptions() {
        if (data != null && file != null) {
            throw new UsageException("--data and --file are two sources: choose one");
        }
        if (sequence != null && (lines || json)) {
            throw new UsageException("--seq is for one append; --lines and --json make many");
        }
        if (epoch != null && producer == null) {
            throw new UsageException("--epoch belongs to a producer: name it with --producer");
        }
        if (json && contentType != null && !JsonPages.isJson(contentType)) {
            throw new UsageException("--json means application/json, not " + contentType);
        }
    }

    /** What to send the data as, and by the way the stream itself where it is missing. */
    private String contentType(Streams streams, String wanted) {
        String asked = json ? "application/json" : contentType;
        if (asked != null && !create) {
            return asked;
        }
        Optional<StreamMetadata> there = streams.find(wanted);
        if (there.isEmpty() && create) {
            String byDefault = lines || data != null ? "text/plain" : StreamConfig.DEFAULT_CONTENT_TYPE;
            String type = asked == null ? byDefault : asked;
            // Somebody else may create it at the same time: alike is fine, else it is refused.
            CreateResult _ = streams.create(CreateRequest.of(wanted, StreamConfig.of(type)));
            return type;
        }
        String held = there.orElseThrow(() -> new RefusedException(
                        Refusal.of(ErrorKind.NOT_FOUND, "there is no stream at " + wanted + "; --create makes one")))
                .contentType();
        return asked == null ? held : asked;
    }

    private InputStream input() throws IOException {
        if (data != null) {
            return new ByteArrayInputStream(data.getBytes(StandardCharsets.UTF_8));
        }
        if (file == null) {
            return io.in();
        }
        try {
            return Files.newInputStream(file);
        } catch (NoSuchFileException e) {
            throw new UsageException("there is no file " + file);
        }
    }

    private void appendWhole(InputStream in, Appender appender) throws IOException {
        byte[] body = in.readNBytes(WHOLE_BYTES + 1);
        if (body.length > WHOLE_BYTES) {
            throw new UsageException("the input is larger than the " + (WHOLE_BYTES >> 20)
                    + " MiB that one append may carry; --json sends one JSON value per line");
        }
        if (body.length > 0 || close) {
            appender.append(body, sequence, close);
        }
    }

    /**
     * Lets an input that stays open outlive the server: its appends become those of a producer of its own, which may be
     * repeated. Not so from the start, because a stream remembers every producer for ever and a short input is soon sent
     * again by hand.
     */
    private void outliveTheServer(Appender appender, long startedNanos, Streams patient) {
        if (producer == null && file == null && io.nanoTime().getAsLong() - startedNanos > SHORT_NANOS) {
            appender.produceAnonymously(patient);
        }
    }

    private void appendLines(Lines input, Appender appender, boolean isJson, Streams patient) throws IOException {
        long startedNanos = io.nanoTime().getAsLong();
        List<byte[]> batch = input.next();
        while (!batch.isEmpty()) {
            outliveTheServer(appender, startedNanos, patient);
            long first = input.count() - batch.size() + 1;
            if (isJson) {
                appender.appendJson(batch, first);
            } else {
                appender.appendEach(batch);
            }
            batch = input.next();
        }
        closeIfAsked(appender);
    }

    private void appendPieces(ReadAhead input, Appender appender, boolean text, Streams patient) throws IOException {
        long startedNanos = io.nanoTime().getAsLong();
        byte[] held = {};
        while (true) {
            // A producer's pieces must be cut alike at every run.
            int max = PIECE_BYTES - held.length;
            byte[] more = producer == null ? input.take(max, LINGER) : input.takeFull(max);
            byte[] all = Arrays.copyOf(held, held.length + more.length);
            System.arraycopy(more, 0, all, held.length, more.length);
            // A piece of text ends with a whole character.
            int cut = text && more.length > 0 ? Utf8.wholeCharacters(all) : all.length;
            if (cut > 0) {
                outliveTheServer(appender, startedNanos, patient);
                appender.append(cut == all.length ? all : Arrays.copyOf(all, cut), null, false);
            }
            held = Arrays.copyOfRange(all, cut, all.length);
            if (more.length == 0) {
                break;
            }
        }
        closeIfAsked(appender);
    }

    private void closeIfAsked(Appender appender) {
        if (close) {
            appender.append(new byte[0], null, true);
        }
    }

    private void tellProgress(Appender appender) {
        appender.next()
                .ifPresent(next -> io.err()
                        .println("varve: before that " + Sizes.show(appender.bytes()) + " were appended, up to offset "
                                + next
                                + (producer == null
                                        ? ""
                                        : "; the same command with the same input goes on from there")));
    }
}
