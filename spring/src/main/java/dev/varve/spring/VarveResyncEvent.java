package dev.varve.spring;

import org.springframework.core.ResolvableType;
import org.springframework.core.ResolvableTypeProvider;

/**
 * An application event: changes of records of a type may have been passed over, as the connection to the store was gone for too long
 * or a listener was too slow. Who keeps something made of these records reads them all anew. Every change that is made from now
 * on is told again. Immutable.
 *
 * <pre>{@code
 * @EventListener
 * void on(VarveResyncEvent<Link> event) {
 *     view.replaceWith(links.all());
 * }
 * }</pre>
 *
 * @param <T> the type of the records
 * @param type the type of the records
 */
public record VarveResyncEvent<T extends Record>(Class<T> type) implements ResolvableTypeProvider {

    /** Lets listeners be chosen by the type of the records. */
    @Override
    public ResolvableType getResolvableType() {
        return ResolvableType.forClassWithGenerics(VarveResyncEvent.class, type);
    }
}
