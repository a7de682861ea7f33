package dev.varve.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Store;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import dev.varve.api.spi.Transport;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is timed hands on every call: one that is new, and has a default, is not answered by that. */
final class MeteredWhollyTest {

    /** What interfaces make of other calls of theirs, and so of timed ones. */
    private static final Set<String> MADE_OF_OTHERS = Set.of(
            "Varve.withStore",
            "Varve.repository",
            "Store.repository",
            "Store.batch",
            "Store.commits",
            "Store.followCommits",
            "Store.transaction",
            "Transport.put",
            "Transport.delete",
            "Streams.create(String, StreamConfig)",
            "Streams.currentOffset",
            "Streams.follow(String, Offset)",
            "Streams.publisher",
            "Streams.subscribe",
            "Streams.typed",
            "Streams.producer");

    @Test
    void every_call_is_handed_on() {
        requireWhole(Varve.class, MeteredVarve.class);
        requireWhole(Store.class, MeteredStore.class);
        requireWhole(Streams.class, MeteredStreams.class);
        requireWhole(Transport.class, MeteredTransport.class);
    }

    private static void requireWhole(Class<?> type, Class<?> metered) {
        for (Method method : type.getDeclaredMethods()) {
            String name = type.getSimpleName() + "." + method.getName();
            boolean own = Arrays.stream(metered.getDeclaredMethods())
                    .anyMatch(one -> one.getName().equals(method.getName())
                            && Arrays.equals(one.getParameterTypes(), method.getParameterTypes()));
            boolean made = MADE_OF_OTHERS.contains(name) || MADE_OF_OTHERS.contains(name + parameters(method));
            assertThat(own || made || Modifier.isStatic(method.getModifiers()) || method.isSynthetic())
                    .as(name + parameters(method))
                    .isTrue();
        }
    }

    private static String parameters(Method method) {
        return Arrays.stream(method.getParameterTypes())
                .map(Class::getSimpleName)
                .toList()
                .toString()
                .replace('[', '(')
                .replace(']', ')');
    }
}
