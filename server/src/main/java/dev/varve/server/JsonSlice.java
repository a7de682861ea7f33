package dev.varve.server;

import java.util.Arrays;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Cuts values out of JSON byte for byte. Stateless. */
final class JsonSlice {

    private JsonSlice() {}

    /** The bytes of the value that a parser is at, which reads this body; it is at the end of the value then. */
    static byte[] of(JsonParser parser, byte[] body) {
        int start = (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            // A string is read lazily; its end is known only afterwards.
            parser.getStringLength();
        }
        int end = (int) parser.currentLocation().getByteOffset();
        while (end > start && isBetweenValues(body[end - 1])) {
            end--;
        }
        return Arrays.copyOfRange(body, start, end);
    }

    /** Bytes the parser may have looked at behind a number. */
    private static boolean isBetweenValues(byte b) {
        return b == ' ' || b == '\t' || b == '\n' || b == '\r' || b == ',';
    }
}
