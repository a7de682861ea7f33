package dev.varve.bench.histories;

import dev.varve.api.EventRead;
import dev.varve.api.NewEvent;
import dev.varve.bench.histories.HttpCalls.Call;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Requests of events as they go over HTTP. Stateless. */
final class EventHttpCalls {

    private EventHttpCalls() {}

    static Call call(String prefix, EventRequest request) {
        String fullStore = prefix + request.store();
        String store = "/api/stores/" + fullStore;
        String stream = "/v1/stream/" + EventRequest.stream(fullStore);
        return switch (request) {
            case EventRequest.Append append -> Call.json("POST", store + "/events", body(append));
            case EventRequest.Transact transact ->
                Call.json(
                        "POST", store + "/transactions", body(fullStore, transact), "Idempotency-Key", transact.key());
            case EventRequest.ChangeEntry change -> call(store, change);
            case EventRequest.Say say -> Call.json("POST", stream, "[\"" + say.name() + "\"]");
            case EventRequest.Delete delete ->
                Call.of(
                        "DELETE",
                        store + "/aggregates/t/" + delete.aggregate() + "?mode="
                                + (delete.forEver() ? "tombstone" : "soft") + "&expected="
                                + URLEncoder.encode(parameter(delete.expected()), StandardCharsets.UTF_8));
            case EventRequest.Open _ -> Call.of("PUT", stream, "Content-Type", EventRequest.JSON);
            case EventRequest.GetEntry get -> Call.of("GET", store + "/entries/" + get.path());
            case EventRequest.GetMessages _ -> Call.of("GET", stream + "?offset=-1");
            case EventRequest.GetCommits get ->
                Call.of("GET", store + "/changes?after=" + get.after() + "&limit=" + get.limit());
            case EventRequest.Read read -> Call.of("GET", store + target(read));
        };
    }

    /** A set by the request that is for it, with what it expects in headers; an increment is a batch of one. */
    private static Call call(String store, EventRequest.ChangeEntry request) {
        EventRequest.Change change = request.change();
        if (change.add() > 0) {
            return Call.json(
                    "POST",
                    store + "/entries/batch_write",
                    "{\"ops\":[{\"op\":\"increment\",\"path\":\"" + change.path() + "\",\"value\":" + change.add()
                            + "}]}");
        }
        String value = '"' + request.name() + '"';
        String path = store + "/entries/" + change.path();
        return change.match() == EventRequest.Change.ANY
                ? Call.json("PUT", path, value)
                : change.match() == 0
                        ? Call.json("PUT", path, value, "If-None-Match", "*")
                        : Call.json("PUT", path, value, "If-Match", Long.toString(change.match()));
    }

    /** What is expected, as a parameter of a URL has it. */
    private static String parameter(String expected) {
        String json = expected(expected);
        return json.startsWith("{") ? json : expected;
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
}
