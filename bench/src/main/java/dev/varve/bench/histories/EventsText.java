package dev.varve.bench.histories;

import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.ExpectedVersion.Compared;
import dev.varve.api.ExpectedVersion.Comparison;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Requests and answers of events as text.
 *
 * <pre>
 * append s0 17 check=a0:5 event=a0:T1:t0,t1 event=:T0: unless=T1:t0@12 tracking=3 -> appended 13 a0=6
 * append s0 18 check=a0:gte5 event=a0:T1: -> refused wrong_expected_version -1 a0=4
 * transact s0 19 check=a0:6 event=a0:T1: set=e0@7 message -> committed 4711 14 8 0 a0=7
 * transact s0 20 event=:T1: add=c0@2 -> committed 4811 15 9 5 replayed
 * transact s0 21 check=a0:6 event=a0:T1: set=e0@7 -> blocked 0:wrong_expected_version:7 2:conflict:8
 * entry s0 e0 -> value 8 19
 * messages s0 -> messages 19
 * read s0 a0:T1:t0 backward -> page 13 12=16/0@5 8=9/1@4
 * </pre>
 */
final class EventsText {

    private EventsText() {}

    /** {@code any}, {@code noStream}, {@code exists}, a version, or one after {@code ne}, {@code lt}, {@code lte}, {@code gt} or {@code gte}. */
    static ExpectedVersion expected(String text) {
        for (Comparison comparison : Comparison.values()) {
            if (text.matches(comparison.wireName() + "-?[0-9]+")) {
                return new Compared(
                        comparison,
                        Long.parseLong(text.substring(comparison.wireName().length())));
            }
        }
        return ExpectedVersion.parse(text);
    }

    private static String terms(List<String> terms) {
        return String.join(",", terms);
    }

    private static List<String> terms(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(","));
    }

    static String text(EventRequest request) {
        StringBuilder text = new StringBuilder();
        switch (request) {
            case EventRequest.Append append -> append(text.append("append "), append);
            case EventRequest.Transact transact -> {
                append(text.append("transact "), transact.append());
                EventRequest.Change change = transact.change();
                if (change != null) {
                    text.append(change.add() > 0 ? " add=" : " set=")
                            .append(change.path())
                            .append('@')
                            .append(change.add() > 0 ? change.add() : change.match());
                }
                text.append(transact.message() ? " message" : "");
            }
            case EventRequest.Open open -> text.append("open ").append(open.store());
            case EventRequest.GetEntry get ->
                text.append("entry ").append(get.store()).append(' ').append(get.path());
            case EventRequest.GetMessages get -> text.append("messages ").append(get.store());
            case EventRequest.Read read ->
                text.append("read ")
                        .append(read.store())
                        .append(' ')
                        .append(read.aggregate())
                        .append(':')
                        .append(read.type())
                        .append(':')
                        .append(read.tag())
                        .append(read.after() < 0 ? "" : " after=" + read.after())
                        .append(read.backward() ? " backward" : "");
        }
        return text.toString();
    }

    private static void append(StringBuilder text, EventRequest.Append append) {
        text.append(append.store()).append(' ').append(append.name());
        append.checks()
                .forEach(check -> text.append(" check=")
                        .append(check.aggregate())
                        .append(':')
                        .append(check.expected()));
        append.events()
                .forEach(event -> text.append(" event=")
                        .append(event.aggregate())
                        .append(':')
                        .append(event.type())
                        .append(':')
                        .append(terms(event.tags())));
        EventRequest.Condition condition = append.condition();
        if (condition != null) {
            text.append(" unless=")
                    .append(terms(condition.types()))
                    .append(':')
                    .append(terms(condition.tags()))
                    .append('@')
                    .append(condition.after());
        }
        text.append(append.tracking() > 0 ? " tracking=" + append.tracking() : "");
    }

    static EventRequest request(String text) {
        String[] words = text.split(" ");
        return switch (words[0]) {
            case "read" -> read(words);
            case "open" -> new EventRequest.Open(words[1]);
            case "entry" -> new EventRequest.GetEntry(words[1], words[2]);
            case "messages" -> new EventRequest.GetMessages(words[1]);
            default -> write(words);
        };
    }

    private static EventRequest read(String[] words) {
        String[] what = words[2].split(":", -1);
        long after = -1;
        boolean backward = false;
        for (String word : Arrays.asList(words).subList(3, words.length)) {
            backward |= word.equals("backward");
            after = word.startsWith("after=") ? Long.parseLong(word.substring("after=".length())) : after;
        }
        return new EventRequest.Read(words[1], what[0], what[1], what[2], after, backward);
    }

    private static EventRequest write(String[] words) {
        List<EventRequest.Check> checks = new ArrayList<>();
        List<EventRequest.Event> events = new ArrayList<>();
        EventRequest.Condition condition = null;
        long tracking = 0;
        EventRequest.Change change = null;
        boolean message = false;
        for (String word : Arrays.asList(words).subList(3, words.length)) {
            String value = word.substring(word.indexOf('=') + 1);
            String[] parts = value.split(":", -1);
            String[] place = value.split("@");
            switch (word.split("=")[0]) {
                case "check" -> checks.add(new EventRequest.Check(parts[0], parts[1]));
                case "event" -> events.add(new EventRequest.Event(parts[0], parts[1], terms(parts[2])));
                case "unless" -> {
                    String[] after = parts[1].split("@");
                    condition = new EventRequest.Condition(terms(parts[0]), terms(after[0]), Long.parseLong(after[1]));
                }
                case "tracking" -> tracking = Long.parseLong(value);
                case "set" -> change = new EventRequest.Change(place[0], Long.parseLong(place[1]), 0);
                case "add" ->
                    change = new EventRequest.Change(place[0], EventRequest.Change.ANY, Long.parseLong(place[1]));
                case "message" -> message = true;
                default -> throw new IllegalArgumentException("no such part of an append: " + word);
            }
        }
        EventRequest.Append append = new EventRequest.Append(words[1], words[2], checks, events, condition, tracking);
        return words[0].equals("transact") ? new EventRequest.Transact(append, change, message) : append;
    }

    static String text(EventAnswer answer) {
        return switch (answer) {
            case EventAnswer.Appended appended ->
                "appended " + appended.first() + text(appended.versions()) + (appended.again() ? " again" : "");
            case EventAnswer.Refused refused ->
                "refused " + refused.reason().wireName() + " " + refused.position() + text(refused.actual());
            case EventAnswer.Committed committed ->
                "committed " + committed.number() + " " + committed.first() + " " + committed.seq() + " "
                        + committed.total() + text(committed.versions()) + (committed.replayed() ? " replayed" : "");
            case EventAnswer.Blocked blocked ->
                "blocked"
                        + blocked.failures().stream()
                                .map(one -> " " + one.index() + ":" + one.kind() + ":" + one.actual())
                                .collect(Collectors.joining());
            case EventAnswer.Opened _ -> "opened";
            case EventAnswer.Value value ->
                "value " + value.revision() + (value.value().isEmpty() ? "" : " " + value.value());
            case EventAnswer.Messages messages -> String.join(" ", prepended("messages", messages.names()));
            case EventAnswer.Page page -> {
                StringBuilder text = new StringBuilder("page ").append(page.head());
                page.events()
                        .forEach(seen -> text.append(' ')
                                .append(seen.position())
                                .append('=')
                                .append(seen.name())
                                .append('@')
                                .append(seen.version()));
                yield text.toString();
            }
        };
    }

    private static String text(SortedMap<String, Long> versions) {
        StringBuilder text = new StringBuilder();
        versions.forEach((aggregate, version) ->
                text.append(' ').append(aggregate).append('=').append(version));
        return text.toString();
    }

    static EventAnswer answer(String text) {
        List<String> words = new ArrayList<>(Arrays.asList(text.split(" ")));
        String kind = words.removeFirst();
        return switch (kind) {
            case "appended" -> {
                long first = Long.parseLong(words.removeFirst());
                boolean again = words.remove("again");
                yield new EventAnswer.Appended(first, versions(words), again);
            }
            case "committed" -> {
                boolean replayed = words.remove("replayed");
                yield new EventAnswer.Committed(
                        Long.parseLong(words.removeFirst()),
                        Long.parseLong(words.removeFirst()),
                        versions(words.subList(2, words.size())),
                        Long.parseLong(words.get(0)),
                        Long.parseLong(words.get(1)),
                        replayed);
            }
            case "blocked" ->
                new EventAnswer.Blocked(words.stream()
                        .map(word -> word.split(":"))
                        .map(parts -> new EventAnswer.Failure(Integer.parseInt(parts[0]), parts[1], parts[2]))
                        .toList());
            case "opened" -> new EventAnswer.Opened();
            case "value" ->
                new EventAnswer.Value(Long.parseLong(words.getFirst()), words.size() > 1 ? words.get(1) : "");
            case "messages" -> new EventAnswer.Messages(List.copyOf(words));
            case "refused" -> {
                Reason reason = Reason.valueOf(words.removeFirst().toUpperCase(Locale.ROOT));
                long position = Long.parseLong(words.removeFirst());
                yield new EventAnswer.Refused(reason, versions(words), position);
            }
            case "page" -> {
                long head = Long.parseLong(words.removeFirst());
                List<EventAnswer.Seen> seen = new ArrayList<>();
                for (String word : words) {
                    String[] parts = word.split("[=@]");
                    seen.add(new EventAnswer.Seen(Long.parseLong(parts[0]), parts[1], Long.parseLong(parts[2])));
                }
                yield new EventAnswer.Page(head, seen);
            }
            default -> throw new IllegalArgumentException("no such answer: " + text);
        };
    }

    private static List<String> prepended(String first, List<String> rest) {
        List<String> all = new ArrayList<>(List.of(first));
        all.addAll(rest);
        return all;
    }

    private static SortedMap<String, Long> versions(List<String> words) {
        SortedMap<String, Long> versions = new TreeMap<>();
        for (String word : words) {
            String[] parts = word.split("=");
            versions.put(parts[0], Long.parseLong(parts[1]));
        }
        return versions;
    }
}
