package dev.varve.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a condition over tags costs an append, in a store that holds many events with tags. See {@link Contest}. */
final class ConditionsBench {

    private static final String[] OPTIONS = {
        "--events", "1000000",
        "--connections", "64",
        "--bytes", "256",
        "--seconds", "2",
        "--warm-up", "10",
        "--rounds", "10",
        "--data", "",
        "--directory", "",
    };

    private ConditionsBench() {}

    /** Runs what the words describe. Returns the exit code. */
    static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, OPTIONS);
        int connections = options.number("--connections");
        int most = EventFill.GROUPS / Kind.values().length;
        if (connections < 1 || connections > most) {
            throw new Options.UsageException("--connections is 1 to " + most);
        }
        boolean own = options.text("--data").isEmpty();
        Path directory = own ? Work.directory(options.text("--directory")) : Path.of(options.text("--data"));
        Files.createDirectories(directory);
        System.out.printf(
                "bench: conditions over tags, %,d events stored, %d connections, %d bytes, turns of %.1f s after %.0f s of warm-up, %d rounds; %s%n",
                options.number("--events"),
                connections,
                options.number("--bytes"),
                options.decimal("--seconds"),
                options.decimal("--warm-up"),
                options.number("--rounds"),
                Work.describe(directory));
        try {
            Path data = directory.resolve("data");
            EventFill.fill(data, options.number("--events"), options.number("--bytes"), true);
            try (ServerProcess server =
                    new ServerProcess(Servers.varve(), data, ServerProcess.freePort(), Map.of(), ServerProcess.HTTP)) {
                server.start(Map.of());
                compare(options, server);
                server.stop();
            }
        } finally {
            if (own) {
                Directories.delete(directory);
            }
        }
        return 0;
    }

    private static void compare(Options options, ServerProcess server) throws IOException, InterruptedException {
        int connections = options.number("--connections");
        byte[] data = Protocol.ascii(EventsBench.data(options.number("--bytes"), 1));
        try (Contest<Kind> contest = new Contest<>(Kind::label)) {
            for (Kind kind : Kind.values()) {
                LoadDriver driver =
                        new LoadDriver(server.port(), new Append(server.port(), kind), connections, connections, data);
                contest.add(kind, Contest.Contestant.sharing(server, driver));
                driver.run(options.decimal("--warm-up"));
                driver.forget();
            }
            contest.run(options.number("--rounds"), options.decimal("--seconds"));
            contest.report(List.of(Kind.BOUNDARY, Kind.CLAIM));
        }
    }

    /** What is appended. */
    enum Kind {
        /** An event without tags and without a condition. */
        PLAIN(0),
        /** An event with a tag that many have. */
        TAGGED(1),
        /** The same, if none with its type and tag came after the last one of this connection. */
        BOUNDARY(2),
        /** The same, if none of all events has another tag, which none has. */
        CLAIM(3);

        private final int tag;

        Kind(int tag) {
            this.tag = tag;
        }

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Appends of one kind over HTTP; every connection has a tag of its own, which others of its kind and of other kinds have not. */
    record Append(int port, Kind kind) implements Protocol {

        private Request append(int connection, String condition, byte[] data) {
            String tag = "\"group:" + (connection * Kind.values().length + kind.tag) + "\"";
            String json = "{\"events\":[{\"type\":\"Happened\""
                    + (kind == Kind.PLAIN ? "" : ",\"tags\":[" + tag + "]") + ",\"data\":"
                    + new String(data, StandardCharsets.US_ASCII) + "}]" + condition.replace("TAG", tag) + "}";
            return Request.of(
                    "POST " + EventsBench.ROUTE + "/events HTTP/1.1\r\nHost: 127.0.0.1:" + port
                            + "\r\nContent-Type: application/json\r\nContent-Length: " + json.length() + "\r\n\r\n"
                            + json,
                    new byte[0],
                    "");
        }

        @Override
        public @Nullable Request first(int connection, byte[] body) {
            return switch (kind) {
                case PLAIN, TAGGED -> null;
                case BOUNDARY, CLAIM -> append(connection, "", body); // tells the first number
            };
        }

        @Override
        public Request request(int connection, byte[] body) {
            String condition = switch (kind) {
                case PLAIN, TAGGED -> "";
                case BOUNDARY ->
                    ",\"condition\":{\"fail_if_events_match\":{\"items\":[{\"types\":[\"Happened\"],\"tags\":[TAG]}]},\"after\":"
                            + NUMBER + "}";
                case CLAIM ->
                    ",\"condition\":{\"fail_if_events_match\":{\"items\":[{\"tags\":[\"claimed:" + NUMBER + "\"]}]}}";
            };
            return append(connection, condition, body);
        }

        @Override
        public long number(ByteBuffer in) throws IOException {
            return kind == Kind.PLAIN || kind == Kind.TAGGED ? 0 : Protocol.numberAfter(in, "\"last_position\":");
        }

        @Override
        public boolean answered(ByteBuffer in) throws IOException {
            return Protocol.httpAnswered(in);
        }
    }
}
