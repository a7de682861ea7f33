package dev.varve.pekko;

import org.junit.jupiter.api.Tag;

/** Pekko's suites over HTTP. */
@Tag("engine")
final class ServedSuitesTest extends Suites {

    @Override
    Place place() {
        return Place.served();
    }
}
