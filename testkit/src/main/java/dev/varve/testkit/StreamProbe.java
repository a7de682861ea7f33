package dev.varve.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.ListResult;
import dev.varve.api.MessagesResult;
import dev.varve.api.MetadataResult;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.api.StreamStorage;
import dev.varve.api.VarveException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A storage under test with the words that tests use: it waits for answers and checks what every answer must fulfil.
 * Thread-safe, as far as the storage is.
 */
final class StreamProbe implements AutoCloseable {

    static final StreamConfig TEXT = StreamConfig.of("text/plain");
    static final StreamConfig JSON = StreamConfig.of("application/json");
    static final StreamConfig BYTES = StreamConfig.of("application/octet-stream");

    /** How long a test waits for what must come; never used up when all is well. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    /** A page large enough for everything that most tests write. */
    static final int LARGE = 1 << 20;

    private final Bench<StreamStorage> bench;
    private volatile StreamStorage storage;

    StreamProbe(StreamStorage storage, Bench<StreamStorage> bench) {
        this.storage = storage;
        this.bench = bench;
    }

    StreamStorage storage() {
        return storage;
    }

    /** Skips the test when the storage declares that it lacks a capability. */
    void needs(StreamCapability... capabilities) {
        for (StreamCapability capability : capabilities) {
            assumeTrue(storage.capabilities().contains(capability), () -> "the storage does not declare " + capability);
        }
    }

    /** Moves the storage's time, or skips the test when that cannot be done. */
    void advance(Duration duration) {
        bench.advance(duration);
    }

    /** Lets the storage come back with what it has stored, or skips the test when it keeps nothing. */
    void reopen() {
        try {
            storage = bench.reopen();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("the storage did not come back", e);
        }
    }

    void advanceSeconds(long seconds) {
        advance(Duration.ofSeconds(seconds));
    }

    // ---- writing

    CreateResult create(CreateRequest request) {
        return await(storage.create(request));
    }

    StreamMetadata created(CreateRequest request) {
        CreateResult result = create(request);
        assertThat(result).as("creation of %s", request.path()).isInstanceOf(CreateResult.Created.class);
        return ((CreateResult.Created) result).stream();
    }

    StreamMetadata created(String path, StreamConfig config) {
        return created(CreateRequest.of(path, config));
    }

    StreamMetadata created(String path, StreamConfig config, String body) {
        return created(CreateRequest.of(path, config).withBody(bytes(body)));
    }

    StreamMetadata forked(String path, Fork fork) {
        return created(CreateRequest.of(path, StreamConfig.DEFAULT).withFork(fork));
    }

    AppendResult append(AppendRequest request) {
        return await(storage.append(request));
    }

    AppendResult.Appended appended(AppendRequest request) {
        AppendResult result = append(request);
        assertThat(result).as("append to %s", request.path()).isInstanceOf(AppendResult.Appended.class);
        return (AppendResult.Appended) result;
    }

    /** Appends with the stream's own content type and gives the tail after it. */
    Offset appended(String path, String body) {
        return appended(request(path, body)).next();
    }

    AppendResult.Duplicate duplicate(AppendRequest request) {
        AppendResult result = append(request);
        assertThat(result).as("append to %s", request.path()).isInstanceOf(AppendResult.Duplicate.class);
        return (AppendResult.Duplicate) result;
    }

    /** A request with the content type of the stream that is there now. */
    AppendRequest request(String path, String body) {
        return AppendRequest.of(path, metadata(path).contentType(), bytes(body));
    }

    AppendRequest request(String path, String body, String producer, long epoch, long sequence) {
        return request(path, body).withProducer(new Producer(producer, epoch, sequence));
    }

    /** Closes an open stream and gives its final offset. */
    Offset closed(String path) {
        AppendResult.Appended result = appended(AppendRequest.closing(path));
        assertThat(result.closed()).isTrue();
        return result.next();
    }

    AppendAllResult appendAll(AppendRequest... requests) {
        return await(storage.appendAll(List.of(requests)));
    }

    DeleteResult delete(String path) {
        return await(storage.delete(path));
    }

    DeleteResult.Deleted deleted(String path) {
        DeleteResult result = delete(path);
        assertThat(result).as("deletion of %s", path).isInstanceOf(DeleteResult.Deleted.class);
        return (DeleteResult.Deleted) result;
    }

    // ---- reading

    MetadataResult find(String path) {
        return await(storage.metadata(path));
    }

    StreamMetadata metadata(String path) {
        MetadataResult result = find(path);
        assertThat(result).as("metadata of %s", path).isInstanceOf(StreamMetadata.class);
        return (StreamMetadata) result;
    }

    boolean exists(String path) {
        return find(path) instanceof StreamMetadata;
    }

    Offset tail(String path) {
        return metadata(path).next();
    }

    ReadResult read(String path, Offset from) {
        return await(storage.read(path, from, LARGE));
    }

    ReadResult.Page page(String path, Offset from) {
        return page(path, from, LARGE);
    }

    ReadResult.Page page(String path, Offset from, int maxBytes) {
        ReadResult result = await(storage.read(path, from, maxBytes));
        assertThat(result).as("page of %s from %s", path, from).isInstanceOf(ReadResult.Page.class);
        ReadResult.Page page = (ReadResult.Page) result;
        assertThat(page.start().isSentinel()).isFalse();
        assertThat(page.next()).isGreaterThanOrEqualTo(page.start());
        assertThat(page.closed() && page.hasMore()).as("closed before the end").isFalse();
        return page;
    }

    /** Everything from an offset to the tail; in JSON mode one array. */
    String content(String path, Offset from) {
        return content(path, from, LARGE);
    }

    String content(String path) {
        return content(path, Offset.BEGINNING);
    }

    String content(String path, Offset from, int pageBytes) {
        StringBuilder content = new StringBuilder();
        ReadResult.Page page = page(path, from, pageBytes);
        boolean json = ModelStream.mediaType(page.contentType()).equals("application/json");
        while (true) {
            String text = text(page.data());
            if (json) {
                assertThat(text).startsWith("[").endsWith("]");
                text = text.substring(1, text.length() - 1);
                content.append(content.length() > 0 && !text.isEmpty() ? "," : "");
            }
            content.append(text);
            if (!page.hasMore()) {
                return json ? "[" + content + "]" : content.toString();
            }
            assertThat(page.next())
                    .as("progress of a page that is not the last")
                    .isGreaterThan(page.start());
            page = page(path, page.next(), pageBytes);
        }
    }

    MessagesResult readMessages(String path, Offset from) {
        return await(storage.readMessages(path, from, LARGE));
    }

    /** All messages from an offset to the tail. */
    List<MessagesResult.Message> messagesFrom(String path, Offset from, int pageBytes) {
        List<MessagesResult.Message> all = new ArrayList<>();
        Offset at = from;
        while (true) {
            MessagesResult result = await(storage.readMessages(path, at, pageBytes));
            assertThat(result).as("messages of %s from %s", path, at).isInstanceOf(MessagesResult.Messages.class);
            MessagesResult.Messages page = (MessagesResult.Messages) result;
            all.addAll(page.messages());
            if (!page.messages().isEmpty()) {
                assertThat(page.messages().get(page.messages().size() - 1).next())
                        .isEqualTo(page.next());
            }
            if (!page.hasMore()) {
                return all;
            }
            assertThat(page.messages()).as("messages before the tail").isNotEmpty();
            assertThat(page.next())
                    .as("progress of a page that is not the last")
                    .isGreaterThan(at);
            at = page.next();
        }
    }

    List<String> messages(String path, Offset from) {
        return messagesFrom(path, from, LARGE).stream()
                .map(message -> text(message.data()))
                .toList();
    }

    List<String> messages(String path) {
        return messages(path, Offset.BEGINNING);
    }

    /** Every offset of a stream that can be read: its earliest, and the end of each message. */
    List<Offset> boundaries(String path) {
        List<Offset> boundaries = new ArrayList<>(List.of(metadata(path).earliest()));
        messagesFrom(path, Offset.BEGINNING, LARGE).forEach(message -> boundaries.add(message.next()));
        return boundaries;
    }

    ListResult.Listing list(String prefix, @Nullable String after, int limit) {
        ListResult result = await(storage.list(prefix, after, limit));
        assertThat(result).isInstanceOf(ListResult.Listing.class);
        return (ListResult.Listing) result;
    }

    List<String> paths() {
        return list("", null, 1_000).streams().stream()
                .map(StreamMetadata::path)
                .toList();
    }

    // ---- answers

    /** Checks that a result is a refusal of one of some kinds. */
    static Refusal refused(Object result, ErrorKind... kinds) {
        assertThat(result).isInstanceOf(Refusal.class);
        Refusal refusal = (Refusal) result;
        assertThat(refusal.kind()).as(refusal.detail()).isIn((Object[]) kinds);
        assertThat(refusal.detail()).isNotBlank();
        return refusal;
    }

    /** Checks that nothing can be found at a path, in any way. */
    void isAbsent(String path, ErrorKind... kinds) {
        refused(find(path), kinds);
        refused(read(path, Offset.BEGINNING), kinds);
        refused(readMessages(path, Offset.BEGINNING), kinds);
        refused(append(AppendRequest.of(path, "text/plain", bytes("x"))), kinds);
        refused(append(AppendRequest.closing(path)), kinds);
        refused(delete(path), kinds);
    }

    /** Waits for an answer, for a while that is long enough. */
    static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof VarveException failure) {
                throw failure;
            }
            throw new AssertionError("a storage fails with VarveException only", e);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer within " + PATIENCE, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** Waits until something that a storage does in its own time has happened. */
    static void eventually(String what, BooleanSupplier condition) {
        eventually(() -> "still not: " + what, condition);
    }

    static void eventually(Supplier<String> complaint, BooleanSupplier condition) {
        long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadlineNanos) {
                fail("after " + PATIENCE + ": " + complaint.get());
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    static String text(ByteBuffer data) {
        return UTF_8.decode(data.duplicate()).toString();
    }

    @Override
    public void close() {
        storage.close();
    }
}
