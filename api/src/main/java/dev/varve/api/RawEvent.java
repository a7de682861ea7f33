package dev.varve.api;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is to be known of an event before it becomes a value of a program: what upcasting works on. Immutable.
 *
 * <pre>{@code
 * RawEvent old = new RawEvent("ItemAdded", 1, EventData.json("{\"item\": \"book\"}"));
 * RawEvent now = old.as("ItemAdded", 2).with("quantity", EntryValue.of(1));
 * System.out.println(now.data().text());
 * }</pre>
 *
 * @param type what happened
 * @param version the version of the form of the data, from 1
 * @param data the data
 */
public record RawEvent(String type, int version, EventData data) {

    /**
     * The same of another type or version.
     *
     * @param otherType what happened
     * @param otherVersion the version of the form of the data
     * @return the event
     */
    public RawEvent as(String otherType, int otherVersion) {
        return new RawEvent(otherType, otherVersion, data);
    }

    /**
     * The same with other data.
     *
     * @param other the data
     * @return the event
     */
    public RawEvent withData(EventData other) {
        return new RawEvent(type, version, other);
    }

    /**
     * The data as a JSON object.
     *
     * @return names and values in the order in which they stand there
     * @throws VarveException {@link ErrorKind#INVALID_RECORD} when it is none
     */
    public Map<String, EntryValue> fields() {
        try {
            if (JsonText.read(data.buffer()) instanceof EntryValue.Fields object) {
                return object.fields();
            }
        } catch (IllegalArgumentException e) {
            throw new VarveException(ErrorKind.INVALID_RECORD, "the data of " + type + ": " + e.getMessage(), e);
        }
        throw new VarveException(ErrorKind.INVALID_RECORD, "the data of " + type + " is no JSON object");
    }

    /**
     * The same with one more field, or another value of the field.
     *
     * @param field the name
     * @param value the value
     * @return the event
     * @throws VarveException {@link ErrorKind#INVALID_RECORD} when the data is no JSON object
     */
    public RawEvent with(String field, EntryValue value) {
        Map<String, EntryValue> more = new LinkedHashMap<>(fields());
        more.put(field, value);
        return withFields(more);
    }

    /**
     * The same without a field, whether it is there or not.
     *
     * @param field the name
     * @return the event
     * @throws VarveException {@link ErrorKind#INVALID_RECORD} when the data is no JSON object
     */
    public RawEvent without(String field) {
        Map<String, EntryValue> fewer = new LinkedHashMap<>(fields());
        fewer.remove(field);
        return withFields(fewer);
    }

    /**
     * The same with a JSON object as its data.
     *
     * @param fields names and values, in order
     * @return the event
     */
    public RawEvent withFields(Map<String, EntryValue> fields) {
        return withData(EventData.wrap(EventData.JSON, JsonText.write(new EntryValue.Fields(fields))));
    }
}
