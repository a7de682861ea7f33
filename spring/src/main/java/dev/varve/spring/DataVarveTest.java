package dev.varve.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.autoconfigure.OverrideAutoConfiguration;
import org.springframework.boot.test.context.filter.annotation.TypeExcludeFilters;
import org.springframework.test.context.BootstrapWith;
import org.springframework.test.context.junit.jupiter.SpringExtension;

/**
 * Tests of what an application does with its records: the Spring context of the test has a {@link dev.varve.api.Varve} in memory, a
 * {@link dev.varve.api.Store}, the repositories and the events of the application, and none of its components; add those that the
 * test needs with {@code @Import}. Needs {@code varve-engine} and {@code spring-boot-starter-test} on the class path of the tests.
 *
 * <pre>{@code
 * @DataVarveTest
 * class ReadingListTest {
 *     @Autowired Repository<Link> links;
 * }
 * }</pre>
 *
 * <p>Test classes with the same configuration share a context, and so what is stored: a test that minds begins with {@code
 * links.deleteAll()}.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@BootstrapWith(DataVarveTestBootstrapper.class)
@ExtendWith(SpringExtension.class)
@OverrideAutoConfiguration(enabled = false)
@TypeExcludeFilters(DataVarveTestFilter.class)
@ImportAutoConfiguration
public @interface DataVarveTest {

    /**
     * Properties of the environment, in the form {@code name=value}. {@code varve.mode} is {@code memory} and {@code varve.store} is
     * {@code test/test} unless they say otherwise.
     *
     * @return the properties
     */
    String[] properties() default {};
}
