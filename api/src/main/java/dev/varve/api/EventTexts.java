package dev.varve.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What names, tags and metadata of events may be. */
final class EventTexts {

    private EventTexts() {}

    static VarveException invalid(String message) {
        return new VarveException(ErrorKind.INVALID_PARAMS, message);
    }

    /** Refuses text that is empty, too long, no Unicode, or holds control characters. */
    static void check(String what, String text, int maxBytes) {
        if (text.isEmpty()) {
            throw invalid(what + " must not be empty");
        }
        checkLength(what, text, maxBytes);
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                throw invalid(what + " must not hold control characters, has one at " + i);
            }
        }
    }

    /**
     * Refuses texts by name that are too long together, or of which one name or text may not be so.
     *
     * @param what what has them, for people
     * @return a copy that keeps their order
     */
    static Map<String, String> checked(String what, Map<String, String> texts) {
        Map<String, String> checked = Collections.unmodifiableMap(new LinkedHashMap<>(texts));
        int left = NewEvent.MAX_METADATA_BYTES;
        for (Map.Entry<String, String> text : checked.entrySet()) {
            check("a name in " + what, text.getKey(), NewEvent.MAX_TAG_BYTES);
            checkLength(what, text.getValue(), left);
            left -= text.getKey().getBytes(UTF_8).length + text.getValue().getBytes(UTF_8).length;
            if (left < 0) {
                throw invalid(what + " is longer than " + NewEvent.MAX_METADATA_BYTES + " bytes");
            }
        }
        return checked;
    }

    /** Refuses a duration that milliseconds cannot say, which it is stored and sent in. */
    static void checkMillis(String what, Duration duration) {
        try {
            if (Duration.ofMillis(duration.toMillis()).equals(duration)) {
                return;
            }
        } catch (ArithmeticException e) {
            // Told below: it is too long.
        }
        throw invalid(what + " is a whole number of milliseconds, was " + duration);
    }

    /** Refuses text that is too long or no Unicode. */
    static void checkLength(String what, String text, int maxBytes) {
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (Character.isSurrogate(unit)) {
                if (i + 1 == text.length() || !Character.isSurrogatePair(unit, text.charAt(i + 1))) {
                    throw invalid(what + " is no Unicode: half a character stands at " + i);
                }
                i++;
            }
        }
        if (text.length() > maxBytes || text.getBytes(UTF_8).length > maxBytes) {
            throw invalid(what + " is longer than " + maxBytes + " bytes of UTF-8");
        }
    }
}
