package dev.varve.junit;

import dev.varve.api.Varve;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ParameterResolutionException;

/** An engine that tests share, with its directory and its server if it has them. Closed by JUnit with the context that keeps it. Thread-safe. */
final class TestVarve implements AutoCloseable {

    /** How the names of temporary directories begin: with the process that should have deleted one that is found. */
    static final String PREFIX = "varve-test-" + ProcessHandle.current().pid() + "-";

    private final Engine engine;
    private final Varve varve;
    private final @Nullable Path directory;
    private @Nullable Served served;

    private TestVarve(Engine engine, @Nullable Path directory) {
        this.engine = engine;
        this.varve = engine.varve();
        this.directory = directory;
    }

    static TestVarve open(boolean onDisk) {
        if (!onDisk) {
            return new TestVarve(Engine.inMemory(EngineOptions.DEFAULT), null);
        }
        try {
            Path directory = Files.createTempDirectory(PREFIX);
            return new TestVarve(Engine.open(directory.resolve("data"), EngineOptions.DEFAULT), directory);
        } catch (IOException e) {
            throw new UncheckedIOException("there can be no temporary directory", e);
        }
    }

    Varve varve() {
        return varve;
    }

    synchronized URI url() {
        Served running = served;
        if (running == null) {
            try {
                running = new Served(engine);
            } catch (NoClassDefFoundError e) {
                throw new ParameterResolutionException(
                        "a URL needs a server: add the artifact varve-server to the class path of the tests", e);
            }
            served = running;
        }
        return running.url();
    }

    @Override
    public synchronized void close() throws IOException {
        try {
            if (served != null) {
                served.close();
            }
        } finally {
            closeEngine();
        }
    }

    private void closeEngine() throws IOException {
        try {
            varve.close();
        } finally {
            if (directory != null) {
                deleteAll(directory);
            }
        }
    }

    private static void deleteAll(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path emptied, @Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(emptied);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
