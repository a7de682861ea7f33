package dev.varve.engine.state;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/** The native code of RocksDB. Thread-safe. */
public final class RocksLibrary {
    private RocksLibrary() {}

    /**
     * Unpacks the library for this machine. RocksDB unpacks its 17 MB anew at each start of a JVM, unless they are in a
     * directory of {@code java.library.path}.
     *
     * @param directory where to; it must exist
     * @return the file, named as the JVM looks for it
     * @throws IOException when there is a file of this name already, or the disk fails
     */
    public static Path copyTo(Path directory) throws IOException {
        String name = Environment.getJniLibraryFileName("rocksdb");
        Path file = directory.resolve(System.mapLibraryName(Environment.getSharedLibraryName("rocksdb")));
        try (InputStream packed = RocksDB.class.getResourceAsStream("/" + name)) {
            if (packed == null) {
                throw new NoSuchFileException(name, null, "RocksDB does not come with a library for this machine");
            }
            Files.copy(packed, file);
        }
        return file;
    }
}
