package dev.varve.server;

import java.util.List;

/** Tags of catch-up answers: incarnation, range, whether closed, and the coding. Stateless. */
final class EntityTag {

    private EntityTag() {}

    static String of(PageHead page, boolean gzip) {
        return "\"" + Long.toUnsignedString(page.incarnation(), Character.MAX_RADIX)
                + ":" + page.start().position()
                + ":" + page.next().position()
                + (page.closed() ? ":c" : "")
                + (gzip ? ":gzip" : "")
                + "\"";
    }

    /** Whether one of the values of {@code If-None-Match} names the tag. */
    static boolean matches(List<String> ifNoneMatch, String tag) {
        for (String line : ifNoneMatch) {
            for (String part : line.split(",")) {
                String candidate = part.strip();
                if (candidate.equals("*")
                        || candidate.equals(tag)
                        || (candidate.startsWith("W/") && candidate.substring(2).equals(tag))) {
                    return true;
                }
            }
        }
        return false;
    }
}
