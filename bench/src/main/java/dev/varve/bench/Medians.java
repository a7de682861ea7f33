package dev.varve.bench;

import java.util.List;
import java.util.Map;

/** Prints the median of each server's rounds, and Varve's ratio to the others with a word on which way is good. */
final class Medians {

    private Medians() {}

    static void report(Map<Peer, List<Double>> rounds, String format, String better) {
        rounds.forEach((peer, figures) ->
                System.out.printf("bench: median   %-6s " + format + "%n", peer.label(), median(figures)));
        List<Double> varve = rounds.get(Peer.VARVE);
        if (varve == null) {
            return;
        }
        rounds.forEach((peer, figures) -> {
            if (peer != Peer.VARVE) {
                System.out.printf(
                        "bench: varve to %s: %.2fx (%s is better)%n",
                        peer.label(), median(varve) / median(figures), better);
            }
        });
    }

    static double median(List<Double> figures) {
        List<Double> sorted = figures.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}
