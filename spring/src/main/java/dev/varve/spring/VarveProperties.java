package dev.varve.spring;

import dev.varve.api.LiveOptions;
import dev.varve.api.StoreInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.env.Environment;

/**
 * What an application says of its Varve. Immutable.
 *
 * @param mode Where the data is: remote (a server), embedded (a directory, needs varve-engine) or memory (nowhere, needs
 *     varve-engine).
 * @param url Base URL of the server. By default that of DUST_BASE_URL, else http://127.0.0.1:4437.
 * @param store Full name of the store, organisation/name. By default that of DUST_STORE.
 * @param token Token for the server; needed when it is not on this machine. By default that of DUST_TOKEN.
 * @param data Data directory of an embedded Varve.
 * @param connectTimeout How long opening a connection may take.
 * @param requestTimeout How long the first byte of an answer may take.
 * @param liveTimeout How long a server may keep a reader of a stream waiting before the connection is taken for dead.
 * @param retryFor For how long calls that can be repeated safely are, after failures that may pass.
 * @param healthTimeout How long the health indicator waits for an answer.
 * @param live the copy that is kept in step over a socket
 * @param events application events
 * @param postgres events in a PostgreSQL
 */
@ConfigurationProperties("varve")
record VarveProperties(
        @DefaultValue("remote") Mode mode,
        @Nullable String url,
        @Nullable String store,
        @Nullable String token,
        @Nullable Path data,
        @DefaultValue("10s") Duration connectTimeout,
        @DefaultValue("30s") Duration requestTimeout,
        @DefaultValue("90s") Duration liveTimeout,
        @DefaultValue("10s") Duration retryFor,
        @DefaultValue("2s") Duration healthTimeout,
        @DefaultValue Live live,
        @DefaultValue Events events,
        @DefaultValue Postgres postgres) {

    /** Where the data is. */
    enum Mode {
        /** On a server. */
        REMOTE,
        /** In a directory of this machine. */
        EMBEDDED,
        /** Nowhere else. */
        MEMORY
    }

    /**
     * What is kept in step over a socket.
     *
     * @param enabled Whether all records with a repository are kept in step over a socket, for reads from memory and for
     *     events. Only with a server: an embedded Varve is live as it is.
     * @param view What reads show: committed, or optimistic with the writes that wait.
     * @param file File for what is kept and for writes that wait, so that they survive a restart; one process at a time may hold it.
     * @param maxEntries How many entries may be kept.
     * @param maxWaiting How many writes may wait to be answered.
     * @param answerTimeout How long a write that waits for its answer does so.
     */
    record Live(
            @DefaultValue("false") boolean enabled,
            @DefaultValue("committed") LiveOptions.View view,
            @Nullable Path file,
            @DefaultValue("1000000") int maxEntries,
            @DefaultValue("10000") int maxWaiting,
            @DefaultValue("30s") Duration answerTimeout) {}

    /**
     * Application events.
     *
     * @param enabled Whether changes of records are told as application events, of those types that somebody listens to.
     */
    record Events(@DefaultValue("true") boolean enabled) {}

    /**
     * Events in a PostgreSQL.
     *
     * @param enabled Whether the events of the store are in a PostgreSQL, and not where its entries are; needs varve-postgres.
     * @param url JDBC URL of the database. By default that of the application's DataSource.
     * @param user User of the database, with a URL.
     * @param password Password of that user.
     * @param schema Schema of the tables. By default the first of the search path.
     * @param aggregatesTable Table of aggregates.
     * @param eventsTable Table of events.
     * @param prefix What the names of all other tables begin with.
     * @param json Whether data is also written to a column for people.
     * @param connections How many connections are used at most.
     * @param pollInterval How often is asked for what other processes have appended.
     * @param checkpointsTable Table of checkpoints that are written in transactions of the application, wherever its events are.
     */
    record Postgres(
            @DefaultValue("false") boolean enabled,
            @Nullable String url,
            @Nullable String user,
            @Nullable String password,
            @Nullable String schema,
            @DefaultValue("aggregates") String aggregatesTable,
            @DefaultValue("domain_events") String eventsTable,
            @DefaultValue("varve_") String prefix,
            @DefaultValue("true") boolean json,
            @DefaultValue("8") int connections,
            @DefaultValue("100ms") Duration pollInterval,
            @DefaultValue("varve_projections") String checkpointsTable) {

        /** Without the password, which the URL may have, too. */
        @Override
        public String toString() {
            return "Postgres[enabled=" + enabled + ", user=" + user + ", schema=" + schema + "]";
        }
    }

    /** The URL, if anybody says which. */
    Optional<String> url(Environment environment) {
        return given(url, environment, "DUST_BASE_URL");
    }

    /** The name of the store, if anybody says which. */
    Optional<String> store(Environment environment) {
        Optional<String> name = given(store, environment, "DUST_STORE");
        name.filter(text -> !StoreInfo.NAME.matcher(text).matches()).ifPresent(text -> {
            throw new IllegalArgumentException(
                    "varve.store: \"" + text + "\" is no name of a store: organisation/name");
        });
        return name;
    }

    /** The token, if there is one. */
    Optional<String> token(Environment environment) {
        return given(token, environment, "DUST_TOKEN");
    }

    /** A property, or else what the environment has under the name that Dust gave it. Empty counts as absent. */
    private static Optional<String> given(@Nullable String property, Environment environment, String dustName) {
        return Optional.ofNullable(property)
                .filter(text -> !text.isBlank())
                .or(() -> Optional.ofNullable(environment.getProperty(dustName)).filter(text -> !text.isBlank()))
                .map(String::strip);
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "VarveProperties[mode=" + mode + ", url=" + url + ", store=" + store + ", data=" + data + "]";
    }
}
