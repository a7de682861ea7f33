package dev.varve.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks the component by which a record with {@link Schema} is found. Exactly one component has it, of type {@code String}.
 *
 * <pre>{@code
 * @Schema(prefix = "links")
 * record Link(@Key String slug, String title) {}
 * }</pre>
 *
 * <p>The key is a segment of the paths at which the record is kept, and not stored as a field. It is always there and never
 * empty. Apart from that it is any text that a segment can be: dots, slashes, tildes and stars are characters like others.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Key {}
