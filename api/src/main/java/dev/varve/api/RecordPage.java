package dev.varve.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some records, all as of one moment. Immutable.
 *
 * <pre>{@code
 * String after = null;
 * do {
 *     RecordPage<Link> page = links.page("d", after, 50);
 *     page.records().forEach(System.out::println);
 *     after = page.next();
 * } while (after != null);
 * }</pre>
 *
 * @param <T> the type of the records
 * @param records in the order of their paths
 * @param next the key after which to go on, when more may follow; null at the end
 */
public record RecordPage<T extends Record>(
        List<T> records, @Nullable String next) {

    /** Copies the list. */
    public RecordPage {
        records = List.copyOf(records);
    }
}
