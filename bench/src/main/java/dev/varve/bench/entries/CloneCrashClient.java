package dev.varve.bench.entries;

import dev.varve.bench.Http;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Clones a store that others write to, and deletes clones. A clone that was acknowledged is there after a crash; one that was under
 * way is there whole, with its history, or its name is free.
 */
final class CloneCrashClient extends CrashClient {

    private static final int MAX_COPIES = 3;
    private static final int MOMENTS = 3;
    private static final int CHANGES = 2_000;
    private static final long APPEARS_WITHIN_NANOS = 150_000_000_000L;
    private static final int POLL_MILLIS = 20;

    private final String source;
    private final String prefix;

    /** What copies hold once they were compared; nobody writes to them. Empty before that. */
    private final Map<String, Map<String, JsonNode>> copies = new LinkedHashMap<>();

    private final List<String> deleted = new ArrayList<>();
    private @Nullable String making;
    private @Nullable String deleting;
    private long next;

    CloneCrashClient(int port, String source, String prefix, long seed) {
        super(port, seed);
        this.source = source;
        this.prefix = prefix;
    }

    @Override
    @Nullable String step(Http http) throws IOException {
        if (copies.size() == MAX_COPIES) {
            String oldest = copies.keySet().iterator().next();
            deleting = oldest;
            copies.remove(oldest);
            Http.Answer answer = http.send("DELETE", "/api/stores/" + oldest, NOTHING);
            if (answer.status() != 200) {
                return unexpected("the deletion of " + oldest, answer);
            }
            deleting = null;
            deleted.add(oldest);
        }
        if (storeSeq(http, source) <= 0) {
            return null;
        }
        String copy = prefix + next++;
        making = copy;
        Http.Answer answer = send(
                http,
                "POST",
                "/api/stores/" + source + "/clone",
                "{\"name\":\"" + copy.substring(copy.indexOf('/') + 1) + "\"}");
        if (answer.status() != 201) {
            return unexpected("a clone", answer);
        }
        making = null;
        copies.put(copy, Map.of());
        acknowledged++;
        return null;
    }

    @Override
    @Nullable String check(Http http) throws IOException, InterruptedException {
        String half = deleting;
        if (half != null) {
            // Its deletion was under way: done again it is gone for certain.
            Http.Answer answer = http.send("DELETE", "/api/stores/" + half, NOTHING);
            if (answer.status() != 200 && answer.status() != 404) {
                return unexpected("the deletion of " + half, answer);
            }
            deleting = null;
            deleted.add(half);
        }
        String unknown = making;
        if (unknown != null) {
            making = null;
            if (appears(http, unknown)) {
                copies.put(unknown, Map.of());
                count("under way and there");
            } else {
                count("under way and not there");
            }
        }
        for (String gone : deleted) {
            if (storeSeq(http, gone) >= 0) {
                return "the deleted copy " + gone + " is there again";
            }
        }
        deleted.clear();
        for (Map.Entry<String, Map<String, JsonNode>> copy : copies.entrySet()) {
            String wrong = compare(http, copy);
            if (wrong != null) {
                return wrong;
            }
        }
        // Under load few are acknowledged before the next kill: this one is for certain.
        return step(http);
    }

    /** Whether a copy of which nobody knows is there, maybe after a moment: its name is taken while it is being made. */
    private boolean appears(Http http, String copy) throws IOException, InterruptedException {
        if (storeSeq(http, copy) >= 0) {
            return true;
        }
        Http.Answer answer = send(http, "POST", "/api/stores", "{\"name\":\"" + copy + "\"}");
        if (answer.status() == 201) {
            Http.Answer undone = http.send("DELETE", "/api/stores/" + copy, NOTHING);
            if (undone.status() != 200) {
                throw new IOException(unexpected("the deletion of " + copy, undone));
            }
            return false;
        }
        long deadline = System.nanoTime() + APPEARS_WITHIN_NANOS;
        while (storeSeq(http, copy) < 0) {
            if (System.nanoTime() > deadline) {
                throw new IOException("the name " + copy + " stays taken, but no such store appears");
            }
            Thread.sleep(POLL_MILLIS);
        }
        return true;
    }

    private @Nullable String compare(Http http, Map.Entry<String, Map<String, JsonNode>> known) throws IOException {
        String copy = known.getKey();
        long seq = storeSeq(http, copy);
        if (seq < 0) {
            return "the copy " + copy + " is gone";
        }
        Map<String, JsonNode> now = list(http, copy, "**", null);
        if (!known.getValue().isEmpty()) {
            return now.equals(known.getValue()) ? null : "the copy " + copy + " has changed since it was looked at";
        }
        String wrong = same(copy, "entries", now, list(http, source, "**", seq));
        for (int i = 0; i < MOMENTS && wrong == null; i++) {
            long then = random.nextLong(seq + 1);
            wrong = same(copy, "entries at " + then, list(http, copy, "**", then), list(http, source, "**", then));
        }
        if (wrong == null) {
            long from = Math.max(0, seq - CHANGES);
            wrong = sameChanges(copy, changes(http, copy, from, seq), changes(http, source, from, seq));
        }
        known.setValue(now);
        count("compared");
        return wrong;
    }

    private @Nullable String same(
            String copy, String what, Map<String, JsonNode> found, Map<String, JsonNode> expected) {
        for (Map.Entry<String, JsonNode> entry : expected.entrySet()) {
            if (!entry.getValue().equals(found.get(entry.getKey()))) {
                return what + " of the copy " + copy + ": at " + entry.getKey() + " should be " + entry.getValue()
                        + ", is " + found.get(entry.getKey());
            }
        }
        return found.size() == expected.size()
                ? null
                : what + " of the copy " + copy + ": " + found.size() + " where the source has " + expected.size();
    }

    private @Nullable String sameChanges(String copy, List<String> found, List<String> expected) {
        Iterator<String> other = found.iterator();
        for (String change : expected) {
            String there = other.hasNext() ? other.next() : "nothing";
            if (!Objects.equals(change, there)) {
                return "changes of the copy " + copy + ": " + there + " where the source has " + change;
            }
        }
        return null;
    }

    /** The data of the changes after one, through another. */
    private static List<String> changes(Http http, String store, long after, long through) throws IOException {
        List<String> changes = new ArrayList<>();
        Http.Live feed = http.open(
                "GET", "/api/stores/" + store + "/watch?after=" + after, NOTHING, "Accept", "text/event-stream");
        BufferedReader lines = new BufferedReader(new InputStreamReader(feed.body(), StandardCharsets.UTF_8));
        while (changes.size() < through - after) {
            String line = lines.readLine();
            if (line == null) {
                throw new IOException("the feed of " + store + " ends after " + changes.size() + " changes");
            }
            if (line.startsWith("data:") && line.contains("\"op\":")) {
                changes.add(line);
            }
        }
        http.close();
        return changes;
    }
}
