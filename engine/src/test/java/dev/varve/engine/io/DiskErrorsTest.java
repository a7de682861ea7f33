package dev.varve.engine.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskErrorsTest {

    @TempDir
    Path directory;

    @Test
    void a_failed_read_of_an_open_file_names_it() throws IOException {
        try (DiskFile file = new SystemDisk().open(directory, Disk.Open.READ)) { // a directory cannot be read
            assertThatThrownBy(() -> file.read(0, ByteBuffer.allocate(1)))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageContaining(directory.toString());
            file.renamed(Path.of("elsewhere"));
            assertThatThrownBy(() -> file.read(0, ByteBuffer.allocate(1))).hasMessageContaining("elsewhere");
        }
    }

    @Test
    void a_failure_that_says_more_than_its_words_stays_what_it_is() {
        EOFException end = new EOFException("end");

        assertThat(DiskErrors.named(directory, end)).isSameAs(end);
    }

    @Test
    void an_operation_that_the_system_refused_is_an_error_of_the_disk() {
        IOException refused = DiskErrors.named(directory, new IOException("Input/output error"));

        assertThat(DiskErrors.isDiskError(refused)).isTrue();
        assertThat(DiskErrors.isDiskError(new IOException("in other words", refused)))
                .isTrue();
    }

    @Test
    void data_that_is_missing_or_fails_its_checks_is_none() {
        assertThat(DiskErrors.isDiskError(new IOException("a checksum is wrong")))
                .isFalse();
        assertThat(DiskErrors.isDiskError(new IOException("gone", new NoSuchFileException("file"))))
                .isFalse();
    }
}
