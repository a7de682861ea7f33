package dev.varve.server;

import java.nio.charset.StandardCharsets;

/** Header lines that never change, as bytes. Stateless. */
final class HeaderLines {

    static final byte[] NO_STORE = of("Cache-Control: no-store");

    private HeaderLines() {}

    /** The lines, each ended by CR LF. */
    static byte[] of(String... lines) {
        return (String.join("\r\n", lines) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }
}
