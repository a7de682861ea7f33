package dev.varve.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a component that a stored record must have. Missing are null, an empty {@code Optional}, the empty text, and a map or a
 * record of which nothing would be left in a store; 0, false and an empty list are there.
 *
 * <pre>{@code
 * @Schema(prefix = "links")
 * record Link(@Key String slug, @Required String title, String note) {}
 * }</pre>
 *
 * <p>A record that lacks such a component is not written, and one that is found so is not given to the program: somebody else
 * may be in the middle of writing it, field by field. The {@link Key} is always required, with or without this.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Required {}
