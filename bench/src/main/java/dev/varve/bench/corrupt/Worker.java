package dev.varve.bench.corrupt;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A process that judges: a case on each line of its input, a verdict on each line of its output. It may die of a case; that
 * is what it is for.
 */
public final class Worker {

    static final String THOROUGH = "thorough ";

    private Worker() {}

    /**
     * Judges until the input ends.
     *
     * @param args where the sample stores are, and where copies are made
     * @throws IOException when the disk fails
     */
    public static void main(String[] args) throws IOException {
        Logger engine = Logger.getLogger("dev.varve.engine");
        engine.setLevel(Level.OFF);
        PrintStream out = new PrintStream(System.out, false, UTF_8);
        Judge judge = new Judge(Path.of(args[0]), Path.of(args[1]));
        BufferedReader cases = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = cases.readLine(); line != null; line = cases.readLine()) {
            boolean thorough = line.startsWith(THOROUGH);
            Verdict verdict = judge.judge(Damage.parse(thorough ? line.substring(THOROUGH.length()) : line), thorough);
            out.println(verdict.line());
            out.flush();
        }
    }
}
