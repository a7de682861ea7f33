package dev.varve.server;

import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.LimitExceededException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Why something asked on a channel is refused. Has no stack trace: it is an answer, not a fault. Immutable. */
final class PushProblem extends RuntimeException {

    private static final long serialVersionUID = 1L;

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
