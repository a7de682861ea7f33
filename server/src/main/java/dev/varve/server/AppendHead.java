package dev.varve.server;

import dev.varve.api.AppendRequest;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import org.jspecify.annotations.Nullable;

/**
 * What the head of a request says of an append. Immutable.
 *
 * @param path the stream's path, checked
 * @param contentType the content type, byte for byte, or null
 * @param sequence the {@code Stream-Seq}, or null
 * @param producer which request of which producer it is, or null
 * @param ifMatch the tail that is expected, or null
 * @param close whether nothing is to follow
 */
record AppendHead(
        String path,
        @Nullable String contentType,
        @Nullable String sequence,
        @Nullable Producer producer,
        @Nullable Offset ifMatch,
        boolean close) {

    /**
     * Reads it.
     *
     * @param rest the path as it stands in the URL
     * @throws HttpProblem when the path or a header is not what it should be
     */
    static AppendHead of(Request request, String rest, Limits limits) {
        return new AppendHead(
                StreamPath.of(rest, limits),
                StreamHeaders.contentType(request),
                StreamHeaders.sequence(request),
                StreamHeaders.producer(request),
                StreamHeaders.ifMatch(request),
                StreamHeaders.asksToClose(request));
    }

    AppendRequest with(byte[] body) {
        return new AppendRequest(path, contentType, body, sequence, producer, ifMatch, close);
    }
}
