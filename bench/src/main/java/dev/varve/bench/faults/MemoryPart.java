package dev.varve.bench.faults;

import dev.varve.bench.Findings.Kind;
import dev.varve.bench.Http;
import dev.varve.bench.ServerProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A small heap and more load than fits: large bodies from many connections at once. They are taken or refused one by one;
 * should the memory run out all the same, the process ends, and nothing is there in part.
 */
final class MemoryPart implements Part {

    private static final int BODY_BYTES = 15 << 20;
    private static final int CONNECTIONS = 12;
    private static final int OUT_OF_MEMORY = 3;
    private static final Set<Integer> ANSWERS = Set.of(200, 201, 204, 413, 429, 503);

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public boolean isSmall() {
        return false;
    }

    @Override
    public void run(Stage stage) throws IOException, InterruptedException {
        for (String heap : stage.large() ? List.of("64m", "96m", "128m", "256m") : List.of("96m")) {
            run(stage, heap);
        }
    }

    private static void run(Stage stage, String heap) throws IOException, InterruptedException {
        long before = stage.findings().count();
        Scene scene = stage.scene("a heap of " + heap);
        Map<Integer, AtomicInteger> answers = new ConcurrentHashMap<>();
        try (ServerProcess server = scene.server(List.of(), Map.of("VARVE_HEAP", heap))) {
            server.start(Map.of());
            Load load = new Load(scene, 4, 1);
            flood(scene.port(), stage.large() ? 4 : 1, answers);
            load.finish();
            for (int status : answers.keySet()) {
                if (!ANSWERS.contains(status) && status != 0) {
                    scene.wrong(Kind.REFUSED, "a large body is answered " + status);
                }
            }
            if (server.isAlive() && load.unanswered() == 0) {
                scene.check();
                int exit = server.stop();
                if (exit != 0) {
                    scene.wrong(Kind.REFUSED, "after SIGTERM the server ended with " + exit + ": " + scene.log());
                }
            } else {
                ended(stage, scene, server);
            }
        }
        stage.say("a heap of " + heap + ": answers to bodies of 15 MiB, by status (0: none): " + answers);
        scene.checkAfterRestart();
        stage.count("loads larger than the heap", 1);
        stage.strike(scene, before);
    }

    private static void ended(Stage stage, Scene scene, ServerProcess server) throws IOException, InterruptedException {
        Integer exit = server.awaitEnd(Duration.ofSeconds(20));
        if (exit == null || exit != OUT_OF_MEMORY) {
            scene.wrong(Kind.REFUSED, "without memory the server ends with " + exit + ": " + scene.log());
            server.kill();
        }
        stage.count("ends for lack of memory", 1);
    }

    private static void flood(int port, int times, Map<Integer, AtomicInteger> answers) throws InterruptedException {
        byte[] json = new byte[BODY_BYTES];
        Arrays.fill(json, (byte) '[');
        byte[] bytes = new byte[BODY_BYTES];
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            boolean asJson = i % 2 == 0;
            String path = "/v1/stream/large-" + i;
            String type = asJson ? "application/json" : "application/octet-stream";
            threads.add(Thread.ofPlatform().start(() -> {
                for (int time = 0; time < times; time++) {
                    try (Http http = new Http(port, 60_000)) {
                        count(answers, http.send("PUT", path, new byte[0], "Content-Type", type));
                        Http.Answer answer = http.send("POST", path, asJson ? json : bytes, "Content-Type", type);
                        if (answer.status() != 400 || !asJson) { // so deep is no valid JSON here
                            count(answers, answer);
                        }
                    } catch (IOException e) {
                        answers.computeIfAbsent(0, any -> new AtomicInteger()).incrementAndGet();
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void count(Map<Integer, AtomicInteger> answers, Http.Answer answer) {
        answers.computeIfAbsent(answer.status(), any -> new AtomicInteger()).incrementAndGet();
    }
}
