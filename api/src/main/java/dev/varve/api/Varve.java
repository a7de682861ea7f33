package dev.varve.api;

import dev.varve.api.spi.VarveProvider;
import java.net.URI;
import java.nio.file.Path;

/**
 * One Varve, embedded in this JVM or remote. The one entry point: completion on this type shows the product.
 *
 * <pre>{@code
 * try (Varve varve = Varve.open(Path.of("data"))) {
 *     varve.streams().create("log", StreamConfig.of("text/plain"));
 *     varve.streams().append("log", "hello\n".getBytes(UTF_8));
 * }
 * }</pre>
 *
 * <p>Thread-safe.
 */
public interface Varve extends AutoCloseable {

    /**
     * Opens a data directory in this JVM, creating it when it is absent or empty. One process at a time may hold a
     * data directory. Needs {@code varve-engine} on the class path.
     *
     * @param directory the data directory
     * @return an embedded Varve; closing it syncs and releases the directory
     * @throws VarveException {@link ErrorKind#UNAVAILABLE} when another process holds the directory,
     *     {@link ErrorKind#CORRUPT} when stored data fails its checks (nothing was changed),
     *     {@link ErrorKind#NOT_SUPPORTED} when there is no engine on the class path
     */
    static Varve open(Path directory) {
        return VarveProvider.find(VarveProvider::embeds, "varve-engine").open(directory);
    }

    /**
     * An embedded Varve that keeps everything in memory and loses it on closing. Needs {@code varve-engine} on the
     * class path.
     *
     * @return an embedded Varve
     */
    static Varve inMemory() {
        return VarveProvider.find(VarveProvider::embeds, "varve-engine").inMemory();
    }

    /**
     * Connects to a server. No request is made before the first call. Needs {@code varve-client} on the class path.
     *
     * @param url the server's base URL, for example {@code http://127.0.0.1:4437}
     * @return a remote Varve
     */
    static Varve connect(URI url) {
        return VarveProvider.find(provider -> !provider.embeds(), "varve-client")
                .connect(url);
    }

    /**
     * Connects to the server that the environment names: {@code VARVE_URL}, by default {@code http://127.0.0.1:4437}, with
     * the token in {@code VARVE_TOKEN} and the {@linkplain #store() configured store} in {@code VARVE_STORE}. Where one of them is
     * absent or empty, {@code DUST_BASE_URL}, {@code DUST_TOKEN} and {@code DUST_STORE} are looked at. No request is made before the
     * first call. Needs {@code varve-client} on the class path.
     *
     * @return a remote Varve
     * @throws VarveException {@link ErrorKind#UNAUTHORIZED} when there is no token and the server is not on this machine
     * @throws IllegalArgumentException when one of these variables has a value that it cannot have; the message names it
     */
    static Varve connect() {
        return VarveProvider.find(provider -> !provider.embeds(), "varve-client")
                .connect();
    }

    /**
     * The streams.
     *
     * @return the same object at every call
     */
    Streams streams();

    /**
     * A store of entries.
     *
     * @param name the full name, {@code organisation/name}
     * @return the store, existing or not; the first write creates it
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when it is no name of a store, {@link
     *     ErrorKind#NOT_SUPPORTED} when this Varve offers no entries
     */
    Store store(String name);

    /**
     * The configured store: the one that {@link #withStore} was given, or {@code VARVE_STORE} for {@link #connect()}.
     *
     * @return the same object at every call
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when none is configured; the message says how to
     */
    default Store store() {
        throw new VarveException(
                ErrorKind.INVALID_PARAMS,
                "no store is configured: set VARVE_STORE or the property varve.store to organisation/name, use withStore, or name"
                        + " it where it is used: varve.store(\"organisation/name\")");
    }

    /**
     * The same Varve with a store as the configured one. Both share everything: closing either closes both.
     *
     * @param name the full name, {@code organisation/name}
     * @return the same Varve by another object
     * @throws VarveException as {@link #store(String)}
     */
    default Varve withStore(String name) {
        return new ConfiguredVarve(this, name);
    }

    /**
     * The records of a type in the configured store, as {@link Store#repository} gives them.
     *
     * @param <T> the type
     * @param type a record with {@link Schema}
     * @return the repository; nothing is asked of the store, which need not exist
     * @throws VarveException as {@link #store()}
     * @throws IllegalArgumentException when records of this type cannot be kept; the message says why and what to do
     */
    default <T extends Record> Repository<T> repository(Class<T> type) {
        return store().repository(type);
    }

    /** Finishes what is under way and releases everything. Closing twice is harmless. */
    @Override
    void close();
}
