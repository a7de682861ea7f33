package dev.varve.bench.faults;

import dev.varve.bench.Findings.Kind;
import dev.varve.bench.Http;
import dev.varve.bench.faults.Load.Sample;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes that each come on a connection of their own: deletions of a stream that is not there, which change nothing. Each
 * runs on a thread of its own, so that one that hangs keeps back no other. Thread-safe.
 */
final class Newcomers {

    private static final int TIMEOUT_MILLIS = 60_000;
    private static final long EVERY_MILLIS = 500;

    private final Scene scene;
    private final List<Thread> writes = new ArrayList<>();
    private final List<Sample> samples = new ArrayList<>();
    private volatile boolean stopping;
    private final Thread starter;

    Newcomers(Scene scene) {
        this.scene = scene;
        this.starter = Thread.ofPlatform().name("newcomers").daemon().unstarted(this::run);
    }

    void start() {
        starter.start();
    }

    private void run() {
        while (!stopping) {
            Thread write = Thread.ofVirtual().start(this::write);
            synchronized (writes) {
                writes.add(write);
            }
            try {
                Thread.sleep(EVERY_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void write() {
        double sent = System.currentTimeMillis() / 1_000.0;
        long began = System.nanoTime();
        try (Http http = new Http(scene.port(), TIMEOUT_MILLIS)) {
            int status = http.send("DELETE", "/v1/stream/nothing-is-here", new byte[0])
                    .status();
            if (status != 404 && status != 503) {
                scene.wrong(Kind.REFUSED, "a deletion of what is not there was answered with " + status);
            }
            Sample sample = new Sample(sent, (System.nanoTime() - began) / 1e9, status == 404);
            synchronized (samples) {
                samples.add(sample);
            }
        } catch (IOException e) {
            scene.wrong(Kind.REFUSED, "a newcomer got no answer: " + e);
        }
    }

    /** What was measured. Call it after {@link #finish}. */
    List<Sample> samples() {
        synchronized (samples) {
            return List.copyOf(samples);
        }
    }

    /** Ends after the requests that are under way. */
    void finish() throws InterruptedException {
        stopping = true;
        starter.join();
        List<Thread> running;
        synchronized (writes) {
            running = List.copyOf(writes);
        }
        for (Thread write : running) {
            write.join();
        }
    }
}
