package dev.varve.server.outbound;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses webhooks may go to. A server that calls any URL it is given can be made to call what only it can
 * reach: itself, its neighbours, the metadata service of its cloud. So only public addresses are called, and the check
 * is made on the address that is connected to, each time, not on the name.
 *
 * <p>Immutable, thread-safe.
 */
public final class WebhookPolicy {

    private static final Pattern DOTTED_QUAD = Pattern.compile("(0|[1-9]\\d{0,2})(\\.(0|[1-9]\\d{0,2})){3}");
    /** What resolvers read as a number: decimal, octal or hexadecimal parts. No public name ends like that. */
    private static final Pattern NUMERIC = Pattern.compile("(.*\\.)?(\\d+|0[xX][0-9a-fA-F]*)\\.?");

    private final boolean allowLoopback;
    private final Set<String> allowedTargets;

    /**
     * Creates a policy.
     *
     * @param allowLoopback whether this machine may be called ({@code localhost}, {@code 127.0.0.0/8}, {@code ::1}), also over
     *     plain http
     * @param allowedTargets {@code host:port} pairs that may be called although they are not public, also over plain http
     */
    public WebhookPolicy(boolean allowLoopback, Set<String> allowedTargets) {
        this.allowLoopback = allowLoopback;
        this.allowedTargets = allowedTargets.stream()
                .map(target -> target.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * What can be said against a target without asking a name server.
     *
     * @param target where a webhook is to go
     * @return why it is refused, or null when it is not
     */
    public @Nullable String objection(WebhookTarget target) {
        String host = target.host();
        if (allowedTargets.contains(target.hostAndPort())) {
            return null;
        }
        boolean ipv6 = host.indexOf(':') >= 0;
        if (ipv6 && host.indexOf('%') >= 0) {
            return "the URL of a webhook must not have an address with a zone";
        }
        if (!ipv6
                && NUMERIC.matcher(host).matches()
                && !DOTTED_QUAD.matcher(host).matches()) {
            return "the URL of a webhook must write an IPv4 address as four decimal numbers";
        }
        InetAddress literal = ipv6 || DOTTED_QUAD.matcher(host).matches() ? parse(host) : null;
        if ((ipv6 || DOTTED_QUAD.matcher(host).matches()) && literal == null) {
            return "the URL of a webhook has an address that is none";
        }
        if (isLocal(host)) {
            return allowLoopback ? null : "webhooks to this machine are not allowed on this server";
        }
        if (literal != null && !isPublic(literal)) {
            return target.tls()
                    ? "the URL of a webhook must not point to a private, link-local or otherwise special address"
                    : "http webhook URLs are only allowed for localhost or 127.0.0.x";
        }
        return target.tls() ? null : "http webhook URLs are only allowed for localhost or 127.0.0.x; use https";
    }

    /**
     * Whether to connect to an address that the target's host resolved to.
     *
     * @return why not, or null when it may be
     */
    @Nullable String objection(WebhookTarget target, InetAddress address) {
        if (allowedTargets.contains(target.hostAndPort())) {
            return null;
        }
        if (isLocal(target.host())) {
            boolean allowed = allowLoopback && unwrap(address).isLoopbackAddress();
            return allowed ? null : target.host() + " is not an address of this machine, or such are not allowed";
        }
        return isPublic(address) ? null : target.host() + " is at an address that is not public";
    }

    /** Whether a host means this machine by what it is called, not by what a name server says. */
    private static boolean isLocal(String host) {
        InetAddress literal = parse(host);
        return literal == null ? host.equals("localhost") : unwrap(literal).isLoopbackAddress();
    }

    /** The address that a literal stands for; null for names. Never asks a name server. */
    private static @Nullable InetAddress parse(String host) {
        if (host.indexOf(':') < 0 && !DOTTED_QUAD.matcher(host).matches()) {
            return null;
        }
        try {
            return InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Whether an address is one of the public internet, also when it carries an IPv4 address inside. */
    static boolean isPublic(InetAddress address) {
        InetAddress plain = unwrap(address);
        if (plain.isAnyLocalAddress()
                || plain.isLoopbackAddress()
                || plain.isLinkLocalAddress()
                || plain.isSiteLocalAddress()
                || plain.isMulticastAddress()) {
            return false;
        }
        byte[] bytes = plain.getAddress();
        return plain instanceof Inet4Address ? isPublicV4(bytes) : isPublicV6(bytes);
    }

    private static boolean isPublicV4(byte[] b) {
        int first = b[0] & 0xff;
        int second = b[1] & 0xff;
        int third = b[2] & 0xff;
        return !(first == 0 // this network
                || first == 10
                || first == 127
                || (first == 100 && (second & 0xc0) == 64) // shared address space of carriers
                || (first == 169 && second == 254) // link-local, metadata services
                || (first == 172 && (second & 0xf0) == 16)
                || (first == 192 && second == 0 && third == 0) // protocol assignments
                || (first == 192 && second == 0 && third == 2) // documentation
                || (first == 192 && second == 88 && third == 99) // 6to4 relays
                || (first == 192 && second == 168)
                || (first == 198 && (second & 0xfe) == 18) // benchmarks
                || (first == 198 && second == 51 && third == 100) // documentation
                || (first == 203 && second == 0 && third == 113) // documentation
                || first >= 224); // multicast, reserved, broadcast
    }

    /** Only global unicast (2000::/3) without its special parts. */
    private static boolean isPublicV6(byte[] b) {
        int first = word(b, 0);
        int second = word(b, 2);
        if ((first & 0xe000) != 0x2000) {
            return false; // unspecified, loopback, ULA, link-local, site-local, multicast, discard, NAT64 and the rest
        }
        return !((first == 0x2001 && second < 0x0200) // Teredo, ORCHID, benchmarks and other assignments
                || (first == 0x2001 && second == 0x0db8) // documentation
                || (first == 0x3fff && second < 0x1000) // documentation
                || first == 0x2002); // 6to4: ends at whatever relay is near
    }

    private static int word(byte[] b, int at) {
        return (b[at] & 0xff) << 8 | (b[at + 1] & 0xff);
    }

    /** The IPv4 address inside a mapped, compatible, or translated (NAT64) address; else the address itself. */
    private static InetAddress unwrap(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address;
        }
        byte[] b = address.getAddress();
        boolean zeroTo10 = zero(b, 0, 10);
        boolean mapped = zeroTo10 && word(b, 10) == 0xffff;
        boolean compatible = zeroTo10 && word(b, 10) == 0 && !zero(b, 12, 14); // not :: and not ::1
        boolean nat64 = word(b, 0) == 0x64 && word(b, 2) == 0xff9b && zero(b, 4, 12);
        if (mapped || compatible || nat64) {
            return v4(b, 12);
        }
        return address;
    }

    private static boolean zero(byte[] b, int from, int to) {
        for (int i = from; i < to; i++) {
            if (b[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private static InetAddress v4(byte[] b, int at) {
        try {
            return InetAddress.getByAddress(new byte[] {b[at], b[at + 1], b[at + 2], b[at + 3]});
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }
}
