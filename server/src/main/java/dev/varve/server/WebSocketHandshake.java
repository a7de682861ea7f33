package dev.varve.server;

import dev.varve.api.ErrorKind;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** The opening handshake of RFC 6455, section 4.2. Stateless. */
final class WebSocketHandshake {

    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int KEY_BYTES = 16;
    private static final byte[] UPGRADE = HeaderLines.of("Upgrade: websocket");
    private static final byte[] UPGRADE_AND_VERSION = HeaderLines.of("Upgrade: websocket", "Sec-WebSocket-Version: 13");
    private static final byte[] SWITCHING = HeaderLines.of("Upgrade: websocket", "Connection: Upgrade");

    /** What Phoenix clients offer; the only subprotocol that is taken up. */
    private static final String PHOENIX = "phoenix";

    private WebSocketHandshake() {}

    /** The answer to a request that cannot become a WebSocket; null when it can. */
    static @Nullable Response refusal(Exchange exchange) {
        Request request = exchange.request;
        if (!request.http11 || !request.hasElement(HeaderName.UPGRADE, "websocket")) {
            return problem(exchange, 426, "this path speaks WebSocket: send Upgrade: websocket")
                    .lines(UPGRADE)
                    .header(HeaderName.CONNECTION, "Upgrade");
        }
        if (!request.method.equals("GET")) {
            return problem(exchange, 400, "a WebSocket is opened with GET");
        }
        if (!request.hasElement(HeaderName.CONNECTION, "upgrade")) {
            return problem(exchange, 400, "the header Connection does not name Upgrade");
        }
        if (!"13".equals(only(request, HeaderName.SEC_WEBSOCKET_VERSION))) {
            return problem(exchange, 426, "only version 13 of the WebSocket protocol is spoken here")
                    .lines(UPGRADE_AND_VERSION)
                    .header(HeaderName.CONNECTION, "Upgrade");
        }
        if (!isKey(only(request, HeaderName.SEC_WEBSOCKET_KEY))) {
            return problem(exchange, 400, "Sec-WebSocket-Key must come once and be 16 bytes in base64");
        }
        return null;
    }

    /** The answer to a request without a {@link #refusal}. */
    static Response acceptance(Request request) {
        String key = String.valueOf(request.header(HeaderName.SEC_WEBSOCKET_KEY));
        Response response = Response.of(101).lines(SWITCHING).header(HeaderName.SEC_WEBSOCKET_ACCEPT, accept(key));
        return request.hasElement(HeaderName.SEC_WEBSOCKET_PROTOCOL, PHOENIX)
                ? response.header(HeaderName.SEC_WEBSOCKET_PROTOCOL, PHOENIX)
                : response;
    }

    private static Response problem(Exchange exchange, int status, String detail) {
        return Exchange.problemResponse(exchange.server, Problem.withStatus(status, ErrorKind.INVALID_PARAMS, detail));
    }

    private static @Nullable String only(Request request, HeaderName name) {
        return request.headers(name).size() == 1 ? request.header(name) : null;
    }

    private static boolean isKey(@Nullable String key) {
        try {
            return key != null && Base64.getDecoder().decode(key).length == KEY_BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static String accept(String key) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder().encodeToString(sha1.digest((key + GUID).getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }
}
