package dev.varve.cli;

import tools.jackson.databind.JsonNode;

/** What a server answered instead of doing what a command asked for. Nothing was changed, unless the body says otherwise. */
final class EntryRefusal extends RuntimeException {

    private static final long serialVersionUID = 1;
    private static final int FIRST_FAILURE = 500;
    private static final int TOO_MANY = 429;
    private static final int UNAVAILABLE = 503;

    private final int status;
    private final transient JsonNode body;

    EntryRefusal(int status, String path, JsonNode body) {
        super(words(status, path, body));
        this.status = status;
        this.body = body;
    }

    private static String words(int status, String path, JsonNode body) {
        String error =
                body.path("error").asString(body.has("type") ? body.path("kind").asString("") : "");
        String detail =
                body.path("detail").asString(body.path("errors").path("detail").asString(""));
        StringBuilder words = new StringBuilder(error.isEmpty() ? "http " + status : error);
        if (body.has("failures")) {
            String separator = ": ";
            for (JsonNode failure : body.path("failures")) {
                words.append(separator).append(failed(failure));
                separator = "; ";
            }
        } else if (!detail.isEmpty()) {
            words.append(": ").append(detail);
        } else if (error.equals("not_found")) {
            words.append(": nothing is there");
        } else if (error.isEmpty()) {
            words.append(": the server answered ").append(status).append(" to ").append(path);
        }
        if (body.has("current_revision")) {
            JsonNode current = body.path("current_revision");
            words.append(current.isNull() ? "; nothing stands there" : "; the current revision is " + current);
        }
        return words.toString();
    }

    /** What stood in the way of a transaction. */
    private static String failed(JsonNode failure) {
        int index = failure.path("index").asInt();
        JsonNode expected = failure.path("expected");
        JsonNode actual = failure.path("actual");
        return (index < 0 ? "" : "op " + index + " ")
                + failure.path("kind").asString()
                + (expected.isNull() ? "" : ", expected " + expected)
                + (actual.isNull() ? "" : ", found " + actual);
    }

    int exitCode() {
        return status >= FIRST_FAILURE ? ExitCode.FAILED : ExitCode.REFUSED;
    }

    /** Whether the same may be answered otherwise soon: the server is starting, ending or busy. */
    boolean passes() {
        return status == UNAVAILABLE || status == TOO_MANY;
    }

    /** The server's own words. */
    JsonNode body() {
        return body;
    }
}
