package dev.varve.client;

import dev.varve.api.Entries;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Changes of the entries of one store, as they were committed and as they come. Thread-safe. */
final class HttpEntryChanges {

    private static final String CHANGES = "/watch?after=";

    private final HttpTransport transport;
    private final StoreCalls calls;
    private final EntryUrls urls;
    private final String store;
    private final HttpFollowers followers;
    private final Duration liveTimeout;

    HttpEntryChanges(
            HttpTransport transport,
            StoreCalls calls,
            EntryUrls urls,
            String store,
            HttpFollowers followers,
            Duration liveTimeout) {
        this.transport = transport;
        this.calls = calls;
        this.urls = urls;
        this.store = store;
        this.followers = followers;
        this.liveTimeout = liveTimeout;
    }

    private HttpRequest.Builder lines(String query) {
        return transport
                .request(urls.of(CHANGES + query))
                .header("Accept", EventCalls.LINES)
                .GET();
    }

    // ---- what there is

    /** Reads changes, the oldest first. */
    EntryEventPage read(long after, int limit) {
        Supplier<HttpRequest> requests = () -> lines(after + "&limit=" + limit).build();
        HttpRequest request = requests.get();
        Answer answer = transport.sendRepeatable(requests);
        if (answer.status() != 200) {
            throw calls.failure(request, answer);
        }
        List<EntryEvent> changes = new ArrayList<>();
        byte[] body = answer.body();
        int from = 0;
        for (int i = 0; i < body.length; i++) {
            if (body[i] != '\n') {
                continue;
            }
            EventAnswer.ReadChange line = EventAnswer.read(
                    EventCalls.where(request), Arrays.copyOfRange(body, from, i), EventAnswer::readChange);
            from = i + 1;
            EntryEvent change = line.change();
            Long currentSeq = line.currentSeq();
            if (change != null) {
                changes.add(change);
            } else if (currentSeq != null) {
                return new EntryEventPage(changes, currentSeq);
            }
        }
        throw new VarveException(ErrorKind.HTTP, EventCalls.where(request) + " ends before its last line");
    }

    // ---- what comes

    /**
     * Follows writes by those of their changes that concern a pattern. All is sent, and what is not meant is passed over here: only whoever sees the
     * whole of a write knows where it ends.
     */
    Subscription followWrites(
            EntryPattern pattern,
            long after,
            Consumer<? super List<EntryEvent>> listener,
            Consumer<VarveException> ended) {
        long current = currentSeq();
        return followers.start(new HttpEntryFollower(
                transport,
                store,
                calls,
                after == Entries.NOW ? current : after,
                place -> lines(place + "&follow=true").timeout(liveTimeout).build(),
                events -> {
                    List<EntryEvent> concerning = events.stream()
                            .filter(event -> pattern.concerns(event.path()))
                            .toList();
                    if (!concerning.isEmpty()) {
                        listener.accept(concerning);
                    }
                },
                ended,
                liveTimeout,
                followers::left));
    }

    /** The number of the store's last change. The store is made if it is not there. */
    private long currentSeq() {
        Optional<EntryAnswer> status = calls.find(urls.of("/status"));
        if (status.isEmpty()) {
            HttpRequest create = calls.post(
                    EntryUrls.STORES, EntryJson.bytes(new EntryValue.Fields(Map.of("name", EntryValue.of(store)))));
            Answer made = calls.send(create);
            status = calls.find(urls.of("/status"));
            if (status.isEmpty()) {
                throw calls.failure(create, made);
            }
        }
        return status.get().number("current_seq");
    }
}
