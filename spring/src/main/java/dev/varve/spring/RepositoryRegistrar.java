package dev.varve.spring;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.annotation.AnnotationAttributes;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.util.ClassUtils;

/** Registers what {@link EnableVarveRepositories} asks for. */
final class RepositoryRegistrar implements ImportBeanDefinitionRegistrar {

    private final Environment environment;
    private final ResourceLoader resources;

    RepositoryRegistrar(Environment environment, ResourceLoader resources) {
        this.environment = environment;
        this.resources = resources;
    }

    @Override
    public void registerBeanDefinitions(AnnotationMetadata importing, BeanDefinitionRegistry registry) {
        AnnotationAttributes attributes = AnnotationAttributes.fromMap(
                importing.getAnnotationAttributes(EnableVarveRepositories.class.getName()));
        if (attributes == null) {
            return;
        }
        Set<String> packages = new LinkedHashSet<>(Arrays.asList(attributes.getStringArray("basePackages")));
        for (Class<?> type : attributes.getClassArray("basePackageClasses")) {
            packages.add(type.getPackageName());
        }
        if (packages.isEmpty()) {
            packages.add(ClassUtils.getPackageName(importing.getClassName()));
        }
        new RepositoryScan(environment, resources).register(packages, registry);
        if (!registry.containsBeanDefinition(RepositoryScan.ASKED_FOR)) {
            registry.registerBeanDefinition(RepositoryScan.ASKED_FOR, asked());
        }
    }

    /** Tells others that somebody has said where to look. */
    private static RootBeanDefinition asked() {
        RootBeanDefinition asked = new RootBeanDefinition(EnableVarveRepositories.class);
        asked.setAbstract(true); // only its name counts
        return asked;
    }
}
