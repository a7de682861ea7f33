package dev.varve.api;

import java.util.Locale;

/**
 * More would be held than may be. Nothing was changed; reads, deletions and writes that add nothing go on.
 *
 * <pre>{@code
 * try {
 *     links.insert(new Link("varve", "Varve", 0));
 * } catch (LimitExceededException e) {
 *     System.out.println(e.current() + " of " + e.limit() + " " + e.dimension().wireName() + " are there");
 * }
 * }</pre>
 */
public final class LimitExceededException extends VarveException {

    private static final long serialVersionUID = 1L;

    /** What there is a limit of. */
    public enum Dimension {
        /** The entries of a store. */
        KEYS("entries"),
        /** The bytes of the files that the entries of a store refer to, each as often as an entry does. */
        FILE_STORAGE("bytes of files"),
        /** The stores of an organisation, archived ones too. */
        STORES("stores");

        private final String wireName = name().toLowerCase(Locale.ROOT);
        private final String words;

        Dimension(String words) {
            this.words = words;
        }

        /**
         * The name on the wire.
         *
         * @return lower case letters and underscores
         */
        public String wireName() {
            return wireName;
        }
    }

    private final Dimension dimension;
    private final long current;
    private final long limit;

    /**
     * A limit that would be exceeded.
     *
     * @param where the full name of the store, or the name of the organisation
     * @param dimension what there is a limit of
     * @param current how much there is
     * @param limit how much there may be
     */
    public LimitExceededException(String where, Dimension dimension, long current, long limit) {
        super(
                ErrorKind.LIMIT_EXCEEDED,
                where + " has " + current + " of at most " + limit + " " + dimension.words
                        + "; nothing was changed, delete some or have the limit raised");
        this.dimension = dimension;
        this.current = current;
        this.limit = limit;
    }

    /**
     * What there is a limit of.
     *
     * @return the dimension
     */
    public Dimension dimension() {
        return dimension;
    }

    /**
     * How much there is, without what was refused.
     *
     * @return entries, bytes or stores
     */
    public long current() {
        return current;
    }

    /**
     * How much there may be.
     *
     * @return entries, bytes or stores
     */
    public long limit() {
        return limit;
    }
}
