package dev.varve.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What was read from a stream, as units: single bytes, or the elements of JSON arrays. Confined to one thread. */
sealed interface Content {

    /** How many units there are. */
    int size();

    /** The writer that the unit at a place names, or -1. */
    int writerAt(int at);

    /** The number of the append that the unit at a place names, or -1 when it is too small to say. */
    int numberAt(int at);

    /** Where an append with these messages ends when it stands at a place, or -1 when something else stands there. */
    int match(List<byte[]> messages, int at);

    /** Whether the beginning of an append with these messages stands at a place, but not all of it. */
    boolean matchesPartly(List<byte[]> messages, int at);

    /** The bytes of all units from a place on. */
    byte[] from(int at);

    /** A stream of bytes, where nothing marks the borders between appends. */
    record Bytes(byte[] all) implements Content {

        @Override
        public int size() {
            return all.length;
        }

        @Override
        public int writerAt(int at) {
            return all[at] & 0xff;
        }

        @Override
        public int numberAt(int at) {
            if (at + Payloads.NUMBERED_BYTES > all.length) {
                return -1;
            }
            long number = ByteBuffer.wrap(all).getLong(at + 1);
            return number < 0 || number > Integer.MAX_VALUE ? -1 : (int) number;
        }

        @Override
        public int match(List<byte[]> messages, int at) {
            byte[] message = messages.getFirst();
            int end = at + message.length;
            return end <= all.length && Arrays.equals(all, at, end, message, 0, message.length) ? end : -1;
        }

        @Override
        public boolean matchesPartly(List<byte[]> messages, int at) {
            byte[] message = messages.getFirst();
            int same = Arrays.mismatch(all, at, all.length, message, 0, message.length);
            return same > 1 && same < message.length;
        }

        @Override
        public byte[] from(int at) {
            return Arrays.copyOfRange(all, at, all.length);
        }
    }

    /** A JSON stream, cut into its messages. */
    record Json(List<byte[]> messages) implements Content {

        private static final Pattern OBJECT =
                Pattern.compile("\\{\"w\":(\\d{1,9}),\"n\":(\\d{1,9}),.*", Pattern.DOTALL);

        @Override
        public int size() {
            return messages.size();
        }

        @Override
        public int writerAt(int at) {
            String start = start(at);
            Matcher object = OBJECT.matcher(start);
            if (object.matches()) {
                return Integer.parseInt(object.group(1));
            }
            return start.matches("\\d{1,9}") ? Integer.parseInt(start) : -1;
        }

        @Override
        public int numberAt(int at) {
            Matcher object = OBJECT.matcher(start(at));
            return object.matches() ? Integer.parseInt(object.group(2)) : -1;
        }

        private String start(int at) {
            byte[] message = messages.get(at);
            return new String(message, 0, Math.min(message.length, 64), StandardCharsets.ISO_8859_1);
        }

        @Override
        public int match(List<byte[]> sent, int at) {
            return same(sent, at) == sent.size() ? at + sent.size() : -1;
        }

        @Override
        public boolean matchesPartly(List<byte[]> sent, int at) {
            int same = same(sent, at);
            if (same == 0 && numberAt(at) >= 0) {
                // A message that says whose it is and yet differs was damaged or cut.
                return true;
            }
            return same > 0 && same < sent.size();
        }

        private int same(List<byte[]> sent, int at) {
            int same = 0;
            while (same < sent.size()
                    && at + same < messages.size()
                    && Arrays.equals(sent.get(same), messages.get(at + same))) {
                same++;
            }
            return same;
        }

        @Override
        public byte[] from(int at) {
            int length = 0;
            for (byte[] message : messages.subList(at, messages.size())) {
                length += message.length + 1;
            }
            ByteBuffer joined = ByteBuffer.allocate(length);
            for (byte[] message : messages.subList(at, messages.size())) {
                joined.put(message).put((byte) '\n');
            }
            return joined.array();
        }
    }

    /** Cuts a JSON array into its elements without changing a byte of them. */
    static List<byte[]> elements(byte[] array) {
        List<byte[]> elements = new ArrayList<>();
        int depth = 0;
        boolean inString = false;
        int start = -1;
        for (int i = 0; i < array.length; i++) {
            byte b = array[i];
            if (inString) {
                if (b == '\\') {
                    i++;
                } else if (b == '"') {
                    inString = false;
                }
                continue;
            }
            boolean space = b == ' ' || b == '\n' || b == '\r' || b == '\t';
            if (depth == 1 && start >= 0 && (b == ',' || b == ']')) {
                elements.add(Arrays.copyOfRange(array, start, trimmed(array, start, i)));
                start = -1;
            } else if (depth == 1 && start < 0 && !space && b != ']') {
                start = i;
            }
            switch (b) {
                case '"' -> inString = true;
                case '[', '{' -> depth++;
                case ']', '}' -> depth--;
                default -> {
                    // Part of a number or a word, or between elements.
                }
            }
        }
        if (depth != 0 || inString) {
            throw new IllegalArgumentException("not a whole JSON array: " + array.length + " bytes");
        }
        return elements;
    }

    private static int trimmed(byte[] array, int start, int end) {
        int last = end;
        while (last > start && array[last - 1] <= ' ') {
            last--;
        }
        return last;
    }
}
