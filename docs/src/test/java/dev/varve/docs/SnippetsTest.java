package dev.varve.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.testkit.engine.EngineTestKit;

/** What the pages show in Java compiles and runs. */
@Timeout(120)
final class SnippetsTest {

    @TempDir
    static Path classes;

    /** What is shown may open a directory below this one. */
    private static final Path WORK = Path.of("").toAbsolutePath();

    private static List<Page> pages() throws IOException {
        return Stream.concat(Page.markdown().stream(), Page.javadoc().stream())
                .filter(page -> !page.java().isEmpty())
                .toList();
    }

    @Test
    void preludes_are_of_pages_and_headings_that_are_there() throws IOException {
        Map<String, Set<String>> headings = new HashMap<>();
        for (Page page : pages()) {
            Set<String> known = headings.computeIfAbsent(page.prelude(), name -> new HashSet<>());
            page.java().forEach(block -> known.add(block.heading()));
        }
        for (String prelude : Prelude.names()) {
            assertThat(Prelude.of(prelude).members().keySet())
                    .as(prelude)
                    .isSubsetOf(headings.getOrDefault(prelude, Set.of()));
        }
    }

    @TestFactory
    Stream<DynamicContainer> shown() throws IOException {
        List<Page> pages = pages();
        List<List<Source>> sources = new ArrayList<>();
        for (Page page : pages) {
            sources.add(Source.of(page, Prelude.of(page.prelude())));
        }
        compile(sources.stream().flatMap(List::stream).toList());
        ClassLoader loader =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, SnippetsTest.class.getClassLoader());
        List<DynamicContainer> containers = new ArrayList<>();
        for (int i = 0; i < pages.size(); i++) {
            Prelude prelude = Prelude.of(pages.get(i).prelude());
            List<DynamicTest> tests = new ArrayList<>();
            for (Source source : sources.get(i)) {
                if (prelude.runs(source.block().heading())) {
                    tests.add(dynamicTest(source.place(0), () -> run(loader.loadClass(source.className()), source)));
                }
            }
            containers.add(dynamicContainer(pages.get(i).file().toString(), tests));
        }
        return containers.stream();
    }

    private static void compile(List<Source> sources) {
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        List<String> options = List.of(
                "-d",
                classes.toString(),
                "-proc:none",
                "-parameters",
                "-Xlint:rawtypes,unchecked,deprecation,removal",
                "-Werror");
        boolean compiles = Source.COMPILER
                .getTask(null, null, found, options, null, sources)
                .call();
        List<String> wrong = new ArrayList<>();
        for (Diagnostic<? extends JavaFileObject> one : found.getDiagnostics()) {
            String place = one.getSource() instanceof Source source ? source.place(one.getLineNumber()) : "";
            wrong.add(place + ": " + one.getMessage(null));
        }
        assertThat(wrong).as("what does not compile").isEmpty();
        assertThat(compiles).isTrue();
    }

    private static void run(Class<?> type, Source source) throws Exception {
        empty(WORK);
        List<Class<?>> tests = Arrays.stream(type.getDeclaredClasses())
                .filter(SnippetsTest::isTest)
                .toList();
        for (Class<?> test : tests) {
            EngineTestKit.engine("junit-jupiter")
                    .selectors(selectClass(test))
                    .execute()
                    .allEvents()
                    .assertStatistics(counts -> counts.failed(0).aborted(0).skipped(0));
        }
        for (Method method : type.getDeclaredMethods()) {
            if (method.getName().equals(source.method())) {
                try (Example example = (Example) type.getDeclaredConstructor().newInstance()) {
                    quietly(source.place(0), () -> method.invoke(example));
                }
            }
        }
    }

    private static boolean isTest(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods()).anyMatch(method -> method.isAnnotationPresent(Test.class));
    }

    private interface Call {
        Object call() throws ReflectiveOperationException;
    }

    /** What is shown may print. */
    private static void quietly(String place, Call call) throws Exception {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream to = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setOut(to);
        System.setErr(to);
        try {
            Object _ = call.call();
        } catch (InvocationTargetException e) {
            throw new AssertionError(place + " fails when it runs: " + e.getCause(), e.getCause());
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    private static void empty(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                if (!file.equals(directory)) {
                    Files.delete(file);
                }
            }
        }
    }
}
