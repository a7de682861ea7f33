package dev.varve.bench.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs a server under strace, which answers chosen system calls on chosen files with an error or late, and reads what it
 * wrote down. The server stays a child of this process, so that its exit code and signals are its own. Calls are counted
 * for each thread.
 */
final class Strace {

    /** A call that was answered with an error or late: when, on which files. */
    record Injection(double epochSeconds, String call) {}

    private static final Pattern LINE = Pattern.compile("^(\\d+) +(\\d+\\.\\d+) (.*)$");
    private static final Pattern PATH = Pattern.compile("[<\"](/[^>\"]*)[>\"]");
    private static final long END_TIMEOUT_NANOS = 10_000_000_000L;

    private Strace() {}

    /** The words before a command that record all its calls of some kinds. */
    static List<String> recording(Collection<String> calls, Path log) {
        List<String> words = words(log);
        words.add("--trace=" + String.join(",", calls));
        return words;
    }

    /**
     * The words before a command that inject a fault.
     *
     * @param call the system call
     * @param paths the only files on which it counts
     * @param fault what happens, as in {@code error=EIO:when=3}
     */
    static List<String> injecting(String call, Collection<String> paths, String fault, Path log) {
        List<String> words = words(log);
        words.add("--trace=" + call);
        words.add("--inject=" + call + ":" + fault);
        for (String path : paths) {
            words.add("-P");
            words.add(path);
        }
        return words;
    }

    private static List<String> words(Path log) {
        return new ArrayList<>(List.of(
                "strace", "-D", "-f", "--seccomp-bpf", "-y", "-ttt", "--signal=none", "-s", "0", "-o", log.toString()));
    }

    /** Waits until everything is in the log of a process that has ended. */
    static void awaitEnd(Path log, long pid) throws IOException, InterruptedException {
        Pattern end = Pattern.compile("(?m)^" + pid + " .*\\+\\+\\+ (exited|killed)");
        long deadline = System.nanoTime() + END_TIMEOUT_NANOS;
        while (!end.matcher(read(log)).find() && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
    }

    /** The calls that got their fault. */
    static List<Injection> injections(Path log) throws IOException {
        List<Injection> injections = new ArrayList<>();
        Map<String, Injection> unfinished = new HashMap<>();
        for (String line : read(log).split("\n")) {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                continue;
            }
            Injection call = new Injection(Double.parseDouble(matcher.group(2)), matcher.group(3));
            if (line.contains("<unfinished ...>")) {
                unfinished.put(matcher.group(1), call);
            } else if (line.contains("(INJECTED)") || line.contains("(DELAYED)")) {
                boolean resumed = line.contains(" resumed>");
                injections.add(resumed ? unfinished.getOrDefault(matcher.group(1), call) : call);
            }
        }
        return injections;
    }

    /** A directory and the files in it, as far as they were used by calls of one kind. */
    static Set<String> paths(Path log, String call, Path below) throws IOException {
        Set<String> paths = new TreeSet<>();
        for (String line : read(log).split("\n")) {
            Matcher matcher = LINE.matcher(line);
            if (matcher.matches() && matcher.group(3).startsWith(call + "(")) {
                Matcher path = PATH.matcher(line);
                while (path.find()) {
                    if (Path.of(path.group(1)).startsWith(below)) {
                        paths.add(path.group(1));
                    }
                }
            }
        }
        return paths;
    }

    private static String read(Path log) throws IOException {
        return Files.exists(log) ? Files.readString(log, StandardCharsets.ISO_8859_1) : "";
    }
}
