package dev.varve.testkit.engine;

import dev.varve.api.StreamStorage;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * A request to a storage of streams, in words and as it is made. Immutable.
 *
 * @param words for people
 * @param paths the streams it names
 * @param kind what it is to the disk
 * @param call makes the request
 */
record StreamCall(
        String words, List<String> paths, Kind kind, Function<StreamStorage, ? extends CompletableFuture<?>> call) {

    /** What a request is to the disk. */
    enum Kind {
        /** It changes nothing. */
        READ,
        /** It changes nothing and reads from where the data starts. */
        READ_BEGINNING,
        /** It changes nothing and reads of several streams. */
        LIST,
        /** It may need space. */
        WRITE,
        /** It only gives space back or ends something. */
        FREE
    }

    boolean isRead() {
        return kind != Kind.WRITE && kind != Kind.FREE;
    }

    /** Whether it reads where the data starts. */
    boolean fromBeginning() {
        return kind == Kind.READ_BEGINNING;
    }

    /** Whether it reads several streams. */
    boolean ofMany() {
        return kind == Kind.LIST;
    }

    CompletableFuture<?> make(StreamStorage storage) {
        return call.apply(storage);
    }

    @Override
    public String toString() {
        return words;
    }
}
