package dev.varve.server;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The header that carries a file's name (RFC 6266). Stateless. */
final class ContentDisposition {

    private static final Pattern PARAMETER =
            Pattern.compile(";\\s*([!#$&+.^_`|~\\w*-]+)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^;\\s]*))");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(.)");
    private static final String UTF_8_PREFIX = "utf-8'";

    private ContentDisposition() {}

    /** The name in a header's value, or null. A path in front of it does not count. */
    static @Nullable String filename(String value) {
        String plain = null;
        Matcher matcher = PARAMETER.matcher(value);
        while (matcher.find()) {
            String quoted = matcher.group(2);
            String text =
                    quoted == null ? matcher.group(3) : ESCAPE.matcher(quoted).replaceAll("$1");
            String name = matcher.group(1).toLowerCase(Locale.ROOT);
            if (name.equals("filename*") && text.toLowerCase(Locale.ROOT).startsWith(UTF_8_PREFIX)) {
                int language = text.indexOf('\'', UTF_8_PREFIX.length());
                String decoded = language < 0 ? null : PercentDecoder.decode(text.substring(language + 1), false);
                if (decoded != null) {
                    return last(decoded);
                }
            } else if (name.equals("filename")) {
                plain = last(text);
            }
        }
        return plain;
    }

    private static String last(String path) {
        return path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    }

    /** What tells a browser to show a file, and how to call it. */
    static String inline(@Nullable String filename) {
        if (filename == null || filename.isEmpty()) {
            return "inline";
        }
        StringBuilder ascii = new StringBuilder();
        boolean exact = true;
        for (int i = 0; i < filename.length(); i++) {
            char c = filename.charAt(i);
            boolean plain = c >= ' ' && c < 0x7F && c != '"' && c != '\\';
            ascii.append(plain ? c : '_');
            exact &= plain;
        }
        String value = "inline; filename=\"" + ascii + "\"";
        return exact
                ? value
                : value + "; filename*=UTF-8''"
                        + URLEncoder.encode(filename, StandardCharsets.UTF_8)
                                .replace("+", "%20")
                                .replace("*", "%2A");
    }
}
