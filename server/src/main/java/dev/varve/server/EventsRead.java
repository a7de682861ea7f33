package dev.varve.server;

import dev.varve.api.AggregateId;
import dev.varve.api.EventFilter;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import dev.varve.api.SubscriptionSettings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a request to read events asks for, whether its URL says so or its body. Immutable.
 *
 * @param read the first page
 * @param fromNow whether to begin behind what is there; the lower bound means nothing then
 * @param form how the answer is to look
 * @param follow whether the answer goes on with what is appended later
 * @param atMost the most events of the whole answer; {@link Long#MAX_VALUE} for no bound
 * @param named whether the path of the URL names an aggregate, so that one that cannot be read is not found
 * @param latest with which event the read begins; null when its bounds alone say it
 */
record EventsRead(
        EventRead read,
        boolean fromNow,
        Form form,
        boolean follow,
        long atMost,
        boolean named,
        @Nullable Latest latest) {

    /** What the names of parameters begin with that are about metadata. */
    static final String METADATA = "metadata.";

    private static final String NOW = "now";
    private static final String LIMIT = "limit";
    private static final String SKIP = "skip";
    private static final String FOLLOW = "follow";
    private static final String BACKWARD = "backward";
    private static final String AT_MOST = "at_most";
    private static final String FROM_LATEST = "from_latest";
    private static final String IF_MISSING = "if_missing";
    private static final int DEFAULT_LIMIT = 100;
    private static final List<String> TERMS = List.of("type", "tag", "excluded_type");
    private static final Set<String> PARAMETERS = Set.of(
            "after",
            "up_to",
            BACKWARD,
            LIMIT,
            SKIP,
            "category",
            "aggregate",
            "type",
            "tag",
            "excluded_type",
            "type_prefix",
            "id_prefix",
            "event_id",
            "since",
            "before",
            "from_time",
            FOLLOW,
            FROM_LATEST,
            IF_MISSING,
            AT_MOST);

    /** How an answer looks. */
    enum Form {
        /** One object with a page of events. */
        PAGE,
        /** One event a line. */
        LINES,
        /** Server-sent events. */
        EVENTS
    }

    /**
     * The last event of a kind.
     *
     * @param kind of which types it is one
     * @param orNothing whether nothing is read where there is no such event, else everything
     */
    record Latest(EventQuery kind, boolean orNothing) {}

    static boolean isParameter(String name) {
        return PARAMETERS.contains(name) || (name.startsWith(METADATA) && name.length() > METADATA.length());
    }

    /**
     * Reads a URL.
     *
     * @param aggregate the one that the path names; null when it names none
     * @throws HttpProblem when a parameter is unknown, comes too often or makes no sense
     */
    static EventsRead of(Request request, @Nullable AggregateId aggregate) {
        return of(request, new EventsBody.Asked(null, parameters(request.query)), aggregate);
    }

    /** The same of a body, or of what {@link #parameters} gave. */
    static EventsRead of(Request request, EventsBody.Asked asked, @Nullable AggregateId aggregate) {
        Parameters parameters = new Parameters(asked.parameters());
        parameters.refuse(AT_MOST);
        boolean follow = parameters.flag(FOLLOW);
        Form form = MediaTypes.accepts(request, EntryWatch.CONTENT_TYPE)
                ? Form.EVENTS
                : follow || MediaTypes.accepts(request, LinesBody.CONTENT_TYPE) ? Form.LINES : Form.PAGE;
        follow |= form == Form.EVENTS;
        if (follow) {
            parameters.refuse(BACKWARD);
            parameters.refuse(LIMIT);
            parameters.refuse(SKIP);
            parameters.refuse("up_to");
        }
        Long limit = parameters.number(LIMIT);
        long atMost = limit != null ? limit : form == Form.PAGE ? DEFAULT_LIMIT : Long.MAX_VALUE;
        int first = form == Form.PAGE ? (int) Math.min(atMost, Integer.MAX_VALUE) : page(atMost);
        boolean fromNow = NOW.equals(parameters.text("after"));
        Latest latest = latest(parameters);
        if (latest != null && (fromNow || (follow && latest.orNothing()))) {
            throw HttpProblem.invalid(
                    fromNow
                            ? FROM_LATEST + " does not go with after=now"
                            : IF_MISSING + "=nothing does not go with following");
        }
        return new EventsRead(
                read(parameters, asked.query(), aggregate, fromNow, first),
                fromNow,
                form,
                follow,
                atMost,
                aggregate != null,
                latest);
    }

    private static @Nullable Latest latest(Parameters parameters) {
        Set<String> types = parameters.set(FROM_LATEST);
        String otherwise = parameters.text(IF_MISSING);
        if (types.isEmpty()) {
            parameters.refuse(IF_MISSING);
            return null;
        }
        boolean orNothing = switch (otherwise) {
            case null -> false;
            case "everything" -> false;
            case "nothing" -> true;
            default -> throw HttpProblem.invalid(IF_MISSING + " is everything or nothing");
        };
        return new Latest(EventQuery.of(new EventQuery.Item(types, Set.of(), Set.of())), orNothing);
    }

    /** How many events to read at a time when so many are wanted at most. */
    static int page(long atMost) {
        if (atMost < 1) {
            throw HttpProblem.invalid("limit is 1 or more, was " + atMost);
        }
        return (int) Math.min(atMost, EventRead.MAX_LIMIT);
    }

    /**
     * What is to be counted.
     *
     * @param read which events
     * @param atMost where counting ends
     */
    record Count(EventRead read, long atMost) {}

    /** What a request to count asks for. */
    static Count count(EventsBody.Asked asked) {
        Parameters parameters = new Parameters(asked.parameters());
        for (String name : List.of(LIMIT, SKIP, FOLLOW, BACKWARD, FROM_LATEST, IF_MISSING)) {
            parameters.refuse(name);
        }
        Long atMost = parameters.number(AT_MOST);
        if (atMost != null && atMost < 1) {
            throw HttpProblem.invalid("at_most is 1 or more, was " + atMost);
        }
        return new Count(
                read(parameters, asked.query(), null, false, EventRead.MAX_LIMIT),
                atMost == null ? Long.MAX_VALUE : atMost);
    }

    /** Which events a subscription is of; {@code now} as its beginning is the end of the log. */
    static EventRead subscription(EventsBody.Asked asked) {
        Parameters parameters = new Parameters(asked.parameters());
        for (String name : List.of(LIMIT, SKIP, FOLLOW, BACKWARD, FROM_LATEST, IF_MISSING, AT_MOST, "up_to")) {
            parameters.refuse(name);
        }
        boolean fromNow = NOW.equals(parameters.text("after"));
        EventRead read = read(parameters, asked.query(), null, fromNow, EventRead.MAX_LIMIT);
        return fromNow ? read.after(SubscriptionSettings.END) : read;
    }

    private static EventRead read(
            Parameters parameters,
            @Nullable EventQuery query,
            @Nullable AggregateId named,
            boolean fromNow,
            int limit) {
        String text = parameters.text("aggregate");
        String category = parameters.text("category");
        if (named != null && (text != null || category != null)) {
            throw HttpProblem.invalid("the URL says which aggregate is read");
        }
        Long after = fromNow ? null : parameters.number("after");
        Long upTo = parameters.number("up_to");
        Long skip = parameters.number(SKIP);
        Instant from = parameters.time("from_time");
        return new EventRead(
                text == null ? named : AggregateId.parse(text),
                category,
                query(parameters, query),
                filter(parameters),
                parameters.flag(BACKWARD),
                after == null ? EventStore.EMPTY : after,
                upTo == null ? Long.MAX_VALUE : upTo,
                from,
                skip == null ? 0 : skip,
                limit);
    }

    private static EventQuery query(Parameters parameters, @Nullable EventQuery query) {
        boolean terms = TERMS.stream().anyMatch(name -> !parameters.all(name).isEmpty());
        if (query != null && terms) {
            throw HttpProblem.invalid("what is asked for is a query, or type, tag and excluded_type, not both");
        }
        if (query != null) {
            return query;
        }
        return terms
                ? EventQuery.of(new EventQuery.Item(
                        parameters.set("type"), parameters.set("tag"), parameters.set("excluded_type")))
                : EventQuery.ALL;
    }

    private static EventFilter filter(Parameters parameters) {
        Set<UUID> ids = new LinkedHashSet<>();
        parameters.all("event_id").forEach(id -> ids.add(EventsBody.id(id)));
        Map<String, String> metadata = new LinkedHashMap<>();
        for (String name : parameters.values.keySet()) {
            if (name.startsWith(METADATA)) {
                String value = parameters.text(name);
                metadata.put(name.substring(METADATA.length()), value == null ? "" : value);
            }
        }
        String type = parameters.text("type_prefix");
        String id = parameters.text("id_prefix");
        return new EventFilter(
                type == null ? "" : type,
                id == null ? "" : id,
                ids,
                parameters.time("since"),
                parameters.time("before"),
                metadata);
    }

    /**
     * The parameters of a URL, each with all its values.
     *
     * @throws HttpProblem when one is unknown or no percent-encoded UTF-8
     */
    static Map<String, List<String>> parameters(@Nullable String query) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        if (query == null || query.isEmpty()) {
            return values;
        }
        for (String part : query.split("&", -1)) {
            int equals = part.indexOf('=');
            String name = PercentDecoder.decode(equals < 0 ? part : part.substring(0, equals), true);
            String value = equals < 0 ? "" : PercentDecoder.decode(part.substring(equals + 1), true);
            if (name == null || value == null) {
                throw HttpProblem.invalid("the parameters of the URL are not percent-encoded UTF-8");
            }
            if (!isParameter(name)) {
                throw HttpProblem.invalid("there is no parameter " + name);
            }
            values.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
        }
        return values;
    }

    /** Parameters by name. Confined to one thread. */
    private record Parameters(Map<String, List<String>> values) {

        List<String> all(String name) {
            return values.getOrDefault(name, List.of());
        }

        Set<String> set(String name) {
            return new LinkedHashSet<>(all(name));
        }

        void refuse(String name) {
            if (values.containsKey(name)) {
                throw HttpProblem.invalid(name + " does not go with this request");
            }
        }

        @Nullable String text(String name) {
            List<String> all = all(name);
            if (all.size() > 1) {
                throw HttpProblem.invalid(name + " must come once");
            }
            return all.isEmpty() ? null : all.getFirst();
        }

        boolean flag(String name) {
            return switch (text(name)) {
                case null -> false;
                case "false" -> false;
                case "true" -> true;
                default -> throw HttpProblem.invalid(name + " is true or false");
            };
        }

        @Nullable Long number(String name) {
            String text = text(name);
            return text == null ? null : (Long) EventsRead.number(name, text);
        }

        @Nullable Instant time(String name) {
            String text = text(name);
            return text == null ? null : EventsBody.time(name, text);
        }
    }

    /**
     * A whole number.
     *
     * @param what what it is, for the refusal
     * @throws HttpProblem when it is none, or too long
     */
    static long number(String what, String text) {
        String digits = text.startsWith("-") ? text.substring(1) : text;
        try {
            if (Request.isDigits(digits)) {
                return Long.parseLong(text);
            }
        } catch (NumberFormatException e) {
            // Told below, as what is none.
        }
        throw HttpProblem.invalid(what + " must be a whole number of 64 bits");
    }

    /** The same read, of what follows a position or a version. */
    EventsRead after(long bound) {
        return with(read.after(bound), false);
    }

    /** The same read, begun with an event. */
    EventsRead beginningWith(StoredEvent event) {
        return with(read.beginningWith(event), false);
    }

    /** The same where there is no event that it should begin with. */
    EventsRead withoutLatest() {
        return with(read, latest != null && latest.orNothing());
    }

    private EventsRead with(EventRead other, boolean now) {
        return new EventsRead(other, now, form, follow, atMost, named, null);
    }
}
