package dev.varve.engine.spi;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.StreamStorage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A storage that can answer an append without a future, whose making and completing is a good part of what a small append
 * costs.
 */
public interface DirectAppends {

    /**
     * Appends as {@link StreamStorage#append} does. Thread-safe.
     *
     * @param request what to append
     * @param answer takes the result, or why there is none, exactly once, possibly before this returns: on the thread that commits,
     *     so it must return at once and not block; what it throws is logged and dropped
     */
    void append(AppendRequest request, BiConsumer<? super @Nullable AppendResult, ? super @Nullable Throwable> answer);
}
