package dev.varve.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** {@code varve bench micro}: the hot pieces one by one, each in a JVM of its own. */
final class MicroBench {
    private MicroBench() {}

    static int main(List<String> args) {
        boolean all = args.isEmpty() || args.getFirst().startsWith("--");
        Options options = Options.parse(
                all ? args : args.subList(1, args.size()), null, "--seconds", "1", "--rounds", "3", "--forks", "1");
        TimeValue seconds = TimeValue.seconds(options.number("--seconds"));
        try {
            new Runner(new OptionsBuilder()
                            .include(all ? ".*" : args.getFirst())
                            .mode(Mode.AverageTime)
                            .timeUnit(TimeUnit.NANOSECONDS)
                            .warmupIterations(options.number("--rounds"))
                            .warmupTime(seconds)
                            .measurementIterations(options.number("--rounds"))
                            .measurementTime(seconds)
                            .forks(options.number("--forks"))
                            .jvmArgsAppend("-XX:+UseCompactObjectHeaders", "-Xmx2g")
                            .build())
                    .run();
        } catch (RunnerException e) {
            throw new Options.UsageException(String.valueOf(e.getMessage()));
        }
        return 0;
    }
}
