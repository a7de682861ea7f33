package dev.varve.bench.histories;

import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventRead;
import dev.varve.api.NewEvent;
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
        String stream = "/v1/stream/" + EventRequest.stream(prefix + request.store());
        Call call = switch (request) {
            case EventRequest.Append append -> Call.json("POST", store + "/events", body(append));
            case EventRequest.Transact transact ->
                Call.json(
                        "POST",
                        store + "/transactions",
                        body(prefix + request.store(), transact),
                        "Idempotency-Key",
                        transact.name());
            case EventRequest.Open _ -> Call.of("PUT", stream, "Content-Type", EventRequest.JSON);
            case EventRequest.GetEntry get -> Call.of("GET", store + "/entries/" + get.path());
            case EventRequest.GetMessages _ -> Call.of("GET", stream + "?offset=-1");
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

    private static String body(EventRequest.Append append) {
        StringBuilder json = new StringBuilder("{\"events\":[");
        for (int i = 0; i < append.events().size(); i++) {
            json.append(i == 0 ? "" : ",").append(event(append, i));
        }
        json.append("],\"checks\":[");
        for (int i = 0; i < append.checks().size(); i++) {
            json.append(i == 0 ? "" : ",").append(check(append.checks().get(i)));
        }
        json.append(']');
        if (append.condition() != null) {
            json.append(",\"condition\":").append(condition(append.condition()));
        }
        if (append.tracking() > 0) {
            json.append(",\"tracking\":").append(tracking(append));
        }
        return json.append('}').toString();
    }

    private static String body(String fullStore, EventRequest.Transact transact) {
        EventRequest.Append append = transact.append();
        List<String> ops = new ArrayList<>();
        append.checks().forEach(check -> ops.add("{\"check\":" + check(check) + "}"));
        for (int i = 0; i < append.events().size(); i++) {
            ops.add("{\"event\":" + event(append, i) + "}");
        }
        if (append.condition() != null) {
            ops.add("{\"condition\":" + condition(append.condition()) + "}");
        }
        if (append.tracking() > 0) {
            ops.add("{\"tracking\":" + tracking(append) + "}");
        }
        EventRequest.Change change = transact.change();
        if (change != null) {
            ops.add("{\"entry\":{\"path\":\"" + change.path() + "\","
                    + (change.add() > 0
                            ? "\"op\":\"increment\",\"value\":" + change.add()
                            : "\"op\":\"set\",\"value\":\"" + transact.name() + "\"" + match(change.match()))
                    + "}}");
        }
        if (transact.message()) {
            ops.add("{\"stream\":{\"path\":\"" + EventRequest.stream(fullStore) + "\",\"content_type\":\""
                    + EventRequest.JSON + "\",\"json\":[\"" + transact.name() + "\"]}}");
        }
        return "{\"ops\":[" + String.join(",", ops) + "]}";
    }

    private static String match(long match) {
        return match == EventRequest.Change.ANY ? "" : match == 0 ? ",\"if_absent\":true" : ",\"if_match\":" + match;
    }

    private static String event(EventRequest.Append append, int i) {
        EventRequest.Event event = append.events().get(i);
        NewEvent made = append.made(i);
        return "{\"type\":\"" + event.type() + "\",\"id\":\"" + made.id() + "\",\"data\":"
                + made.data().text()
                + (event.aggregate().isEmpty() ? "" : ",\"aggregate\":" + id(event.aggregate()))
                + ",\"tags\":" + list(event.tags()) + "}";
    }

    private static String check(EventRequest.Check check) {
        return "{\"aggregate\":" + id(check.aggregate()) + ",\"expected\":" + expected(check.expected()) + "}";
    }

    private static String condition(EventRequest.Condition condition) {
        return "{\"fail_if_events_match\":{\"items\":[{\"types\":" + list(condition.types()) + ",\"tags\":"
                + list(condition.tags()) + "}]},\"after\":" + condition.after() + "}";
    }

    private static String tracking(EventRequest.Append append) {
        return "{\"source\":\"source\",\"position\":" + append.tracking() + "}";
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
        boolean good = answer.status() == 200 || answer.status() == 201;
        if (good && request instanceof EventRequest.Open) {
            return new Outcome.Answered<>(new EventAnswer.Opened());
        }
        if (good && json != null) {
            return new Outcome.Answered<>(
                    switch (request) {
                        case EventRequest.Append append -> appended(append, json);
                        case EventRequest.Transact transact -> committed(transact, json);
                        case EventRequest.GetEntry _ ->
                            new EventAnswer.Value(json.path("revision").longValue(), text(json.path("value")));
                        case EventRequest.GetMessages _ -> EventAnswer.messages(answer.text());
                        default -> page(json);
                    });
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
        } else if (answer.status() == 404 && request instanceof EventRequest.GetEntry) {
            return new Outcome.Answered<>(EventAnswer.Value.NONE);
        } else if (json != null && request instanceof EventRequest.Transact && json.has("failures")) {
            List<EventAnswer.Failure> failures = new ArrayList<>();
            json.path("failures")
                    .forEach(failure -> failures.add(new EventAnswer.Failure(
                            failure.path("index").intValue(),
                            failure.path("kind").stringValue(),
                            text(failure.path("actual")))));
            return new Outcome.Answered<>(new EventAnswer.Blocked(failures));
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

    private static EventAnswer committed(EventRequest.Transact transact, JsonNode json) {
        SortedMap<String, Long> versions = new TreeMap<>();
        json.path("events").path("aggregates").forEach(written -> put(versions, written, "version"));
        JsonNode change = json.path("entries").path("ops").path(0);
        return new EventAnswer.Committed(
                json.path("commit").longValue(),
                transact.append().events().isEmpty()
                        ? -1
                        : json.path("events").path("first_position").longValue(),
                versions,
                change.path("store_seq").asLong(0),
                change.path("value").asLong(0),
                json.path("replayed").booleanValue());
    }

    private static String text(JsonNode value) {
        return EventAnswer.text(value.isNull() ? null : EntryValues.of(value));
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
