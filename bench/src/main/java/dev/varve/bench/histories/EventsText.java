package dev.varve.bench.histories;

import dev.varve.api.ExpectedVersion;
import dev.varve.api.ExpectedVersion.Compared;
import dev.varve.api.ExpectedVersion.Comparison;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Requests of events as text, with their answers as {@link EventAnswersText} has them.
 *
 * <pre>
 * append s0 17 check=a0:5 event=a0:T1:t0,t1 event=:T0: unless=T1:t0@12 tracking=3 -> appended 13 a0=6
 * append s0 18 check=a0:gte5 event=a0:T1: -> refused wrong_expected_version -1 a0=4
 * transact s0 19 check=a0:6 event=a0:T1: set=e0@7 message -> committed 4711 14 8 0 a0=7
 * transact s0 20 event=:T1: add=c0@2 -> committed 4811 15 9 5 replayed
 * transact s0 21 check=a0:6 event=a0:T1: set=e0@7 -> blocked 0:wrong_expected_version:7 2:conflict:8
 * entry s0 e0 -> value 8 19
 * messages s0 -> messages 19
 * transact s0 22 key=19 check=a0:7 -> blocked -1:idempotency_key_reused:4711
 * read s0 a0:T1:t0 backward -> page 13 12=16/0@5 8=9/1@4
 * change s0 23 set=e1@0 -> changed 10
 * change s0 24 add=c0@24 -> changed 11
 * say s0 25 -> said
 * delete s0 26 a0:7 forever -> deleted tombstoned 7
 * commits s0 4711 2 -> commits 4905 more #4811 9:increment:c0:5 15=20/0@-1 20 #4905 10:set:e1:23
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
                change(text, transact.change());
                text.append(transact.message() ? " message" : "");
                text.append(transact.key().equals(transact.name()) ? "" : " key=" + transact.key());
            }
            case EventRequest.ChangeEntry change -> {
                text.append("change ").append(change.store()).append(' ').append(change.name());
                change(text, change.change());
            }
            case EventRequest.Say say ->
                text.append("say ").append(say.store()).append(' ').append(say.name());
            case EventRequest.Delete delete ->
                text.append("delete ")
                        .append(delete.store())
                        .append(' ')
                        .append(delete.name())
                        .append(' ')
                        .append(delete.aggregate())
                        .append(':')
                        .append(delete.expected())
                        .append(delete.forEver() ? " forever" : "");
            case EventRequest.GetCommits get ->
                text.append("commits ")
                        .append(get.store())
                        .append(' ')
                        .append(get.after())
                        .append(' ')
                        .append(get.limit());
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

    private static void change(StringBuilder text, EventRequest.@Nullable Change change) {
        if (change != null) {
            text.append(change.add() > 0 ? " add=" : " set=")
                    .append(change.path())
                    .append('@')
                    .append(change.add() > 0 ? change.add() : change.match());
        }
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
            case "commits" ->
                new EventRequest.GetCommits(words[1], Long.parseLong(words[2]), Integer.parseInt(words[3]));
            case "change" -> new EventRequest.ChangeEntry(words[1], words[2], change(words[3]));
            case "say" -> new EventRequest.Say(words[1], words[2]);
            case "delete" -> {
                String[] what = words[3].split(":", -1);
                yield new EventRequest.Delete(words[1], words[2], what[0], what[1], words.length > 4);
            }
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
        String key = words[2];
        for (String word : Arrays.asList(words).subList(3, words.length)) {
            String value = word.substring(word.indexOf('=') + 1);
            String[] parts = value.split(":", -1);
            switch (word.split("=")[0]) {
                case "check" -> checks.add(new EventRequest.Check(parts[0], parts[1]));
                case "event" -> events.add(new EventRequest.Event(parts[0], parts[1], terms(parts[2])));
                case "unless" -> {
                    String[] after = parts[1].split("@");
                    condition = new EventRequest.Condition(terms(parts[0]), terms(after[0]), Long.parseLong(after[1]));
                }
                case "tracking" -> tracking = Long.parseLong(value);
                case "set", "add" -> change = change(word);
                case "key" -> key = value;
                case "message" -> message = true;
                default -> throw new IllegalArgumentException("no such part of an append: " + word);
            }
        }
        EventRequest.Append append = new EventRequest.Append(words[1], words[2], checks, events, condition, tracking);
        return words[0].equals("transact") ? new EventRequest.Transact(key, append, change, message) : append;
    }

    private static EventRequest.Change change(String word) {
        String[] parts = word.split("[=@]");
        long number = Long.parseLong(parts[2]);
        return parts[0].equals("add")
                ? new EventRequest.Change(parts[1], EventRequest.Change.ANY, number)
                : new EventRequest.Change(parts[1], number, 0);
    }
}
