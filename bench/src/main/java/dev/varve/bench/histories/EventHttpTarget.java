package dev.varve.bench.histories;

import dev.varve.api.AggregateStatus;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.bench.Http;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
        return calls.send(
                EventHttpCalls.call(prefix, request), patience, random, answer -> answered(prefix, request, answer));
    }

    // ---- answers

    private static Outcome<EventAnswer> answered(String prefix, EventRequest request, Http.Answer answer) {
        JsonNode json = answer.body().length == 0 ? null : EntryValues.json(answer.text());
        boolean good = answer.status() / 100 == 2;
        if (good && request instanceof EventRequest.Open) {
            return new Outcome.Answered<>(new EventAnswer.Opened(false));
        }
        if (good && request instanceof EventRequest.Say) {
            return new Outcome.Answered<>(new EventAnswer.Said());
        }
        if (good && json != null) {
            return new Outcome.Answered<>(
                    switch (request) {
                        case EventRequest.Append append -> appended(append, json);
                        case EventRequest.Transact transact -> committed(transact, json);
                        case EventRequest.GetEntry _ ->
                            new EventAnswer.Value(json.path("revision").longValue(), text(json.path("value")));
                        case EventRequest.GetMessages _ -> EventAnswer.messages(answer.text());
                        case EventRequest.ChangeEntry _ ->
                            new EventAnswer.Changed(json.path("store_seq").longValue());
                        case EventRequest.Delete _ ->
                            new EventAnswer.Deleted(
                                    AggregateStatus.valueOf(
                                            json.path("status").stringValue().toUpperCase(Locale.ROOT)),
                                    json.path("version").longValue());
                        case EventRequest.GetCommits _ -> commits(EventRequest.stream(prefix + request.store()), json);
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
        } else if ((answer.status() == 404 || answer.status() == 410)
                && request instanceof EventRequest.Read read
                && !read.aggregate().isEmpty()) {
            return new Outcome.Answered<>(new EventAnswer.Absent(answer.status() == 410));
        } else if (answer.status() == 404 && request instanceof EventRequest.GetEntry) {
            return new Outcome.Answered<>(EventAnswer.Value.NONE);
        } else if (answer.status() == 404 && request instanceof EventRequest.GetCommits get) {
            return new Outcome.Answered<>(new EventAnswer.Commits(List.of(), get.after(), false));
        } else if (json != null && request instanceof EventRequest.ChangeEntry && json.has("current_revision")) {
            return new Outcome.Answered<>(new EventAnswer.Unchanged(
                    json.path("error").stringValue(),
                    json.path("current_revision").asLong(0)));
        } else if (json != null && request instanceof EventRequest.Transact && json.has("failures")) {
            List<EventAnswer.Failure> failures = new ArrayList<>();
            json.path("failures")
                    .forEach(failure -> failures.add(new EventAnswer.Failure(
                            failure.path("index").intValue(),
                            failure.path("kind").stringValue(),
                            text(failure.path("actual")))));
            return new Outcome.Answered<>(new EventAnswer.Blocked(failures));
        } else if (json != null && (request instanceof EventRequest.Append || request instanceof EventRequest.Delete)) {
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
        return new EventAnswer.Page(json.path("head").longValue(), events(json));
    }

    private static List<EventAnswer.Seen> events(JsonNode json) {
        List<EventAnswer.Seen> seen = new ArrayList<>();
        json.path("events")
                .forEach(event -> seen.add(new EventAnswer.Seen(
                        event.path("position").longValue(),
                        event.path("data").stringValue(),
                        event.path("aggregate").isObject()
                                ? event.path("version").longValue()
                                : -1)));
        return seen;
    }

    private static EventAnswer commits(String stream, JsonNode json) {
        List<EventAnswer.Commit> commits = new ArrayList<>();
        json.path("commits").forEach(commit -> commits.add(commit(stream, commit)));
        return new EventAnswer.Commits(
                commits, json.path("next").longValue(), json.path("more").booleanValue());
    }

    private static EventAnswer.Commit commit(String stream, JsonNode json) {
        List<EventAnswer.EntryChanged> changes = new ArrayList<>();
        json.path("entries")
                .forEach(change -> changes.add(new EventAnswer.EntryChanged(
                        change.path("store_seq").longValue(),
                        change.path("op").stringValue(),
                        change.path("path").stringValue(),
                        text(change.path("value")))));
        List<String> messages = new ArrayList<>();
        json.path("streams").forEach(append -> {
            if (!append.path("path").stringValue().equals(stream)
                    || append.path("closed").booleanValue()) {
                throw new IllegalStateException("an append that nobody made: " + append);
            }
            append.path("messages")
                    .forEach(message -> messages.add(message.path("data").stringValue()));
        });
        return new EventAnswer.Commit(json.path("commit").longValue(), changes, events(json), messages);
    }

    @Override
    public void close() {
        calls.close();
    }
}
