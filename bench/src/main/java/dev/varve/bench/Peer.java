package dev.varve.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A server to measure: how it is found, and how it is started so that it acknowledges only what is on disk. Immutable. */
enum Peer {
    VARVE("", "") {
        @Override
        List<String> command(String program, Path work, int port) {
            return Servers.varve();
        }
    },
    BUILD("", "build another version of Varve in a directory of its own, then --peer build=DIRECTORY") {
        @Override
        List<String> command(String directory, Path work, int port) {
            return Servers.varve(Path.of(directory));
        }
    },
    LIMIT("", "it is always there") {
        @Override
        List<String> command(String program, Path work, int port) {
            return List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    LimitServer.class.getName(),
                    "{port}",
                    "{data}");
        }
    },
    RUST(
            "durable-streams-server",
            "cargo install durable-streams --version 0.1.5 --locked, then --peer rust=PATH if it is not on the PATH") {
        @Override
        List<String> command(String program, Path work, int port) {
            return List.of(
                    program, "--host", "127.0.0.1", "--port", "{port}", "--data-dir", "{data}", "--durability", "wal");
        }

        @Override
        ServerProcess.Probe probe() {
            // It makes a stream of every path that is PUT and answers 404 to others: any answer will do.
            return ServerProcess.HTTP;
        }
    },
    NODE("", "npm install @durable-streams/server@0.3.7 in some directory, then --peer node=DIRECTORY") {
        @Override
        List<String> command(String directory, Path work, int port) throws IOException {
            Path script = work.resolve("node-server.mjs");
            Files.writeString(script, """
                    import { createRequire } from "node:module";
                    import { pathToFileURL } from "node:url";
                    const [directory, port, dataDir] = process.argv.slice(2);
                    const found = createRequire(directory + "/package.json").resolve("@durable-streams/server");
                    const { DurableStreamTestServer } = await import(pathToFileURL(found));
                    await new DurableStreamTestServer({ port: Number(port), host: "127.0.0.1", dataDir }).start();
                    """);
            return List.of(
                    "node",
                    script.toString(),
                    Path.of(directory).toAbsolutePath().toString(),
                    "{port}",
                    "{data}");
        }
    },
    REDIS("redis-server", "apt-get install redis-server, then --peer redis=PATH if it is not on the PATH") {
        @Override
        List<String> command(String program, Path work, int port) throws IOException {
            Files.createDirectories(work.resolve("data"));
            return List.of(
                    program,
                    "--port",
                    "{port}",
                    "--bind",
                    "127.0.0.1",
                    "--dir",
                    "{data}",
                    "--daemonize",
                    "no",
                    "--save",
                    "",
                    "--appendonly",
                    "yes",
                    "--appendfsync",
                    "always",
                    "--auto-aof-rewrite-percentage",
                    "0");
        }

        @Override
        ServerProcess.Probe probe() {
            return Peer::listens;
        }

        @Override
        Protocol protocol(int port) {
            return new Protocol.RedisXadd();
        }
    },
    NATS(
            "nats-server",
            "go install github.com/nats-io/nats-server/v2@latest, then --peer nats=PATH if it is not on the PATH") {
        @Override
        List<String> command(String program, Path work, int port) throws IOException {
            Path configuration = work.resolve("nats.conf");
            Files.writeString(
                    configuration,
                    "listen: 127.0.0.1:" + port + "\njetstream {\n  store_dir: \"" + work.resolve("data")
                            + "\"\n  sync_interval: always\n}\n");
            return List.of(program, "-c", configuration.toString());
        }

        @Override
        ServerProcess.Probe probe() {
            return Peer::createNatsStream;
        }

        @Override
        Protocol protocol(int port) {
            return new Protocol.NatsPublish();
        }
    };

    private static final int TIMEOUT_MILLIS = 2_000;

    private final String program;
    private final String howToGet;

    Peer(String program, String howToGet) {
        this.program = program;
        this.howToGet = howToGet;
    }

    /** The name on the command line and in the report. */
    String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    String howToGet() {
        return howToGet;
    }

    /** The server's program, or null when it is not on this machine. Varve and the limit are always there. */
    @Nullable String find() {
        if (this == VARVE || this == LIMIT) {
            return "";
        }
        return !program.isEmpty() && Servers.exists(program) ? program : null;
    }

    /** The command that starts the server with its files in {@code work}; {@code {port}} and {@code {data}} stay in it. */
    abstract List<String> command(String program, Path work, int port) throws IOException;

    ServerProcess.Probe probe() {
        return ServerProcess.HTTP;
    }

    Protocol protocol(int port) {
        return new Protocol.HttpAppend(port);
    }

    boolean speaksHttp() {
        return this == LIMIT || speaksDurableStreams();
    }

    /** Whether it also creates streams and can be read from; the limit answers anything as if it were an append. */
    boolean speaksDurableStreams() {
        return this == VARVE || this == BUILD || this == RUST || this == NODE;
    }

    /** A server that is not running yet, with its data below {@code work}. */
    ServerProcess server(String program, Path work) throws IOException {
        int port = ServerProcess.freePort();
        return new ServerProcess(command(program, work, port), work.resolve("data"), port, Map.of(), probe());
    }

    private static boolean listens(int port) throws IOException {
        try (Socket socket = connect(port)) {
            return socket.isConnected();
        }
    }

    private static boolean createNatsStream(int port) throws IOException {
        String stream = "{\"name\":\"bench\",\"subjects\":[\"bench.>\"],\"storage\":\"file\",\"retention\":\"limits\","
                + "\"num_replicas\":1,\"max_msgs\":-1,\"max_bytes\":-1,\"discard\":\"old\",\"max_age\":0}";
        String request = "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"varve-bench\",\"version\":\"0\"}\r\n"
                + "SUB _INBOX.a 1\r\nPUB $JS.API.STREAM.CREATE.bench _INBOX.a " + stream.length() + "\r\n" + stream
                + "\r\n";
        try (Socket socket = connect(port)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            StringBuilder answer = new StringBuilder();
            byte[] buffer = new byte[4096];
            while (answer.indexOf("MSG _INBOX.a") < 0 || answer.charAt(answer.length() - 1) != '\n') {
                int got = socket.getInputStream().read(buffer);
                if (got < 0) {
                    return false;
                }
                answer.append(new String(buffer, 0, got, StandardCharsets.US_ASCII));
            }
            return !answer.toString().contains("\"error\"");
        }
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(
                new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), TIMEOUT_MILLIS);
        return socket;
    }
}
