package dev.varve.api;

import java.util.Map;

/** What stands below the path of a record, by names of fields. */
record FoundRecord(String key, Map<String, EntryValue> fields) {}
