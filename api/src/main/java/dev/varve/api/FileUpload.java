package dev.varve.api;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a file on their way into a storage. They are given piece by piece, each after the piece before was taken, then
 * {@link #finish finished}; then an entry is made to refer to them by an {@link EntryOp.Kind#PUT_FILE}, and then the upload is
 * closed: until then the bytes are not collected although no entry refers to them. Confined to one thread at a time.
 *
 * <pre>{@code
 * try (FileUpload upload = storage.upload("acme/reading", 1 << 20)) {
 *     upload.append(ByteBuffer.wrap("hello\n".getBytes(UTF_8))).join();
 *     FileReference file = upload.finish("text/plain", "hello.txt").join();
 *     EntryOp put = EntryOp.of(EntryOp.Kind.PUT_FILE, EntryPath.of("greeting"), file.toValue());
 *     storage.write(new EntryWrite("acme/reading", List.of(put), "phone-7", "greeting-1", true, true)).join();
 * }
 * }</pre>
 */
public interface FileUpload extends AutoCloseable {

    /**
     * Takes the next bytes.
     *
     * @param bytes all that remain; must not change before the future completes
     * @return how many bytes there are now, when more can be given. Fails with {@link ErrorKind#TOO_LARGE}, {@link ErrorKind#OUT_OF_SPACE} or
     *     {@link ErrorKind#UNAVAILABLE}; nothing is kept then, and the upload is only good for being closed
     */
    CompletableFuture<Long> append(ByteBuffer bytes);

    /**
     * Ends the bytes.
     *
     * @param contentType the media type; null for none
     * @param filename a name for people; null for none
     * @return the reference, when the bytes are durable as far as the storage keeps anything. Fails as {@link #append}
     */
    CompletableFuture<FileReference> finish(@Nullable String contentType, @Nullable String filename);

    /** Ends the upload, finished or not. What no entry refers to is collected in time. Closing twice is harmless. */
    @Override
    void close();
}
