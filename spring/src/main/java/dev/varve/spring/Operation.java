package dev.varve.spring;

import java.util.Locale;

/** What is measured: the calls by which repositories and batches reach a store, and those of streams. */
enum Operation {
    RECORDS_WRITE,
    RECORDS_READ,
    RECORDS_GET,
    RECORDS_GET_ALL,
    RECORDS_EXISTS,
    RECORDS_PAGE,
    RECORDS_LIST,
    RECORDS_NOW,
    RECORDS_SUBSCRIBE,
    STREAMS_CREATE,
    STREAMS_APPEND,
    STREAMS_APPEND_ALL,
    STREAMS_CLOSE,
    STREAMS_DELETE,
    STREAMS_FIND,
    STREAMS_READ,
    STREAMS_READ_MESSAGES,
    STREAMS_FOLLOW,
    STREAMS_LIST;

    private final String tag = name().toLowerCase(Locale.ROOT).replaceFirst("_", ".");

    /** The name in meters: {@code records.get_all}. */
    String tag() {
        return tag;
    }
}
