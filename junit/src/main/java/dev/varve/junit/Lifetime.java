package dev.varve.junit;

/**
 * How long a Varve lasts that {@link VarveExtension} gives to tests.
 *
 * <pre>{@code
 * @VarveTest(lifetime = Lifetime.CLASS)
 * @TestMethodOrder(MethodOrderer.MethodName.class)
 * final class ImportTest {
 *
 *     @Test
 *     void a_first_import_stores(Repository<Link> links) {
 *         links.insert(new Link("dust", "Dust"));
 *     }
 *
 *     @Test
 *     void a_second_finds_it(Repository<Link> links) {
 *         assertThat(links.find("dust")).isPresent();
 *     }
 * }
 * }</pre>
 */
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
