package dev.varve.server;

import dev.varve.api.ErrorKind;
import java.net.URI;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * On a loopback address only requests for this machine are answered: a page that has bound its own name to 127.0.0.1
 * (DNS rebinding) is not. Immutable.
 */
final class HostCheck {

    private final boolean active;
    private final Set<String> names = new HashSet<>(Set.of("localhost", "127.0.0.1", "[::1]"));

    HostCheck(boolean loopback, String configuredHost, @Nullable URI publicUrl) {
        this.active = loopback;
        String host = configuredHost.toLowerCase(Locale.ROOT);
        names.add(host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host);
        String publicHost = publicUrl == null ? null : publicUrl.getHost();
        if (publicHost != null) {
            names.add(publicHost.toLowerCase(Locale.ROOT));
        }
    }

    /** Whether a Host header that reaches a handler can be trusted. */
    boolean active() {
        return active;
    }

    /**
     * Checks the host, whatever its port.
     *
     * @throws HttpProblem when the request is meant for somebody else
     */
    void check(Request request) {
        String host = request.host;
        if (!active || host == null) {
            return;
        }
        int colon = host.lastIndexOf(':');
        String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
        if (!names.contains(name) && !names.contains(name.toLowerCase(Locale.ROOT))) {
            throw new HttpProblem(Problem.withStatus(
                    421,
                    ErrorKind.FORBIDDEN,
                    "this server listens on a loopback address and answers only to names of this machine; set the"
                            + " public URL to add one"));
        }
    }
}
