package dev.varve.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.AppendRequest;
import dev.varve.api.CreateRequest;
import dev.varve.api.StreamConfig;
import dev.varve.cli.CommandLineRun.Result;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code varve journal} and {@code varve state} on a data directory that the engine has left. */
final class OfflineCommandsTest {

    @TempDir
    Path data;

    @ParameterizedTest
    @ValueSource(strings = {"journal inspect", "journal verify", "state inspect", "state verify"})
    void what_the_engine_left_is_sound(String command) {
        write();
        Result result = run(command, data);
        assertThat(result.exitCode()).as(result.toString()).isZero();
        assertThat(result.out().lines().toList().getLast()).startsWith("sound");
        assertThat(result.err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"journal inspect", "journal verify", "state inspect", "state verify"})
    void all_of_it_can_be_had_as_json(String command) {
        write();
        assertThat(run(command + " --json", data).out())
                .startsWith("{\"directory\":\"")
                .contains("\"sound\":true", "\"store\":\"", "\"problems\":[]")
                .endsWith("}\n");
    }

    @Test
    void a_damaged_file_of_entries_is_named() throws IOException {
        write();
        Path file = data.resolve("files/acme/ab/" + "ab".repeat(32));
        Files.createDirectories(file.getParent());
        Files.writeString(file, "no file of entries");

        Result result = run("state verify", data);

        assertThat(result.out()).contains("problem: ", file.getFileName().toString(), "NOT SOUND");
        assertThat(run("state inspect", data).out()).endsWith("sound\n").doesNotContain("NOT SOUND");
    }

    @Test
    void the_directory_itself_will_do() {
        write();
        assertThat(run("journal inspect", data.resolve("journal")).out())
                .startsWith("journal: " + data.resolve("journal"))
                .contains("durable mark: position ", ", closed cleanly\n", " frames in ");
        assertThat(run("state inspect", data.resolve("state")).out()).startsWith("state: " + data.resolve("state"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"inspect", "verify", "inspect --json", "verify --json"})
    void a_flipped_bit_in_the_journal_is_a_problem_with_its_place(String command) throws IOException {
        write();
        Path damaged = flipABit(data.resolve("journal"), "");
        Result result = run("journal " + command, data);
        assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
        assertThat(result.out()).contains(damaged.toString());
    }

    @Test
    void a_flipped_bit_in_the_state_is_found_by_reading_it_through() throws IOException {
        write();
        Path damaged = flipABit(data.resolve("state").resolve("checkpoints"), ".sst");
        Result result = run("state verify", data);
        assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
        assertThat(result.out()).contains(damaged.getFileName().toString(), "NOT SOUND");
    }

    @Test
    void a_journal_from_an_earlier_time_is_found_when_the_state_is_verified(@TempDir Path earlier) throws IOException {
        write();
        copy(data.resolve("journal"), earlier);
        write();
        copy(earlier, data.resolve("journal"));
        assertThat(run("journal verify", data).exitCode()).isZero();
        Result result = run("state verify", data);
        assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
        assertThat(result.out())
                .contains("the journal ends at ", "journal files are missing or from another time", "NOT SOUND");
        assertThatThrownBy(() -> Engine.open(data, EngineOptions.DEFAULT))
                .hasMessageContaining("journal files are missing or from another time");
    }

    @Test
    void a_journal_of_another_store_is_found_when_the_state_is_verified(@TempDir Path other) throws IOException {
        write(data);
        write(other);
        copy(other.resolve("journal"), data.resolve("journal"));
        Result result = run("state verify", data);
        assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
        assertThat(result.out()).contains("the journal belongs to store ", " and the state to ", "NOT SOUND");
    }

    @ParameterizedTest
    @ValueSource(strings = {"journal inspect", "journal verify", "state inspect", "state verify"})
    void what_is_not_there_cannot_be_read(String command) {
        Result result = run(command, data.resolve("nothing"));
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).startsWith("varve: there is no directory ");
    }

    private void write() {
        write(data);
    }

    private static void write(Path directory) {
        try (Engine engine = Engine.open(directory, EngineOptions.DEFAULT)) {
            engine.streams()
                    .create(CreateRequest.of("a", StreamConfig.of("text/plain")))
                    .join();
            for (int i = 0; i < 100; i++) {
                byte[] body = ("line " + i + "\n").repeat(50).getBytes(UTF_8);
                engine.streams()
                        .append(AppendRequest.of("a", "text/plain", body))
                        .join();
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** Changes one bit in the middle of what the largest file holds. */
    private static Path flipABit(Path directory, String ending) throws IOException {
        Path largest;
        try (Stream<Path> files = Files.walk(directory)) {
            largest = files.filter(Files::isRegularFile)
                    .filter(file -> file.toString().endsWith(ending))
                    .max(Comparator.comparingLong(OfflineCommandsTest::holds))
                    .orElseThrow();
        }
        try (RandomAccessFile file = new RandomAccessFile(largest.toFile(), "rw")) {
            long at = holds(largest) / 2;
            file.seek(at);
            int changed = file.read() ^ 1;
            file.seek(at);
            file.write(changed);
        }
        return largest;
    }

    /** How far a file is written: segments end in zeros. */
    private static long holds(Path path) {
        try {
            byte[] bytes = Files.readAllBytes(path);
            int end = bytes.length;
            while (end > 0 && bytes[end - 1] == 0) {
                end--;
            }
            return end;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Result run(String command, Path directory) {
        String[] words = (command + " " + directory).split(" ");
        return new CommandLineRun().run(words);
    }
}
