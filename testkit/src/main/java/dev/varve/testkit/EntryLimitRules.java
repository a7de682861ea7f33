package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.STORE;
import static dev.varve.testkit.EntryProbe.fails;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.EntryProbe.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.ErrorKind;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How large things may be. */
interface EntryLimitRules {

    private static EntryWrite write(EntryOp... ops) {
        return new EntryWrite(STORE, List.of(ops), "device", "op", false, true);
    }

    @Test
    default void a_write_makes_one_to_a_thousand_changes(EntryProbe entries) {
        fails(ErrorKind.INVALID_PARAMS, () -> entries.storage().write(write()));
        EntryOp[] ops = Collections.nCopies(EntryWrite.MAX_OPS + 1, set("a", 1)).toArray(EntryOp[]::new);
        fails(ErrorKind.INVALID_PARAMS, () -> entries.storage().write(write(ops)));
        assertThat(entries.storage().stores(null)).isEmpty();
    }

    @Test
    default void a_large_value_is_taken_and_a_larger_one_is_not(EntryProbe entries) {
        String large = "x".repeat(EntryStorage.MAX_WRITE_BYTES - 1_000);
        entries.written(set("a", large));
        entries.holds("a", large);

        fails(
                ErrorKind.TOO_LARGE,
                () -> entries.storage().write(write(set("a", "x".repeat(EntryStorage.MAX_WRITE_BYTES)))));
        fails(ErrorKind.TOO_LARGE, () -> entries.storage().write(write(set("b", large), set("c", large))));

        assertThat(entries.storeSeq()).isEqualTo(1);
    }

    /** A small object below a long path would become much larger than what was sent. */
    @Test
    default void the_paths_that_an_object_is_taken_apart_into_count(EntryProbe entries) {
        EntryPath deep = EntryPath.of("k".repeat(4_000));
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        for (int i = 0; i < 3_000; i++) {
            fields.put("" + i, value(i));
        }
        EntryValue object = new EntryValue.Fields(fields);

        fails(ErrorKind.TOO_LARGE, () -> entries.storage().write(write(EntryOp.set(deep, object))));
        fails(ErrorKind.TOO_LARGE, () -> entries.storage().write(write(EntryOp.of(EntryOp.Kind.MERGE, deep, object))));
        entries.written(EntryOp.set(path("k"), object));
    }

    @Test
    default void names_of_devices_and_writes_are_only_so_long(EntryProbe entries) {
        String longest = "\u00e9".repeat(1_000);
        entries.writtenOnce(longest, longest, set("a", 1));
        assertThat(entries.events().get(0).deviceId()).isEqualTo(longest);

        for (EntryWrite write : List.of(
                new EntryWrite(STORE, List.of(set("a", 1)), longest + "x", "o", false, true),
                new EntryWrite(STORE, List.of(set("a", 1)), "d", longest + "x", false, true))) {
            fails(ErrorKind.INVALID_PARAMS, () -> entries.storage().write(write));
        }
    }

    @Test
    default void the_longest_path_is_a_path(EntryProbe entries) {
        String longest = "k".repeat(EntryPath.MAX_BYTES - 2) + "/x";
        entries.written(set(longest, 1));

        entries.holds(longest, 1);
        assertThat(entries.paths("**")).containsExactly(longest);
        assertThat(entries.exists(longest.substring(0, longest.length() - 2))).isTrue();
    }
}
