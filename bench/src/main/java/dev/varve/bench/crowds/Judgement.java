package dev.varve.bench.crowds;

import java.util.Locale;

/** What was shown and what was not. Confined to one thread. */
@SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library that only the compiler has
final class Judgement {

    private final boolean large;
    private int failures;

    Judgement(boolean large) {
        this.large = large;
    }

    /** Says a figure. */
    void say(String format, Object... values) {
        System.out.println("crowds: " + String.format(Locale.ROOT, format, values));
    }

    /** Holds on every machine. */
    void must(boolean holds, String format, Object... values) {
        if (!holds) {
            failures++;
        }
        say((holds ? "" : "FAILED: ") + format, values);
    }

    /** Depends on the machine's speed: judged in the large command only. */
    void should(boolean holds, String format, Object... values) {
        if (large) {
            must(holds, format, values);
        } else {
            say(format, values);
        }
    }

    boolean good() {
        return failures == 0;
    }
}
