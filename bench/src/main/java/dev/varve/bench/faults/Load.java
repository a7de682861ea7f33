package dev.varve.bench.faults;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Writers that append without a pause, each to its stream, others to a log of events, and one that makes transactions; they note how long each answer
 * took. Thread-safe.
 */
final class Load {

    /** Longer than any stall: an answer that nobody waits for any more would prove nothing. */
    private static final int TIMEOUT_MILLIS = 60_000;

    private static final int STREAMS = 4;

    /** One request: when it was sent, how long its answer took, whether it was acknowledged. */
    record Sample(double sentEpochSeconds, double seconds, boolean acknowledged) {
        double endEpochSeconds() {
            return sentEpochSeconds + seconds;
        }
    }

    private final List<Thread> threads = new ArrayList<>();
    private final List<Client> clients = new ArrayList<>();
    private final List<Sample> samples = new ArrayList<>();
    private final long pauseMillis;
    private volatile boolean stopping;

    /** Creates the streams and starts the writers. */
    Load(Scene scene, int writers, long pauseMillis) throws IOException {
        this.pauseMillis = pauseMillis;
        try (Client first = new Client(scene, writers, 0, TIMEOUT_MILLIS)) {
            for (int i = 0; i < STREAMS; i++) {
                first.create("load-" + i, i % 2 == 1);
            }
        }
        for (int i = 0; i < writers; i++) {
            Client client = new Client(scene, i, 0, TIMEOUT_MILLIS);
            String stream = "load-" + i % STREAMS;
            client.knows(stream, i % STREAMS % 2 == 1);
            start(scene, client, () -> client.append(stream));
        }
        for (int i = 0; i < Scene.EVENT_WRITERS; i++) {
            int writer = i;
            Client client = new Client(scene, writers + 1 + i, 0, TIMEOUT_MILLIS);
            start(scene, client, () -> client.events().append(writer));
        }
        Client counter = new Client(scene, writers + 1 + Scene.EVENT_WRITERS, 0, TIMEOUT_MILLIS);
        start(scene, counter, () -> counter.events().transact(0));
    }

    /** What a writer asks for again and again. */
    private interface Request {

        /** Returns whether it was acknowledged. */
        boolean send() throws IOException;
    }

    private void start(Scene scene, Client client, Request request) {
        clients.add(client);
        threads.add(Thread.ofPlatform().name("load-" + threads.size()).daemon().start(() -> write(scene, request)));
    }

    private void write(Scene scene, Request request) {
        while (!stopping) {
            double sent = System.currentTimeMillis() / 1_000.0;
            long began = System.nanoTime();
            boolean acknowledged;
            try {
                acknowledged = request.send();
                Sample sample = new Sample(sent, (System.nanoTime() - began) / 1e9, acknowledged);
                synchronized (samples) {
                    samples.add(sample);
                }
                Thread.sleep(acknowledged ? pauseMillis : 20 + pauseMillis);
            } catch (IOException e) {
                scene.wrong(dev.varve.bench.Findings.Kind.REFUSED, "a writer gave up: " + e);
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** What was measured so far. */
    List<Sample> samples() {
        synchronized (samples) {
            return List.copyOf(samples);
        }
    }

    /** How many acknowledged requests took how long, in seconds: their median, or -1 when there are none. */
    static double median(List<Sample> samples, Predicate<Sample> which) {
        double[] seconds = samples.stream()
                .filter(Sample::acknowledged)
                .filter(which)
                .mapToDouble(Sample::seconds)
                .sorted()
                .toArray();
        return seconds.length == 0 ? -1 : seconds[seconds.length / 2];
    }

    /** How often which problem was answered. Call it after {@link #finish}. */
    int problems(String problem) {
        return clients.stream()
                .mapToInt(client -> client.problems().getOrDefault(problem, 0))
                .sum();
    }

    /** How many requests got no answer. Call it after {@link #finish}. */
    int unanswered() {
        return clients.stream().mapToInt(Client::unanswered).sum();
    }

    /** Ends the writers after the request they are at. */
    void finish() throws InterruptedException {
        stopping = true;
        for (Thread thread : threads) {
            thread.join();
        }
        clients.forEach(Client::close);
    }
}
