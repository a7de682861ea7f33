package dev.varve.testkit;

import dev.varve.api.EntryPath;
import dev.varve.api.Schema;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Records of one mode. Immutable.
 *
 * @param prefix the written path below which they are kept
 * @param named makes one by its key
 */
record Samples<T extends Record & Sample<T>>(
        Schema.Mode mode, Class<T> type, String prefix, Function<String, T> named) {

    static final Samples<FlatSample> FLAT = new Samples<>(
            Schema.Mode.FLAT,
            FlatSample.class,
            "app/flat",
            key -> new FlatSample(key, "Title", null, 0, Map.of(), List.of(), null));

    static final Samples<WholeSample> MAP = new Samples<>(
            Schema.Mode.MAP,
            WholeSample.class,
            "app/whole",
            key -> new WholeSample(key, "Title", null, 0, Map.of(), List.of(), null));

    static Stream<Samples<?>> both() {
        return Stream.of(FLAT, MAP);
    }

    T of(String key) {
        return named.apply(key);
    }

    /** With something in every field. */
    T full(String key) {
        return of(key).with(
                        "Dust",
                        "read twice",
                        3,
                        Map.of("a", "1", "b", "2"),
                        List.of("x", "y"),
                        new Sample.Author("Ada", "London"));
    }

    /** The path of a record whose key needs no escapes, or something below it. */
    EntryPath path(String below) {
        return EntryPath.parse(prefix + "/" + below);
    }

    @Override
    public String toString() {
        return mode.toString();
    }
}
