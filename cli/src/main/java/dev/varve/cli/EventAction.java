package dev.varve.cli;

import dev.varve.api.AggregateId;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventData;
import dev.varve.api.EventStore;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A command that works with the events of a store. Confined to one thread, but for what it hears of repetitions. */
abstract class EventAction extends ClientAction implements JsonErrors {

    @Parameters(index = "0", paramLabel = "STORE", description = "The store, organisation/name.")
    private String store = "";

    @Option(names = "--json", description = "Write results, and errors, as JSON.")
    private boolean json;

    EventAction(Io io) {
        super(io);
    }

    @Override
    public final boolean json() {
        return json;
    }

    @Override
    public final Integer call() throws IOException {
        String name = ServerAction.checked(store);
        try (Varve varve = connect(retryFor())) {
            return run(varve.store(name).events());
        } catch (EventsRefusedException e) {
            io.err().println(json ? EventJson.refusal(e) : line(e));
            return ExitCode.REFUSED;
        } catch (VarveException e) {
            int code = Problems.report(io, e, json);
            return isDeclined(e) ? ExitCode.REFUSED : code;
        }
    }

    /** For how long what may be repeated is. A person waits: what cannot be reached is said at once. */
    Duration retryFor() {
        return Duration.ZERO;
    }

    /** Does the work and says how it ended. */
    abstract int run(EventStore events) throws IOException;

    private static boolean isDeclined(VarveException failure) {
        return switch (failure.kind()) {
            case INVALID_PARAMS,
                    INVALID_JSON,
                    NOT_FOUND,
                    GONE,
                    CLOSED,
                    CONFLICT,
                    ALREADY_EXISTS,
                    EVENT_ID_REUSED,
                    LIMIT_EXCEEDED,
                    TOO_LARGE,
                    UNAUTHORIZED,
                    FORBIDDEN,
                    NOT_SUPPORTED,
                    NOT_IMPLEMENTED -> true;
            default -> false;
        };
    }

    private static String line(EventsRefusedException refused) {
        StringBuilder line = new StringBuilder(Problems.line(refused));
        EventAppendResult.Refused refusal = refused.refusal();
        for (EventAppendResult.Violation violation : refusal.violations()) {
            line.append("; ").append(violation.aggregate()).append(" is ");
            switch (violation.status()) {
                case LIVE -> line.append("at version ").append(violation.actual());
                case EMPTY -> line.append("empty");
                case SOFT_DELETED -> line.append("deleted");
                case TOMBSTONED -> line.append("deleted for ever");
            }
        }
        if (refusal.conflictingPosition() != EventStore.EMPTY) {
            line.append("; see position ").append(refusal.conflictingPosition());
        }
        return line.toString();
    }

    // ---- what is typed

    /** What was typed, or the word that it makes no sense. */
    static <T> T typed(Supplier<T> reader) {
        try {
            return reader.get();
        } catch (VarveException e) {
            if (e.kind() == ErrorKind.INVALID_JSON) {
                throw e; // wrong is not how it was typed but what is to be written, which a server refuses, too
            }
            throw new UsageException(Problems.sentence(e));
        }
    }

    static AggregateId aggregate(String typed) {
        return typed(() -> AggregateId.parse(typed));
    }

    /** What is expected of a version: a text form, or an object as bodies have it. */
    static ExpectedVersion expected(String typed) {
        return typed(() -> typed.startsWith("{") ? EventJson.expectedVersion(typed) : ExpectedVersion.parse(typed));
    }

    static Instant time(String typed) {
        try {
            return Instant.parse(typed);
        } catch (DateTimeException e) {
            throw new UsageException("\"" + typed + "\" is no time in UTC; it should look like 2026-11-21T12:00:00Z");
        }
    }

    /** Data as typed, of a type if one is given, else JSON. */
    static EventData data(String typed, String contentType) {
        return typed(() -> EventData.of(contentType, typed.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }

    /** Metadata as typed. */
    static Map<String, String> texts(List<String> typed) {
        return texts("--metadata", typed);
    }

    /** Texts by name as typed: {@code name=text}. */
    static Map<String, String> texts(String option, List<String> typed) {
        Map<String, String> texts = new LinkedHashMap<>();
        for (String one : typed) {
            int equals = one.indexOf('=');
            if (equals < 1) {
                throw new UsageException(option + " takes name=text, was " + one);
            }
            texts.put(one.substring(0, equals), one.substring(equals + 1));
        }
        return texts;
    }
}
