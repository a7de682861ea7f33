package dev.varve.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.context.annotation.Import;

/**
 * Looks for records with {@link dev.varve.api.Schema} and makes a {@link dev.varve.api.Repository} of each a bean, which can be
 * injected by its type: {@code Repository<Link>}. All are of the {@link dev.varve.api.Store} that is a bean. An application without this
 * annotation gets the records in the package of its {@code @SpringBootApplication} and below.
 *
 * <pre>{@code
 * @Configuration
 * @EnableVarveRepositories(basePackageClasses = Link.class)
 * class ReadingConfiguration {}
 * }</pre>
 *
 * <p>A bean is made when somebody needs it, and called as the record: {@code linkRepository}. A {@code Repository<Link>} that the
 * application defines itself goes before.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@Import(RepositoryRegistrar.class)
public @interface EnableVarveRepositories {

    /**
     * The packages to look in, with those below them. Without any, and without {@link #basePackageClasses}, that of the class with
     * this annotation.
     *
     * @return names of packages
     */
    String[] basePackages() default {};

    /**
     * Classes in whose packages to look, with those below them.
     *
     * @return any class of each package
     */
    Class<?>[] basePackageClasses() default {};
}
