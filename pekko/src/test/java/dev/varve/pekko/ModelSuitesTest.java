package dev.varve.pekko;

/** Pekko's suites over a store that the program hands over. */
final class ModelSuitesTest extends Suites {

    @Override
    Place place() {
        return Place.model();
    }
}
