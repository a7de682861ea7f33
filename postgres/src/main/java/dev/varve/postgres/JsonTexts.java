package dev.varve.postgres;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Texts, and texts by name, as columns of the type {@code json}: that keeps the order of names, which {@code jsonb} does not, and any character, which
 * {@code text} does not.
 */
final class JsonTexts {

    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private final String json;
    private int at;

    private JsonTexts(String json) {
        this.json = json;
    }

    static String write(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2);
        write(text, out);
        return out.toString();
    }

    /** Each name begins a line, which nothing inside of a text does. */
    static String write(Map<String, String> texts) {
        if (texts.isEmpty()) {
            return "{}";
        }
        StringBuilder out = new StringBuilder("{");
        String between = "";
        for (Map.Entry<String, String> entry : texts.entrySet()) {
            out.append(between).append(member(entry.getKey(), entry.getValue()));
            between = ",";
        }
        return out.append("\n}").toString();
    }

    /** How one text by name stands in what {@link #write(Map)} writes, and nothing else. */
    static String member(String name, String text) {
        return "\n" + write(name) + ": " + write(text);
    }

    private static void write(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            boolean pair = i + 1 < text.length() && Character.isSurrogatePair(unit, text.charAt(i + 1));
            if (unit == '"' || unit == '\\') {
                out.append('\\').append(unit);
            } else if (pair) {
                out.append(unit).append(text.charAt(++i));
            } else if (unit < ' ' || Character.isSurrogate(unit)) {
                out.append("\\u");
                for (int shift = 12; shift >= 0; shift -= 4) {
                    out.append(HEX[unit >> shift & 0xf]);
                }
            } else {
                out.append(unit);
            }
        }
        out.append('"');
    }

    /** Reads what {@link #write(String)} wrote. */
    static String readText(String json) {
        return new JsonTexts(json).text();
    }

    /**
     * Reads what {@link #write(Map)} wrote.
     *
     * @throws IllegalArgumentException when it is anything else
     */
    static Map<String, String> readTexts(String json) {
        Map<String, String> texts = new LinkedHashMap<>();
        JsonTexts reader = new JsonTexts(json);
        reader.skip('{');
        while (reader.peek() != '}') {
            if (!texts.isEmpty()) {
                reader.skip(',');
            }
            String name = reader.text();
            reader.skip(':');
            texts.put(name, reader.text());
        }
        return texts;
    }

    private String text() {
        skip('"');
        StringBuilder text = new StringBuilder();
        while (true) {
            char unit = next();
            if (unit == '"') {
                return text.toString();
            }
            text.append(unit == '\\' ? escaped() : unit);
        }
    }

    private char escaped() {
        char unit = next();
        if (unit != 'u') {
            return unit;
        }
        if (at + 4 > json.length()) {
            throw new IllegalArgumentException("an escape is cut short");
        }
        at += 4;
        return (char) Integer.parseInt(json.substring(at - 4, at), 16);
    }

    private void skip(char expected) {
        if (peek() != expected) {
            throw new IllegalArgumentException("a " + expected + " was expected at " + at);
        }
        at++;
    }

    private char peek() {
        while (at < json.length() && (json.charAt(at) == ' ' || json.charAt(at) == '\n')) {
            at++;
        }
        return at < json.length() ? json.charAt(at) : 0;
    }

    private char next() {
        if (at >= json.length()) {
            throw new IllegalArgumentException("it ends in the middle");
        }
        return json.charAt(at++);
    }
}
