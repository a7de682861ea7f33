package dev.varve.bench.faults;

import dev.varve.bench.Findings.Kind;
import dev.varve.bench.Http;
import dev.varve.bench.ServerProcess;
import dev.varve.bench.faults.Tools.Missing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A wall clock that jumps while the server runs. Nothing expires because of a jump; what has lived out its time goes, when
 * both the clock and the time that has passed say so; offsets do not notice.
 */
final class ClockPart implements Part {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration TEN_YEARS = Duration.ofDays(3_653);

    /** Longer than the server takes to look for what has expired. */
    private static final long UPKEEP_MILLIS = 1_500;

    private static final Duration GONE_WITHIN = Duration.ofSeconds(15);

    @Override
    public String name() {
        return "clock";
    }

    @Override
    public void run(Stage stage) throws IOException, InterruptedException, Missing {
        Path library = Tools.requireFakeTime();
        List<Duration> jumps =
                stage.large() ? List.of(HOUR, HOUR.negated(), TEN_YEARS, TEN_YEARS.negated()) : List.of(TEN_YEARS);
        for (Duration jump : jumps) {
            new Case(stage, jump, library).run();
        }
    }

    /** One jump there and back. */
    private static final class Case {
        private final Stage stage;
        private final Duration jump;
        private final Scene scene;
        private final Path offset;
        private final Map<String, String> environment;

        Case(Stage stage, Duration jump, Path library) throws IOException {
            this.stage = stage;
            this.jump = jump;
            this.scene = stage.scene("a clock that jumps by " + jump);
            this.offset = scene.file("clock");
            this.environment = Map.of("VARVE_JAVA_HOME", javaHome(library).toString());
        }

        /**
         * A home with a java whose wall clock is bent. The launcher's own short-lived processes are left alone: the
         * library makes them share locks, which some do not survive.
         */
        private Path javaHome(Path library) throws IOException {
            Path real = Path.of(System.getProperty("java.home"));
            Path home = scene.file("java");
            Path bin = Files.createDirectories(home.resolve("bin"));
            Files.copy(real.resolve("release"), home.resolve("release"));
            Path java =
                    Files.writeString(bin.resolve("java"), """
                    #!/bin/sh
                    LD_PRELOAD='%s'
                    FAKETIME_TIMESTAMP_FILE='%s'
                    FAKETIME_NO_CACHE=1
                    FAKETIME_DONT_FAKE_MONOTONIC=1
                    FAKETIME_FORCE_MONOTONIC_FIX=0
                    export LD_PRELOAD FAKETIME_TIMESTAMP_FILE FAKETIME_NO_CACHE
                    export FAKETIME_DONT_FAKE_MONOTONIC FAKETIME_FORCE_MONOTONIC_FIX
                    exec '%s' "$@"
                    """.formatted(library, offset, real.resolve("bin/java")));
            Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
            return home;
        }

        void run() throws IOException, InterruptedException {
            long before = stage.findings().count();
            clock(Duration.ZERO);
            try (ServerProcess server = scene.server(List.of(), environment);
                    Client client = new Client(scene, 0, 0, 30_000);
                    Http http = new Http(scene.port(), 30_000)) {
                server.start(Map.of());
                client.create("plain", false);
                client.create("sliding", true, "Stream-TTL", "1800");
                client.create("fixed", false, "Stream-Expires-At", in(Duration.ofMinutes(30)));
                write(client);

                clock(jump);
                requireJump(http);
                write(client);
                create(http, "short", "Stream-TTL", "2");
                Thread.sleep(UPKEEP_MILLIS);
                there(http, "crash/plain", "crash/sliding", "crash/fixed");
                gone(http, "short", "its two seconds are over", 2_500);
                write(client);

                clock(Duration.ZERO);
                Thread.sleep(UPKEEP_MILLIS);
                there(http, "crash/plain", "crash/sliding", "crash/fixed");
                write(client);
                if (stage.large()) {
                    fixedInThePast(http);
                }
                scene.check();

                clock(jump.isNegative() ? jump : Duration.ZERO);
                int exit = server.stop();
                if (exit != 0) {
                    scene.wrong(Kind.REFUSED, "after SIGTERM the server ended with " + exit + ": " + scene.log());
                }
                server.start(Map.of());
                write(client);
                scene.check();
                server.kill();
            }
            scene.checkAfterRestart();
            stage.count("jumps of the clock, there and back", 1);
            stage.strike(scene, before);
        }

        /** A fixed time of expiry counts only when the clock agrees that it has come. */
        private void fixedInThePast(Http http) throws IOException, InterruptedException {
            create(http, "soon", "Stream-Expires-At", in(Duration.ofSeconds(3)));
            clock(HOUR.negated());
            Thread.sleep(5_000);
            there(http, "soon");
            clock(Duration.ZERO);
            gone(http, "soon", "its time has come on both clocks", 0);
        }

        private static void write(Client client) throws IOException {
            for (int i = 0; i < 20; i++) {
                client.append("plain");
                client.produce("sliding");
                client.append("fixed");
                client.appendAll("plain", "sliding");
                if (i % 4 == 0) {
                    client.events().append(0);
                    client.events().transact(0);
                }
            }
        }

        private static void create(Http http, String name, String... headers) throws IOException {
            List<String> all = new ArrayList<>(List.of("Content-Type", "text/plain"));
            all.addAll(List.of(headers));
            Http.Answer answer = http.send("PUT", "/v1/stream/" + name, new byte[0], all.toArray(String[]::new));
            if (answer.status() != 201) {
                throw new IOException("creating " + name + " gives status " + answer.status() + " " + answer.text());
            }
        }

        private void there(Http http, String... names) throws IOException {
            for (String name : names) {
                int status =
                        http.send("HEAD", "/v1/stream/" + name, new byte[0]).status();
                if (status != 200) {
                    scene.wrong(Kind.LOST, name + " is answered " + status + " after the jump");
                }
            }
        }

        private void gone(Http http, String name, String why, long afterMillis)
                throws IOException, InterruptedException {
            Thread.sleep(afterMillis);
            long deadline = System.nanoTime() + GONE_WITHIN.toNanos();
            while (http.send("HEAD", "/v1/stream/" + name, new byte[0]).status() != 404) {
                if (System.nanoTime() > deadline) {
                    scene.wrong(Kind.INVENTED, name + " is still there although " + why);
                    return;
                }
                Thread.sleep(200);
            }
        }

        /** The server's own date shows that the jump has reached it. */
        private void requireJump(Http http) throws IOException, InterruptedException {
            Thread.sleep(1_100);
            String date = http.send("GET", "/healthz", new byte[0]).header("date");
            Instant seen = date == null
                    ? Instant.EPOCH
                    : java.time.ZonedDateTime.parse(date, java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant();
            Duration off = Duration.between(Instant.now().plus(jump), seen).abs();
            if (off.compareTo(Duration.ofMinutes(5)) > 0) {
                scene.wrong(Kind.REFUSED, "the clock did not jump: the server says " + date);
            }
        }

        /** The time some while from now, before any jump. */
        private static String in(Duration some) {
            return Instant.now().plus(some).truncatedTo(ChronoUnit.SECONDS).toString();
        }

        private void clock(Duration jumped) throws IOException {
            Path next = scene.file("clock.new");
            Files.writeString(next, (jumped.isNegative() ? "" : "+") + jumped.toSeconds() + "\n");
            Files.move(
                    next,
                    offset,
                    java.nio.file.StandardCopyOption.ATOMIC_MOVE,
                    java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
