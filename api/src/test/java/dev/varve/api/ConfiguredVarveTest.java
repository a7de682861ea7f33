package dev.varve.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import org.junit.jupiter.api.Test;

/** A Varve with a configured store is the other one in everything else. */
final class ConfiguredVarveTest {

    @Test
    void what_may_be_another_in_the_other_is_asked_of_it() throws NoSuchMethodException {
        for (Method method : Varve.class.getDeclaredMethods()) {
            boolean madeOfOthers = method.getName().equals("repository");
            if (!Modifier.isStatic(method.getModifiers()) && !madeOfOthers && !method.isSynthetic()) {
                Method own = ConfiguredVarve.class.getMethod(method.getName(), method.getParameterTypes());
                assertThat(own.getDeclaringClass()).as(method.toString()).isEqualTo(ConfiguredVarve.class);
            }
        }
    }
}
