package dev.varve.bench.histories;

import dev.varve.api.AggregateStatus;
import dev.varve.api.EventAppendResult.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Answers of events as text, and back; {@link EventsText} has examples. Stateless. */
final class EventAnswersText {

    private static final String FOR_EVER = "forever";
    private static final String MORE = "more";

    private EventAnswersText() {}

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
            case EventAnswer.Absent absent -> absent.forEver() ? "absent " + FOR_EVER : "absent";
            case EventAnswer.Deleted deleted -> "deleted " + deleted.status().wireName() + " " + deleted.version();
            case EventAnswer.Changed changed -> "changed " + changed.seq();
            case EventAnswer.Unchanged unchanged -> "unchanged " + unchanged.kind() + " " + unchanged.revision();
            case EventAnswer.Said _ -> "said";
            case EventAnswer.Commits page -> {
                StringBuilder text = new StringBuilder("commits ").append(page.next());
                text.append(page.more() ? " " + MORE : "");
                page.commits().forEach(commit -> append(text, commit));
                yield text.toString();
            }
            case EventAnswer.Value value ->
                "value " + value.revision() + (value.value().isEmpty() ? "" : " " + value.value());
            case EventAnswer.Messages messages -> String.join(" ", prepended("messages", messages.names()));
            case EventAnswer.Page page -> {
                StringBuilder text = new StringBuilder("page ").append(page.head());
                page.events().forEach(seen -> append(text, seen));
                yield text.toString();
            }
        };
    }

    private static void append(StringBuilder text, EventAnswer.Seen seen) {
        text.append(' ')
                .append(seen.position())
                .append('=')
                .append(seen.name())
                .append('@')
                .append(seen.version());
    }

    private static void append(StringBuilder text, EventAnswer.Commit commit) {
        text.append(" #").append(commit.number());
        for (EventAnswer.EntryChanged change : commit.changes()) {
            text.append(' ')
                    .append(change.seq())
                    .append(':')
                    .append(change.op())
                    .append(':')
                    .append(change.path())
                    .append(':')
                    .append(change.value());
        }
        commit.events().forEach(seen -> append(text, seen));
        commit.messages().forEach(name -> text.append(' ').append(name));
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
            case "opened" -> new EventAnswer.Opened(false);
            case "absent" -> new EventAnswer.Absent(words.contains(FOR_EVER));
            case "deleted" ->
                new EventAnswer.Deleted(
                        AggregateStatus.valueOf(words.get(0).toUpperCase(Locale.ROOT)), Long.parseLong(words.get(1)));
            case "changed" -> new EventAnswer.Changed(Long.parseLong(words.getFirst()));
            case "unchanged" -> new EventAnswer.Unchanged(words.get(0), Long.parseLong(words.get(1)));
            case "said" -> new EventAnswer.Said();
            case "commits" -> commits(words);
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
                yield new EventAnswer.Page(
                        head, words.stream().map(EventAnswersText::seen).toList());
            }
            default -> throw new IllegalArgumentException("no such answer: " + text);
        };
    }

    private static EventAnswer.Seen seen(String word) {
        String[] parts = word.split("[=@]");
        return new EventAnswer.Seen(Long.parseLong(parts[0]), parts[1], Long.parseLong(parts[2]));
    }

    private static EventAnswer.Commits commits(List<String> words) {
        long next = Long.parseLong(words.removeFirst());
        boolean more = words.remove(MORE);
        List<EventAnswer.Commit> commits = new ArrayList<>();
        for (int from = 0, to; from < words.size(); from = to) {
            for (to = from + 1; to < words.size() && !words.get(to).startsWith("#"); ) {
                to++;
            }
            commits.add(commit(words.subList(from, to)));
        }
        return new EventAnswer.Commits(commits, next, more);
    }

    private static EventAnswer.Commit commit(List<String> words) {
        List<EventAnswer.EntryChanged> changes = new ArrayList<>();
        List<EventAnswer.Seen> events = new ArrayList<>();
        List<String> messages = new ArrayList<>();
        for (String word : words.subList(1, words.size())) {
            if (word.contains("=")) {
                events.add(seen(word));
            } else if (word.contains(":")) {
                String[] parts = word.split(":");
                changes.add(new EventAnswer.EntryChanged(Long.parseLong(parts[0]), parts[1], parts[2], parts[3]));
            } else {
                messages.add(word);
            }
        }
        return new EventAnswer.Commit(Long.parseLong(words.getFirst().substring(1)), changes, events, messages);
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
