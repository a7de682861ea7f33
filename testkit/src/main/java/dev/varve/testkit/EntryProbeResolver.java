package dev.varve.testkit;

import dev.varve.api.EntryStorage;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives each test of a contract a storage of its own and closes it afterwards. Confined to one test. */
final class EntryProbeResolver implements ParameterResolver, AfterEachCallback {

    private final EntryStorageContract contract;
    private @Nullable EntryProbe probe;

    EntryProbeResolver(EntryStorageContract contract) {
        this.contract = contract;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        return parameter.getParameter().getType() == EntryProbe.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        EntryProbe opened = new EntryProbe(open(), new EntryProbe.Bench() {
            @Override
            public EntryStorage reopen() throws Exception {
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

    private EntryStorage open() {
        try {
            return contract.open();
        } catch (Exception e) {
            throw new ParameterResolutionException("the storage under test cannot be opened", e);
        }
    }

    @Override
    public void afterEach(ExtensionContext test) {
        if (probe != null) {
            contract.close();
        }
    }
}
