package dev.varve.bench.histories;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Requests to stores of entries and their answers as text; values have no spaces:
 *
 * <pre>
 * write s0 n17 set r0 17 if-match=3 fence=l0/4 lives=50 + increment c1 5
 * written 9: 8 17 + 9 5
 * </pre>
 *
 * Stateless.
 */
final class EntriesText {

    private static final String AND = " + ";
    private static final String EXPIRY = "expiry";

    private EntriesText() {}

    // ---- requests ----

    static String text(EntryRequest request) {
        return switch (request) {
            case EntryRequest.Write(String store, String name, boolean once, List<EntryRequest.Op> ops) ->
                "write " + store + " " + name + (once ? " once " : " ")
                        + String.join(AND, ops.stream().map(EntriesText::text).toList());
            case EntryRequest.Get(String store, String path) -> "get " + store + " " + path;
            case EntryRequest.GetMany(String store, List<String> paths) ->
                "get-many " + store + " " + String.join(" ", paths);
            case EntryRequest.ListBelow(String store, String path) ->
                "list " + store + (path.isEmpty() ? "" : " " + path);
            case EntryRequest.Log(String store) -> "log " + store;
            case EntryRequest.Expire(String store, String path, String set) ->
                "expire " + store + " " + path + " set by " + set;
            case EntryRequest.Drop(String store) -> "drop " + store;
        };
    }

    private static String text(EntryRequest.Op op) {
        StringBuilder text = new StringBuilder(op.kind().wireName()).append(' ').append(op.path());
        if (op.value() != null) {
            text.append(' ').append(EntryValues.text(op.value()));
        }
        switch (op.condition()) {
            case NONE -> {}
            case MATCH -> text.append(" if-match=").append(op.revision());
            case ABSENT -> text.append(" if-absent=true");
            case EMPTY -> text.append(" if-none=true");
        }
        EntryRequest.Fence fence = op.fence();
        if (fence != null) {
            text.append(" fence=").append(fence.key()).append('/').append(fence.token());
        }
        EntryRequest.Terms terms = op.terms();
        if (terms != null) {
            text.append(" ttl=").append(terms.ttlMillis());
            text.append(terms.holder() == null ? "" : " holder=" + terms.holder());
            text.append(terms.token() == null ? "" : " token=" + terms.token());
        }
        text.append(op.livesMillis() == 0 ? "" : " lives=" + op.livesMillis());
        return text.toString();
    }

    static EntryRequest request(String text) {
        String[] words = text.split(" ", 3);
        String rest = words.length < 3 ? "" : words[2];
        return switch (words[0]) {
            case "write" -> {
                String[] named = rest.split(" ", 2);
                boolean once = named[1].startsWith("once ");
                String ops = once ? named[1].substring("once ".length()) : named[1];
                yield new EntryRequest.Write(
                        words[1],
                        named[0],
                        once,
                        Arrays.stream(ops.split(" \\+ ")).map(EntriesText::op).toList());
            }
            case "get" -> new EntryRequest.Get(words[1], rest);
            case "get-many" -> new EntryRequest.GetMany(words[1], List.of(rest.split(" ")));
            case "list" -> new EntryRequest.ListBelow(words[1], rest);
            case "log" -> new EntryRequest.Log(words[1]);
            default -> throw new IllegalArgumentException("no such request: " + text);
        };
    }

    private static EntryRequest.Op op(String text) {
        String[] words = text.split(" ");
        EntryValue value = null;
        Map<String, String> said = new HashMap<>();
        for (String word : Arrays.asList(words).subList(2, words.length)) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                said.put(word.substring(0, equals), word.substring(equals + 1));
            } else {
                value = EntryValues.parse(word);
            }
        }
        EntryRequest.Op op = EntryRequest.Op.of(kind(words[0]), words[1], value);
        if (said.containsKey("if-match")) {
            op = op.ifMatch(Long.parseLong(said.get("if-match")));
        } else if (said.containsKey("if-absent")) {
            op = op.with(EntryRequest.Condition.ABSENT);
        } else if (said.containsKey("if-none")) {
            op = op.with(EntryRequest.Condition.EMPTY);
        }
        String fence = said.get("fence");
        if (fence != null) {
            int slash = fence.lastIndexOf('/');
            op = op.fencedBy(
                    new EntryRequest.Fence(fence.substring(0, slash), Long.parseLong(fence.substring(slash + 1))));
        }
        op = op.livingFor(Long.parseLong(said.getOrDefault("lives", "0")));
        String ttl = said.get("ttl");
        return ttl == null
                ? op
                : EntryRequest.Op.lease(
                        op.kind(),
                        op.path(),
                        new EntryRequest.Terms(Long.parseLong(ttl), said.get("holder"), number(said.get("token"))));
    }

    private static EntryOp.Kind kind(String name) {
        return Objects.requireNonNull(EntryOp.Kind.ofWireName(name), () -> "no such change: " + name);
    }

    private static @Nullable Long number(@Nullable String text) {
        return text == null || text.equals("-") ? null : Long.valueOf(text);
    }

    // ---- answers ----

    static String text(EntryAnswer answer) {
        return switch (answer) {
            case EntryAnswer.Written(List<EntryAnswer.Done> ops, long storeSeq) ->
                "written " + storeSeq + ": "
                        + String.join(AND, ops.stream().map(EntriesText::text).toList());
            case EntryAnswer.Refused(Reason reason, int index, Long current) ->
                "refused " + reason.wireName() + " " + index + " " + (current == null ? "-" : current);
            case EntryAnswer.Found found -> "found " + text(found);
            case EntryAnswer.Missing() -> "missing";
            case EntryAnswer.Several(SortedMap<String, EntryAnswer.Found> entries) ->
                "several"
                        + (entries.isEmpty() ? "" : " ")
                        + String.join(
                                AND,
                                entries.entrySet().stream()
                                        .map(entry -> entry.getKey() + " " + text(entry.getValue()))
                                        .toList());
            case EntryAnswer.Changes(List<EntryAnswer.Change> changes) ->
                "changes"
                        + (changes.isEmpty() ? "" : " ")
                        + String.join(
                                AND, changes.stream().map(EntriesText::text).toList());
            case EntryAnswer.Dropped() -> "dropped";
        };
    }

    private static String text(EntryAnswer.Done done) {
        return done.seq() + (done.made() ? "" : " unmade") + text(done.value());
    }

    private static String text(EntryAnswer.Found found) {
        return found.revision() + " " + found.type().wireName() + " " + EntryValues.text(found.value());
    }

    private static String text(EntryAnswer.Change change) {
        return (change.expiry() ? EXPIRY : change.kind().wireName()) + " " + change.path() + text(change.value());
    }

    private static String text(@Nullable EntryValue value) {
        return value == null ? "" : " " + EntryValues.text(value);
    }

    static EntryAnswer answer(String text) {
        String[] words = text.split(" ", 2);
        String[] parts = words.length < 2 ? new String[0] : words[1].split(" \\+ ");
        return switch (words[0]) {
            case "written" -> {
                int colon = words[1].indexOf(": ");
                yield new EntryAnswer.Written(
                        Arrays.stream(words[1].substring(colon + 2).split(" \\+ "))
                                .map(EntriesText::done)
                                .toList(),
                        Long.parseLong(words[1].substring(0, colon)));
            }
            case "refused" -> {
                String[] said = words[1].split(" ");
                yield new EntryAnswer.Refused(
                        Reason.valueOf(said[0].toUpperCase(Locale.ROOT)), Integer.parseInt(said[1]), number(said[2]));
            }
            case "found" -> found(words[1]);
            case "missing" -> new EntryAnswer.Missing();
            case "several" -> {
                SortedMap<String, EntryAnswer.Found> entries = new TreeMap<>();
                for (String part : parts) {
                    String[] entry = part.split(" ", 2);
                    entries.put(entry[0], found(entry[1]));
                }
                yield new EntryAnswer.Several(entries);
            }
            case "changes" -> {
                List<EntryAnswer.Change> changes = new ArrayList<>();
                for (String part : parts) {
                    String[] said = part.split(" ");
                    boolean expiry = said[0].equals(EXPIRY);
                    changes.add(new EntryAnswer.Change(
                            expiry ? EntryOp.Kind.DELETE : kind(said[0]),
                            said[1],
                            said.length < 3 ? null : EntryValues.parse(said[2]),
                            expiry));
                }
                yield new EntryAnswer.Changes(changes);
            }
            default -> throw new IllegalArgumentException("no such answer: " + text);
        };
    }

    private static EntryAnswer.Done done(String text) {
        String[] words = text.split(" ");
        boolean unmade = words.length > 1 && words[1].equals("unmade");
        return new EntryAnswer.Done(
                Long.parseLong(words[0]),
                !unmade,
                unmade || words.length < 2 ? null : EntryValues.parse(words[words.length - 1]));
    }

    private static EntryAnswer.Found found(String text) {
        String[] words = text.split(" ");
        return new EntryAnswer.Found(
                EntryValues.parse(words[2]),
                EntryType.valueOf(words[1].toUpperCase(Locale.ROOT)),
                Long.parseLong(words[0]));
    }
}
