package dev.varve.server.outbound;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * Where a webhook goes, taken apart once. Immutable.
 *
 * @param tls whether over https
 * @param host the host in lower case: a name, or an address without brackets
 * @param port the port, given or implied
 * @param requestTarget path and query as they are sent
 * @param hostHeader the value of the {@code Host} header
 */
public record WebhookTarget(boolean tls, String host, int port, String requestTarget, String hostHeader) {

    /** The longest URL, inclusive. */
    public static final int MAX_URL_LENGTH = 2_048;

    /**
     * Reads a URL.
     *
     * @param url as somebody gave it
     * @return its parts
     * @throws IllegalArgumentException when it is none that a webhook could have
     */
    public static WebhookTarget parse(String url) {
        if (url.length() > MAX_URL_LENGTH) {
            throw new IllegalArgumentException(
                    "the URL of a webhook must not be longer than " + MAX_URL_LENGTH + " characters");
        }
        URI uri;
        try {
            uri = new URI(url).parseServerAuthority();
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("the URL of a webhook is not a valid URL: " + e.getReason());
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        boolean tls = scheme.equals("https");
        if (!tls && !scheme.equals("http")) {
            throw new IllegalArgumentException("the URL of a webhook must use https");
        }
        String host = uri.getHost();
        if (host == null || host.isEmpty()) {
            throw new IllegalArgumentException("the URL of a webhook must name a host");
        }
        if (uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("the URL of a webhook must have no user information and no fragment");
        }
        int port = uri.getPort() == -1 ? (tls ? 443 : 80) : uri.getPort();
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("the URL of a webhook must have a port from 1 to 65535");
        }
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String target = uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
        if (target.chars().anyMatch(c -> c <= ' ' || c >= 0x7f)) {
            throw new IllegalArgumentException("the URL of a webhook must be percent-encoded");
        }
        String lower = host.toLowerCase(Locale.ROOT);
        String bare = lower.startsWith("[") ? lower.substring(1, lower.length() - 1) : lower;
        String hostHeader = uri.getPort() == -1 ? lower : lower + ":" + port;
        return new WebhookTarget(tls, bare, port, target, hostHeader);
    }

    /** The pair that configuration names. */
    public String hostAndPort() {
        return host + ":" + port;
    }
}
