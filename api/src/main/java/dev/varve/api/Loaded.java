package dev.varve.api;

import java.util.List;

/** What came of reading a record. */
sealed interface Loaded<T> {

    /** What is wrong, as it stands in messages after a colon; empty when nothing is. */
    String problem();

    /** The record. */
    record Complete<T>(T value) implements Loaded<T> {

        @Override
        public String problem() {
            return "";
        }
    }

    /**
     * Fields that a stored record must have are missing.
     *
     * @param missing the names of fields, of those in nested records after a slash
     * @param unrecognized the names of received fields that the record does not have: perhaps one of them is misspelled
     */
    record Incomplete<T>(List<String> missing, List<String> unrecognized) implements Loaded<T> {

        @Override
        public String problem() {
            return "missing " + missing + ", unrecognized " + unrecognized;
        }
    }

    /**
     * Something stands there that cannot be read.
     *
     * @param field the name of the field, of one in a nested record after a slash; empty when the record refused its fields
     */
    record Unreadable<T>(String field, String found, String expected) implements Loaded<T> {

        @Override
        public String problem() {
            return (field.isEmpty() ? "" : field + ": ") + "expected " + expected + ", was " + found;
        }
    }
}
