package dev.varve.bench.histories;

import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventRead;
import dev.varve.bench.Http;
import dev.varve.bench.histories.HttpCalls.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A server over one connection, which may be lost at any time. Confined to its client's thread. */
final class EventHttpTarget implements Target<EventRequest, EventAnswer> {

    private final HttpCalls calls;

    EventHttpTarget(int port) {
        this.calls = new HttpCalls(port);
    }

    @Override
    public Outcome<EventAnswer> call(String prefix, EventRequest request, Patience patience, SplittableRandom random)
            throws InterruptedException {
        if (!calls.connect()) {
            return Outcome.notApplied();
        }
        String store = "/api/stores/" + prefix + request.store();
        Call call = switch (request) {
            case EventRequest.Append append -> Call.json("POST", store + "/events", body(append, append.toAppend()));
            case EventRequest.Read read -> Call.of("GET", store + target(read));
        };
        return calls.send(call, patience, random, answer -> answered(request, answer));
    }

    private static String target(EventRequest.Read read) {
        return (read.aggregate().isEmpty() ? "/events" : "/aggregates/t/" + read.aggregate())
                + "?limit=" + EventRead.MAX_LIMIT
                + (read.type().isEmpty() ? "" : "&type=" + read.type())
                + (read.tag().isEmpty() ? "" : "&tag=" + read.tag())
                + (read.after() < 0 ? "" : "&after=" + read.after())
                + (read.backward() ? "&backward=true" : "");
    }

    private static String body(EventRequest.Append append, EventAppend made) {
        StringBuilder json = new StringBuilder("{\"events\":[");
        for (int i = 0; i < made.events().size(); i++) {
            EventRequest.Event event = append.events().get(i);
            json.append(i == 0 ? "" : ",")
                    .append("{\"type\":\"")
                    .append(event.type())
                    .append("\",\"id\":\"")
                    .append(made.events().get(i).event().id())
                    .append("\",\"data\":")
                    .append(made.events().get(i).event().data().text())
                    .append(event.aggregate().isEmpty() ? "" : ",\"aggregate\":" + id(event.aggregate()))
                    .append(",\"tags\":")
                    .append(list(event.tags()))
                    .append('}');
        }
        json.append("],\"checks\":[");
        for (int i = 0; i < append.checks().size(); i++) {
            EventRequest.Check check = append.checks().get(i);
            json.append(i == 0 ? "" : ",")
                    .append("{\"aggregate\":")
                    .append(id(check.aggregate()))
                    .append(",\"expected\":")
                    .append(expected(check.expected()))
                    .append('}');
        }
        json.append(']');
        EventRequest.Condition condition = append.condition();
        if (condition != null) {
            json.append(",\"condition\":{\"fail_if_events_match\":{\"items\":[{\"types\":")
                    .append(list(condition.types()))
                    .append(",\"tags\":")
                    .append(list(condition.tags()))
                    .append("}]},\"after\":")
                    .append(condition.after())
                    .append('}');
        }
        if (append.tracking() > 0) {
            json.append(",\"tracking\":{\"source\":\"source\",\"position\":")
                    .append(append.tracking())
                    .append('}');
        }
        return json.append('}').toString();
    }

    private static String id(String aggregate) {
        return "{\"type\":\"t\",\"id\":\"" + aggregate + "\"}";
    }

    private static String list(List<String> terms) {
        return terms.isEmpty() ? "[]" : "[\"" + String.join("\",\"", terms) + "\"]";
    }

    private static String expected(String text) {
        String number = text.replaceFirst("^[a-z]*", "");
        String comparison = text.substring(0, text.length() - number.length());
        return number.isEmpty() || !number.matches("-?[0-9]+")
                ? "\"" + text + "\""
                : comparison.isEmpty() ? number : "{\"" + comparison + "\":" + number + "}";
    }

    // ---- answers

    private static Outcome<EventAnswer> answered(EventRequest request, Http.Answer answer) {
        JsonNode json = answer.body().length == 0 ? null : EntryValues.json(answer.text());
        if (answer.status() == 200 && json != null) {
            return new Outcome.Answered<>(
                    request instanceof EventRequest.Append append ? appended(append, json) : page(json));
        }
        String kind = json == null ? "" : json.path("kind").asString("");
        if (answer.status() >= 500) {
            switch (kind) {
                case "overloaded", "unavailable" -> {
                    return Outcome.notApplied();
                }
                case "outcome_unknown" -> {
                    return Outcome.open();
                }
                default -> {}
            }
        } else if (answer.status() == 404
                && request instanceof EventRequest.Read read
                && !read.aggregate().isEmpty()) {
            // What the page would be is told of an aggregate that is there only.
            return Outcome.notApplied();
        } else if (json != null && request instanceof EventRequest.Append) {
            Reason reason = reason(json.path("reason").asString(""));
            if (reason != null) {
                SortedMap<String, Long> actual = new TreeMap<>();
                json.path("violations").forEach(violation -> put(actual, violation, "actual"));
                return new Outcome.Answered<>(new EventAnswer.Refused(
                        reason, actual, json.path("position").asLong(-1)));
            }
        }
        throw new IllegalStateException(
                "status " + answer.status() + " to " + EventsText.text(request) + ": " + answer.text());
    }

    private static @Nullable Reason reason(String name) {
        for (Reason reason : Reason.values()) {
            if (reason.wireName().equals(name)) {
                return reason;
            }
        }
        return null;
    }

    private static void put(SortedMap<String, Long> versions, JsonNode node, String name) {
        versions.put(
                node.path("aggregate").path("id").stringValue(), node.path(name).longValue());
    }

    private static EventAnswer appended(EventRequest.Append append, JsonNode json) {
        SortedMap<String, Long> versions = new TreeMap<>();
        json.path("aggregates").forEach(written -> put(versions, written, "version"));
        long first =
                append.events().isEmpty() ? -1 : json.path("first_position").longValue();
        return new EventAnswer.Appended(first, versions, json.path("idempotent").booleanValue());
    }

    private static EventAnswer page(JsonNode json) {
        List<EventAnswer.Seen> seen = new ArrayList<>();
        json.path("events")
                .forEach(event -> seen.add(new EventAnswer.Seen(
                        event.path("position").longValue(),
                        event.path("data").stringValue(),
                        event.path("aggregate").isObject()
                                ? event.path("version").longValue()
                                : -1)));
        return new EventAnswer.Page(json.path("head").longValue(), seen);
    }

    @Override
    public void close() {
        calls.close();
    }
}
