package dev.varve.spring;

import dev.varve.api.Repository;
import dev.varve.api.Schema;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.ResolvableType;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;
import org.springframework.core.type.filter.AnnotationTypeFilter;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/** Finds records with {@link Schema}, and registers their repositories. Confined to one thread. */
final class RepositoryScan {

    /** Stands in a registry in which somebody has said where to look. */
    static final String ASKED_FOR = EnableVarveRepositories.class.getName();

    private final Environment environment;
    private final ResourceLoader resources;

    RepositoryScan(Environment environment, ResourceLoader resources) {
        this.environment = environment;
        this.resources = resources;
    }

    /** Registers the repositories of all records in packages and below. What is registered already stays as it is. */
    void register(Collection<String> packages, BeanDefinitionRegistry registry) {
        ClassPathScanningCandidateComponentProvider scanner =
                new ClassPathScanningCandidateComponentProvider(false, environment);
        scanner.setResourceLoader(resources);
        scanner.addIncludeFilter(new AnnotationTypeFilter(Schema.class));
        Set<String> found = new TreeSet<>();
        for (String name : packages) {
            scanner.findCandidateComponents(name).forEach(candidate -> found.add(candidate.getBeanClassName()));
        }
        for (String name : found) {
            register(record(name), registry);
        }
    }

    private Class<? extends Record> record(String name) {
        Class<?> type = ClassUtils.resolveClassName(name, resources.getClassLoader());
        if (!type.isRecord()) {
            throw new IllegalStateException(name + " has @Schema and is no record; only records can be kept");
        }
        return type.asSubclass(Record.class);
    }

    private static void register(Class<? extends Record> type, BeanDefinitionRegistry registry) {
        RootBeanDefinition repository = new RootBeanDefinition(RepositoryBeans.class);
        repository.setFactoryMethodName("repository");
        repository.getConstructorArgumentValues().addIndexedArgumentValue(0, type);
        repository.setAutowireMode(RootBeanDefinition.AUTOWIRE_CONSTRUCTOR);
        repository.setTargetType(ResolvableType.forClassWithGenerics(Repository.class, type));
        repository.setLazyInit(true);
        repository.setFallback(true); // one that the application defines goes before
        repository.setAttribute(ASKED_FOR, type.getName());
        String name = StringUtils.uncapitalize(type.getSimpleName()) + "Repository";
        if (registry.containsBeanDefinition(name)) {
            boolean same =
                    type.getName().equals(registry.getBeanDefinition(name).getAttribute(ASKED_FOR));
            if (same) {
                return;
            }
            name = type.getName() + "Repository";
        }
        if (!registry.containsBeanDefinition(name)) {
            registry.registerBeanDefinition(name, repository);
        }
    }
}
