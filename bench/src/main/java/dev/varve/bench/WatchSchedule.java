package dev.varve.bench;

import java.io.IOException;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/**
 * What happens during a test of live readers: they come one after the other, and the server is killed or ended in order in
 * between. Confined to one thread.
 */
public final class WatchSchedule {

    private final long millis;
    private final int readers;
    /** When the server is stopped, and whether it is killed then. */
    private final TreeMap<Long, Boolean> stops = new TreeMap<>();

    /**
     * A schedule.
     *
     * @param options with {@code --seconds}, {@code --readers}, {@code --kills} and {@code --restarts}
     * @param random draws when the server is stopped
     */
    public WatchSchedule(Options options, SplittableRandom random) {
        this.millis = (long) (options.decimal("--seconds") * 1_000);
        this.readers = options.number("--readers");
        int kills = options.number("--kills");
        while (stops.size() < kills + options.number("--restarts")) {
            stops.put((long) (millis * (0.2 + 0.6 * random.nextDouble())), stops.size() < kills);
        }
    }

    /**
     * Lets it happen; ends sooner when the server ends by itself.
     *
     * @param startReader starts the reader of a number
     */
    public void run(ServerProcess server, Findings findings, IntConsumer startReader)
            throws IOException, InterruptedException {
        long began = System.nanoTime();
        int started = 0;
        while (true) {
            long now = (System.nanoTime() - began) / 1_000_000;
            if (!stops.isEmpty() && now >= stops.firstKey()) {
                if (stops.pollFirstEntry().getValue()) {
                    server.kill();
                } else {
                    endInOrder(server, findings);
                }
                server.start(Map.of());
            } else if (started < readers && now >= started * millis * 0.8 / readers) {
                startReader.accept(started++);
            } else if (now >= millis && started == readers && stops.isEmpty()) {
                return;
            } else {
                Thread.sleep(5);
            }
            if (!server.isAlive()) {
                findings.add(Findings.Kind.REFUSED, "the server ended by itself: " + server.logTail());
                return;
            }
        }
    }

    private static void endInOrder(ServerProcess server, Findings findings) throws IOException, InterruptedException {
        int code = server.stop();
        if (code != 0) {
            findings.add(
                    Findings.Kind.REFUSED, "the server ended with " + code + " after SIGTERM: " + server.logTail());
        }
    }
}
