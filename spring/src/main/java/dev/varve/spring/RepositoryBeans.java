package dev.varve.spring;

import dev.varve.api.Repository;
import dev.varve.api.Store;
import java.util.LinkedHashSet;
import java.util.Set;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.ResolvableType;

/** The repositories among the beans of a context. */
final class RepositoryBeans {

    private RepositoryBeans() {}

    /** Makes the bean of a repository; named by the definitions that {@link RepositoryScan} registers. */
    static <T extends Record> Repository<T> repository(Class<T> type, Store store) {
        return store.repository(type);
    }

    /** The types of all records that have a repository among the beans, as far as their definitions say. */
    static Set<Class<? extends Record>> types(ConfigurableListableBeanFactory beans) {
        Set<Class<? extends Record>> types = new LinkedHashSet<>();
        for (String name : beans.getBeanNamesForType(Repository.class, true, false)) {
            Class<?> type = resolvableType(beans, name)
                    .as(Repository.class)
                    .getGeneric(0)
                    .resolve(Object.class);
            if (type.isRecord()) {
                types.add(type.asSubclass(Record.class));
            }
        }
        return types;
    }

    private static ResolvableType resolvableType(ConfigurableListableBeanFactory beans, String name) {
        return beans.containsBeanDefinition(name)
                ? beans.getMergedBeanDefinition(name).getResolvableType()
                : ResolvableType.NONE;
    }

    /** The repository of a type among the beans. */
    static <T extends Record> Repository<T> find(ConfigurableListableBeanFactory beans, Class<T> type) {
        return beans.<Repository<T>>getBeanProvider(ResolvableType.forClassWithGenerics(Repository.class, type))
                .getObject();
    }
}
