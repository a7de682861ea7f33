package dev.varve.bench.corrupt;

import java.nio.file.Path;

/** What a file of a data directory is for. */
enum FileKind {
    IDENTITY("identity"),
    LOCK("locks, owner"),
    MARK("durable mark"),
    SNAPSHOT("snapshot"),
    SEGMENT("segments"),
    STATE("state identity"),
    MANIFEST("manifests of checkpoints"),
    ROCKS("RocksDB's small files"),
    TABLE("tables"),
    VALUES("value files"),
    BLOB("files of entries"),
    OTHER("directories, foreign");

    private static final int BLOB_NAME_LENGTH = 64;

    private final String word;

    FileKind(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }

    static FileKind of(String path) {
        String name = Path.of(path).getFileName().toString();
        if (path.startsWith("files/") && name.length() == BLOB_NAME_LENGTH) {
            return BLOB;
        }
        if (name.endsWith(".sst")) {
            return TABLE;
        }
        if (name.endsWith(".values")) {
            return VALUES;
        }
        if (name.endsWith(".segment")) {
            return SEGMENT;
        }
        if (name.startsWith("MANIFEST-") || name.startsWith("OPTIONS-")) {
            return ROCKS;
        }
        return switch (name) {
            case "IDENTITY" -> IDENTITY;
            case "LOCK", "OWNER" -> LOCK;
            case "MARK" -> MARK;
            case "SNAPSHOT", "SNAPSHOT.previous" -> SNAPSHOT;
            case "VARVE-STATE" -> STATE;
            case "VARVE-CHECKPOINT" -> MANIFEST;
            case "CURRENT" -> ROCKS;
            default -> OTHER;
        };
    }
}
