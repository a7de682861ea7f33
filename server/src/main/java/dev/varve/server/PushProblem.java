package dev.varve.server;

import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.ErrorKind;
import dev.varve.api.LimitExceededException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Why something asked on a channel is refused. Has no stack trace: it is an answer, not a fault. Immutable. */
final class PushProblem extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(PushProblem.class);

    private final transient Map<String, EntryValue> fields;

    private PushProblem(String reason, Map<String, EntryValue> fields) {
        super(reason, null, false, false);
        this.fields = fields;
    }

    static PushProblem of(String reason) {
        return new PushProblem(reason, Map.of("reason", EntryValue.of(reason)));
    }

    static PushProblem of(String reason, String message) {
        return of(reason).with("message", EntryValue.of(message));
    }

    /** Of a write that was refused. */
    static PushProblem of(Refused refused) {
        PushProblem problem = of(refused.reason().wireName());
        if (refused.reason() == Reason.CONFLICT || refused.reason() == Reason.EXISTS) {
            Long current = refused.currentRevision();
            problem =
                    problem.with("current_revision", current == null ? new EntryValue.Null() : EntryValue.of(current));
        }
        return problem;
    }

    /** More would be held than may be. */
    static PushProblem of(LimitExceededException over) {
        return of(over.kind().wireName())
                .with("dimension", EntryValue.of(over.dimension().wireName()))
                .with("current", EntryValue.of(over.current()))
                .with("limit", EntryValue.of(over.limit()));
    }

    /** Of what failed. */
    static PushProblem of(Throwable failure) {
        if (failure instanceof PushProblem known) {
            return known;
        }
        if (failure.getCause() instanceof PushProblem known) {
            return known;
        }
        if (failure.getCause() instanceof EntryRefusedException refused) {
            return of(refused.refusal());
        }
        if (Problem.cause(failure) instanceof LimitExceededException over) {
            return of(over);
        }
        Problem problem = Problem.of(failure);
        if (problem.kind() == ErrorKind.INTERNAL) {
            LOG.error("a request on a store's channel failed", failure);
        }
        return switch (problem.kind()) {
            case NOT_FOUND -> of("unauthorized");
            // Only a rollback looks at what was.
            case COMPACTED -> of("beyond_retention", problem.detail());
            default -> of(problem.kind().wireName(), problem.detail());
        };
    }

    PushProblem with(String name, EntryValue value) {
        Map<String, EntryValue> more = new LinkedHashMap<>(fields);
        more.put(name, value);
        return new PushProblem(String.valueOf(getMessage()), more);
    }

    /** The response of the reply. */
    EntryValue response() {
        return new EntryValue.Fields(fields);
    }
}
