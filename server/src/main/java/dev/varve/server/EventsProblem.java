package dev.varve.server;

import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventAppendResult.Violation;
import dev.varve.api.EventStore;
import dev.varve.api.LimitExceededException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** The answer to an append that was refused: a problem with the fields that say what stood in the way. So are others told that have such fields. Stateless. */
final class EventsProblem {

    private static final int CONFLICT = 409;

    private EventsProblem() {}

    static Response response(Refused refused) {
        ErrorKind kind = refused.reason().kind();
        int status = kind == ErrorKind.CONFLICT ? CONFLICT : Problem.status(kind);
        JsonText json = Response.fields(
                        Problem.withStatus(status, kind, refused.reason().words()))
                .field("reason", refused.reason().wireName());
        if (!refused.violations().isEmpty()) {
            json.raw("violations", EventsText.list(refused.violations(), EventsProblem::violation));
        }
        if (refused.conflictingPosition() != EventStore.EMPTY) {
            json.field("position", refused.conflictingPosition());
        }
        UUID id = refused.eventId();
        if (id != null) {
            json.field("event_id", id.toString());
        }
        return response(status, json);
    }

    /** More would be held than may be. */
    static Response response(LimitExceededException over) {
        Problem problem = Problem.of(over);
        return response(
                problem.status(),
                Response.fields(problem)
                        .field("dimension", over.dimension().wireName())
                        .field("current", over.current())
                        .field("limit", over.limit()));
    }

    /** A problem with fields of its own. */
    static Response response(int status, JsonText json) {
        return Response.of(status)
                .header(HeaderName.CONTENT_TYPE, Response.PROBLEM_JSON)
                .lines(HeaderLines.NO_STORE)
                .body(json.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static JsonText violation(Violation violation) {
        return new JsonText()
                .field("index", violation.index())
                .raw("aggregate", EventsText.aggregate(violation.aggregate()).toString())
                .raw("expected", EventsText.expected(violation.expected()))
                .field("status", violation.status().wireName())
                .field("actual", violation.actual());
    }
}
