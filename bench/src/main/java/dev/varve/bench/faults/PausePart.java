package dev.varve.bench.faults;

import dev.varve.bench.Findings.Kind;
import dev.varve.bench.ServerProcess;
import dev.varve.bench.faults.Load.Sample;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** A server that is stopped by SIGSTOP in the middle of its work and goes on later: nothing is lost or done twice. */
final class PausePart implements Part {

    private static final int WRITERS = 8;

    @Override
    public String name() {
        return "pause";
    }

    @Override
    public boolean isSmall() {
        return false;
    }

    @Override
    public void run(Stage stage) throws IOException, InterruptedException {
        for (int seconds : stage.large() ? List.of(1, 10) : List.of(1)) {
            run(stage, seconds, stage.large() ? 3 : 1);
        }
    }

    private static void run(Stage stage, int seconds, int times) throws IOException, InterruptedException {
        long before = stage.findings().count();
        Scene scene = stage.scene("stopped for " + seconds + " s");
        try (ServerProcess server = scene.server(List.of(), Map.of(), "--checkpoint-bytes=1MiB")) {
            server.start(Map.of());
            Load load = new Load(scene, WRITERS, 0);
            for (int i = 0; i < times; i++) {
                Thread.sleep(700);
                Tools.must("kill", "-STOP", Long.toString(server.pid()));
                Thread.sleep(seconds * 1_000L);
                Tools.must("kill", "-CONT", Long.toString(server.pid()));
            }
            double last = System.currentTimeMillis() / 1_000.0;
            Thread.sleep(2_000);
            load.finish();
            long acknowledged = load.samples().stream()
                    .filter(Sample::acknowledged)
                    .filter(sample -> sample.sentEpochSeconds() > last)
                    .count();
            if (acknowledged == 0 || load.unanswered() > 0) {
                scene.wrong(
                        Kind.REFUSED,
                        acknowledged + " writes acknowledged after the last stop, " + load.unanswered()
                                + " left without an answer: " + scene.log());
            }
            scene.check();
            server.kill();
        }
        scene.checkAfterRestart();
        stage.count("times stopped and continued", times);
        stage.strike(scene, before);
    }
}
