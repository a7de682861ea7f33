package dev.varve.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Constraints of Jakarta Validation are looked at before records are written, with a validator and without. */
final class JakartaRulesTest {

    /** A record in a record. */
    public record Author(@Field("full_name") @NotBlank String name) {}

    /** A record with constraints of every kind. */
    @Schema(prefix = "links")
    public record Link(
            @Key @Pattern(regexp = "[a-z]+", message = "is of small letters") String slug,

            @Required @Size(max = 5, message = "takes at most {max} characters") @Nullable String title,

            @Field("seen") @Max(9) int visits,
            List<@NotBlank(message = "must say something") String> tags,
            Map<String, @Valid Author> authors,
            @Valid @Nullable Author author) {

        @AssertTrue(message = "never") boolean thisIsNoConstraintOfARecord() {
            return false;
        }
    }

    private static final RecordChanges<Link> CHANGES = new RecordChanges<>(RecordSchema.of(Link.class));

    private static final Link GOOD = new Link("dust", "Dust", 0, List.of(), Map.of(), null);

    private static final Link BAD =
            new Link("Dust", "Dusty!", 10, List.of("x", ""), Map.of("a", new Author("")), new Author(" "));

    private static final List<Violation> WRONG = List.of(
            new Violation("slug", "is of small letters"),
            new Violation("title", "takes at most 5 characters"),
            new Violation("seen", "must be less than or equal to 9"),
            new Violation("tags[1]", "must say something"),
            new Violation("authors/a/full_name", "must not be blank"),
            new Violation("author/full_name", "must not be blank"));

    @Test
    void every_write_of_a_record_looks_at_its_constraints() {
        for (Runnable write : List.<Runnable>of(
                () -> CHANGES.insert(BAD, Precondition.any()),
                () -> CHANGES.update(BAD, BAD, Precondition.any()),
                () -> CHANGES.updateOf(1, BAD, BAD))) {
            InvalidRecordException thrown = catchThrowableOfType(InvalidRecordException.class, write::run);
            assertThat(thrown.violations()).containsExactlyInAnyOrderElementsOf(WRONG);
            assertThat(thrown)
                    .hasMessageStartingWith("the Link \"Dust\" cannot be written: ")
                    .hasMessageContaining("title takes at most 5 characters")
                    .hasMessageEndingWith("; nothing was sent");
        }
        assertThat(CHANGES.insert(GOOD, Precondition.any()).ops()).hasSize(5);
    }

    @Test
    void a_changeset_tells_of_constraints_with_all_else_that_is_wrong() {
        Changeset<Link> changes = Changeset.of(RecordSchema.of(Link.class), GOOD)
                .cast(Map.of("title", "Dusty!", "seen", 10, "tags", List.of("x", "")), "title", "seen", "tags");
        assertThat(changes.errors()).isEqualTo(WRONG.subList(1, 4));
        Changeset<Link> without = Changeset.ofNew(RecordSchema.of(Link.class))
                .cast(Map.of("slug", "Dust", "seen", "many"), "slug", "title", "seen");
        assertThat(without.errors())
                .as("there is no record yet")
                .containsExactly(
                        new Violation("slug", "is of small letters"),
                        new Violation("title", "can't be blank"),
                        new Violation("seen", "is invalid: expected a whole number from -2147483648 to 2147483647"));
    }

    // ---- without

    /** Runs in a class loader of its own. */
    public static final class WritesBad implements Runnable {
        @Override
        public void run() {
            RecordChange unused = CHANGES.insert(BAD, Precondition.any());
            RecordChange unusedToo = new RecordChanges<>(RecordSchema.of(Link.class)).insert(BAD, Precondition.any());
        }
    }

    @Test
    void without_jakarta_validation_records_are_written_as_ever() throws Exception {
        assertThat(told(jar -> !jar.contains("jakarta.validation") && !jar.contains("hibernate-validator")))
                .isEmpty();
    }

    @Test
    void a_missing_validator_is_told_once() throws Exception {
        assertThat(told(jar -> !jar.contains("hibernate-validator")))
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .startsWith("WARNING Link has constraints of Jakarta Validation, and there is no validator"));
    }

    @Test
    void a_broken_validator_is_told_once() throws Exception {
        assertThat(told(jar -> !jar.contains("classmate")))
                .singleElement()
                .satisfies(line -> assertThat(line).startsWith("WARNING Link has constraints"));
    }

    /** What is logged while a record that breaks its constraints is written twice by a program with only some of the jars. */
    private static List<String> told(Predicate<String> present) throws Exception {
        URL[] jars = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(present)
                .map(JakartaRulesTest::url)
                .toArray(URL[]::new);
        List<String> lines = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                lines.add(line.getLevel() + " " + line.getMessage());
            }

            @Override
            public void flush() {
                // Nothing is held.
            }

            @Override
            public void close() {
                // Nothing is held.
            }
        };
        Logger logger = Logger.getLogger(Repository.class.getName());
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader = new URLClassLoader(jars, ClassLoader.getPlatformClassLoader())) {
            Thread.currentThread().setContextClassLoader(loader);
            Runnable program = (Runnable)
                    loader.loadClass(WritesBad.class.getName()).getConstructor().newInstance();
            program.run();
        } finally {
            Thread.currentThread().setContextClassLoader(before);
            logger.removeHandler(handler);
            logger.setUseParentHandlers(true);
        }
        return lines;
    }

    private static URL url(String path) {
        try {
            return new File(path).toURI().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalStateException("a path is a URL", e);
        }
    }
}
