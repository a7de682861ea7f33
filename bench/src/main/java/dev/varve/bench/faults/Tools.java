package dev.varve.bench.faults;

import dev.varve.bench.Servers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What this machine offers to provoke faults, and getting what it lacks. */
final class Tools {

    private static final Path FAKETIME_DIRECTORY = Path.of("/usr/lib");

    private Tools() {}

    /** Says why a part cannot be run here, and what would help. */
    static final class Missing extends Exception {
        private static final long serialVersionUID = 1L;

        Missing(String message) {
            super(message);
        }
    }

    static boolean isRoot() throws IOException {
        return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
    }

    /** Makes sure that strace is there and may trace. */
    static void requireStrace() throws IOException, InterruptedException, Missing {
        requireProgram("strace", "strace");
        if (run("strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "true") != 0) {
            throw new Missing("strace 5.3 or later must be allowed to trace a process of its own"
                    + " (in a container: --cap-add SYS_PTRACE)");
        }
    }

    /** Makes sure that a program is there; installs its package when that is possible. */
    static void requireProgram(String program, String debianPackage) throws IOException, InterruptedException, Missing {
        if (!Servers.exists(program)) {
            install(debianPackage);
        }
        if (!Servers.exists(program)) {
            throw new Missing(
                    program + " is missing; install it (Debian, Ubuntu: apt-get install " + debianPackage + ")");
        }
    }

    /** Makes sure that the process may mount file systems that nobody else sees. */
    static void requireMounts() throws IOException, InterruptedException, Missing {
        if (!isRoot() || run("unshare", "-m", "true") != 0) {
            throw new Missing("mounting a small disk needs root");
        }
        requireProgram("mkfs.ext4", "e2fsprogs");
    }

    /** The library that bends the wall clock of a process. */
    static Path requireFakeTime() throws IOException, InterruptedException, Missing {
        Path library = fakeTime();
        if (library == null) {
            install("libfaketime");
            library = fakeTime();
        }
        if (library == null) {
            throw new Missing("libfaketime is missing; install it (Debian, Ubuntu: apt-get install libfaketime)");
        }
        return library;
    }

    private static @org.jspecify.annotations.Nullable Path fakeTime() throws IOException {
        try (var found =
                Files.find(FAKETIME_DIRECTORY, 4, (path, attributes) -> path.endsWith("faketime/libfaketimeMT.so.1"))) {
            return found.findFirst().orElse(null);
        } catch (java.io.UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void install(String debianPackage) throws IOException, InterruptedException {
        if (isRoot() && Servers.exists("apt-get")) {
            System.out.println("faults: installing " + debianPackage);
            if (run("apt-get", "install", "-y", "-qq", "--no-install-recommends", debianPackage) != 0) {
                run("apt-get", "update", "-qq");
                run("apt-get", "install", "-y", "-qq", "--no-install-recommends", debianPackage);
            }
        }
    }

    /** Runs a command to its end, its output thrown away. Returns its exit code. */
    static int run(String... command) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            return 127;
        }
    }

    /** Runs a command that must succeed. */
    static void must(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.waitFor();
        if (exit != 0) {
            throw new IOException(String.join(" ", List.of(command)) + " ends with " + exit + ": " + output.strip());
        }
    }
}
