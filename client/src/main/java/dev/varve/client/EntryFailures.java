package dev.varve.client;

import dev.varve.api.EntryPath;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.ErrorKind;
import dev.varve.api.LimitExceededException;
import dev.varve.api.RefusedException;
import dev.varve.api.VarveException;
import java.net.http.HttpRequest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What answers of the routes of stores mean that are not the ones asked for. Stateless. */
final class EntryFailures {

    private EntryFailures() {}

    /** Whether an answer names an error. */
    static boolean says(HttpRequest request, Answer answer, String error) {
        return body(request, answer)
                .map(body -> error.equals(body.optionalText("error")))
                .orElse(false);
    }

    /** Whether there is nothing where the request looked: no such store, or no such entry. */
    static boolean isAbsent(HttpRequest request, Answer answer) {
        // A server without stores has no such route, and says so in another shape.
        return answer.status() == 404 && says(request, answer, "not_found");
    }

    /**
     * The failure that an answer tells of.
     *
     * @param where the full name of the store, or the name of the organisation
     */
    static VarveException of(String where, HttpRequest request, Answer answer) {
        EntryAnswer body = body(request, answer).orElse(null);
        LimitExceededException over = body == null ? null : limit(where, body);
        if (over != null) {
            return over;
        }
        ErrorKind named = body == null ? null : kind(body.optionalText("error"));
        if (named == null && (answer.status() == 404 || answer.status() == 405)) {
            return Failures.unexpected(
                    ErrorKind.NOT_IMPLEMENTED,
                    Failures.server(request.uri()) + " has no route " + request.method() + " "
                            + request.uri().getRawPath() + " (" + answer.status()
                            + "); it may be older than this client, or no Varve",
                    request,
                    answer);
        }
        VarveException failure = Failures.of(request, answer);
        if (!(failure instanceof RefusedException)) {
            return failure;
        }
        ErrorKind known = Failures.isProblem(answer) ? failure.kind() : named;
        return new VarveException(
                known != null ? known : byStatus(answer.status(), failure.kind()),
                String.valueOf(failure.getMessage()));
    }

    /** Where the routes of entries mean something else by a status than those of streams. */
    private static ErrorKind byStatus(int status, ErrorKind ofStreams) {
        return switch (status) {
            case 409 -> ErrorKind.INVALID_PARAMS;
            case 412 -> ErrorKind.CONFLICT;
            default -> ofStreams;
        };
    }

    /** What servers say that give no kind. */
    private static @Nullable ErrorKind kind(@Nullable String error) {
        if (error == null) {
            return null;
        }
        return switch (error) {
            case "beyond_retention" -> ErrorKind.COMPACTED;
            default -> Failures.kindNamed(error).orElse(null);
        };
    }

    /** The limit that an answer tells of, or null. */
    static @Nullable LimitExceededException limit(String where, EntryAnswer body) {
        String dimension = body.optionalText("dimension");
        Long current = body.optionalNumber("current");
        Long limit = body.optionalNumber("limit");
        if (dimension == null || current == null || limit == null) {
            return null;
        }
        for (LimitExceededException.Dimension known : LimitExceededException.Dimension.values()) {
            if (known.wireName().equals(dimension)) {
                boolean ofOrganisation = known == LimitExceededException.Dimension.STORES;
                String holder =
                        ofOrganisation && where.indexOf('/') > 0 ? where.substring(0, where.indexOf('/')) : where;
                return new LimitExceededException(holder, known, current, limit);
            }
        }
        return null;
    }

    /**
     * The refusal of a write that an answer tells of, or null when it tells of a failure.
     *
     * @param only the path of the change when there is one only; an answer may leave it out then
     */
    static @Nullable Refused refusal(HttpRequest request, Answer answer, EntryPath only) {
        boolean mayRefuse = answer.status() >= 400 && answer.status() < 500;
        EntryAnswer body = mayRefuse ? body(request, answer).orElse(null) : null;
        Reason reason = body == null ? null : reason(body);
        if (body == null || reason == null) {
            return null;
        }
        Long index = body.optionalNumber("op_index");
        return new Refused(
                reason,
                index == null ? 0 : index.intValue(),
                body.optionalText("path") == null ? only : body.path("path"),
                body.optionalNumber("current_revision"));
    }

    private static @Nullable Reason reason(EntryAnswer body) {
        String kind = body.optionalText("kind");
        String error = body.optionalText("error");
        for (Reason reason : Reason.values()) {
            // An archived store is not there for clients of the protocol; the kind says more.
            if (reason.wireName().equals(error)
                    || (reason == Reason.STORE_ARCHIVED && reason.wireName().equals(kind))) {
                return reason;
            }
        }
        return null;
    }

    private static Optional<EntryAnswer> body(HttpRequest request, Answer answer) {
        try {
            return Optional.of(EntryAnswer.of(request, answer));
        } catch (VarveException e) {
            return Optional.empty();
        }
    }
}
