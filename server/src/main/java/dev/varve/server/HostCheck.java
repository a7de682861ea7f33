package dev.varve.server;

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

    /** Whether the request is meant for this server, whatever its port. */
    boolean accepts(Request request) {
        String host = request.host;
        if (!active || host == null) {
            return true;
        }
        int colon = host.lastIndexOf(':');
        String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
        return names.contains(name) || names.contains(name.toLowerCase(Locale.ROOT));
    }
}
