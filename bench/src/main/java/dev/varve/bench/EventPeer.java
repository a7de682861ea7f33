package dev.varve.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A store that appends an event to an aggregate only if that has the version that is expected. Immutable. */
enum EventPeer implements ContestPeer {
    VARVE {
        @Override
        public String find() {
            return "";
        }

        @Override
        ServerProcess server(String program, Path work, int connections) throws IOException {
            return new ServerProcess(
                    Servers.varve(), work.resolve("data"), ServerProcess.freePort(), Map.of(), ServerProcess.HTTP);
        }

        @Override
        Load load(int port, int connections, String data) throws IOException {
            return new LoadDriver(port, new VarveAppend(port), connections, connections, Protocol.ascii(data));
        }
    },

    /** Beside Varve by the same driver. */
    POSTGRES {
        @Override
        Load load(int port, int connections, String data) throws IOException {
            Postgres.createTable(port);
            return new LoadDriver(port, new PostgresAppend(), connections, connections, Protocol.ascii(data));
        }
    },

    /** The same, called by what Java programs call it by, which takes more of the machine. */
    PGJDBC {
        @Override
        Load load(int port, int connections, String data) throws IOException {
            Postgres.createTable(port);
            return new JdbcLoad(port, connections, data);
        }
    };

    @Override
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String howToGet() {
        return Postgres.howToGet(label());
    }

    @Override
    public @Nullable String find() throws IOException, InterruptedException {
        return Postgres.find();
    }

    ServerProcess server(String program, Path work, int connections) throws IOException {
        return Postgres.server(program, work, connections);
    }

    abstract Load load(int port, int connections, String data) throws IOException;

    /** {@code POST} to an aggregate. */
    private record VarveAppend(int port) implements Protocol {

        private Request append(int connection, String expected, byte[] data) {
            String json = "{\"expected\":" + expected + ",\"events\":[{\"type\":\"Happened\",\"data\":"
                    + new String(data, StandardCharsets.US_ASCII) + "}]}";
            return Request.of(
                    "POST " + EventsBench.ROUTE + "/aggregates/bench/" + connection + " HTTP/1.1\r\nHost: 127.0.0.1:"
                            + port + "\r\nContent-Type: application/json\r\nContent-Length: " + json.length()
                            + "\r\n\r\n" + json,
                    new byte[0],
                    "");
        }

        @Override
        public Request first(int connection, byte[] body) {
            return append(connection, "\"noStream\"", body);
        }

        @Override
        public Request request(int connection, byte[] body) {
            return append(connection, NUMBER, body);
        }

        @Override
        public long number(ByteBuffer in) throws IOException {
            return Protocol.numberAfter(in, "\"version\":");
        }

        @Override
        public boolean answered(ByteBuffer in) throws IOException {
            return Protocol.httpAnswered(in);
        }
    }
}
