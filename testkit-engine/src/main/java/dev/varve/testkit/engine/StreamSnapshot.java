package dev.varve.testkit.engine;

import dev.varve.api.ListResult;
import dev.varve.api.MessagesResult;
import dev.varve.api.MetadataResult;
import dev.varve.api.Offset;
import dev.varve.api.StreamMetadata;
import dev.varve.api.StreamStorage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Everything that can be read from a storage, in words. Immutable.
 *
 * @param streams metadata and messages by path
 * @param incarnations the incarnations by path
 * @param earliest where the data starts, by path
 * @param listing the list of all streams
 * @param feed the messages of the feed of creations and deletions
 */
record StreamSnapshot(
        Map<String, String> streams,
        Map<String, Long> incarnations,
        Map<String, Offset> earliest,
        String listing,
        List<String> feed) {

    private static final String FEED = "__registry__";
    private static final int PAGE_BYTES = 1_000;
    private static final int MAX_LISTED = 1_000;
    private static final Pattern KEY = Pattern.compile("\"key\":\"([^\"]*)\"");

    static StreamSnapshot of(StreamStorage storage, List<String> paths, Function<CompletableFuture<?>, Object> await) {
        Map<String, String> streams = new TreeMap<>();
        Map<String, Long> incarnations = new TreeMap<>();
        Map<String, Offset> earliest = new TreeMap<>();
        for (String path : paths) {
            MetadataResult found = (MetadataResult) await.apply(storage.metadata(path));
            if (found instanceof StreamMetadata stream) {
                incarnations.put(path, stream.incarnation());
                earliest.put(path, stream.earliest());
                streams.put(path, StreamWords.of(found) + messages(storage, path, await));
            } else {
                streams.put(path, StreamWords.of(found));
            }
        }
        ListResult listing = (ListResult) await.apply(storage.list("", null, MAX_LISTED));
        return new StreamSnapshot(streams, incarnations, earliest, StreamWords.of(listing), feed(storage, await));
    }

    private static String messages(StreamStorage storage, String path, Function<CompletableFuture<?>, Object> await) {
        StringBuilder words = new StringBuilder();
        Offset at = Offset.BEGINNING;
        while (true) {
            MessagesResult result = (MessagesResult) await.apply(storage.readMessages(path, at, PAGE_BYTES));
            words.append("\n    ").append(StreamWords.of(result));
            if (!(result instanceof MessagesResult.Messages page) || !page.hasMore()) {
                return words.toString();
            }
            at = page.next();
        }
    }

    private static List<String> feed(StreamStorage storage, Function<CompletableFuture<?>, Object> await) {
        List<String> feed = new ArrayList<>();
        Offset at = Offset.BEGINNING;
        while (await.apply(storage.readMessages(FEED, at, PAGE_BYTES)) instanceof MessagesResult.Messages page) {
            page.messages()
                    .forEach(message -> feed.add(StandardCharsets.UTF_8
                            .decode(message.data().duplicate())
                            .toString()));
            if (!page.hasMore()) {
                break;
            }
            at = page.next();
        }
        return feed;
    }

    /** What the feed tells of each stream, in order. */
    Map<String, List<String>> feedByPath() {
        Map<String, List<String>> byPath = new TreeMap<>();
        for (String message : feed) {
            Matcher key = KEY.matcher(message);
            byPath.computeIfAbsent(key.find() ? key.group(1) : "", path -> new ArrayList<>())
                    .add(message);
        }
        return byPath;
    }

    /** The first difference to another storage, or nothing. */
    String differenceTo(StreamSnapshot expected) {
        for (Map.Entry<String, String> stream : streams.entrySet()) {
            String other = expected.streams.getOrDefault(stream.getKey(), "nothing");
            if (!stream.getValue().equals(other)) {
                return stream.getKey() + " is\n  " + stream.getValue() + "\n  but should be\n  " + other;
            }
        }
        if (!listing.equals(expected.listing)) {
            return "the listing is\n  " + listing + "\n  but should be\n  " + expected.listing;
        }
        if (!feedByPath().equals(expected.feedByPath())) {
            return "the feed is\n  " + feed + "\n  but should be\n  " + expected.feed;
        }
        return "";
    }
}
