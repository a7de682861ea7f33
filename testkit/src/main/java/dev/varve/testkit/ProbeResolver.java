package dev.varve.testkit;

import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test of a contract a storage of its own and closes it afterwards. Confined to one test.
 *
 * @param <P> the probe that a test takes
 */
final class ProbeResolver<P> implements ParameterResolver, AfterEachCallback {

    private final Class<P> type;
    private final Callable<P> open;
    private final Consumer<P> close;
    private @Nullable P probe;

    ProbeResolver(Class<P> type, Callable<P> open, Consumer<P> close) {
        this.type = type;
        this.open = open;
        this.close = close;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        return parameter.getParameter().getType() == type;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        P opened;
        try {
            opened = open.call();
        } catch (Exception e) {
            throw new ParameterResolutionException("the storage under test cannot be opened", e);
        }
        probe = opened;
        return opened;
    }

    @Override
    public void afterEach(ExtensionContext test) {
        if (probe != null) {
            close.accept(probe);
        }
    }
}
