package dev.varve.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.EventAppend;
import dev.varve.api.EventData;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import dev.varve.api.StoredEvent;
import dev.varve.engine.io.SystemClock;
import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.io.SystemRandom;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** After scavenging nothing of what was removed is in any file. */
class EventErasureTest {

    private static final AggregateId ORDER = new AggregateId("order", "1");
    private static final AggregateId REMOVED = new AggregateId("order", "q7Lw9zXc4Vb2Nm8KpR5tYd3s");

    private static final int PART = 8;

    @TempDir
    Path directory;

    private final Random random = new Random(7);

    /** When the state gets to know of what is removed. */
    enum When {
        NEVER_BEFORE,
        BEFORE_IT_IS_REMOVED,
        AFTER_EACH_STEP,
        BY_REOPENING
    }

    private Engine engine;

    EventErasureTest() {
        engine = Engine.inMemory(TestEngines.OPTIONS, new TestClock());
    }

    private void open() {
        engine =
                Engine.open(directory, TestEngines.OPTIONS, new SystemDisk(), new SystemClock(), SystemRandom.create());
    }

    private EventStore events() {
        return EventStore.over(engine.events(), "acme/shop");
    }

    private void step(When when, boolean removal) {
        switch (when) {
            case NEVER_BEFORE -> {}
            case BEFORE_IT_IS_REMOVED -> {
                if (!removal) {
                    engine.checkpoint().join();
                }
            }
            case AFTER_EACH_STEP -> engine.checkpoint().join();
            case BY_REOPENING -> {
                engine.close();
                open();
            }
        }
    }

    /** What no compression makes shorter. */
    private String secret() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 24; i++) {
            text.append((char) (33 + random.nextInt(90)));
        }
        return text.toString();
    }

    private static NewEvent event(String secret) {
        return NewEvent.of("Happened", EventData.of("text/plain", secret.getBytes(ISO_8859_1)))
                .withTags("all");
    }

    @ParameterizedTest
    @EnumSource(When.class)
    void nothing_of_what_was_removed_is_in_any_file_and_what_was_kept_is(When when) throws IOException {
        engine.close();
        open();
        List<String> gone = new ArrayList<>();
        List<String> kept = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            gone.add(secret());
            kept.add(secret());
        }
        events().append(EventAppend.to(
                ORDER,
                ExpectedVersion.noStream(),
                List.of(
                        event(gone.get(0)),
                        event(kept.get(0)),
                        event(gone.get(1)).withTags(gone.get(4), "all"))));
        step(when, false);
        events().append(EventAppend.to(REMOVED, ExpectedVersion.any(), List.of(event(gone.get(2)))));
        events().saveSnapshot(
                        new Snapshot(
                                ORDER,
                                1,
                                "",
                                EventData.of("text/plain", gone.get(3).getBytes(ISO_8859_1)),
                                Map.of(),
                                Instant.EPOCH),
                        1);
        events().append(EventAppend.to(ORDER, ExpectedVersion.any(), List.of(event(kept.get(1)))));
        step(when, false);
        assertThat(found(gone)).isEqualTo(gone);

        events().redact(0, EventData.of("text/plain", kept.get(2).getBytes(ISO_8859_1)));
        events().deleteEvents(List.of(2L));
        step(when, true);
        events().delete(REMOVED, ExpectedVersion.any(), AggregateDeletion.REMOVE);
        events().deleteSnapshots(ORDER, SnapshotQuery.ALL);
        step(when, true);
        events().append(EventAppend.to(ORDER, ExpectedVersion.any(), List.of(event(kept.get(3)))));
        events().scavenge();

        assertThat(found(gone)).isEmpty();
        assertThat(found(kept)).isEqualTo(kept.subList(0, 4));
        List<String> read = events().stream(EventRead.all())
                .map(StoredEvent::data)
                .map(data -> ISO_8859_1.decode(data.buffer()).toString())
                .toList();
        assertThat(events().stream(EventRead.all().matching(EventQuery.tags("all")))
                        .count())
                .isEqualTo(4);
        assertThat(read).containsExactly(kept.get(2), kept.get(0), kept.get(1), kept.get(3));
        engine.close();
        assertThat(found(gone)).isEmpty();
        open();
        assertThat(found(gone)).isEmpty();
        assertThat(events().stream(EventRead.all()).count()).isEqualTo(4);
        engine.close();
    }

    private List<String> found(List<String> secrets) throws IOException {
        List<String> contents = new ArrayList<>();
        try (Stream<Path> files = Files.walk(directory)) {
            // RocksDB's list of its files has keys at which files of now and of before begin and end, until the next
            // opening.
            files.filter(file -> Files.isRegularFile(file) && !isList(file)).forEach(file -> {
                try {
                    contents.add(new String(Files.readAllBytes(file), ISO_8859_1));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        return secrets.stream()
                .filter(secret -> contents.stream().anyMatch(content -> hasPart(content, secret)))
                .toList();
    }

    private static boolean isList(Path file) {
        return file.getFileName().toString().startsWith("MANIFEST-");
    }

    /** Tables may be compressed, which can tear a text but not hide all of it. */
    private static boolean hasPart(String content, String secret) {
        return IntStream.rangeClosed(0, secret.length() - PART)
                .anyMatch(at -> content.contains(secret.substring(at, at + PART)));
    }
}
