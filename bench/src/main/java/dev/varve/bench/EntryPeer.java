package dev.varve.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A server that keeps values under keys and sets them only if a revision still stands. Immutable. */
enum EntryPeer implements ContestPeer {
    VARVE("", "") {
        @Override
        List<String> command(String program, Path work, int port) {
            return Servers.varve();
        }

        @Override
        Protocol protocol(int port) {
            return new VarvePut(port);
        }
    },
    ETCD("etcd", "apt-get install etcd-server, then --peer etcd=PATH if it is not on the PATH") {
        @Override
        List<String> command(String program, Path work, int port) throws IOException {
            int peers = ServerProcess.freePort();
            return List.of(
                    program,
                    "--data-dir",
                    "{data}",
                    "--listen-client-urls",
                    "http://127.0.0.1:{port}",
                    "--advertise-client-urls",
                    "http://127.0.0.1:{port}",
                    "--listen-peer-urls",
                    "http://127.0.0.1:" + peers,
                    "--initial-advertise-peer-urls",
                    "http://127.0.0.1:" + peers,
                    "--initial-cluster",
                    "default=http://127.0.0.1:" + peers,
                    "--log-level",
                    "error");
        }

        @Override
        ServerProcess.Probe probe() {
            return port -> {
                try (Http http = new Http(port, 2_000)) {
                    return http.send("GET", "/health", new byte[0]).status() == 200;
                }
            };
        }

        @Override
        Protocol protocol(int port) {
            return new EtcdTransaction(port);
        }
    },
    REDIS("redis-server", "apt-get install redis-server, then --peer redis=PATH if it is not on the PATH") {
        @Override
        List<String> command(String program, Path work, int port) throws IOException {
            return Peer.REDIS.command(program, work, port);
        }

        @Override
        ServerProcess.Probe probe() {
            return Peer.REDIS.probe();
        }

        @Override
        Protocol protocol(int port) {
            return new RedisScript();
        }
    };

    private final String program;
    private final String howToGet;

    EntryPeer(String program, String howToGet) {
        this.program = program;
        this.howToGet = howToGet;
    }

    @Override
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String howToGet() {
        return howToGet;
    }

    @Override
    public @Nullable String find() {
        return this == VARVE ? "" : Servers.exists(program) ? program : null;
    }

    abstract List<String> command(String program, Path work, int port) throws IOException;

    ServerProcess.Probe probe() {
        return ServerProcess.HTTP;
    }

    abstract Protocol protocol(int port);

    ServerProcess server(String program, Path work) throws IOException {
        Files.createDirectories(work);
        int port = ServerProcess.freePort();
        return new ServerProcess(command(program, work, port), work.resolve("data"), port, Map.of(), probe());
    }

    /** Printable text of some length, the same each time. */
    private static String value(byte[] body) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(body).substring(0, body.length);
    }

    /** {@code PUT} with {@code If-Match}. */
    private record VarvePut(int port) implements Protocol {

        private Request put(int connection, byte[] body, String condition) {
            String json = "\"" + value(body) + "\"";
            return Request.of(
                    "PUT /api/stores/bench/entries/entries/k/" + connection + " HTTP/1.1\r\nHost: 127.0.0.1:" + port
                            + "\r\nContent-Type: application/json\r\n" + condition + "Content-Length: "
                            + json.length() + "\r\n\r\n",
                    json.getBytes(StandardCharsets.US_ASCII),
                    "");
        }

        @Override
        public Request first(int connection, byte[] body) {
            return put(connection, body, "");
        }

        @Override
        public Request request(int connection, byte[] body) {
            return put(connection, body, "If-Match: " + NUMBER + "\r\n");
        }

        @Override
        public long number(ByteBuffer in) throws IOException {
            return Protocol.numberAfter(in, "\"revision\":");
        }

        @Override
        public boolean answered(ByteBuffer in) throws IOException {
            return Protocol.httpAnswered(in);
        }
    }

    /** A transaction over etcd's JSON gateway: compares the modification revision, then puts. */
    private record EtcdTransaction(int port) implements Protocol {

        @Override
        public Request request(int connection, byte[] body) {
            Base64.Encoder base64 = Base64.getEncoder();
            String key = base64.encodeToString(("k/" + connection).getBytes(StandardCharsets.US_ASCII));
            String value = base64.encodeToString(value(body).getBytes(StandardCharsets.US_ASCII));
            String json = "{\"compare\":[{\"key\":\"" + key
                    + "\",\"target\":\"MOD\",\"result\":\"EQUAL\",\"mod_revision\":" + NUMBER
                    + "}],\"success\":[{\"request_put\":{\"key\":\"" + key + "\",\"value\":\"" + value + "\"}}]}";
            return Request.of(
                    "POST /v3/kv/txn HTTP/1.1\r\nHost: 127.0.0.1:" + port
                            + "\r\nContent-Type: application/json\r\nContent-Length: " + json.length() + "\r\n\r\n"
                            + json,
                    new byte[0],
                    "");
        }

        @Override
        public long number(ByteBuffer in) throws IOException {
            if (!Protocol.text(in).contains("\"succeeded\":true")) {
                throw new IOException("etcd answers " + Protocol.text(in));
            }
            return Protocol.numberAfter(in, "\"revision\":\"");
        }

        @Override
        public boolean answered(ByteBuffer in) throws IOException {
            return Protocol.httpAnswered(in);
        }
    }

    /** A script on a hash that holds the revision beside the value. */
    private record RedisScript() implements Protocol {

        private static final String SCRIPT = "local v=tonumber(redis.call('HGET',KEYS[1],'v') or '0') "
                + "if v==tonumber(ARGV[1]) then redis.call('HSET',KEYS[1],'v',v+1,'d',ARGV[2]) return v+1 end "
                + "return redis.error_reply('CONFLICT')";

        @Override
        public Request first(int connection, byte[] body) {
            return Request.of(
                    "*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n$" + SCRIPT.length() + "\r\n" + SCRIPT + "\r\n",
                    new byte[0],
                    "");
        }

        @Override
        public Request request(int connection, byte[] body) {
            String key = "k/" + connection;
            String value = value(body);
            return Request.of(
                    "*6\r\n$7\r\nEVALSHA\r\n$40\r\n" + sha1(SCRIPT) + "\r\n$1\r\n1\r\n$" + key.length() + "\r\n" + key
                            + "\r\n$" + NUMBER.length() + "\r\n" + NUMBER + "\r\n$" + value.length() + "\r\n" + value
                            + "\r\n",
                    new byte[0],
                    "");
        }

        private static String sha1(String text) {
            try {
                byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.US_ASCII));
                return HexFormat.of().formatHex(digest);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public long number(ByteBuffer in) throws IOException {
            return in.get(0) == ':' ? Protocol.numberAfter(in, ":") : 0;
        }

        @Override
        public boolean answered(ByteBuffer in) throws IOException {
            int end = in.position();
            if (in.get(0) != ':' && in.get(0) != '$') {
                throw new IOException("Redis answers " + Protocol.text(in));
            }
            String text = Protocol.text(in);
            return end > 3 && text.endsWith("\r\n") && (in.get(0) == ':' || text.indexOf('\n') < end - 1);
        }
    }
}
