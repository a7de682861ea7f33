package dev.varve.spring;

import dev.varve.api.Aggregates;
import dev.varve.api.Decider;
import dev.varve.api.EventCodec;
import dev.varve.api.EventStore;
import java.time.Duration;
import java.util.Set;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.ResolvableType;

/** Registers aggregates for all deciders with {@link VarveAggregate}. Confined to one thread. */
final class AggregateRegistrar implements BeanDefinitionRegistryPostProcessor {

    /** Called when all definitions are there that the application and its configurations make. */
    @Override
    public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
        ConfigurableListableBeanFactory beans = (ConfigurableListableBeanFactory) registry;
        for (String decider : beans.getBeanNamesForType(Decider.class, true, false)) {
            if (beans.containsBeanDefinition(decider)
                    && beans.findAnnotationOnBean(decider, VarveAggregate.class, false) != null) {
                registry.registerBeanDefinition(decider + "Aggregates", aggregates(beans, decider));
            }
        }
    }

    private static RootBeanDefinition aggregates(ConfigurableListableBeanFactory beans, String decider) {
        ResolvableType[] types = types(beans, decider).getGenerics();
        if (types.length != 3 || types[0].resolve() == null || types[2].resolve() == null) {
            throw new IllegalStateException(
                    "the decider " + decider + " has @VarveAggregate and does not say of which types it is:"
                            + " declare it as a Decider<State, Command, Event>");
        }
        RootBeanDefinition made = new RootBeanDefinition(AggregateRegistrar.class);
        made.setFactoryMethodName("make");
        made.getConstructorArgumentValues().addIndexedArgumentValue(0, decider);
        made.getConstructorArgumentValues().addIndexedArgumentValue(1, types[0].toClass());
        made.getConstructorArgumentValues().addIndexedArgumentValue(2, types[2].toClass());
        made.setAutowireMode(RootBeanDefinition.AUTOWIRE_CONSTRUCTOR);
        made.setTargetType(ResolvableType.forClassWithGenerics(Aggregates.class, types));
        made.setLazyInit(true);
        made.setFallback(true); // those that the application defines go before
        return made;
    }

    private static ResolvableType types(ConfigurableListableBeanFactory beans, String decider) {
        ResolvableType declared =
                beans.getMergedBeanDefinition(decider).getResolvableType().as(Decider.class);
        Class<?> type = beans.getType(decider, false);
        return declared.hasUnresolvableGenerics() && type != null
                ? ResolvableType.forClass(type).as(Decider.class)
                : declared;
    }

    /** Makes the bean; named by the definitions that are registered here. */
    static <S, C, E> Aggregates<S, C, E> make(
            String name,
            Class<S> states,
            Class<E> events,
            EventStore store,
            EventCodec.Payloads payloads,
            ConfigurableListableBeanFactory beans) {
        VarveAggregate wanted = beans.findAnnotationOnBean(name, VarveAggregate.class, false);
        if (wanted == null) {
            throw new IllegalStateException("the decider " + name + " has no @VarveAggregate any more");
        }
        @SuppressWarnings("unchecked") // the definition says so
        Decider<S, C, E> decider = beans.getBean(name, Decider.class);
        EventCodec<E> codec = beans.<EventCodec<E>>getBeanProvider(
                        ResolvableType.forClassWithGenerics(EventCodec.class, events))
                .getIfAvailable(
                        () -> EventCodec.builder(events).payloads(payloads).build());
        Aggregates.Builder<S, C, E> builder = Aggregates.builder(store, wanted.value(), decider, codec);
        if (wanted.snapshotEvery() != 0) {
            builder.snapshots(states).snapshotEvery(wanted.snapshotEvery());
        }
        if (wanted.awaiting().length > 0) {
            builder.awaiting(Set.of(wanted.awaiting()), Duration.ofMillis(wanted.awaitMillis()));
        }
        return builder.build();
    }
}
