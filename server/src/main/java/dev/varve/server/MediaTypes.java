package dev.varve.server;

import java.util.Locale;

/** What the server needs to know of content types. Stateless. */
final class MediaTypes {

    private MediaTypes() {}

    /** The type without parameters, in lower case. */
    static String essence(String contentType) {
        int semicolon = contentType.indexOf(';');
        String type = semicolon < 0 ? contentType : contentType.substring(0, semicolon);
        return type.strip().toLowerCase(Locale.ROOT);
    }

    /** Whether {@code Accept} names a type, given in lower case. */
    static boolean accepts(Request request, String type) {
        for (String range : request.elements(HeaderName.ACCEPT)) {
            if (essence(range).equals(type)) {
                return true;
            }
        }
        return false;
    }

    static boolean isJson(String contentType) {
        return essence(contentType).equals("application/json");
    }

    /** Whether events carry the data as it is: UTF-8 text and JSON. Everything else travels as base64. */
    static boolean isText(String contentType) {
        String type = essence(contentType);
        return type.equals("application/json") || (type.startsWith("text/") && isUtf8(contentType));
    }

    private static boolean isUtf8(String contentType) {
        String lower = contentType.toLowerCase(Locale.ROOT);
        int at = lower.indexOf("charset=");
        if (at < 0) {
            return true;
        }
        String charset =
                lower.substring(at + "charset=".length()).replace("\"", "").strip();
        int end = charset.indexOf(';');
        charset = end < 0 ? charset : charset.substring(0, end).strip();
        return charset.equals("utf-8") || charset.equals("utf8") || charset.equals("us-ascii");
    }

    /** Whether compressing is worth the time. */
    static boolean isCompressible(String contentType) {
        String type = essence(contentType);
        return type.startsWith("text/")
                || type.equals("application/json")
                || type.equals("application/x-ndjson")
                || type.equals("application/javascript")
                || type.equals("application/xml")
                || type.endsWith("+json")
                || type.endsWith("+xml");
    }
}
