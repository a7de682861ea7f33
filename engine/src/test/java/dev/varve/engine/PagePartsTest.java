package dev.varve.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Retention;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.api.VarveException;
import dev.varve.engine.spi.PartedReads.Part;
import dev.varve.engine.spi.PartedReads.PartedPage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a page in parts promises beside the contract of pages: parts stay as they are, whatever happens meanwhile. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class PagePartsTest {

    private static final int PAGE_BYTES = 8 << 20;
    private static final String BYTES = "application/octet-stream";
    private static final String JSON = "application/json";

    @TempDir
    private Path directory;

    private Engine open(EngineOptions options) {
        return TestEngines.onDisk(directory, options, new TestClock());
    }

    private Engine open() {
        return open(TestEngines.OPTIONS);
    }

    private static void create(Engine engine, String path, StreamConfig config) {
        engine.streams().create(CreateRequest.of(path, config)).join();
    }

    private static void append(Engine engine, String path, String type, byte[] body) {
        assertThat(engine.streams().append(AppendRequest.of(path, type, body)).join())
                .isInstanceOf(AppendResult.Appended.class);
    }

    /** A stream of large appends, of which no two are equal. */
    private static byte[] fill(Engine engine, String path, int appends, int appendBytes) {
        create(engine, path, StreamConfig.of(BYTES));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Random random = new Random(appends);
        for (int i = 0; i < appends; i++) {
            byte[] body = new byte[appendBytes];
            random.nextBytes(body);
            append(engine, path, BYTES, body);
            all.writeBytes(body);
        }
        return all.toByteArray();
    }

    private static PartedPage page(Engine engine, String path, Offset from, int maxBytes) {
        return (PartedPage) engine.streams().readParts(path, from, maxBytes).join();
    }

    private static void checkpoint(Engine engine) {
        assertThat(engine.checkpoint().join()).isTrue();
    }

    private static double usedMemory(Engine engine) {
        return TestEngines.figure(engine, "page_memory_bytes");
    }

    private static byte[] rest(PartedPage page) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (page.hasPart()) {
            try (Part part = page.nextPart().join()) {
                bytes.writeBytes(Parts.bytes(part));
            }
        }
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void parts_together_are_the_data_in_whatever_shape_it_is_stored(long seed) {
        Random random = new Random(seed);
        try (Engine engine = open()) {
            create(engine, "json", StreamConfig.of(JSON));
            create(engine, "bytes", StreamConfig.of(BYTES));
            StringBuilder json = new StringBuilder();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int i = 0; i < 120; i++) {
                // Mostly small, some larger than a chunk, a few larger than a part.
                int length =
                        1 + random.nextInt(random.nextInt(10) == 0 ? 900_000 : random.nextInt(4) == 0 ? 90_000 : 500);
                String text = "\"" + Character.toString('a' + i % 26).repeat(length) + "\"";
                append(engine, "json", JSON, (random.nextBoolean() ? text : "[" + text + ",1]").getBytes(UTF_8));
                byte[] body = text.getBytes(US_ASCII);
                append(engine, "bytes", BYTES, body);
                bytes.writeBytes(body);
                if (random.nextInt(30) == 0) {
                    checkpoint(engine);
                }
            }
            ReadResult.Page wholeJson = (ReadResult.Page) engine.streams()
                    .read("json", Offset.ZERO, Integer.MAX_VALUE >> 1)
                    .join();
            json.append(UTF_8.decode(wholeJson.data().duplicate()));

            assertThat(readAll(engine, "bytes", random)).as("seed " + seed).isEqualTo(bytes.toByteArray());
            assertThat(new String(readAllJson(engine, random), UTF_8))
                    .as("seed " + seed)
                    .isEqualTo(json.toString());
            assertThat(usedMemory(engine)).isZero();
        }
    }

    private static byte[] readAll(Engine engine, String path, Random random) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Offset at = Offset.ZERO;
        boolean more = true;
        while (more) {
            ReadResult.Page page = Parts.whole(page(engine, path, at, 1 << random.nextInt(10, 24)));
            assertThat(page.start()).isEqualTo(at);
            assertThat(page.next().position()).isGreaterThan(at.position());
            byte[] bytes = new byte[page.data().remaining()];
            page.data().get(bytes);
            all.writeBytes(bytes);
            at = page.next();
            more = page.hasMore();
        }
        return all.toByteArray();
    }

    private static byte[] readAllJson(Engine engine, Random random) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Offset at = Offset.ZERO;
        boolean more = true;
        while (more) {
            ReadResult.Page page = Parts.whole(page(engine, "json", at, 1 << random.nextInt(10, 24)));
            byte[] bytes = new byte[page.data().remaining()];
            page.data().get(bytes);
            assertThat(bytes[0]).isEqualTo((byte) '[');
            assertThat(bytes[bytes.length - 1]).isEqualTo((byte) ']');
            // Pages side by side are one array but for what stands between them.
            all.write(all.size() == 0 ? '[' : ',');
            all.write(bytes, 1, bytes.length - 2);
            at = page.next();
            more = page.hasMore();
        }
        all.write(']');
        return all.toByteArray();
    }

    @Test
    void a_fork_is_read_through_its_source_in_one_page() {
        try (Engine engine = open()) {
            byte[] source = fill(engine, "source", 4, 600_000);
            checkpoint(engine);
            StreamConfig config = StreamConfig.of(BYTES);
            engine.streams()
                    .create(new CreateRequest(
                            "fork", config, new Fork("source", Offset.at(1_800_000), null), false, new byte[0]))
                    .join();
            append(engine, "fork", BYTES, "own".getBytes(US_ASCII));

            PartedPage page = page(engine, "fork", Offset.ZERO, PAGE_BYTES);

            assertThat(page.next()).isEqualTo(Offset.at(1_800_003));
            assertThat(page.hasMore()).isFalse();
            byte[] expected = java.util.Arrays.copyOf(source, 1_800_003);
            System.arraycopy("own".getBytes(US_ASCII), 0, expected, 1_800_000, 3);
            assertThat(rest(page)).isEqualTo(expected);
        }
    }

    @Test
    void checkpoints_between_parts_make_no_difference() {
        try (Engine engine = open()) {
            byte[] all = fill(engine, "log", 12, 300_000);
            PartedPage page = page(engine, "log", Offset.ZERO, PAGE_BYTES);
            ByteArrayOutputStream sent = new ByteArrayOutputStream();
            while (page.hasPart()) {
                try (Part part = page.nextPart().join()) {
                    sent.writeBytes(Parts.bytes(part));
                }
                append(engine, "log", BYTES, new byte[200_000]);
                checkpoint(engine);
            }
            assertThat(sent.toByteArray()).isEqualTo(all);
        }
    }

    @Test
    void a_part_never_changes_while_it_is_held() {
        Engine engine = open();
        byte[] all = fill(engine, "log", 6, 700_000);
        List<Part> held = new ArrayList<>();
        PartedPage page = page(engine, "log", Offset.ZERO, PAGE_BYTES);
        while (page.hasPart()) {
            held.add(page.nextPart().join());
        }
        // What follows uses memory and files of its own.
        fill(engine, "other", 6, 700_000);
        checkpoint(engine);
        checkpoint(engine);
        for (int i = 0; i < 20; i++) {
            rest(page(engine, "other", Offset.ZERO, PAGE_BYTES));
        }
        engine.streams().delete("log").join();
        checkpoint(engine);
        engine.close();

        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        held.forEach(part -> sent.writeBytes(Parts.bytes(part)));
        assertThat(sent.toByteArray()).isEqualTo(all);
        held.forEach(Part::close);
        assertThat(usedMemory(engine)).isZero();
    }

    @Test
    void a_stream_that_is_deleted_meanwhile_ends_its_page_early() {
        try (Engine engine = open()) {
            fill(engine, "log", 6, 700_000);
            PartedPage page = page(engine, "log", Offset.ZERO, PAGE_BYTES);
            page.nextPart().join().close();
            engine.streams().delete("log").join();

            assertEndsEarly(page);
            assertThat(usedMemory(engine)).isZero();
        }
    }

    @Test
    void a_stream_that_is_trimmed_meanwhile_ends_its_page_early() throws InterruptedException {
        try (Engine engine = open()) {
            create(engine, "log", StreamConfig.of(BYTES).withRetention(new Retention(null, 3_000_000L, null)));
            for (int i = 0; i < 4; i++) {
                append(engine, "log", BYTES, new byte[700_000]);
            }
            PartedPage page = page(engine, "log", Offset.ZERO, PAGE_BYTES);
            page.nextPart().join().close();
            append(engine, "log", BYTES, new byte[3_000_000]);
            while (((StreamMetadata) engine.streams().metadata("log").join())
                            .earliest()
                            .position()
                    < 1_400_000) {
                Thread.sleep(5);
            }

            assertEndsEarly(page);
        }
    }

    @Test
    void a_page_of_a_closed_engine_ends_early() {
        Engine engine = open();
        fill(engine, "log", 6, 700_000);
        PartedPage page = page(engine, "log", Offset.ZERO, PAGE_BYTES);
        page.nextPart().join().close();
        engine.close();

        assertEndsEarly(page);
        assertThat(usedMemory(engine)).isZero();
    }

    private static void assertEndsEarly(PartedPage page) {
        assertThatThrownBy(() -> rest(page))
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(VarveException.class);
    }

    @Test
    void damage_is_found_before_the_part_is_given_and_spoils_only_itself() throws IOException {
        try (Engine engine = open()) {
            fill(engine, "log", 4, 700_000);
            checkpoint(engine);
            // Somewhere in the third message.
            flip(valueFile(), 1_900_000);

            PartedPage page = page(engine, "log", Offset.ZERO, PAGE_BYTES);
            page.nextPart().join().close();
            page.nextPart().join().close();
            CompletableFuture<Part> damaged = page.nextPart();
            assertThatThrownBy(damaged::join)
                    .hasCauseInstanceOf(VarveException.class)
                    .hasMessageContaining("damaged value at offset");
            page.close();

            assertThatThrownBy(() -> page(engine, "log", Offset.at(1_400_000), PAGE_BYTES))
                    .hasCauseInstanceOf(VarveException.class)
                    .hasMessageContaining("damaged value at offset");
            assertThat(rest(page(engine, "log", Offset.at(2_100_000), PAGE_BYTES)))
                    .hasSize(700_000);
            assertThat(usedMemory(engine)).isZero();
        }
    }

    private Path valueFile() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("state").resolve("live"))) {
            return files.filter(file -> file.toString().endsWith(".values"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            int old = bytes.read();
            bytes.seek(at);
            bytes.write(old ^ 1);
        }
    }

    @Test
    void pages_beyond_the_memory_for_them_are_refused_and_parts_wait_for_it() {
        EngineOptions options = TestEngines.OPTIONS.withReadMemoryBytes(4 << 20);
        try (Engine engine = open(options)) {
            byte[] all = fill(engine, "log", 6, 700_000);
            checkpoint(engine);
            PartedPage first = page(engine, "log", Offset.ZERO, PAGE_BYTES);
            List<Part> parts = new ArrayList<>();
            List<PartedPage> pages = new ArrayList<>();
            parts.add(first.nextPart().join());
            CompletionException refused = null;
            while (refused == null) {
                assertThat(pages).hasSizeLessThan(10);
                try {
                    PartedPage page = page(engine, "log", Offset.ZERO, PAGE_BYTES);
                    pages.add(page);
                } catch (CompletionException e) {
                    refused = e;
                }
            }
            assertThat(refused.getCause())
                    .isInstanceOfSatisfying(
                            VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.OVERLOADED));
            assertThat(usedMemory(engine)).isLessThanOrEqualTo(4 << 20);

            CompletableFuture<Part> waiting = first.nextPart();
            assertThat(waiting).isNotDone();
            pages.forEach(PartedPage::close);

            try (Part second = waiting.join()) {
                ByteArrayOutputStream sent = new ByteArrayOutputStream();
                sent.writeBytes(Parts.bytes(parts.getFirst()));
                sent.writeBytes(Parts.bytes(second));
                sent.writeBytes(rest(first));
                assertThat(sent.toByteArray()).isEqualTo(all);
            }
            parts.forEach(Part::close);
            assertThat(usedMemory(engine)).isZero();
        }
    }

    @Test
    void a_message_larger_than_the_memory_for_pages_is_read_all_the_same() {
        try (Engine engine = open(TestEngines.OPTIONS.withReadMemoryBytes(1 << 20))) {
            byte[] all = fill(engine, "log", 2, 5_000_000);
            assertThat(rest(page(engine, "log", Offset.ZERO, 1 << 20)))
                    .isEqualTo(java.util.Arrays.copyOf(all, 5_000_000));
            checkpoint(engine);
            assertThat(rest(page(engine, "log", Offset.at(5_000_000), 1 << 20)))
                    .isEqualTo(java.util.Arrays.copyOfRange(all, 5_000_000, 10_000_000));
            assertThat(usedMemory(engine)).isZero();
        }
    }
}
