package dev.varve.cli;

import static dev.varve.cli.Patience.LONG;
import static dev.varve.cli.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.StreamStorage;
import dev.varve.api.VarveException;
import dev.varve.cli.CommandLineRun.Result;
import dev.varve.testkit.ModelStreamStorage;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code varve serve} over the model of a storage. */
final class ServeCommandTest {

    private static final Pattern URL = Pattern.compile("http://127\\.0\\.0\\.1:[0-9]+");

    @TempDir
    Path directory;

    private final AtomicBoolean storageClosed = new AtomicBoolean();
    private final CompletableFuture<Throwable> broken = new CompletableFuture<>();

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void it_serves_until_a_signal_comes_and_then_ends_well(String signal) {
        CommandLineRun serve = serving();
        CompletableFuture<Result> running = serve.start("serve", "--port", "0");
        URI url = url(serve);
        CommandLineRun client = new CommandLineRun().server(url);
        assertThat(client.run("stream", "create", "a").exitCode()).isZero();

        serve.signal(signal);

        assertThat(running)
                .succeedsWithin(LONG)
                .isEqualTo(new Result(0, "Varve listens on " + url + ", data: a model\n", ""));
        assertThat(storageClosed).isTrue();
        assertThat(new CommandLineRun().server(url).run("stream", "create", "a").exitCode())
                .isEqualTo(3);
    }

    @Test
    void a_person_is_shown_how_to_begin() {
        CommandLineRun serve = serving().onTerminal();
        CompletableFuture<Result> running = serve.start("serve", "--port", "0");
        URI url = url(serve);
        await().until(() -> serve.out().contains("curl " + url + "/v1/stream/hello\n"));
        serve.signal("TERM");
        assertThat(running).succeedsWithin(LONG);
    }

    @Test
    void it_serves_when_standard_output_cannot_be_written() {
        CommandLineRun serve = serving().output(new OutputStream() {
            @Override
            public void write(int oneByte) throws IOException {
                throw new IOException("MARK: no output");
            }
        });
        CompletableFuture<Result> running = serve.start("serve", "--port", "0");
        await().until(() -> serve.err().contains("Varve listens on "));
        URI url = URI.create(
                URL.matcher(serve.err()).results().findFirst().orElseThrow().group());
        assertThat(new CommandLineRun().server(url).run("stream", "create", "a").exitCode())
                .isZero();

        serve.signal("TERM");

        assertThat(running).succeedsWithin(LONG).satisfies(result -> {
            assertThat(result.exitCode()).isZero();
            assertThat(result.err()).contains("(standard output: MARK: no output)");
        });
    }

    @Test
    void a_log_that_fails_ends_it_with_an_error() {
        CommandLineRun serve = serving();
        CompletableFuture<Result> running = serve.start("serve", "--port", "0");
        url(serve);
        broken.complete(new IOException("the disk is gone"));
        assertThat(running).succeedsWithin(LONG).satisfies(result -> {
            assertThat(result.exitCode()).isEqualTo(4);
            assertThat(result.err())
                    .startsWith("varve: outcome_unknown: the log failed")
                    .contains("the disk is gone");
        });
        assertThat(storageClosed).isTrue();
    }

    /** Serves from a storage of entries whose every call fails. */
    private Result runFailing(ErrorKind kind, Runnable atFailure) {
        EntryStorage failing = (EntryStorage) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {EntryStorage.class}, (proxy, method, args) -> {
                    atFailure.run();
                    throw new VarveException(kind, "this write failed");
                });
        return new CommandLineRun()
                .storages(config -> new StorageFactory.Opened(
                        closing(),
                        Optional.of(failing),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(failing),
                        "a model",
                        sink -> {},
                        broken))
                .run("serve", "--port", "0");
    }

    @Test
    void a_disk_that_is_full_when_it_starts_is_named_with_the_way_out() {
        Result failed = runFailing(ErrorKind.OUT_OF_SPACE, () -> {});

        assertThat(failed.exitCode()).isEqualTo(4);
        assertThat(failed.err())
                .startsWith("varve: out_of_space: ")
                .contains("in a model/journal. Make room there and start again.");
        assertThat(storageClosed).isTrue();
    }

    @Test
    void a_log_that_fails_while_it_starts_is_named_too() {
        Result failed = runFailing(
                ErrorKind.OUTCOME_UNKNOWN,
                () -> broken.completeOnTimeout(new IOException("MARK: the disk is gone"), 50, TimeUnit.MILLISECONDS));

        assertThat(failed.exitCode()).isEqualTo(4);
        assertThat(failed.err())
                .startsWith("varve: outcome_unknown: the log failed")
                .contains("MARK: the disk is gone. Start again");
        assertThat(storageClosed).isTrue();
    }

    @Test
    void options_reach_it_from_the_file_and_the_environment() throws IOException {
        Path file = Files.writeString(directory.resolve("varve.conf"), "port = 0\nlong-poll-timeout = 50ms\n");
        CommandLineRun serve = serving().environment("VARVE_CONFIG", file.toString());
        CompletableFuture<Result> running = serve.start("serve");
        assertThat(url(serve).getPort()).isNotEqualTo(4437);
        serve.signal("TERM");
        assertThat(running).succeedsWithin(LONG);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1"})
    void an_address_that_others_reach_is_refused_with_the_way_out(String host) {
        Result refused = serving().run("serve", "--port", "0", "--host", host);
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err())
                .startsWith("varve: refusing to listen on " + host)
                .contains("--insecure-no-auth");
        assertThat(storageClosed).isFalse();
    }

    @Test
    void an_address_that_others_reach_is_taken_when_told_so() {
        CommandLineRun serve = serving();
        CompletableFuture<Result> running =
                serve.start("serve", "--port", "0", "--host", "0.0.0.0", "--insecure-no-auth");
        await().until(() -> serve.out().startsWith("Varve listens on http://0.0.0.0:"));
        serve.signal("TERM");
        assertThat(running).succeedsWithin(LONG).extracting(Result::exitCode).isEqualTo(0);
    }

    @Test
    void a_port_that_is_taken_is_an_error_and_the_storage_is_closed() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Result failed = serving().run("serve", "--port", "" + taken.getLocalPort());
            assertThat(failed.exitCode()).isEqualTo(4);
            assertThat(failed.err()).startsWith("varve: unavailable: ").contains("" + taken.getLocalPort());
        }
        assertThat(storageClosed).isTrue();
    }

    @Test
    void what_cannot_be_meant_is_wrong_usage() {
        assertThat(serving().run("serve", "--prot", "1").exitCode()).isEqualTo(2);
        assertThat(serving().run("serve", "--port", "x").err())
                .startsWith("varve: --port: \"x\" is not a whole number");
        assertThat(serving().environment("VARVE_PORT", "x").run("serve").err())
                .startsWith("varve: VARVE_PORT: \"x\" is not a whole number");
    }

    @Test
    void help_names_every_setting_and_its_variable() {
        Result help = serving().run("serve", "--help");
        assertThat(help.exitCode()).isZero();
        for (Setting<?> setting : ServeSettings.ALL) {
            assertThat(help.out()).contains(setting.option());
            assertThat(help.out().replaceAll("\\s+", "")).contains(setting.variable());
        }
    }

    private CommandLineRun serving() {
        return new CommandLineRun()
                .storages(config -> new StorageFactory.Opened(
                        closing(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        "a model",
                        sink -> {},
                        broken));
    }

    /** The model's class is final, so its closing is observed from outside. */
    private StreamStorage closing() {
        ModelStreamStorage model = new ModelStreamStorage();
        return (StreamStorage) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {StreamStorage.class}, (proxy, method, args) -> {
                    if (method.getName().equals("close")) {
                        storageClosed.set(true);
                    }
                    return method.invoke(model, args);
                });
    }

    private static URI url(CommandLineRun serve) {
        await().until(() -> URL.matcher(serve.out()).find() && serve.listensFor("TERM"));
        Matcher found = URL.matcher(serve.out());
        assertThat(found.find()).isTrue();
        return URI.create(found.group());
    }
}
