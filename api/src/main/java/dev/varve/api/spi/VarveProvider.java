package dev.varve.api.spi;

import dev.varve.api.ErrorKind;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ServiceLoader;
import java.util.function.Predicate;

/**
 * How {@link Varve} finds the engine and the client; registered for {@link ServiceLoader}. Thread-safe.
 *
 * <pre>{@code
 * // Named in META-INF/services/dev.varve.api.spi.VarveProvider.
 * public final class ProxiedProvider implements VarveProvider {
 *     @Override
 *     public boolean embeds() {
 *         return false;
 *     }
 *
 *     @Override
 *     public Varve connect(URI url) {
 *         HttpClient proxied = HttpClient.newBuilder().proxy(ProxySelector.getDefault()).build();
 *         return VarveClient.builder(url).httpClient(proxied).connect();
 *     }
 * }
 * }</pre>
 */
public interface VarveProvider {

    /**
     * Whether this provider opens data directories rather than connections.
     *
     * @return true for an engine, false for a client
     */
    boolean embeds();

    /**
     * See {@link Varve#open}.
     *
     * @param directory the data directory
     * @return an embedded Varve
     */
    default Varve open(Path directory) {
        throw VarveException.notSupported("data directories");
    }

    /**
     * See {@link Varve#inMemory}.
     *
     * @return an embedded Varve
     */
    default Varve inMemory() {
        throw VarveException.notSupported("data in memory");
    }

    /**
     * See {@link Varve#connect}.
     *
     * @param url the server's base URL
     * @return a remote Varve
     */
    default Varve connect(URI url) {
        throw VarveException.notSupported("connections");
    }

    /**
     * See {@link Varve#connect()}.
     *
     * @return a remote Varve
     */
    default Varve connect() {
        throw VarveException.notSupported("connections");
    }

    /**
     * Finds the provider of a sort.
     *
     * @param sort which provider
     * @param artifact the artifact that would bring one, for the message
     * @return the provider
     * @throws VarveException {@link ErrorKind#NOT_SUPPORTED} when there is none on the class path
     */
    static VarveProvider find(Predicate<VarveProvider> sort, String artifact) {
        return ServiceLoader.load(VarveProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(sort)
                .findFirst()
                .orElseThrow(() -> new VarveException(
                        ErrorKind.NOT_SUPPORTED, "add the artifact " + artifact + " to the class path for this call"));
    }
}
