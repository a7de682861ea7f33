package dev.varve.server;

import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.ErrorKind;
import dev.varve.api.LimitExceededException;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An answer of the entries routes that is not the one asked for: {@code {"error":…, "detail":…, "kind":…}} with the fields that
 * belong to the error. Has no stack trace: it is an answer, not a fault. Confined to one exchange.
 */
final class EntryProblem extends RuntimeException {

    /** What entries routes begin with. */
    static final String ROOT = "/api/";

    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient JsonText json;

    private EntryProblem(int status, @Nullable String detail, JsonText json) {
        super(detail == null ? "an answer with status " + status : detail, null, false, false);
        this.status = status;
        this.json = json;
    }

    /** Whether a request is answered in this shape. */
    static boolean speaksFor(Request request) {
        return request.path.startsWith(ROOT) && !EventsFace.owns(request.path);
    }

    static EntryProblem of(int status, String error, @Nullable String detail, String kind) {
        JsonText json = new JsonText().field("error", error);
        if (detail != null) {
            json.field("detail", detail);
        }
        return new EntryProblem(status, detail, json.field("kind", kind));
    }

    /** A request that no state of the server would accept. */
    static EntryProblem invalid(String detail) {
        return of(400, ErrorKind.INVALID_PARAMS.wireName(), detail, ErrorKind.INVALID_PARAMS.wireName());
    }

    /** The same with a word of its own. */
    static EntryProblem invalid(String error, String detail) {
        return of(400, error, detail, ErrorKind.INVALID_PARAMS.wireName());
    }

    /** A field that cannot be taken as it is, in the form in which the protocol tells of several. */
    static EntryProblem invalidField(String field, String message) {
        return new EntryProblem(
                422,
                message,
                new JsonText()
                        .raw(
                                "error",
                                new JsonText().field(field, List.of(message)).toString())
                        .field("kind", ErrorKind.INVALID_PARAMS.wireName()));
    }

    static EntryProblem notFound() {
        return of(404, "not_found", null, ErrorKind.NOT_FOUND.wireName());
    }

    static EntryProblem of(EntryJsonException refused) {
        return refused.kind() == ErrorKind.INVALID_PARAMS
                ? invalid(refused.detail())
                : phrase(refused.kind() == ErrorKind.TOO_LARGE ? 413 : 400, refused.detail(), refused.kind());
    }

    /** A refused write. */
    static EntryProblem of(EntryWriteResult.Refused refused) {
        Reason reason = refused.reason();
        return switch (reason) {
            case CONFLICT, EXISTS ->
                of(412, reason.wireName(), null, ErrorKind.CONFLICT.wireName())
                        .with("current_revision", refused.currentRevision());
            case FENCED -> of(412, reason.wireName(), detail(reason), ErrorKind.CONFLICT.wireName());
            case HELD, OCCUPIED, NOT_HELD -> of(409, reason.wireName(), detail(reason), ErrorKind.CONFLICT.wireName());
            // To a client of this protocol an archived store is not there; the kind says more.
            case STORE_ARCHIVED -> of(404, ErrorKind.NOT_FOUND.wireName(), detail(reason), reason.wireName());
            default -> invalid(reason.wireName(), detail(reason));
        };
    }

    /** More would be held than may be. */
    static EntryProblem of(LimitExceededException over) {
        return of(402, over.kind().wireName(), over.getMessage(), over.kind().wireName())
                .with("dimension", over.dimension().wireName())
                .with("current", (Long) over.current())
                .with("limit", (Long) over.limit());
    }

    private static String detail(Reason reason) {
        return switch (reason) {
            case CONFLICT -> "another revision stands at the path, or nothing";
            case EXISTS -> "something stands at the path";
            case HELD -> "the lease is held";
            case OCCUPIED -> "what stands at the path is no lease";
            case NOT_HELD -> "no lease is held there with this token";
            case FENCED -> "the lease of the fence is not held with this token";
            case MERGE_REQUIRES_MAP_VALUE -> "only objects can be merged";
            case INCREMENT_REQUIRES_NUMBER_VALUE -> "only numbers can be incremented, and only by numbers";
            case INCREMENT_OVERFLOW -> "the total does not fit into 64 bits";
            case ADD_REQUIRES_VALUE -> "null cannot be added to a set";
            case REMOVE_REQUIRES_VALUE -> "a set never holds null";
            case SET_REQUIRES_VALUE -> "set needs a value";
            case IF_MATCH_UNSUPPORTED_OP -> "if_match goes with set, delete and check only";
            case IF_ABSENT_UNSUPPORTED_OP -> "if_absent and if_none go with set and check only";
            case IF_ABSENT_MULTI_LEAF -> "if_absent goes with values that are one entry, not with objects; see if_none";
            case INVALID_PRECONDITION -> "the conditions exclude each other, or a revision is not positive";
            case INVALID_LEASE_OP -> "a lease needs ttl_ms, its renewal and release need the token";
            case INVALID_TTL -> "a time to live is positive and goes with set only";
            case INVALID_VALUE -> "a name in the value cannot be part of a path, or the path gets too long";
            case FILE_NOT_FOUND -> "the file was not stored in this organisation, or is gone";
            case STORE_ARCHIVED -> "the store is archived and takes no writes";
        };
    }

    /** A problem that any route may have. */
    static Response response(Problem problem, Route route, RandomGenerator random) {
        ErrorKind kind = problem.kind();
        EntryProblem answer = switch (kind) {
            case INVALID_JSON, TOO_LARGE, METHOD_NOT_ALLOWED, INTERNAL ->
                phrase(problem.status(), problem.detail(), kind);
            case NOT_FOUND ->
                route.equals(Exchange.UNROUTED)
                        ? phrase(problem.status(), problem.detail(), kind)
                        : of(problem.status(), kind.wireName(), problem.detail(), kind.wireName());
            case COMPACTED -> of(409, kind.wireName(), problem.detail(), kind.wireName());
            default -> of(problem.status(), kind.wireName(), problem.detail(), kind.wireName());
        };
        if (kind.retryable() || kind.outcomeUnknown()) {
            answer.json
                    .field("retryable", kind.retryable())
                    .field("outcome", kind.outcomeUnknown() ? "unknown" : "not_applied");
        }
        Response response = answer.response();
        if (kind.retryable() || problem.retryAfter() != null) {
            response.header(HeaderName.RETRY_AFTER, Long.toString(Response.retrySeconds(problem, random)));
        }
        return problem.closes() ? response.closing() : response;
    }

    /** What is not an error of entries but of the request as such is told by the phrase of its status. */
    private static EntryProblem phrase(int status, String detail, ErrorKind kind) {
        String phrase = HttpResponseStatus.valueOf(status).reasonPhrase();
        return new EntryProblem(
                status,
                detail,
                new JsonText()
                        .raw("errors", new JsonText().field("detail", phrase).toString())
                        .field("detail", detail)
                        .field("kind", kind.wireName()));
    }

    EntryProblem with(String name, String value) {
        json.field(name, value);
        return this;
    }

    EntryProblem with(String name, @Nullable Long value) {
        json.fieldOrNull(name, value);
        return this;
    }

    /** The same about a part of the request of another face, in whose shape it is told; what is asked of a body never fails otherwise. */
    Problem ofPart(int index) {
        return Problem.withStatus(status, ErrorKind.INVALID_PARAMS, String.valueOf(getMessage()))
                .at(index);
    }

    int status() {
        return status;
    }

    /** The body. */
    String json() {
        return json.toString();
    }

    Response response() {
        return Response.json(status, json.toString()).lines(HeaderLines.NO_STORE);
    }
}
