package dev.varve.spring;

import org.springframework.boot.test.context.filter.annotation.StandardAnnotationCustomizableTypeExcludeFilter;

/** Leaves the components of an application out of the context of a {@link DataVarveTest}. */
final class DataVarveTestFilter extends StandardAnnotationCustomizableTypeExcludeFilter<DataVarveTest> {

    DataVarveTestFilter(Class<?> testClass) {
        super(testClass);
    }
}
