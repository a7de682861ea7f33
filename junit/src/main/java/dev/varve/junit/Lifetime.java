package dev.varve.junit;

/** How long a Varve lasts that {@link VarveExtension} gives to tests. */
public enum Lifetime {
    /**
     * For one test, or one of its repetitions or arguments: what takes part in it, as constructor, {@code @BeforeEach} and
     * {@code @AfterEach}, is given the same; {@code @BeforeAll} and {@code @AfterAll} can be given none.
     */
    TEST,

    /**
     * For all tests of the class that says so, nested ones included: the same for all that takes part. Tests see what others
     * have left, and in parallel what they do.
     */
    CLASS
}
