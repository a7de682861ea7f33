package dev.varve.bench.events;

import dev.varve.api.ErrorKind;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import dev.varve.bench.Http;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Follows a log, all of it or what carries a tag, as server-sent events or as lines, over connections that it cuts after some events
 * and that end with the server; goes on where it was. Told each event that is meant once, in order, and nothing that is not there after a crash.
 */
final class FollowerCrashClient extends EventCrashClient {

    private static final int TIMEOUT_MILLIS = 150_000;
    private static final int MAX_EVENTS_A_CONNECTION = 300;
    private static final JsonMapper JSON = new JsonMapper();

    private final String log;
    private final int port;
    private final boolean lines;
    private final @Nullable String tag;
    private final Findings findings;

    /** What was told since it was compared, as {@code position id}. */
    private final List<String> told = new ArrayList<>();

    private volatile @Nullable Http connection;
    private long comparedTo = EventStore.EMPTY;
    private long position = EventStore.EMPTY;
    private long toldPosition = EventStore.EMPTY;

    FollowerCrashClient(String log, int port, boolean lines, @Nullable String tag, Findings findings, long seed) {
        super(seed);
        this.log = log;
        this.port = port;
        this.lines = lines;
        this.tag = tag;
        this.findings = findings;
    }

    @Override
    @Nullable String step(Varve varve) {
        follow(1 + random.nextInt(MAX_EVENTS_A_CONNECTION), Long.MAX_VALUE);
        return null;
    }

    /** Ends its connection while it waits for events on its thread. */
    void cut() {
        Http now = connection;
        if (now != null) {
            now.close();
        }
    }

    private void follow(int events, long until) {
        boolean byHeader = !lines && position >= 0 && random.nextBoolean();
        List<String> parameters = new ArrayList<>();
        if (lines) {
            parameters.add("follow=true");
        }
        if (tag != null) {
            parameters.add("tag=" + tag);
        }
        if (!byHeader) {
            parameters.add("after=" + position);
        }
        String target =
                "/api/stores/" + log + "/events" + (parameters.isEmpty() ? "" : "?" + String.join("&", parameters));
        try (Http http = new Http(port, TIMEOUT_MILLIS)) {
            connection = http;
            Http.Live live = byHeader
                    ? http.open(
                            "GET",
                            target,
                            new byte[0],
                            "Accept",
                            "text/event-stream",
                            "Last-Event-ID",
                            Long.toString(position))
                    : http.open(
                            "GET", target, new byte[0], "Accept", lines ? "application/x-ndjson" : "text/event-stream");
            if (live.status() != 200) {
                findings.add(Kind.REFUSED, target + " was answered " + live.status());
                throw new VarveException(ErrorKind.UNAVAILABLE, "refused");
            }
            count("connections");
            take(new BufferedReader(new InputStreamReader(live.body(), StandardCharsets.UTF_8)), events, until);
        } catch (IOException e) {
            throw new VarveException(ErrorKind.UNAVAILABLE, "the server is gone");
        }
    }

    private void take(BufferedReader in, int events, long until) throws IOException {
        String kind = "";
        int left = events;
        while (left > 0 && position < until) {
            String line = in.readLine();
            if (line == null) {
                throw new IOException("the answer ends");
            }
            if (lines && !line.isBlank()) {
                JsonNode node = JSON.readTree(line);
                kind = node.propertyNames().iterator().next();
                left -= told(kind, node.get(kind)) ? 1 : 0;
            } else if (line.startsWith("event:")) {
                kind = line.substring("event:".length()).strip();
            } else if (line.startsWith("data:")) {
                left -= told(kind, JSON.readTree(line.substring("data:".length()))) ? 1 : 0;
            }
        }
    }

    /** Returns whether it was an event. */
    private boolean told(String kind, JsonNode data) {
        switch (kind) {
            case "event" -> {
                event(data);
                return true;
            }
            case "checkpoint", "caught_up" -> {
                long at = data.isObject() ? data.path("position").longValue() : data.longValue();
                if (at < toldPosition) {
                    findings.add(Kind.REORDERED, this + " was told " + kind + " " + at + " after " + toldPosition);
                }
                position = Math.max(position, at);
                count(kind);
            }
            case "failed", "closed" -> findings.add(Kind.REFUSED, this + " was told " + kind + " " + data);
            default -> {}
        }
        return false;
    }

    private void event(JsonNode event) {
        long at = event.path("position").longValue();
        if (at <= position) {
            findings.add(Kind.DUPLICATED, this + " was told " + at + " when it was at " + position);
        }
        position = at;
        toldPosition = at;
        told.add(at + " " + event.path("id").stringValue());
        acknowledged++;
    }

    /** Compares with what stands in the log after a crash. */
    @Override
    @Nullable String check(Varve varve) {
        EventStore events = varve.store(log).events();
        EventRead read = EventRead.all().after(comparedTo);
        Iterator<StoredEvent> right = events.stream(tag == null ? read : read.matching(EventQuery.tags(tag)))
                .iterator();
        for (String one : told) {
            String there = right.hasNext() ? words(right.next()) : "nothing";
            if (!one.equals(there)) {
                findings.add(Kind.LOST, this + " was told " + one + ", and next in the log is " + there);
                break;
            }
        }
        if (right.hasNext()) {
            long next = right.next().position();
            if (next <= position) {
                findings.add(Kind.LOST, this + " is at " + position + " and was never told " + next);
            }
        }
        if (position > events.head()) {
            findings.add(Kind.INVENTED, this + " is at " + position + " of " + events.head());
        }
        told.clear();
        comparedTo = position;
        return null;
    }

    private static String words(StoredEvent event) {
        return event.position() + " " + event.id();
    }

    /** Follows to the end. */
    @Override
    @Nullable String finish(Varve varve) {
        long head = varve.store(log).events().head();
        while (position < head) {
            follow(MAX_EVENTS_A_CONNECTION, head);
        }
        return check(varve);
    }

    @Override
    public String toString() {
        return "a follower of " + (tag == null ? "all" : tag) + (lines ? " by lines" : " by server-sent events");
    }
}
