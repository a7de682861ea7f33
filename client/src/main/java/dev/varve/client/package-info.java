/**
 * A Varve reached over the network. {@link dev.varve.api.Varve#connect(java.net.URI)} is enough to begin with; {@link
 * dev.varve.client.VarveClient} has the choices.
 *
 * <pre>{@code
 * try (Varve varve = VarveClient.builder(url)
 *         .store("acme/reading")
 *         .token(() -> token)                       // asked before each request
 *         .requestTimeout(Duration.ofSeconds(5))
 *         .onRetry((failure, wait) -> System.out.println(failure.kind() + ", again in " + wait))
 *         .connect()) {
 *     Entries entries = varve.store().entries();
 *     EntryPath visits = EntryPath.of("visits");
 *     try {
 *         System.out.println(entries.increment(visits, 1));
 *     } catch (VarveException failure) {
 *         if (failure.outcomeUnknown()) {           // it may have been counted: look before counting again
 *             System.out.println(entries.get(visits));
 *         } else {
 *             throw failure;                        // nothing was done
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>The same program configured from outside begins with {@link dev.varve.api.Varve#connect()}, which looks at {@code VARVE_URL}, {@code
 * VARVE_STORE} and {@code VARVE_TOKEN}, or with {@link dev.varve.client.VarveClient#fromProperties}.
 */
@NullMarked
package dev.varve.client;

import org.jspecify.annotations.NullMarked;
