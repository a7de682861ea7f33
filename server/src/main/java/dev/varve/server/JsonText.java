package dev.varve.server;

import dev.varve.api.EntryValue;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Writes small JSON objects without a mapper. Confined to the thread that builds the text. */
final class JsonText {

    private static final int USUAL_CHARS = 256;

    private final StringBuilder text;
    private boolean first = true;

    JsonText() {
        this(0);
    }

    /**
     * For an object that holds something long.
     *
     * @param longChars about how many characters that has
     */
    JsonText(int longChars) {
        text = new StringBuilder(USUAL_CHARS + longChars).append('{');
    }

    JsonText field(String name, String value) {
        name(name);
        quote(text, value);
        return this;
    }

    JsonText field(String name, long value) {
        name(name);
        text.append(value);
        return this;
    }

    JsonText field(String name, boolean value) {
        name(name);
        text.append(value);
        return this;
    }

    JsonText field(String name, Instant moment) {
        name(name);
        InstantText.write(text.append('"'), moment);
        text.append('"');
        return this;
    }

    /** A field whose value is JSON already. */
    JsonText raw(String name, CharSequence json) {
        name(name);
        text.append(json);
        return this;
    }

    JsonText field(String name, EntryValue value, EntryJson.Form form) {
        name(name);
        EntryJson.write(text, value, form);
        return this;
    }

    JsonText field(String name, Collection<String> values) {
        name(name);
        quoteAll(text, values);
        return this;
    }

    JsonText fieldOrNull(String name, @Nullable String value) {
        return value == null ? raw(name, "null") : field(name, value);
    }

    JsonText fieldOrNull(String name, @Nullable Long value) {
        return value == null ? raw(name, "null") : field(name, value.longValue());
    }

    private void name(String name) {
        if (!first) {
            text.append(',');
        }
        first = false;
        quote(text, name);
        text.append(':');
    }

    /** Closes the object. */
    @Override
    public String toString() {
        String json = text.append('}').toString();
        text.setLength(text.length() - 1);
        return json;
    }

    /** Appends a list of texts. */
    static void quoteAll(StringBuilder to, Collection<String> values) {
        to.append('[');
        boolean later = false;
        for (String value : values) {
            if (later) {
                to.append(',');
            }
            later = true;
            quote(to, value);
        }
        to.append(']');
    }

    static void quote(StringBuilder to, String value) {
        to.append('"');
        int from = 0;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (isPlain(c)) {
                continue;
            }
            boolean paired = Character.isHighSurrogate(c)
                    && i + 1 < value.length()
                    && Character.isLowSurrogate(value.charAt(i + 1));
            if (paired) {
                i++;
            } else {
                to.append(value, from, i);
                from = i + 1;
                escape(to, c);
            }
        }
        // Mostly all of it.
        if (from == 0) {
            to.append(value);
        } else {
            to.append(value, from, value.length());
        }
        to.append('"');
    }

    private static boolean isPlain(char c) {
        return c < 0x7f ? c >= 0x20 && c != '"' && c != '\\' : c != 0x7f && !Character.isSurrogate(c);
    }

    private static void escape(StringBuilder to, char c) {
        switch (c) {
            case '"' -> to.append("\\\"");
            case '\\' -> to.append("\\\\");
            case '\n' -> to.append("\\n");
            case '\r' -> to.append("\\r");
            case '\t' -> to.append("\\t");
            default -> to.append("\\u").append(String.format("%04x", (int) c));
        }
    }
}
