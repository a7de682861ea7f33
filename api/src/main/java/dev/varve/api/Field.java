package dev.varve.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the field in which a component is stored, where it is not called as the component.
 *
 * <pre>{@code
 * @Schema(prefix = "links")
 * record Link(@Key String slug, @Field("added_at") Instant addedAt) {}
 * }</pre>
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Field {

    /**
     * The name of the field.
     *
     * @return a segment of a path, without escapes; not empty, {@code _type} or {@code _typed}, and no other field's name
     */
    String value();
}
