package dev.varve.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says under which type events of a class are stored, where that is not the simple name of the class, and which version of their form
 * this is. {@link EventCodec} reads it.
 *
 * <pre>{@code
 * sealed interface CartEvent {
 *     @EventType(value = "item-added", version = 2)
 *     record ItemAdded(String item, int quantity) implements CartEvent {}
 *
 *     record CartClosed() implements CartEvent {}
 * }
 * System.out.println(EventCodec.of(CartEvent.class).encode(new CartEvent.ItemAdded("book", 1)).type());
 * }</pre>
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface EventType {

    /**
     * The type.
     *
     * @return its name in the store; empty for the simple name of the class
     */
    String value() default "";

    /**
     * The version of the form of the data. Events of other versions are brought to this one by {@link EventCodec.Builder#upcast}.
     *
     * @return from 1
     */
    int version() default 1;
}
