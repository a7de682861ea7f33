package dev.varve.bench.entries;

import dev.varve.bench.Http;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Takes, extends and gives back a lease of its own, for a moment or for longer than a crash takes, and writes under it. A token is
 * never given twice, and a lease that is held stays held.
 */
final class LeaseCrashClient extends CrashClient {

    private static final long SHORT_MILLIS = 200;
    private static final long LONG_MILLIS = 120_000;

    /** So long before its end a lease must be there. */
    private static final long MARGIN_MILLIS = 10_000;

    private final String store;
    private final String path;
    private long lastToken;

    /** What is held; 0 for nothing. */
    private long token;

    private long expiresAtMillis;
    private boolean inDoubt;

    LeaseCrashClient(int number, int port, String store, long seed) {
        super(port, seed);
        this.store = "/api/stores/" + store;
        this.path = "l/" + number;
    }

    private Http.Answer ask(Http http, String fields) throws IOException {
        return send(http, "POST", store + "/leases/" + path, "{" + fields + "}");
    }

    private boolean isLive() {
        return token != 0 && System.currentTimeMillis() + MARGIN_MILLIS < expiresAtMillis;
    }

    @Override
    @Nullable String step(Http http) throws IOException {
        if (token == 0) {
            return acquire(http);
        }
        return switch (random.nextInt(4)) {
            case 0 -> release(http);
            case 1 -> renew(http);
            case 2 -> isLive() ? refused(http) : release(http);
            default -> isLive() ? fenced(http, token, 200) : fenced(http, lastToken - 1, 412);
        };
    }

    private @Nullable String acquire(Http http) throws IOException {
        long ttl = random.nextInt(3) == 0 ? SHORT_MILLIS : LONG_MILLIS;
        inDoubt = true;
        Http.Answer answer = ask(http, "\"op\":\"acquire\",\"ttl_ms\":" + ttl + ",\"holder\":\"me\"");
        if (answer.status() == 409) {
            // One of a moment ago may not have run out yet, of those in doubt nobody knows.
            inDoubt = false;
            count("still held");
            return null;
        }
        return taken(answer);
    }

    private @Nullable String taken(Http.Answer answer) {
        JsonNode lease = json(answer);
        if (answer.status() != 200 || lease.path("token").longValue() <= lastToken) {
            return unexpected("a lease whose last token was " + lastToken, answer);
        }
        inDoubt = false;
        token = lease.path("token").longValue();
        lastToken = token;
        expiresAtMillis = lease.path("expires_at").longValue();
        acknowledged++;
        return null;
    }

    private @Nullable String renew(Http http) throws IOException {
        boolean live = isLive();
        inDoubt = true;
        Http.Answer answer = ask(http, "\"op\":\"renew\",\"token\":" + token + ",\"ttl_ms\":" + LONG_MILLIS);
        inDoubt = false;
        if (answer.status() == 409 && !live) {
            token = 0;
            return null;
        }
        if (answer.status() != 200 || json(answer).path("token").longValue() != token) {
            return unexpected("an extension of the lease " + token, answer);
        }
        expiresAtMillis = json(answer).path("expires_at").longValue();
        acknowledged++;
        return null;
    }

    private @Nullable String release(Http http) throws IOException {
        inDoubt = true;
        Http.Answer answer = ask(http, "\"op\":\"release\",\"token\":" + token);
        inDoubt = false;
        if (answer.status() != 200) {
            return unexpected("giving back the lease " + token, answer);
        }
        token = 0;
        acknowledged++;
        return null;
    }

    private @Nullable String refused(Http http) throws IOException {
        Http.Answer answer = ask(http, "\"op\":\"acquire\",\"ttl_ms\":1000,\"holder\":\"somebody else\"");
        return answer.status() == 409 ? null : unexpected("a lease that is held with " + token, answer);
    }

    private @Nullable String fenced(Http http, long with, int expected) throws IOException {
        Http.Answer answer = send(
                http,
                "POST",
                store + "/entries",
                "{\"path\":\"" + path + "/work\",\"value\":" + with + ",\"fence\":{\"key\":\"" + path + "\",\"token\":"
                        + with + "}}");
        return answer.status() == expected ? null : unexpected("a write fenced by " + with + " of " + token, answer);
    }

    @Override
    @Nullable String check(Http http) throws IOException {
        Http.Answer answer = get(http, store + "/entries/" + path);
        JsonNode value = answer.status() == 200 ? json(answer).path("value") : null;
        boolean lease = value != null && value.path("_type").asString("").equals("lease");
        long found = lease && value != null ? value.path("token").longValue() : 0;
        if (!inDoubt) {
            if (token != 0 && found != token) {
                return "the lease " + path + " should be held with " + token + ", " + answer.text();
            }
            if (isLive()) {
                count("live over a crash");
                String wrong = refused(http);
                return wrong != null ? wrong : renew(http);
            }
            return null;
        }
        count("in doubt");
        inDoubt = false;
        if (found != 0 && found != token && found <= lastToken) {
            return "the lease " + path + " has the token " + found + ", but " + lastToken + " was given before";
        }
        token = found;
        lastToken = Math.max(lastToken, found);
        expiresAtMillis =
                found == 0 || value == null ? 0 : value.path("expires_at").longValue();
        return null;
    }
}
