package dev.varve.client;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Collects an answer's body up to a bound. Confined to the one exchange it belongs to. */
final class BoundedBody implements HttpResponse.BodySubscriber<byte[]> {

    /** The answer is larger than this client takes. */
    static final class TooLarge extends IOException {
        private static final long serialVersionUID = 1L;

        TooLarge(int maxBytes) {
            super("the answer is larger than the client's bound of " + maxBytes + " bytes");
        }
    }

    private static final int FIRST_BYTES = 4_096;

    private final int maxBytes;
    private final CompletableFuture<byte[]> result = new CompletableFuture<>();
    private byte[] bytes;
    private int length;
    private Flow.@Nullable Subscription subscription;

    /** A handler that takes bodies of up to {@code maxBytes}. */
    static HttpResponse.BodyHandler<byte[]> handler(int maxBytes) {
        return response -> {
            long announced =
                    response.headers().firstValueAsLong("Content-Length").orElse(FIRST_BYTES);
            return new BoundedBody(maxBytes, (int) Math.min(Math.max(announced, 0), maxBytes));
        };
    }

    private BoundedBody(int maxBytes, int firstBytes) {
        this.maxBytes = maxBytes;
        this.bytes = new byte[firstBytes];
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return result;
    }

    @Override
    public void onSubscribe(Flow.Subscription incoming) {
        subscription = incoming;
        incoming.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            if (result.isDone()) {
                return;
            }
            int more = buffer.remaining();
            if (more > maxBytes - length) {
                if (subscription != null) {
                    subscription.cancel();
                }
                result.completeExceptionally(new TooLarge(maxBytes));
                return;
            }
            if (length + more > bytes.length) {
                long doubled = Math.max(2L * bytes.length, FIRST_BYTES);
                bytes = Arrays.copyOf(bytes, (int) Math.min(maxBytes, Math.max(doubled, (long) length + more)));
            }
            buffer.get(bytes, length, more);
            length += more;
        }
    }

    @Override
    public void onError(Throwable failure) {
        result.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        result.complete(length == bytes.length ? bytes : Arrays.copyOf(bytes, length));
    }
}
