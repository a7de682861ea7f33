package dev.varve.server;

import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;

/** Why a token does not allow something. Has no stack trace: it is an answer, not a fault. Immutable. */
final class AccessDenied extends RuntimeException {

    /** What is lacking. */
    enum Reason {
        /** What is asked for belongs to somebody else, or is not there; which of the two is not told. */
        ABSENT,
        STORE_NOT_ALLOWED,
        MISSING_SCOPE
    }

    private static final long serialVersionUID = 1L;

    private final Reason reason;
    private final String lacking;

    private AccessDenied(Reason reason, String detail, String lacking) {
        super(detail, null, false, false);
        this.reason = reason;
        this.lacking = lacking;
    }

    static AccessDenied absent(String detail) {
        return new AccessDenied(Reason.ABSENT, detail, "");
    }

    static AccessDenied ofStore() {
        return new AccessDenied(Reason.STORE_NOT_ALLOWED, "Token does not have access to this store", "");
    }

    /** Of what is in no store, and so for those only who reach everything. */
    static AccessDenied outsideOfStores() {
        return new AccessDenied(
                Reason.STORE_NOT_ALLOWED,
                "Token has access to selected stores only, and this belongs to none of them",
                "");
    }

    static AccessDenied ofScope(String scope) {
        return new AccessDenied(Reason.MISSING_SCOPE, "Token is missing " + scope + " scope", scope);
    }

    /** The answer in the shape of the face that was asked. */
    Response response(Exchange exchange) {
        String detail = String.valueOf(getMessage());
        if (!EntryProblem.speaksFor(exchange.request)) {
            return exchange.problemResponse(
                    Problem.of(reason == Reason.ABSENT ? ErrorKind.NOT_FOUND : ErrorKind.FORBIDDEN, detail));
        }
        return switch (reason) {
            case ABSENT -> EntryProblem.notFound().response();
            case STORE_NOT_ALLOWED ->
                EntryProblem.of(403, "forbidden", detail, "store_not_allowed").response();
            case MISSING_SCOPE ->
                EntryProblem.of(403, "forbidden", detail, "missing_scope")
                        .with("scope", lacking)
                        .response();
        };
    }

    /** The answer to a join or a push. */
    PushProblem push() {
        return switch (reason) {
            case ABSENT -> PushProblem.of("unauthorized");
            case STORE_NOT_ALLOWED -> PushProblem.of("store_not_allowed", String.valueOf(getMessage()));
            case MISSING_SCOPE ->
                PushProblem.of("missing_scope", String.valueOf(getMessage())).with("scope", EntryValue.of(lacking));
        };
    }
}
