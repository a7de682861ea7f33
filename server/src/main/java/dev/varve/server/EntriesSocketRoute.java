package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Opens the WebSockets over which clients follow and change stores. Thread-safe. */
final class EntriesSocketRoute {

    static final String PATH = "/ws/sync/websocket";

    private static final Set<String> PARAMETERS = Set.of("token", "device_id", "capver", "vsn");
    private static final Pattern VERSION = Pattern.compile("([23])(\\.\\d{1,9}){0,2}");
    private static final int MIN_CAPVER = 3;
    private static final int MAX_CAPVER_DIGITS = 9;

    private final ServerContext server;
    private final EntryStorage entries;
    private final OriginCheck origins;
    private final AtomicInteger sockets = new AtomicInteger();

    EntriesSocketRoute(ServerContext server, EntryStorage entries, OriginCheck origins) {
        this.server = server;
        this.entries = entries;
        this.origins = origins;
        server.metrics.gauge("varve_websockets", "Open WebSockets.", sockets::get);
    }

    void addTo(Routes routes) {
        routes.add(new Route(
                "entries.socket",
                "GET",
                PATH,
                "",
                "Follows and changes stores over a WebSocket.",
                0,
                Route.Place.LIVE_LOOP,
                false,
                this::open));
    }

    private void open(Exchange exchange) {
        Response refusal = WebSocketHandshake.refusal(exchange);
        if (refusal != null) {
            exchange.respond(refusal);
            return;
        }
        if (!origins.accepts(exchange.request)) {
            throw HttpProblem.of(ErrorKind.FORBIDDEN, "pages of this origin may not open a WebSocket here");
        }
        Query query = Query.of(exchange.request.query, PARAMETERS);
        PhoenixCodec codec = codec(query.get("vsn"));
        if (codec == null) {
            throw forbidden("vsn must be 2.0.0 for JSON or 3.0.0 for MessagePack");
        }
        if (capver(query.get("capver")) < MIN_CAPVER) {
            throw forbidden("capver must be at least " + MIN_CAPVER);
        }
        Access access = server.access.find(required(query, "token"));
        if (access == null) {
            throw forbidden("the token is unknown, revoked or expired");
        }
        exchange.access(access);
        String deviceId = required(query, "device_id");
        if (deviceId.length() > WritePush.MAX_NAME_CHARS) {
            throw forbidden("device_id has at most " + WritePush.MAX_NAME_CHARS + " characters");
        }
        if (server.draining()) {
            throw HttpProblem.of(ErrorKind.UNAVAILABLE, "the server is closing");
        }
        sockets.incrementAndGet();
        WebSocketLink link = WebSocketLink.open(exchange);
        link.start(
                exchange, new PhoenixSocket(server, entries, link, codec, access, deviceId, sockets::decrementAndGet));
    }

    private static HttpProblem forbidden(String detail) {
        return HttpProblem.of(ErrorKind.FORBIDDEN, detail);
    }

    private static String required(Query query, String name) {
        String value = query.get(name);
        if (value == null || value.isEmpty()) {
            throw forbidden("the parameter " + name + " is missing");
        }
        return value;
    }

    private static @Nullable PhoenixCodec codec(@Nullable String version) {
        Matcher matcher = VERSION.matcher(version == null ? "" : version);
        if (!matcher.matches()) {
            return null;
        }
        return "3".equals(matcher.group(1)) ? PhoenixPack.CODEC : PhoenixJson.CODEC;
    }

    private static int capver(@Nullable String text) {
        return text != null && Request.isDigits(text) && text.length() <= MAX_CAPVER_DIGITS
                ? Integer.parseInt(text)
                : 1;
    }
}
