package dev.varve.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a parameter of type {@link java.net.URI} that is to be the URL of a server over the test's Varve, for what speaks HTTP
 * or makes a connection of its own. The server starts when it is first asked for, on a free port of the loopback address and
 * without tokens, and is closed with the Varve. Needs {@code varve-server} on the class path of the tests.
 *
 * <pre>{@code
 * @VarveTest
 * final class ClientTest {
 *
 *     @Test
 *     void what_is_embedded_is_seen_from_outside(Store store, @VarveUrl URI url) {
 *         store.entries().set(EntryPath.of("greeting"), EntryValue.of("hello"));
 *         try (Varve remote = Varve.connect(url)) {
 *             assertThat(remote.store(store.name()).entries().get(EntryPath.of("greeting"))).isPresent();
 *         }
 *     }
 * }
 * }</pre>
 */
@Documented
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
public @interface VarveUrl {}
