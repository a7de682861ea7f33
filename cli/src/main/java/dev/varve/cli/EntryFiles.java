package dev.varve.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** The commands about files that entries refer to. */
final class EntryFiles {

    private EntryFiles() {}

    /** {@code varve entry put-file}. */
    @Command(
            name = "put-file",
            description =
                    "Store a file and have an entry refer to it, in place of all at and below the path. Writes the"
                            + " file's hash.")
    static final class Put extends EntryAction {

        @Parameters(index = "0", paramLabel = "PATH", description = "The path of the entry.")
        private String path = "";

        @Parameters(index = "1", paramLabel = "FILE", description = "The file.")
        private Path file = Path.of("");

        @Option(
                names = "--content-type",
                paramLabel = "TYPE",
                description = "Its media type. Default: what its name says to the system.")
        private @Nullable String contentType;

        @Option(names = "--filename", paramLabel = "NAME", description = "What to call it. Default: its name.")
        private @Nullable String filename;

        Put(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            if (!Files.isRegularFile(file)) {
                throw new UsageException("there is no file " + file);
            }
            String type = contentType != null ? contentType : Files.probeContentType(file);
            String name = filename != null ? filename : String.valueOf(file.getFileName());
            String url = of("/files/" + EntryServer.escaped(path(path))) + "?filename=" + EntryServer.encoded(name);
            JsonNode made = server.upload(url, file, type);
            output.line(json() ? made.toString() : made.path("hash").asString());
            return ExitCode.OK;
        }
    }

    /** {@code varve entry fetch-file}. */
    @Command(
            name = "fetch-file",
            description =
                    "Write the file that an entry refers to. Nothing is written to FILE unless all of it has come.")
    static final class Fetch extends EntryAction {

        @Parameters(
                index = "0",
                paramLabel = "PATH",
                description = "The path of the entry, or the file's hash: sha256: and 64 digits.")
        private String path = "";

        @Option(
                names = {"-o", "--output"},
                paramLabel = "FILE",
                description = "Where to write it. Default: standard output.")
        private @Nullable Path target;

        Fetch(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            String hash = path.startsWith("sha256:") ? path : hash(server);
            try (InputStream content = server.open("/api/files/" + EntryServer.encoded(hash), "*/*")) {
                Path chosen = target;
                if (chosen == null) {
                    content.transferTo(io.out());
                    output.flush();
                } else {
                    replace(chosen, content);
                }
            }
            return ExitCode.OK;
        }

        private String hash(EntryServer server) throws IOException {
            JsonNode entry = server.call("GET", entry(path));
            String hash = entry.path("value").path("hash").asString("");
            if (!entry.path("type").asString("").equals("file") || hash.isEmpty()) {
                throw new UsageException("the entry at " + path + " refers to no file");
            }
            return hash;
        }

        private static void replace(Path file, InputStream content) throws IOException {
            Path directory = file.toAbsolutePath().getParent();
            Path part = Files.createTempFile(directory, "." + file.getFileName(), ".part");
            try {
                Files.copy(content, part, StandardCopyOption.REPLACE_EXISTING);
                Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        }
    }
}
