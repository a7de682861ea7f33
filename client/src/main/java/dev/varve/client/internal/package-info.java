/** What must be public for {@link java.util.ServiceLoader} and for Varve's own tools, and is no API. */
@NullMarked
package dev.varve.client.internal;

import org.jspecify.annotations.NullMarked;
