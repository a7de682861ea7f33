package dev.varve.spring;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.test.autoconfigure.TestSliceTestContextBootstrapper;

/** Begins the context of a {@link DataVarveTest}. */
final class DataVarveTestBootstrapper extends TestSliceTestContextBootstrapper<DataVarveTest> {

    DataVarveTestBootstrapper() {}

    @Override
    protected String[] getProperties(Class<?> testClass) {
        List<String> properties = new ArrayList<>(List.of("varve.mode=memory", "varve.store=test/test"));
        String @Nullable [] given = super.getProperties(testClass);
        if (given != null) {
            properties.addAll(Arrays.asList(given)); // of two with one name the later counts
        }
        return properties.toArray(String[]::new);
    }
}
