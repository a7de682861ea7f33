package dev.varve.bench.entries;

import dev.varve.bench.Http;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One client with entries of its own: a register that is set only at the revision it knows, a pair that is set in one batch, an
 * object that is set and has fields taken away and added, a counter of its own and one that all share. Remembers what it was
 * told, and what it was not told. Confined to one thread at a time.
 */
final class EntryWriter extends CrashClient {

    private static final Pattern REVISION = Pattern.compile("\"revision\":([0-9]+)");
    private static final Pattern VALUE = Pattern.compile("\"value\":(-?[0-9]+|null|\\{[^}]*\\})");

    /** What is known of a value: the last one that was acknowledged, and one that may have replaced it. */
    private static final class Known {
        private @Nullable String value;
        private @Nullable String doubtful;
        private boolean inDoubt;

        void asks(@Nullable String next) {
            doubtful = next;
            inDoubt = true;
        }

        void told() {
            value = doubtful;
            inDoubt = false;
        }

        void refused() {
            inDoubt = false;
        }

        boolean mayBe(@Nullable String found) {
            return java.util.Objects.equals(found, value) || (inDoubt && java.util.Objects.equals(found, doubtful));
        }

        void is(@Nullable String found) {
            value = found;
            inDoubt = false;
        }

        @Override
        public String toString() {
            return value + (inDoubt ? " or " + doubtful : "");
        }
    }

    private final int number;
    private final String entries;
    private final Known register = new Known();
    private final Known pair = new Known();
    private final Known object = new Known();
    private long revision;
    private long next;

    private long counted;
    private boolean countInDoubt;

    /** How often this added to what all share, for certain, and how often perhaps. */
    long shared;

    long sharedPerhaps;

    EntryWriter(int number, int port, String store, long seed) {
        super(port, seed);
        this.number = number;
        this.entries = "/api/stores/" + store + "/entries";
    }

    @Override
    @Nullable String step(Http http) throws IOException {
        long n = ++next;
        return switch (random.nextInt(6)) {
            case 0 -> setRegister(http, n);
            case 1 -> setPair(http, n);
            case 2 -> setObject(http, n);
            case 3 -> changeObject(http);
            case 4 -> count(http);
            default -> countShared(http);
        };
    }

    private String path(String name) {
        return entries + "/w/" + number + "/" + name;
    }

    private @Nullable String setRegister(Http http, long n) throws IOException {
        register.asks(Long.toString(n));
        Http.Answer answer = revision == 0
                ? send(http, "PUT", path("r"), Long.toString(n), "If-None-Match", "*")
                : send(http, "PUT", path("r"), Long.toString(n), "If-Match", Long.toString(revision));
        if (answer.status() != 200) {
            register.refused();
            return unexpected("a set at revision " + revision + " of a register nobody else sets", answer);
        }
        register.told();
        acknowledged++;
        revision = number(REVISION, answer.text());
        return null;
    }

    private @Nullable String batch(Http http, Known known, String... ops) throws IOException {
        Http.Answer answer = send(http, "POST", entries + "/batch_write", "{\"ops\":[" + String.join(",", ops) + "]}");
        if (answer.status() != 200) {
            known.refused();
            return unexpected("a batch", answer);
        }
        known.told();
        acknowledged++;
        return null;
    }

    private String op(String op, String name, String value) {
        return "{\"op\":\"" + op + "\",\"path\":\"w/" + number + "/" + name + "\""
                + (value.isEmpty() ? "" : ",\"value\":" + value) + "}";
    }

    private @Nullable String setPair(Http http, long n) throws IOException {
        pair.asks(Long.toString(n));
        return batch(http, pair, op("set", "a", Long.toString(n)), op("set", "b", Long.toString(n)));
    }

    private @Nullable String setObject(Http http, long n) throws IOException {
        object.asks("{\"x\":" + n + ",\"y\":" + n + "}");
        return batch(http, object, op("set", "o", "{\"x\":" + n + ",\"y\":" + n + "}"));
    }

    /** Takes the whole object away, or one field, or merges one. */
    private @Nullable String changeObject(Http http) throws IOException {
        String before = object.value;
        if (before == null) {
            return null;
        }
        boolean hasX = before.contains("\"x\"");
        String y = before.replaceAll(".*\"y\":([0-9]+).*", "$1");
        if (random.nextBoolean()) {
            object.asks(null);
            return batch(http, object, op("delete", "o", ""));
        }
        if (hasX) {
            object.asks("{\"y\":" + y + "}");
            return batch(http, object, op("delete", "o/x", ""));
        }
        object.asks("{\"x\":" + y + ",\"y\":" + y + "}");
        return batch(http, object, op("merge", "o", "{\"x\":" + y + "}"));
    }

    private @Nullable String count(Http http) throws IOException {
        countInDoubt = true;
        Http.Answer answer =
                send(http, "POST", entries + "/batch_write", "{\"ops\":[" + op("increment", "c", "1") + "]}");
        countInDoubt = false;
        if (answer.status() != 200) {
            return unexpected("an increment", answer);
        }
        counted++;
        acknowledged++;
        return null;
    }

    private @Nullable String countShared(Http http) throws IOException {
        sharedPerhaps++;
        Http.Answer answer = send(
                http,
                "POST",
                entries + "/batch_write",
                "{\"ops\":[{\"op\":\"increment\",\"path\":\"shared\",\"value\":1}]}");
        sharedPerhaps--;
        if (answer.status() != 200) {
            return unexpected("an increment", answer);
        }
        shared++;
        acknowledged++;
        return null;
    }

    @Override
    @Nullable String check(Http http) throws IOException {
        Http.Answer answer = get(http, path("r"));
        String found = value(answer);
        if (!register.mayBe(found)) {
            return "register " + number + " should be " + register + ", is " + found;
        }
        register.is(found);
        revision = found == null ? 0 : number(REVISION, answer.text());

        String a = value(get(http, path("a")));
        String b = value(get(http, path("b")));
        if (!pair.mayBe(a) || !java.util.Objects.equals(a, b)) {
            return "pair " + number + " should be " + pair + ", is " + a + " and " + b;
        }
        pair.is(a);

        String there = value(get(http, path("o")));
        if (!object.mayBe(there)) {
            return "object " + number + " should be " + object + ", is " + there;
        }
        object.is(there);

        String count = value(get(http, path("c")));
        long total = count == null ? 0 : Long.parseLong(count);
        if (total != counted && !(countInDoubt && total == counted + 1)) {
            return "counter " + number + " should be " + counted + (countInDoubt ? " or one more" : "") + ", is "
                    + total;
        }
        counted = total;
        countInDoubt = false;
        return null;
    }

    static @Nullable String value(Http.Answer answer) throws IOException {
        if (answer.status() == 404) {
            return null;
        }
        Matcher matcher = VALUE.matcher(answer.text());
        if (answer.status() != 200 || !matcher.find()) {
            throw new IOException(unexpected("a read", answer));
        }
        return matcher.group(1);
    }

    static long number(Pattern pattern, String text) throws IOException {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IOException("no number in " + text);
        }
        return Long.parseLong(matcher.group(1));
    }
}
