package dev.varve.engine.spi;

/** A storage that has figures of its own for the server's metrics page. Thread-safe. */
public interface MetricSource {

    /**
     * Tells the current figures. Called once per scrape; must not block.
     *
     * @param sink who takes them
     */
    void report(Sink sink);

    /** Takes figures. Names are lower case with underscores and end in their unit; the prefix {@code varve_} is added. */
    interface Sink {

        /**
         * A figure that only grows while the process lives.
         *
         * @param name without the suffix {@code _total}
         * @param help one sentence
         * @param value the figure
         */
        void counter(String name, String help, double value);

        /**
         * A figure that goes up and down.
         *
         * @param name the name
         * @param help one sentence
         * @param value the figure
         */
        void gauge(String name, String help, double value);

        /**
         * A distribution.
         *
         * @param name the name
         * @param help one sentence
         * @param upperBounds the buckets' inclusive upper bounds, ascending, without infinity
         * @param counts how many observations fell into each bucket, not cumulated; one more than there are bounds
         * @param sum the sum of all observations
         */
        void histogram(String name, String help, double[] upperBounds, long[] counts, double sum);
    }
}
