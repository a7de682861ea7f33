package dev.varve.bench.corrupt;

import java.util.Locale;

/**
 * What a store made of its damage. Immutable.
 *
 * @param kind in short
 * @param words in its own words, on one line
 */
record Verdict(Kind kind, String words) {

    /** In short. */
    enum Kind {
        /** Everything is as it should be: what was damaged was not needed, or was made anew. */
        SAME,
        /** The start was refused with clear words. */
        REFUSED,
        /** The start went well; some questions are answered with "corrupt", all others rightly. */
        CORRUPT,
        /** Groups past the durable mark are gone, as the rules allow. */
        CUT,
        /** What may never happen. */
        WRONG;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    Verdict {
        words = words.replaceAll("\\p{Cntrl}", " ");
    }

    String line() {
        return kind + "\t" + words;
    }

    static Verdict parse(String line) {
        int tab = line.indexOf('\t');
        return new Verdict(Kind.valueOf(line.substring(0, tab)), line.substring(tab + 1));
    }
}
