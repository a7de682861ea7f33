package dev.varve.bench.histories;

import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Requests to streams and their answers as text:
 *
 * <pre>
 * append t0 12:40 producer=p3/0/5 if-match=120
 * written next=160 new producer=p3/0/5
 * </pre>
 *
 * Stateless.
 */
final class StreamsText {

    private static final String AND = " + ";

    private StreamsText() {}

    // ---- requests ----

    static String text(Request request) {
        return switch (request) {
            case Request.Create(String path) -> "create " + path;
            case Request.Append append -> text(append);
            case Request.AppendAll(List<Request.Append> items) ->
                "append-all "
                        + String.join(AND, items.stream().map(StreamsText::text).toList());
            case Request.Read(String path, long from, int maxBytes) ->
                "read " + path + " from=" + position(from) + " max=" + maxBytes;
            case Request.Tail(String path) -> "tail " + path;
            case Request.Delete(String path) -> "delete " + path;
        };
    }

    private static String text(Request.Append append) {
        return "append " + append.path()
                + (append.messages().isEmpty() ? "" : " " + text(append.messages()))
                + said("seq", append.sequence())
                + said("producer", append.producer())
                + said("if-match", append.ifMatch())
                + (append.close() ? " close" : "");
    }

    static Request request(String text) {
        int space = text.indexOf(' ');
        String rest = text.substring(space + 1);
        return switch (text.substring(0, space)) {
            case "create" -> new Request.Create(rest);
            case "append" -> append(text);
            case "append-all" ->
                new Request.AppendAll(Arrays.stream(rest.split(" \\+ "))
                        .map(StreamsText::append)
                        .toList());
            case "read" -> {
                Words words = new Words(rest);
                yield new Request.Read(
                        words.first, position(words.needed("from")), Integer.parseInt(words.needed("max")));
            }
            case "tail" -> new Request.Tail(rest);
            case "delete" -> new Request.Delete(rest);
            default -> throw new IllegalArgumentException("no such request: " + text);
        };
    }

    private static Request.Append append(String text) {
        Words words = new Words(text.substring("append ".length()));
        return new Request.Append(
                words.first,
                words.messages,
                words.said.get("seq"),
                producer(words.said.get("producer")),
                number(words.said.get("if-match")),
                words.has("close"));
    }

    // ---- answers ----

    static String text(Answer answer) {
        return switch (answer) {
            case Answer.Made(boolean created, long next, boolean closed) ->
                (created ? "created" : "existing") + " next=" + next + (closed ? " closed" : "");
            case Answer.Written written -> text(written);
            case Answer.WrittenAll(List<Answer.Written> items) ->
                "written-all "
                        + String.join(AND, items.stream().map(StreamsText::text).toList());
            case Answer.Page page ->
                "page" + said("start", page.start()) + " next=" + page.next() + (page.hasMore() ? " more" : "")
                        + (page.closed() ? " closed" : "")
                        + (page.messages().isEmpty() ? "" : " " + text(page.messages()));
            case Answer.End(long next, boolean closed) -> "end next=" + next + (closed ? " closed" : "");
            case Answer.Deleted() -> "deleted";
            case Answer.Refused refused ->
                "refused " + refused.kind().wireName()
                        + said("item", refused.item())
                        + said("offset", refused.offset())
                        + said("epoch", refused.epoch())
                        + said("expected", refused.expected())
                        + said("received", refused.received());
        };
    }

    private static String text(Answer.Written written) {
        Boolean duplicate = written.duplicate();
        return "written next=" + written.next() + (written.closed() ? " closed" : "")
                + (duplicate == null ? "" : duplicate ? " duplicate" : " new")
                + said("producer", written.producer());
    }

    static Answer answer(String text) {
        int space = text.indexOf(' ');
        String what = space < 0 ? text : text.substring(0, space);
        String rest = space < 0 ? "" : text.substring(space + 1);
        return switch (what) {
            case "created", "existing" -> {
                Words words = new Words(". " + rest);
                yield new Answer.Made(
                        what.equals("created"), Long.parseLong(words.needed("next")), words.has("closed"));
            }
            case "written" -> written(text);
            case "written-all" ->
                new Answer.WrittenAll(Arrays.stream(rest.split(" \\+ "))
                        .map(StreamsText::written)
                        .toList());
            case "page" -> {
                Words words = new Words(". " + rest);
                yield new Answer.Page(
                        number(words.said.get("start")),
                        Long.parseLong(words.needed("next")),
                        words.has("more"),
                        words.has("closed"),
                        words.messages);
            }
            case "end" -> {
                Words words = new Words(". " + rest);
                yield new Answer.End(Long.parseLong(words.needed("next")), words.has("closed"));
            }
            case "deleted" -> new Answer.Deleted();
            case "refused" -> {
                Words words = new Words(rest);
                Long item = number(words.said.get("item"));
                yield new Answer.Refused(
                        ErrorKind.valueOf(words.first.toUpperCase(Locale.ROOT)),
                        item == null ? null : item.intValue(),
                        number(words.said.get("offset")),
                        number(words.said.get("epoch")),
                        number(words.said.get("expected")),
                        number(words.said.get("received")));
            }
            default -> throw new IllegalArgumentException("no such answer: " + text);
        };
    }

    private static Answer.Written written(String text) {
        Words words = new Words(". " + text.substring("written ".length()));
        return new Answer.Written(
                Long.parseLong(words.needed("next")),
                words.has("closed"),
                words.has("duplicate") ? Boolean.TRUE : words.has("new") ? Boolean.FALSE : null,
                producer(words.said.get("producer")));
    }

    // ---- parts ----

    /** Words of a line: the first, those with a value, those without, and messages. Confined to one line. */
    private static final class Words {
        final String first;
        final Map<String, String> said = new HashMap<>();
        final List<Message> messages = new ArrayList<>();

        Words(String text) {
            String[] words = text.split(" ");
            first = words[0];
            for (String word : Arrays.asList(words).subList(1, words.length)) {
                int equals = word.indexOf('=');
                int colon = word.indexOf(':');
                if (equals > 0) {
                    said.put(word.substring(0, equals), word.substring(equals + 1));
                } else if (colon > 0) {
                    for (String message : word.split(",")) {
                        int at = message.indexOf(':');
                        messages.add(
                                new Message(message.substring(0, at), Integer.parseInt(message.substring(at + 1))));
                    }
                } else {
                    said.put(word, "");
                }
            }
        }

        boolean has(String word) {
            return said.containsKey(word);
        }

        String needed(String name) {
            String value = said.get(name);
            if (value == null) {
                throw new IllegalArgumentException(name + " is missing");
            }
            return value;
        }
    }

    private static String text(List<Message> messages) {
        return String.join(
                ",",
                messages.stream()
                        .map(message -> message.name() + ":" + message.length())
                        .toList());
    }

    private static String said(String name, @Nullable Object value) {
        if (value == null) {
            return "";
        }
        return " " + name + "="
                + (value instanceof Producer producer
                        ? producer.id() + "/" + producer.epoch() + "/" + producer.sequence()
                        : value.toString());
    }

    private static @Nullable Producer producer(@Nullable String text) {
        if (text == null) {
            return null;
        }
        String[] parts = text.split("/");
        return new Producer(parts[0], Long.parseLong(parts[1]), Long.parseLong(parts[2]));
    }

    private static @Nullable Long number(@Nullable String text) {
        return text == null ? null : Long.valueOf(text);
    }

    private static String position(long position) {
        return position == Offset.NOW.position()
                ? "now"
                : position == Offset.BEGINNING.position() ? "start" : Long.toString(position);
    }

    private static long position(String text) {
        return switch (text) {
            case "now" -> Offset.NOW.position();
            case "start" -> Offset.BEGINNING.position();
            default -> Long.parseLong(text);
        };
    }
}
