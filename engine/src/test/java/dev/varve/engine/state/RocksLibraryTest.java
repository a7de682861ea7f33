package dev.varve.engine.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RocksLibraryTest {

    @TempDir
    Path directory;

    @Test
    void the_library_is_unpacked_under_the_name_the_jvm_looks_for() throws IOException {
        Path file = RocksLibrary.copyTo(directory);
        assertThat(file).hasParent(directory).hasFileName(System.mapLibraryName("rocksdbjni"));
        assertThat(Files.size(file)).isGreaterThan(1 << 20);
    }

    @Test
    void a_library_that_is_there_is_not_replaced() throws IOException {
        RocksLibrary.copyTo(directory);
        assertThatThrownBy(() -> RocksLibrary.copyTo(directory)).isInstanceOf(FileAlreadyExistsException.class);
    }
}
