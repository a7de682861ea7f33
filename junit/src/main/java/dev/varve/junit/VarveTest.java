package dev.varve.junit;

import dev.varve.api.ErrorKind;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives the tests of a class, or one test, a Varve of their own, embedded and in memory: {@link VarveExtension} with choices.
 *
 * <pre>{@code
 * @VarveTest
 * final class LinksTest {
 *
 *     @Test
 *     void a_link_is_found(Repository<Link> links) {
 *         links.insert(new Link("dust", "Dust", 0));
 *         assertThat(links.find("dust")).isPresent();
 *     }
 * }
 * }</pre>
 *
 * <p>On a class it holds for subclasses and nested classes, too. Of several the nearest holds: a method's, a nested class's, an
 * enclosing class's. Can be put on annotations of one's own.
 */
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(VarveExtension.class)
public @interface VarveTest {

    /**
     * Who shares a Varve.
     *
     * @return by default nobody: each test has its own
     */
    Lifetime lifetime() default Lifetime.TEST;

    /**
     * The store that parameters of type {@link dev.varve.api.Store} and {@link dev.varve.api.Repository} are of.
     *
     * @return a name, {@code organisation/name}; for one that is none parameters are refused as {@link
     *     ErrorKind#INVALID_PARAMS}
     */
    String store() default VarveExtension.STORE;

    /**
     * Whether data is kept in a directory rather than in memory, as a program that runs for long does. It takes longer.
     *
     * @return true for a temporary directory, which is deleted with all it holds when the Varve is closed
     */
    boolean onDisk() default false;
}
