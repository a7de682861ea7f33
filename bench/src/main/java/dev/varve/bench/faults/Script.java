package dev.varve.bench.faults;

import dev.varve.bench.ServerProcess;
import java.io.IOException;
import java.time.Duration;

/** What is done to a server while its disk fails: the same requests each time, one after the other. */
final class Script {

    private static final int TIMEOUT_MILLIS = 20_000;
    private static final int CHECKPOINT_WAIT_MILLIS = 1_500;
    private static final int BALLAST_BYTES = 256 * 1024;

    /** The bytes that nearly fill the first segment, so that the script needs the next one. */
    private static final int FIRST_SEGMENT_BALLAST = 15;

    /** How many appends of events and transactions make up the events of {@link #prepare}. */
    static final int APPENDS_BEFORE = 24;

    static final int TRANSACTIONS_BEFORE = 12;
    private static final int WRITER_BEFORE = 0;
    private static final int WRITER = 1;

    private Script() {}

    /** Fills a store: data that a checkpoint holds, data that only the journal holds, a segment that is nearly full. */
    static void prepare(Scene scene, ServerProcess server) throws IOException, InterruptedException {
        try (Client client = new Client(scene, WRITER_BEFORE, 0, TIMEOUT_MILLIS)) {
            client.create("old-bytes", false);
            client.create("old-json", true);
            client.create("old-closed", false);
            for (int i = 0; i < 20; i++) {
                client.append("old-bytes");
                client.produce("old-json");
                client.append("old-closed");
            }
            client.close("old-closed");
            events(client, APPENDS_BEFORE - 4);
            for (int i = 0; i < FIRST_SEGMENT_BALLAST; i++) {
                client.ballast(BALLAST_BYTES);
            }
            awaitCheckpoint(client, server, 1);
            for (int i = 0; i < 5; i++) {
                client.append("old-bytes");
                client.append("old-json");
            }
            events(client, 4);
        }
    }

    /** So many appends of events, and half as many transactions. */
    private static void events(Client client, int appends) {
        for (int i = 0; i < appends; i++) {
            client.events().append(0);
            if (i % 2 == 1) {
                client.events().transact(0);
            }
        }
    }

    /** Goes through everything. Requests after the end of the server fail at once. */
    static Client run(Scene scene, ServerProcess server, boolean prepared) throws IOException, InterruptedException {
        Client client = new Client(scene, WRITER, 0, TIMEOUT_MILLIS);
        if (prepared) {
            client.knows("old-bytes", false);
            client.knows("old-json", true);
            client.read("old-bytes");
            client.read("old-json");
            client.read("old-closed");
            client.readEvents();
        }
        client.create("new-bytes", false);
        client.create("new-json", true);
        for (int i = 0; i < 3; i++) {
            client.append("new-bytes");
            client.append("new-json");
        }
        events(client, 4);
        client.appendAll("new-bytes", "new-json", "old-bytes");
        client.produce("new-json");
        client.produce("new-json");
        client.ballast(BALLAST_BYTES);
        awaitCheckpoint(client, server, 1);
        client.read("new-bytes");
        client.append("old-bytes");
        client.appendAll("old-json", "new-json");
        events(client, 4);
        client.create("doomed", false);
        client.append("doomed");
        client.close("doomed");
        client.delete("doomed");
        client.ballast(BALLAST_BYTES);
        awaitCheckpoint(client, server, 2);
        client.append("new-bytes");
        events(client, 4);
        client.read(prepared ? "old-bytes" : "new-bytes");
        client.read("new-json");
        if (prepared) {
            client.readEvents();
        }
        client.create("last", false);
        client.append("last");
        client.close("last");
        return client;
    }

    private static void awaitCheckpoint(Client client, ServerProcess server, int count)
            throws IOException, InterruptedException {
        long deadline =
                System.nanoTime() + Duration.ofMillis(CHECKPOINT_WAIT_MILLIS).toNanos();
        while (server.isAlive() && System.nanoTime() < deadline && client.metric("varve_checkpoints_total") < count) {
            Thread.sleep(10);
        }
    }
}
