package dev.varve.api;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Flow;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The records of one type in one store, kept among its entries as {@link Schema} says. For programs that wait; every method may
 * be called from virtual threads.
 *
 * <pre>{@code
 * Repository<Link> links = varve.store("acme/reading").repository(Link.class);
 * links.insert(new Link("dust", "Dust", null), Precondition.ifAbsent());
 * Link dust = links.get("dust");
 * links.update(dust, dust.withNote("read twice"));
 * links.update("dust", link -> link.withVisits(link.visits() + 1));
 * }</pre>
 *
 * <p>A write of a record is one atomic step, as is a {@link Batch} of several: everybody sees all of it or nothing. It is durable
 * when its method returns, and creates the store if it does not exist. What is read is durable. Fields that the type does not
 * have, which others may have stored, survive updates; {@link #insert(Record, Precondition) inserts} say when they do not.
 *
 * <p>Every method throws {@link VarveException} when the storage fails; its kind says whether a write was applied. Every write
 * throws {@link EntryRefusedException} when its precondition does not hold, when the store is archived, or when a nested name
 * is no segment of a path, and {@link LimitExceededException} when the store would hold more than it may; nothing was changed
 * then. Every method that takes a key throws {@link IllegalArgumentException} for one that is empty or cannot be a segment of a
 * path, with nothing sent. Thread-safe.
 *
 * <p>Before a record is written it is looked at: its key and what is {@link Required} must be there, and the constraints of
 * Jakarta Validation on its components must hold, where a validator is on the class path. Else {@link InvalidRecordException}
 * tells what is wrong, and nothing is sent.
 *
 * @param <T> the type of the records
 */
public sealed interface Repository<T extends Record> permits EntryRepository {

    /** How often {@link #update(String, UnaryOperator)} tries, inclusive. */
    int UPDATE_ATTEMPTS = 100;

    /**
     * The records of a type in a store.
     *
     * @param <T> the type
     * @param store the store
     * @param type a record with {@link Schema}
     * @return the repository; nothing is asked of the store, which need not exist
     * @throws IllegalArgumentException when records of this type cannot be kept; the message says why and what to do
     */
    static <T extends Record> Repository<T> over(Store store, Class<T> type) {
        return new EntryRepository<>(store, type);
    }

    // ---- reads

    /**
     * Reads all records as of one moment. What is below the schema's prefix and cannot be read as a record, as it lacks a field
     * that it must have, is skipped, with one warning each to the logger called as this interface that names the type, the key
     * and what is wrong. A value at exactly the path of a record is no record, and passed over.
     *
     * @return the records in the order of their paths; unmodifiable
     * @throws VarveException as for every method, and {@link ErrorKind#COMPACTED} when a store keeps what stood a moment ago
     *     so shortly that it could not be read to the end in several attempts
     */
    List<T> all();

    /**
     * Reads all records as {@link #all}, page by page as they are asked for, all as of the moment when the first one is.
     *
     * @return the records in the order of their paths, to be closed. Taking from it throws {@link VarveException} as the methods
     *     do: of kind {@link ErrorKind#COMPACTED} when the store does not keep any more what stood at that moment, {@link
     *     ErrorKind#NOT_FOUND} when the store was deleted
     */
    Stream<T> stream();

    /**
     * Finds a record.
     *
     * @param key its key
     * @return the record, or nothing when nothing stands at its path or below it
     * @throws InvalidRecordException when what stands there cannot be read as a record
     */
    Optional<T> find(String key);

    /**
     * Reads a record that is there.
     *
     * @param key its key
     * @return the record
     * @throws VarveException {@link ErrorKind#NOT_FOUND} when nothing stands at its path or below it; the message names type and
     *     key
     * @throws InvalidRecordException when what stands there cannot be read as a record
     */
    T get(String key);

    /**
     * Finds several records, all as of one moment. One read does it where every field of the type is one entry (none is a map, a
     * record or an {@link EntryValue}) and there are at most {@link EntryQuery#MAX_LIMIT} of them; otherwise each record is read
     * by itself, as it was at that moment.
     *
     * @param keys their keys, at most {@link EntryQuery#MAX_LIMIT} different ones
     * @return for keys below whose path any field of the type stands, the record; in the order of the keys; unmodifiable
     * @throws InvalidRecordException when the fields of one of the keys cannot be read as a record
     * @throws IllegalArgumentException when there are too many keys; nothing was sent
     * @throws VarveException as {@link #all}
     */
    Map<String, T> findAll(Collection<String> keys);

    /**
     * Reads a page of records whose keys begin alike, as of one moment; the next page is of a later one. What cannot be read as a
     * record is skipped as by {@link #all}, so that a page may hold fewer records than were asked for, or none, although more
     * follow. So it does, too, when the records have so many entries that not all fit into one read.
     *
     * <pre>{@code
     * RecordPage<Link> page = links.page("2026-", null, 50);
     * while (page.next() != null) {
     *     page = links.page("2026-", page.next(), 50);
     * }
     * }</pre>
     *
     * @param keyPrefix what the keys begin with; may be empty
     * @param afterKey the key after which to go on, as {@link RecordPage#next} has it, whether or not there is such a record;
     *     null to begin
     * @param limit how many records at most, 1 to {@link EntryQuery#MAX_LIMIT}
     * @return the records, in the order of their paths
     * @throws IllegalArgumentException when the limit is out of range, or {@code afterKey} does not begin with {@code
     *     keyPrefix}; nothing was sent
     */
    RecordPage<T> page(String keyPrefix, @Nullable String afterKey, int limit);

    /**
     * Finds a record with its revisions, for a {@link Precondition}. In {@link Schema.Mode#FLAT} that is a second read, and one
     * more for each field that is an object; all are of one moment.
     *
     * @param key its key
     * @return the record and its revisions, or nothing when nothing stands at its path or below it
     * @throws InvalidRecordException when what stands there cannot be read as a record
     * @throws VarveException {@link ErrorKind#OVERLOADED} when others changed its fields between the reads of several attempts
     */
    Optional<StoredRecord<T>> findRecord(String key);

    /**
     * Whether anything is stored below the path of a record, readable or not.
     *
     * @param key its key
     * @return true when there is
     */
    boolean exists(String key);

    /**
     * Counts keys below which anything is stored, readable or not, as of one moment. Goes through all entries of all records.
     *
     * @return how many
     * @throws VarveException as {@link #all}
     */
    long count();

    // ---- changesets

    /**
     * Begins a new record with input that nobody has looked at yet. Only fields that are allowed are taken of it; all else in it
     * is never written. Values are taken as {@link Schema} says that they are read, and also as forms send them: numbers, true,
     * false, on and off as text; the empty text as nothing, where the component is no text. They may be of Java's types, too,
     * and come in maps and lists, as what a reader of JSON makes. A value that cannot be taken is an error of its field.
     *
     * @param input values by the names of fields as they are stored, and of the key
     * @param allowed which of these may be set
     * @return the changeset of a record that is not there yet
     * @throws IllegalArgumentException when something is allowed that is no field
     */
    Changeset<T> change(Map<String, ?> input, String... allowed);

    /**
     * Begins to change a record by input that nobody has looked at yet, as {@link #change(Map, String...)}. What the input does not
     * name stays.
     *
     * @param current the record as it is
     * @param input values by the names of fields as they are stored
     * @param allowed which of these may be set
     * @return the changeset of this record; another key is an error
     * @throws IllegalArgumentException when something is allowed that is no field, or a value of the current record cannot be
     *     stored, as NaN
     */
    Changeset<T> change(T current, Map<String, ?> input, String... allowed);

    /**
     * Begins to change a record by what the program {@linkplain Changeset#set sets}.
     *
     * @param current the record as it is
     * @return a changeset without changes
     * @throws IllegalArgumentException when a value of the record cannot be stored, as NaN
     */
    Changeset<T> edit(T current);

    /**
     * Stores what a changeset says, whatever stands there, as {@link #save(Changeset, Precondition)} with {@link
     * Precondition#any}.
     *
     * @param changeset what to store
     * @return saved, or invalid with nothing sent
     * @throws IllegalArgumentException as {@link #save(Changeset, Precondition)}
     */
    default SaveResult<T> save(Changeset<T> changeset) {
        return save(changeset, Precondition.any());
    }

    /**
     * Stores what a changeset says: a new record as {@link #insert(Record, Precondition)}, one that is edited as {@link
     * #update(Record, Record, Precondition)}.
     *
     * @param changeset what to store
     * @param condition what must hold
     * @return saved, invalid with nothing sent, or in conflict with what stands there and nothing changed
     * @throws IllegalArgumentException when the condition is none for this write, or a value cannot be stored; nothing was sent
     * @throws EntryRefusedException when something cannot be stored; nothing was changed
     */
    SaveResult<T> save(Changeset<T> changeset, Precondition condition);

    // ---- writes

    /**
     * Stores a record, whatever stands there, as {@link #insert(Record, Precondition)} with {@link Precondition#any}.
     *
     * @param value the record
     * @return what was written
     * @throws InvalidRecordException when it lacks its key or a field that it must have; nothing was sent
     * @throws IllegalArgumentException when a value cannot be stored, as NaN; nothing was sent
     */
    default RecordReceipt insert(T value) {
        return insert(value, Precondition.any());
    }

    /**
     * Stores a whole record. In {@link Schema.Mode#FLAT} all fields of the type are written, nulls too, and what else stands
     * below the record's path stays; in {@link Schema.Mode#MAP} the record takes the place of all that stands at its path and
     * below it.
     *
     * @param value the record
     * @param condition what must hold: of several inserts of one key at the same time with {@link Precondition#ifAbsent} exactly
     *     one is made
     * @return what was written
     * @throws InvalidRecordException when it lacks its key or a field that it must have, or when nothing would be left of it in
     *     a store; nothing was sent
     * @throws IllegalArgumentException when a value cannot be stored, as NaN, or the condition is none for this write: {@link
     *     Precondition#ifRevision} in {@link Schema.Mode#FLAT}, {@link Precondition#ifFields} in {@link Schema.Mode#MAP};
     *     nothing was sent
     * @throws EntryRefusedException when the condition does not hold; nothing was changed
     */
    RecordReceipt insert(T value, Precondition condition);

    /**
     * Stores what has changed in a record, whatever stands there, as {@link #update(Record, Record, Precondition)} with {@link
     * Precondition#any}.
     *
     * @param before the record as it was
     * @param after the record as it should be
     * @return what was written
     * @throws InvalidRecordException as {@link #update(Record, Record, Precondition)}
     * @throws IllegalArgumentException when the keys differ or a value cannot be stored, as NaN; nothing was sent
     */
    default RecordReceipt update(T before, T after) {
        return update(before, after, Precondition.any());
    }

    /**
     * Stores what has changed in a record. In {@link Schema.Mode#FLAT} only fields are written whose value differs between
     * before and after, so that fields that others changed meanwhile stay as they made them; in {@link Schema.Mode#MAP} all fields
     * of the type are written. Fields that the type does not have stay in both modes. When nothing differs nothing is sent, not
     * even the condition.
     *
     * <p>What stands there is compared with {@code before} by a condition only. Without one, the update of a record that was
     * deleted meanwhile stores what the update writes, which in {@link Schema.Mode#FLAT} may be no whole record.
     *
     * @param before the record as it was
     * @param after the record as it should be
     * @param condition what must hold
     * @return what was written
     * @throws InvalidRecordException when {@code after} lacks its key or a field that it must have, or when nothing would be
     *     left of it in a store; nothing was sent
     * @throws IllegalArgumentException when the keys differ, a value cannot be stored, as NaN, or the condition is none for this
     *     write: {@link Precondition#ifAbsent}, {@link Precondition#ifRevision} in {@link Schema.Mode#FLAT}, {@link
     *     Precondition#ifFields} in {@link Schema.Mode#MAP}; nothing was sent
     * @throws EntryRefusedException when the condition does not hold; nothing was changed
     */
    RecordReceipt update(T before, T after, Precondition condition);

    /**
     * Reads a record, changes it and stores what has changed, if nobody changed anything of it in between; else tries again, up
     * to {@link #UPDATE_ATTEMPTS} times at once. So no change of it by anybody is lost, in either mode.
     *
     * @param key its key
     * @param change gives the record as it should be; called once for every attempt, so without effects of its own. What it
     *     throws is thrown, and nothing was changed
     * @return the record as it was stored, with what was written; an update that changes nothing needs no write
     * @throws VarveException {@link ErrorKind#NOT_FOUND} when nothing stands at its path or below it; nothing was changed
     * @throws InvalidRecordException when what stands there cannot be read as a record, or as {@link #update(Record, Record,
     *     Precondition)}; nothing was changed
     * @throws IllegalArgumentException when the change gives another key, or a value that cannot be stored; nothing was changed
     * @throws EntryRefusedException with {@link EntryWriteResult.Reason#CONFLICT} when the last attempt was overtaken like all
     *     before; nothing was changed
     */
    UpdatedRecord<T> update(String key, UnaryOperator<T> change);

    // ---- counters and sets

    /**
     * Adds to a field that counts, whatever others add meanwhile: nothing is read, and no addition is lost. Where there is no
     * record the field is stored alone, which is no record until the others are there.
     *
     * <p>In {@link Schema.Mode#MAP} too: fields are entries of their own in both modes. There an {@link #update(Record, Record)}
     * writes all fields, and takes back what was added since its record was read; {@link #update(String, UnaryOperator)} does not.
     *
     * @param key the key of the record
     * @param field the name of the field as it is stored, whose component is a byte, short, int or long, or boxed
     * @param delta how much, negative to subtract
     * @return the total, which is kept in 64 bits: one that the component cannot hold makes the record unreadable
     * @throws IllegalArgumentException when there is no such field, or it does not count; nothing was sent
     * @throws EntryRefusedException when something else than a number stands there, null too, or the total does not fit into
     *     64 bits; nothing was changed
     * @throws VarveException {@link ErrorKind#TIMEOUT} also when the change was made, and what it came to could not be read over
     *     a network
     */
    long increment(String key, String field, long delta);

    /**
     * Puts a member into a field that is a set, unless it is in there, whatever others put in meanwhile. Else as {@link #increment}.
     *
     * @param key the key of the record
     * @param field the name of the field as it is stored, whose component is a {@link Set}
     * @param member not null, of the type of the set's members
     * @return all members, the newest first; unmodifiable
     * @throws IllegalArgumentException when there is no such field, it is no set, or the member is none for it; nothing was sent
     * @throws InvalidRecordException when the change was made, and other members are not of the type
     * @throws VarveException as {@link #increment}
     */
    Set<?> add(String key, String field, Object member);

    /**
     * Takes a member out of a field that is a set, if it is in there. Else as {@link #add}.
     *
     * @param key the key of the record
     * @param field the name of the field as it is stored, whose component is a {@link Set}
     * @param member not null, of the type of the set's members
     * @return the members that are left, the newest first; unmodifiable
     * @throws IllegalArgumentException as {@link #add}
     * @throws InvalidRecordException as {@link #add}
     * @throws VarveException as {@link #increment}
     */
    Set<?> remove(String key, String field, Object member);

    // ---- deletes

    /**
     * Deletes a record, with all that stands at its path and below it. Succeeds when there is nothing.
     *
     * @param key its key
     * @return what was written
     */
    default RecordReceipt delete(String key) {
        return delete(key, Precondition.any());
    }

    /**
     * Deletes a record as {@link #delete(String)}, if a condition holds.
     *
     * @param key its key
     * @param condition what must hold
     * @return what was written
     * @throws IllegalArgumentException when the condition is none for this write: {@link Precondition#ifAbsent}, and {@link
     *     Precondition#ifFields} in {@link Schema.Mode#MAP}; nothing was sent
     * @throws EntryRefusedException when the condition does not hold; nothing was changed
     */
    RecordReceipt delete(String key, Precondition condition);

    /**
     * Deletes the record with the key of another, whatever its fields are, as {@link #delete(String)}.
     *
     * @param value a record with its key
     * @return what was written
     * @throws InvalidRecordException when it lacks its key; nothing was sent
     */
    default RecordReceipt delete(T value) {
        return delete(value, Precondition.any());
    }

    /**
     * Deletes the record with the key of another, whatever its fields are, as {@link #delete(String, Precondition)}.
     *
     * @param value a record with its key
     * @param condition what must hold
     * @return what was written
     * @throws InvalidRecordException when it lacks its key; nothing was sent
     * @throws IllegalArgumentException as {@link #delete(String, Precondition)}
     * @throws EntryRefusedException when the condition does not hold; nothing was changed
     */
    RecordReceipt delete(T value, Precondition condition);

    /**
     * Deletes all records with all else that stands at the schema's prefix and below it, in one atomic step.
     *
     * @return what was written, with the prefix as its path
     */
    RecordReceipt deleteAll();

    // ---- changes as they come

    /** How many changes may wait for a listener, inclusive; with more it is told no more. */
    int MAX_WAITING_EVENTS = 1_000;

    /**
     * Tells of records as they change from now on: for each write and each record that it concerns one event, with the record as
     * it stood right after this write. Whoever wrote it is told, too. What never became a record is not told, nor is a write that
     * replaced all below the schema's prefix, or above it, of records that it left as they were. All who subscribe to the records
     * of a type share what it takes, and none waits for another.
     *
     * @param listener is told
     * @return ends it
     * @throws VarveException {@link ErrorKind#NOT_SUPPORTED} when the transport in use does not tell of changes: start {@link
     *     Store#live} first
     */
    Subscription subscribe(RecordListener<? super RecordEvent<T>> listener);

    /**
     * Publishes what {@link #subscribe} tells. Each subscriber is told from when it subscribed, as much as it asks for; one for which
     * more than {@link #MAX_WAITING_EVENTS} changes are waiting gets {@code onError}, as listeners are told that it has ended.
     * {@code onComplete} is never called. When the transport does not tell of changes, a subscriber gets what {@link #subscribe}
     * throws by {@code onError}, before {@code subscribe} of the publisher returns.
     *
     * @return a publisher; nothing is asked of the transport before somebody subscribes
     */
    Flow.Publisher<RecordEvent<T>> publisher();

    /**
     * Tells of the changes themselves that are made at, below and above the paths of records, one by one.
     *
     * @param listener is told
     * @return ends it
     * @throws VarveException as {@link #subscribe}
     */
    Subscription subscribeRaw(RecordListener<? super EntryChange> listener);

    /**
     * Ends a subscription, as {@link Subscription#close} does. Harmless when it has ended.
     *
     * @param subscription what {@link #subscribe} or {@link #subscribeRaw} gave
     */
    default void unsubscribe(Subscription subscription) {
        subscription.close();
    }
}
