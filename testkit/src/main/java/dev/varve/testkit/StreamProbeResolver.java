package dev.varve.testkit;

import dev.varve.api.StreamStorage;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives each test of a contract a storage of its own and closes it afterwards. Confined to one test. */
final class StreamProbeResolver implements ParameterResolver, AfterEachCallback {

    private final StreamStorageContract contract;
    private @Nullable StreamProbe probe;

    StreamProbeResolver(StreamStorageContract contract) {
        this.contract = contract;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        return parameter.getParameter().getType() == StreamProbe.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        StreamProbe opened = new StreamProbe(open(), new StreamProbe.Bench() {
            @Override
            public StreamStorage reopen() throws Exception {
                return contract.reopen();
            }

            @Override
            public void advance(Duration duration) {
                contract.advance(duration);
            }
        });
        probe = opened;
        return opened;
    }

    private StreamStorage open() {
        try {
            return contract.open();
        } catch (Exception e) {
            throw new ParameterResolutionException("the storage under test cannot be opened", e);
        }
    }

    @Override
    public void afterEach(ExtensionContext test) {
        if (probe != null) {
            probe.close();
        }
    }
}
