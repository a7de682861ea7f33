package dev.varve.bench.histories;

import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.bench.Http;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A server over one connection, which may be lost at any time. Confined to its client's thread. */
final class HttpTarget implements Target<Request, Answer> {

    private static final String ROOT = "/v1/stream/";
    private static final Pattern KIND = Pattern.compile("\"kind\":\"([a-z_]+)\"");
    private static final Pattern ITEM = Pattern.compile("\"index\":(\\d+)");
    private static final Pattern RESULT =
            Pattern.compile("\"next_offset\":\"([^\"]+)\",\"closed\":(true|false),\"duplicate\":(true|false)");

    private final HttpCalls calls;

    HttpTarget(int port) {
        this.calls = new HttpCalls(port);
    }

    @Override
    public Outcome<Answer> call(String paths, Request request, Patience patience, SplittableRandom random)
            throws InterruptedException {
        return calls.connect()
                ? calls.send(call(paths, request), patience, random, answer -> answered(request, answer))
                : Outcome.notApplied();
    }

    private static HttpCalls.Call call(String paths, Request request) {
        String path = paths + request.paths().getFirst();
        return switch (request) {
            case Request.Create(String name) ->
                HttpCalls.Call.of("PUT", ROOT + path, "Content-Type", Request.contentType(name));
            case Request.Append append ->
                new HttpCalls.Call(
                        "POST", ROOT + path, body(append), headers(append).toArray(String[]::new));
            case Request.AppendAll(List<Request.Append> items) ->
                HttpCalls.Call.json("POST", "/v1/streams/append", body(paths, items));
            case Request.Read read -> HttpCalls.Call.of("GET", ROOT + path + "?offset=" + new Offset(read.from()));
            case Request.Tail _ -> HttpCalls.Call.of("HEAD", ROOT + path);
            case Request.Delete _ -> HttpCalls.Call.of("DELETE", ROOT + path);
        };
    }

    private static byte[] body(Request.Append append) {
        return append.messages().isEmpty()
                ? new byte[0]
                : Message.body(append.messages(), Request.isJson(append.path()));
    }

    private static List<String> headers(Request.Append append) {
        List<String> headers = new ArrayList<>();
        if (!append.messages().isEmpty()) {
            headers.addAll(List.of("Content-Type", Request.contentType(append.path())));
        }
        if (append.sequence() != null) {
            headers.addAll(List.of("Stream-Seq", append.sequence()));
        }
        Producer producer = append.producer();
        if (producer != null) {
            headers.addAll(List.of("Producer-Id", producer.id()));
            headers.addAll(List.of("Producer-Epoch", Long.toString(producer.epoch())));
            headers.addAll(List.of("Producer-Seq", Long.toString(producer.sequence())));
        }
        Long ifMatch = append.ifMatch();
        if (ifMatch != null) {
            headers.addAll(List.of("If-Match", '"' + Offset.at(ifMatch).toString() + '"'));
        }
        if (append.close()) {
            headers.addAll(List.of("Stream-Closed", "true"));
        }
        return headers;
    }

    private static String body(String paths, List<Request.Append> items) {
        StringBuilder json = new StringBuilder("{\"appends\":[");
        for (Request.Append item : items) {
            boolean isJson = Request.isJson(item.path());
            json.append(json.charAt(json.length() - 1) == '}' ? "," : "");
            json.append("{\"path\":\"").append(paths).append(item.path()).append('"');
            if (!item.messages().isEmpty()) {
                String body = new String(Message.body(item.messages(), isJson), StandardCharsets.US_ASCII);
                json.append(",\"content_type\":\"")
                        .append(Request.contentType(item.path()))
                        .append('"');
                json.append(isJson ? ",\"json\":" + body : ",\"data\":\"" + body + '"');
            }
            if (item.sequence() != null) {
                json.append(",\"seq\":\"").append(item.sequence()).append('"');
            }
            Producer producer = item.producer();
            if (producer != null) {
                json.append(",\"producer\":{\"id\":\"").append(producer.id());
                json.append("\",\"epoch\":").append(producer.epoch());
                json.append(",\"seq\":").append(producer.sequence()).append('}');
            }
            Long ifMatch = item.ifMatch();
            if (ifMatch != null) {
                json.append(",\"if_match\":\"").append(Offset.at(ifMatch)).append('"');
            }
            json.append(item.close() ? ",\"close\":true}" : "}");
        }
        return json.append("]}").toString();
    }

    private static Outcome<Answer> answered(Request request, Http.Answer answer) {
        if (answer.status() >= 500) {
            Matcher kind = KIND.matcher(answer.text());
            String name = kind.find() ? kind.group(1) : "";
            switch (name) {
                case "overloaded", "unavailable" -> {
                    return Outcome.notApplied();
                }
                case "outcome_unknown" -> {
                    return Outcome.open();
                }
                default -> {
                    if (answer.status() == 503 && request instanceof Request.Tail) {
                        return Outcome.notApplied(); // an answer to HEAD has no body to say more
                    }
                }
            }
            throw new IllegalStateException(
                    "status " + answer.status() + " to " + StreamsText.text(request) + ": " + answer.text());
        }
        if (answer.status() >= 400) {
            return new Outcome.Answered<>(refused(request, answer));
        }
        return new Outcome.Answered<>(
                switch (request) {
                    case Request.Create _ ->
                        new Answer.Made(answer.status() == 201, next(answer), is(answer, "stream-closed"));
                    case Request.Append append -> written(append, answer);
                    case Request.AppendAll all -> writtenAll(all, answer);
                    case Request.Read read ->
                        new Answer.Page(
                                read.from() < 0 ? null : read.from(),
                                next(answer),
                                !is(answer, "stream-up-to-date"),
                                is(answer, "stream-closed"),
                                page(read, answer));
                    case Request.Tail _ -> new Answer.End(next(answer), is(answer, "stream-closed"));
                    case Request.Delete _ -> new Answer.Deleted();
                });
    }

    private static List<Message> page(Request.Read read, Http.Answer answer) {
        boolean json = Request.isJson(read.path());
        return Message.parse(answer.body(), json);
    }

    private static Answer written(Request.Append append, Http.Answer answer) {
        Producer producer = append.producer();
        boolean said = producer != null && !append.messages().isEmpty();
        Long epoch = number(answer, "producer-epoch");
        Long sequence = number(answer, "producer-seq");
        return new Answer.Written(
                next(answer),
                is(answer, "stream-closed"),
                said ? answer.status() == 204 : null,
                producer == null || epoch == null || sequence == null
                        ? null
                        : new Producer(producer.id(), epoch, sequence));
    }

    private static Answer writtenAll(Request.AppendAll all, Http.Answer answer) {
        List<Answer.Written> items = new ArrayList<>();
        Matcher result = RESULT.matcher(answer.text());
        while (result.find()) {
            items.add(new Answer.Written(
                    Offset.parse(result.group(1)).position(),
                    result.group(2).equals("true"),
                    result.group(3).equals("true"),
                    null));
        }
        if (items.size() != all.items().size()) {
            throw new IllegalStateException("results of an atomic append that cannot be read: " + answer.text());
        }
        return new Answer.WrittenAll(items);
    }

    private static Answer.Refused refused(Request request, Http.Answer answer) {
        Matcher kind = KIND.matcher(answer.text());
        Matcher item = ITEM.matcher(answer.text());
        boolean head = request instanceof Request.Tail && answer.status() == 404;
        if (!head && !kind.find()) {
            throw new IllegalStateException("status " + answer.status() + " without a kind to "
                    + StreamsText.text(request) + ": " + answer.text());
        }
        String offset = answer.header("stream-next-offset");
        return new Answer.Refused(
                head ? ErrorKind.NOT_FOUND : ErrorKind.valueOf(kind.group(1).toUpperCase(Locale.ROOT)),
                item.find() ? Integer.valueOf(item.group(1)) : null,
                offset == null ? null : Offset.parse(offset).position(),
                number(answer, "producer-epoch"),
                number(answer, "producer-expected-seq"),
                number(answer, "producer-received-seq"));
    }

    private static long next(Http.Answer answer) {
        String offset = answer.header("stream-next-offset");
        if (offset == null) {
            throw new IllegalStateException("status " + answer.status() + " without Stream-Next-Offset");
        }
        return Offset.parse(offset).position();
    }

    private static boolean is(Http.Answer answer, String header) {
        return "true".equals(answer.header(header));
    }

    private static @Nullable Long number(Http.Answer answer, String header) {
        String value = answer.header(header);
        return value == null ? null : Long.valueOf(value);
    }

    @Override
    public void close() {
        calls.close();
    }
}
