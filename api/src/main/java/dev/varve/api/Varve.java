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
     * Connects to the server that the environment names: {@code VARVE_URL}, by default {@code http://127.0.0.1:4437},
     * with the token in {@code VARVE_TOKEN} if there is one. No request is made before the first call. Needs
     * {@code varve-client} on the class path.
     *
     * @return a remote Varve
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
     * @throws VarveException {@link ErrorKind#INVALID_REQUEST} when it is no name of a store, {@link
     *     ErrorKind#NOT_SUPPORTED} when this Varve offers no entries
     */
    Store store(String name);

    /** Finishes what is under way and releases everything. Closing twice is harmless. */
    @Override
    void close();
}
