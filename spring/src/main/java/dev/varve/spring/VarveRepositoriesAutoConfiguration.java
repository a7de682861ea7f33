package dev.varve.spring;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurationPackages;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;
import org.springframework.core.type.AnnotationMetadata;

/** Repositories of all records in the packages of an application that does not say where to look: {@link EnableVarveRepositories}. */
@AutoConfiguration(after = VarveAutoConfiguration.class)
@Import(VarveRepositoriesAutoConfiguration.Registrar.class)
public final class VarveRepositoriesAutoConfiguration {

    /** For Spring. */
    public VarveRepositoriesAutoConfiguration() {}

    static final class Registrar implements ImportBeanDefinitionRegistrar {

        private final BeanFactory beans;
        private final Environment environment;
        private final ResourceLoader resources;

        Registrar(BeanFactory beans, Environment environment, ResourceLoader resources) {
            this.beans = beans;
            this.environment = environment;
            this.resources = resources;
        }

        @Override
        public void registerBeanDefinitions(AnnotationMetadata importing, BeanDefinitionRegistry registry) {
            if (!registry.containsBeanDefinition(RepositoryScan.ASKED_FOR) && AutoConfigurationPackages.has(beans)) {
                new RepositoryScan(environment, resources).register(AutoConfigurationPackages.get(beans), registry);
            }
        }
    }
}
