package dev.varve.testkit;

import dev.varve.api.ErrorKind;
import dev.varve.api.FileContent;
import dev.varve.api.FileReference;
import dev.varve.api.FileUpload;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The files of the model, by organisation and hash. Never lets go of one. Thread-safe. */
final class ModelFiles {

    private static final char[] DIGITS = "0123456789abcdef".toCharArray();

    private final Map<String, byte[]> contents = new ConcurrentHashMap<>();

    static String hash(byte[] content) {
        try {
            StringBuilder hex = new StringBuilder("sha256:");
            for (byte b : MessageDigest.getInstance("SHA-256").digest(content)) {
                hex.append(DIGITS[(b >> 4) & 0xF]).append(DIGITS[b & 0xF]);
            }
            return hex.toString();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static String key(String store, String hash) {
        return store.substring(0, store.indexOf('/')) + " " + hash;
    }

    byte @Nullable [] find(String store, String hash) {
        return contents.get(key(store, hash));
    }

    /** Takes bytes for the organisation of a store. */
    FileUpload upload(String store, long maxBytes, LongSupplier nowMillis) {
        if (!StoreInfo.NAME.matcher(store).matches()) {
            throw new VarveException(ErrorKind.INVALID_PARAMS, store + " is no name of a store");
        }
        ByteArrayOutputStream taken = new ByteArrayOutputStream();
        return new FileUpload() {
            @Override
            public CompletableFuture<Long> append(ByteBuffer bytes) {
                if (bytes.remaining() > maxBytes - taken.size()) {
                    return CompletableFuture.failedFuture(new VarveException(ErrorKind.TOO_LARGE, "too many bytes"));
                }
                byte[] more = new byte[bytes.remaining()];
                bytes.get(more);
                taken.writeBytes(more);
                return CompletableFuture.completedFuture((long) taken.size());
            }

            @Override
            public CompletableFuture<FileReference> finish(@Nullable String contentType, @Nullable String filename) {
                byte[] content = taken.toByteArray();
                FileReference reference = new FileReference(
                        hash(content),
                        content.length,
                        contentType,
                        filename,
                        Instant.ofEpochMilli(nowMillis.getAsLong()));
                contents.put(key(store, reference.hash()), content);
                return CompletableFuture.completedFuture(reference);
            }

            @Override
            public void close() {
                // Everything is kept.
            }
        };
    }

    static FileContent content(FileReference reference, byte[] content) {
        return new FileContent() {
            @Override
            public FileReference reference() {
                return reference;
            }

            @Override
            public CompletableFuture<ByteBuffer> read(long position, int maxBytes) {
                int from = (int) Math.min(position, content.length);
                return CompletableFuture.completedFuture(
                        ByteBuffer.wrap(content, from, Math.min(maxBytes, content.length - from)));
            }

            @Override
            public void close() {
                // There is nothing to let go of.
            }
        };
    }
}
