package dev.varve.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;

/** One run of the command in this JVM, with a world of its own. Built by one thread; what it wrote can be read by any. */
final class CommandLineRun {

    /** How it ended and what it wrote. */
    record Result(int exitCode, String out, String err) {}

    private final Map<String, String> environment = new HashMap<>();
    private final Map<String, Runnable> signals = new ConcurrentHashMap<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private InputStream in = InputStream.nullInputStream();
    private OutputStream outGiven = out;
    private boolean outIsTerminal;
    private boolean errIsTerminal;
    private LongSupplier nanoTime = () -> 0;
    private StorageFactory storages = config -> {
        throw new AssertionError("no storage was given");
    };

    CommandLineRun server(URI url) {
        environment.put("VARVE_URL", url.toString());
        return this;
    }

    CommandLineRun environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    CommandLineRun input(String text) {
        return input(text.getBytes(StandardCharsets.UTF_8));
    }

    CommandLineRun input(byte[] bytes) {
        return input(new ByteArrayInputStream(bytes));
    }

    CommandLineRun input(InputStream stream) {
        in = stream;
        return this;
    }

    CommandLineRun output(OutputStream stream) {
        outGiven = stream;
        return this;
    }

    CommandLineRun onTerminal() {
        outIsTerminal = true;
        errIsTerminal = true;
        return this;
    }

    CommandLineRun errorsOnTerminal() {
        errIsTerminal = true;
        return this;
    }

    /** Time that stands still unless it is given. */
    CommandLineRun nanoTime(LongSupplier time) {
        nanoTime = time;
        return this;
    }

    CommandLineRun storages(StorageFactory factory) {
        storages = factory;
        return this;
    }

    /** Runs it to its end. */
    Result run(String... args) {
        Io io = new Io(
                in,
                outGiven,
                new PrintStream(err, true, StandardCharsets.UTF_8),
                () -> outIsTerminal,
                () -> errIsTerminal,
                environment,
                signals::put,
                nanoTime);
        int exitCode = Main.run(io, storages, args);
        return new Result(exitCode, out(), err());
    }

    /** Runs it on another thread. */
    CompletableFuture<Result> start(String... args) {
        return CompletableFuture.supplyAsync(
                () -> run(args),
                Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory()));
    }

    /** Sends it a signal it has registered for. */
    void signal(String name) {
        Runnable action = signals.get(name);
        if (action == null) {
            throw new AssertionError("nobody listens for " + name + ", only for " + signals.keySet());
        }
        action.run();
    }

    boolean listensFor(String signal) {
        return signals.containsKey(signal);
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    byte[] outBytes() {
        return out.toByteArray();
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
