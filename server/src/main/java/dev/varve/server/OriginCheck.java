package dev.varve.server;

import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which pages may open a WebSocket or write entries, which browsers let every page do: those of this server, of this machine when the server
 * listens on loopback, and those that were named. Programs that are no browsers send no origin. Immutable.
 */
final class OriginCheck {

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    private final boolean loopback;
    private final Set<String> allowed;

    OriginCheck(boolean loopback, @Nullable URI publicUrl, Set<String> named) {
        this.loopback = loopback;
        Set<String> all = new HashSet<>(named);
        if (publicUrl != null) {
            all.add(publicUrl.getScheme() + "://" + publicUrl.getRawAuthority());
        }
        this.allowed = Set.copyOf(all);
    }

    /** Whether a request comes from such a page, or from none. */
    boolean accepts(Request request) {
        List<String> given = request.headers(HeaderName.ORIGIN);
        if (given.isEmpty()) {
            return true;
        }
        String origin = given.getFirst();
        if (given.size() > 1 || !origin.contains("://")) {
            return false;
        }
        String authority = origin.substring(origin.indexOf("://") + 3);
        int port = authority.lastIndexOf(':');
        String host = port > authority.lastIndexOf(']') ? authority.substring(0, port) : authority;
        return allowed.contains(origin) || authority.equals(request.host) || (loopback && LOOPBACK.contains(host));
    }
}
