package dev.varve.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.StreamStorage;
import org.junit.jupiter.api.AfterEach;

/** Pages that are read in parts keep the contract of pages, and their memory comes back. */
final class PartedStreamStorageTest extends DiskStreamStorageTest {

    @Override
    StreamStorage storageOf(Engine opened) {
        return Parts.readingInParts(opened.streams());
    }

    @AfterEach
    void all_memory_came_back() {
        Engine used = engine;
        if (used != null) {
            assertThat(TestEngines.figure(used, "page_memory_bytes")).isZero();
        }
    }
}
