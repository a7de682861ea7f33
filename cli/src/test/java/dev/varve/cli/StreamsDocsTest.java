package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code docs/streams.md} shows does what it says, against a real server. */
@Timeout(300)
final class StreamsDocsTest {

    private static final Pattern BLOCK = Pattern.compile("```(java|sh)\n(.*?)```", Pattern.DOTALL);

    @TempDir
    private Path directory;

    @Test
    void every_java_block_compiles_and_runs() throws Exception {
        List<String> blocks = blocks("java");
        StringBuilder source = new StringBuilder("""
                import static java.nio.charset.StandardCharsets.UTF_8;
                import dev.varve.api.*;
                import dev.varve.client.*;
                import java.net.URI;
                import java.nio.file.*;
                import java.util.*;
                import java.util.concurrent.*;
                public final class Shown {
                """);
        for (int i = 0; i < blocks.size(); i++) {
            source.append("public static void block").append(i).append("(URI url) throws Exception {\n");
            source.append(blocks.get(i)).append("}\n");
        }
        Path file = Files.writeString(directory.resolve("Shown.java"), source.append("}\n"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        int compiled = compiler.run(
                null, null, null, "-proc:none", "-cp", System.getProperty("java.class.path"), file.toString());
        assertThat(compiled).as("what the compiler said is above").isZero();
        try (ServedStores served = new ServedStores();
                URLClassLoader loader =
                        new URLClassLoader(new URL[] {directory.toUri().toURL()})) {
            Class<?> shown = loader.loadClass("Shown");
            for (int i = 0; i < blocks.size(); i++) {
                shown.getMethod("block" + i, URI.class).invoke(null, served.url());
            }
            assertThat(served.streams().find("docs/branch")).isPresent();
        }
        assertThat(blocks).hasSizeGreaterThanOrEqualTo(5);
    }

    /** Lines that begin with {@code #} are what the lines before them print. */
    @Test
    void every_shell_block_prints_what_it_shows() throws Exception {
        for (String block : blocks("sh")) {
            try (ServedStores served = new ServedStores()) {
                String script = block.replace(
                                "http://127.0.0.1:4437", served.url().toString())
                        .replace("curl ", "curl -sSf ");
                Process shell = new ProcessBuilder("sh", "-e", "-c", script)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
                String printed = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(shell.waitFor()).isZero();
                String shown = block.lines()
                        .filter(line -> line.startsWith("# "))
                        .map(line -> line.substring(2))
                        .reduce("", String::concat);
                assertThat(printed.replace("\n", "")).isEqualTo(shown);
            }
        }
    }

    private static List<String> blocks(String language) throws IOException {
        List<String> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(Files.readString(document()));
        while (matcher.find()) {
            if (matcher.group(1).equals(language)) {
                blocks.add(matcher.group(2));
            }
        }
        return blocks;
    }

    private static Path document() {
        return Stream.of(Path.of("docs/streams.md"), Path.of("../docs/streams.md"))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow();
    }
}
