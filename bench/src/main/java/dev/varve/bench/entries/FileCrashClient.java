package dev.varve.bench.entries;

import dev.varve.bench.Http;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Stores files, small ones and some of mebibytes, over others, below others and with the content of others; takes them away one by
 * one and by what stands above them. Each is there afterwards with all its bytes, its hash, its type and its name, and so are
 * some that only history shows.
 */
final class FileCrashClient extends CrashClient {

    private static final List<String> SLOTS = List.of("a", "b", "c", "d/x", "d/y", "d/y/z");
    private static final List<String> ABOVE = List.of("d", "d/y", "");
    private static final int SMALL_BYTES = 3_000;
    private static final int LARGE_BYTES = 3 << 20;

    /** Contents that all clients share, so that what one lets go of another may be storing at that moment. */
    private static final int SHARED_CONTENTS = 5;

    private static final int MAX_PAST = 6;

    /** A file as it was stored. */
    record Stored(long seed, int size, String hash, String type, String name) {

        static Stored of(long seed, int size, String type, String name) {
            return new Stored(
                    seed, size, "sha256:" + HexFormat.of().formatHex(sha256(content(seed, size))), type, name);
        }

        byte[] content() {
            return content(seed, size);
        }

        private static byte[] content(long seed, int size) {
            byte[] content = new byte[size];
            new Random(seed).nextBytes(content);
            return content;
        }

        private static byte[] sha256(byte[] content) {
            try {
                return MessageDigest.getInstance("SHA-256").digest(content);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
        }
    }

    private record Past(long storeSeq, String slot, Stored file) {}

    private final String store;
    private final String root;
    private Map<String, Stored> known = new TreeMap<>();
    private @Nullable Map<String, Stored> doubtful;
    private final List<Past> past = new ArrayList<>();
    private long files;

    FileCrashClient(int number, int port, String store, long seed) {
        super(port, seed);
        this.store = "/api/stores/" + store;
        this.root = "f/" + number;
    }

    private static void clear(Map<String, Stored> files, String at) {
        files.keySet().removeIf(slot -> at.isEmpty() || slot.equals(at) || slot.startsWith(at + "/"));
    }

    @Override
    @Nullable String step(Http http) throws IOException {
        Map<String, Stored> next = new TreeMap<>(known);
        // It is what will be there if the request is not answered: all changes of it come before that.
        doubtful = next;
        String slot = SLOTS.get(random.nextInt(SLOTS.size()));
        return switch (random.nextInt(8)) {
            case 0 -> {
                clear(next, slot);
                yield did(next, send(http, "DELETE", store + "/entries/" + root + "/" + slot, ""));
            }
            case 1 -> {
                String above = ABOVE.get(random.nextInt(ABOVE.size()));
                clear(next, above);
                yield did(
                        next,
                        send(http, "PUT", store + "/entries/" + root + (above.isEmpty() ? "" : "/" + above), "1"));
            }
            case 2 -> refer(http, next, slot);
            default -> put(http, next, slot);
        };
    }

    private @Nullable String put(Http http, Map<String, Stored> next, String slot) throws IOException {
        boolean large = random.nextInt(6) == 0;
        boolean shared = !large && random.nextInt(3) == 0;
        long seed = shared ? random.nextInt(SHARED_CONTENTS) : random.nextLong();
        int size = large ? 1 + random.nextInt(LARGE_BYTES) : shared ? SMALL_BYTES : random.nextInt(SMALL_BYTES);
        String type = random.nextBoolean() ? "image/png" : "text/plain; charset=utf-8";
        Stored file = Stored.of(seed, size, type, "file-" + files++ + ".bin");
        clear(next, slot);
        next.put(slot, file);
        Http.Answer answer = http.send(
                "POST",
                store + "/files/" + root + "/" + slot + "?filename=" + file.name,
                file.content(),
                "Content-Type",
                type);
        count(large ? "large files" : "small files");
        if (answer.status() == 200) {
            if (!json(answer).path("hash").asString("").equals(file.hash)) {
                return unexpected("a file with the hash " + file.hash, answer);
            }
            if (past.size() == MAX_PAST) {
                past.remove(random.nextInt(MAX_PAST));
            }
            past.add(new Past(json(answer).path("store_seq").longValue(), slot, file));
        }
        return did(next, answer);
    }

    /** Has another entry refer to a file that is there. */
    private @Nullable String refer(Http http, Map<String, Stored> next, String slot) throws IOException {
        if (known.isEmpty()) {
            doubtful = null;
            return null;
        }
        Stored file = List.copyOf(known.values()).get(random.nextInt(known.size()));
        clear(next, slot);
        next.put(slot, file);
        String value = "{\"_type\":\"file\",\"hash\":\"" + file.hash + "\",\"size\":" + file.size
                + ",\"content_type\":\"" + file.type + "\",\"filename\":\"" + file.name + "\"}";
        return did(next, send(http, "PUT", store + "/entries/" + root + "/" + slot, value));
    }

    /** Every request that changes something comes here; one that is not answered leaves what it asked for in doubt. */
    private @Nullable String did(Map<String, Stored> next, Http.Answer answer) {
        if (answer.status() != 200) {
            return unexpected("a change of files", answer);
        }
        known = next;
        doubtful = null;
        acknowledged++;
        return null;
    }

    @Override
    @Nullable String check(Http http) throws IOException {
        Map<String, Stored> found = new TreeMap<>();
        String name = store.substring("/api/stores/".length());
        for (Map.Entry<String, JsonNode> entry :
                list(http, name, root + "/**", null).entrySet()) {
            JsonNode value = entry.getValue().path("value");
            String slot = entry.getKey().substring(root.length() + 1);
            if (value.isObject()) {
                Stored file = find(value, slot);
                if (file == null) {
                    return "the file at " + entry.getKey() + " should be " + known + " or " + doubtful + ", is "
                            + value;
                }
                found.put(slot, file);
            }
        }
        Map<String, Stored> maybe = doubtful;
        if (!found.equals(known) && !found.equals(maybe)) {
            return "the files below " + root + " should be " + known + (maybe == null ? "" : " or " + maybe) + ", are "
                    + found;
        }
        count(maybe == null ? "nothing in doubt" : found.equals(known) ? "in doubt and lost" : "in doubt and kept");
        known = found;
        doubtful = null;
        for (Stored file : found.values()) {
            String wrong = read(http, file, true);
            if (wrong != null) {
                return wrong;
            }
        }
        return checkPast(http);
    }

    private @Nullable Stored find(JsonNode value, String slot) {
        List<Stored> candidates = new ArrayList<>(known.values());
        Map<String, Stored> maybe = doubtful;
        if (maybe != null) {
            candidates.addAll(maybe.values());
        }
        for (Stored file : candidates) {
            if (value.path("hash").asString("").equals(file.hash)
                    && value.path("size").asInt(-1) == file.size
                    && value.path("content_type").asString("").equals(file.type)
                    && value.path("filename").asString("").equals(file.name)
                    && (file.equals(known.get(slot)) || (maybe != null && file.equals(maybe.get(slot))))) {
                return file;
            }
        }
        return null;
    }

    private @Nullable String read(Http http, Stored file, boolean only) throws IOException {
        Http.Answer answer = get(http, "/api/files/" + file.hash);
        if (answer.status() != 200) {
            return unexpected("a file that an entry refers to, " + file, answer);
        }
        if (!Arrays.equals(answer.body(), file.content())) {
            return "the file " + file + " has other bytes, " + answer.body().length + " of them";
        }
        // Contents that others store too are called as the newest reference calls them.
        boolean own = file.size != SMALL_BYTES;
        if (only && own && !file.type.equals(answer.header("content-type"))) {
            return "the file " + file + " is called " + answer.header("content-type");
        }
        return null;
    }

    /** What only history refers to is there, too. */
    private @Nullable String checkPast(Http http) throws IOException {
        for (Past then : past) {
            Http.Answer answer = get(http, store + "/entries/" + root + "/" + then.slot + "?at_seq=" + then.storeSeq);
            if (answer.status() != 200
                    || !json(answer).path("value").path("hash").asString("").equals(then.file.hash)) {
                return unexpected("the past of " + then, answer);
            }
            String wrong = read(http, then.file, false);
            if (wrong != null) {
                return wrong + ", of which only history tells";
            }
        }
        return null;
    }
}
