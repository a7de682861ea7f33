package dev.varve.api;

import java.util.Map;

/**
 * A record as it was found. Immutable.
 *
 * <pre>{@code
 * StoredRecord<Link> found = links.findRecord("dust").orElseThrow();
 * Link renamed = new Link("dust", "Dust, live", found.value().visits());
 * links.update(found.value(), renamed, Precondition.ifFields(found.fieldRevisions())); // nobody has changed a field
 * }</pre>
 *
 * @param <T> the type of the record
 * @param value the record
 * @param revision the revision of the whole: the store's sequence number of the last write that changed anything of it, fields
 *     that the type does not know too; for {@link Precondition#ifRevision}
 * @param fieldRevisions in {@link Schema.Mode#FLAT} the revision of each field of the type that is there, by its name in the
 *     store, all of the same moment as the value; for {@link Precondition#ifFields}. Empty in {@link Schema.Mode#MAP}
 */
public record StoredRecord<T extends Record>(T value, long revision, Map<String, Long> fieldRevisions) {

    /** Copies the map. */
    public StoredRecord {
        fieldRevisions = Map.copyOf(fieldRevisions);
    }
}
