package dev.varve.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether a series of samples is flat. The first quarter is warm-up and does not count. Two questions are asked, both
 * robust against single outliers: is the median of the last quarter above that of the second one, and does the series
 * rise over its second half (the median of the slopes between all pairs, by Theil and Sen)? It is not flat when both
 * say that it grew by more than the tolerance: a step that came once gives no slope, and a saw's tooth no higher median.
 * Stateless.
 */
final class Trend {

    /** Fewer samples say nothing. */
    static final int LEAST_SAMPLES = 16;

    private Trend() {}

    /**
     * What was found.
     *
     * @param before the median of the second quarter
     * @param after the median of the last quarter
     * @param rise by how much the series rose over its second half
     */
    record Verdict(double before, double after, double rise, boolean flat) {}

    /**
     * Judges a series.
     *
     * @param samples taken at equal distances
     * @param tolerance how much growth is none
     */
    static Verdict of(List<Double> samples, double tolerance) {
        int quarter = samples.size() / 4;
        double before = median(samples.subList(quarter, 2 * quarter));
        double after = median(samples.subList(samples.size() - quarter, samples.size()));
        List<Double> half = samples.subList(samples.size() / 2, samples.size());
        List<Double> slopes = new ArrayList<>();
        for (int i = 0; i < half.size(); i++) {
            for (int j = i + 1; j < half.size(); j++) {
                slopes.add((half.get(j) - half.get(i)) / (j - i));
            }
        }
        double rise = median(slopes) * half.size();
        return new Verdict(before, after, rise, after - before <= tolerance || rise <= tolerance / 2);
    }

    private static double median(List<Double> figures) {
        return Medians.median(figures);
    }
}
