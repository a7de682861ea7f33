package dev.varve.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What was asked of the server and what it answered: the state every stream must be in. It is built from the lines of
 * the oracle's journal and from nothing else. Confined to the lock of its {@link Oracle}, or to the checker while no
 * writer runs.
 */
public final class History {

    /** What is known of an append. */
    enum Outcome {
        /** Sent, and no answer came yet, or never will. */
        UNKNOWN,
        ACKNOWLEDGED,
        /** Refused, or found not to be there after a crash: it must never appear. */
        ABSENT
    }

    /** What is known of a stream. */
    enum Life {
        CREATING,
        OPEN,
        CLOSING,
        CLOSED,
        DELETING,
        DELETED
    }

    /** One append of one writer, to one stream or to several in one step. */
    static final class Append {
        final int writer;
        final int number;
        /** When it was sent for the first time, in milliseconds since 1970, or 0 when nobody needs to know. */
        final long sentMillis;

        final List<Part> parts = new ArrayList<>(1);
        Outcome outcome = Outcome.UNKNOWN;

        Append(int writer, int number, long sentMillis) {
            this.writer = writer;
            this.number = number;
            this.sentMillis = sentMillis;
        }

        @Override
        public String toString() {
            return "append " + number + " of writer " + writer;
        }
    }

    /** What an append adds to one stream. */
    static final class Part {
        final Append append;
        final int index;
        /** The stream it was sent to; a fork of that stream shares it. */
        final String stream;
        /** The stream's tail right after it, from the answer. */
        @Nullable String offset;
        /** Whether the last check found it. */
        boolean found;

        Part(Append append, int index, String stream) {
            this.append = append;
            this.index = index;
            this.stream = stream;
        }
    }

    /** One stream and what each writer put into it, in the order of sending. */
    static final class Stream {
        final String name;
        final boolean json;
        final Rule rule;
        final Map<Integer, List<Part>> parts = new HashMap<>();
        Life life = Life.CREATING;
        /** Of a stream that expires: until when it must be there for certain, in milliseconds since 1970. */
        long aliveUntilMillis;
        /** How far the stream was compared already, and what is known at that place. */
        @Nullable Checked checked;

        Stream(String name, boolean json, Rule rule) {
            this.name = name;
            this.json = json;
            this.rule = rule;
        }

        List<Part> partsOf(int writer) {
            return parts.computeIfAbsent(writer, any -> new ArrayList<>());
        }
    }

    /**
     * What may go from a stream by itself. Immutable.
     *
     * @param expires whether the stream may go as a whole once it is not {@link Stream#aliveUntilMillis} any more
     * @param keptBytes how many of the last bytes must stay, or 0 for no such bound
     * @param keptMillis how old a message may become before it may go, or 0 for no such bound
     * @param keptMessages how many of the last messages must stay, or 0 for no such bound
     */
    record Rule(boolean expires, long keptBytes, long keptMillis, long keptMessages) {

        static final Rule NONE = new Rule(false, 0, 0, 0);

        /** Reads {@code expires}, {@code bytes=N}, {@code millis=N} or {@code messages=N}. */
        static Rule parse(String word) {
            long bound = Long.parseLong(word.substring(word.indexOf('=') + 1).replaceFirst("^expires$", "0"));
            return switch (word.replaceFirst("=.*", "")) {
                case "expires" -> new Rule(true, 0, 0, 0);
                case "bytes" -> new Rule(false, bound, 0, 0);
                case "millis" -> new Rule(false, 0, bound, 0);
                case "messages" -> new Rule(false, 0, 0, bound);
                default -> throw new IllegalArgumentException("not a rule of the oracle's journal: " + word);
            };
        }

        /** Whether the beginning of the stream may go. */
        boolean trims() {
            return keptBytes + keptMillis + keptMessages > 0;
        }
    }

    /**
     * Where the comparison of a stream stands: everything before is settled. Immutable.
     *
     * @param next the offset to read on from
     * @param lastOffset the offset of the last append found whose answer told one, or empty
     * @param passed how many of each writer's parts are behind it
     * @param skipped the parts behind it that were not found
     * @param bytes how long the content before it is
     */
    record Checked(String next, String lastOffset, Map<Integer, Integer> passed, List<Part> skipped, long bytes) {}

    /** Stands for an offset that the answer did not give. */
    public static final String NO_OFFSET = "-";

    private final Map<String, Stream> streams = new LinkedHashMap<>();
    /** The appends that may still change, by writer and number. */
    private final Map<Long, Append> unsettled = new HashMap<>();

    private long acknowledged;

    /** Takes in one line of the journal. */
    void apply(String line) {
        String[] words = line.split(" ");
        switch (words[0]) {
            case "seed" -> {
                // The caller read it.
            }
            case "stream" ->
                streams.put(
                        words[1],
                        new Stream(
                                words[1],
                                words[2].equals("json"),
                                words.length > 3 ? Rule.parse(words[3]) : Rule.NONE));
            case "fork" -> fork(words[1], stream(words[2]), words[3]);
            case "opened" -> stream(words[1]).life = Life.OPEN;
            case "closing" -> stream(words[1]).life = Life.CLOSING;
            case "closed" -> stream(words[1]).life = Life.CLOSED;
            case "deleting" -> stream(words[1]).life = Life.DELETING;
            case "deleted" -> deleted(stream(words[1]));
            case "alive" -> alive(stream(words[1]), Long.parseLong(words[2]));
            case "forget" -> streams.remove(words[1]);
            case "sent" ->
                sent(
                        number(words[1]),
                        number(words[2]),
                        words[3].split(","),
                        words.length > 4 ? Long.parseLong(words[4]) : 0);
            case "acked" -> acked(append(words), words[3].split(","));
            case "refused", "absent" -> settle(append(words), Outcome.ABSENT);
            case "present" -> settle(append(words), Outcome.ACKNOWLEDGED);
            default -> throw new IllegalArgumentException("not a line of the oracle's journal: " + line);
        }
    }

    Stream stream(String name) {
        Stream stream = streams.get(name);
        if (stream == null) {
            throw new IllegalArgumentException("the oracle's journal speaks of an unknown stream " + name);
        }
        return stream;
    }

    List<Stream> streams() {
        return List.copyOf(streams.values());
    }

    /** Appends whose outcome is not known. */
    List<Append> unknown() {
        return List.copyOf(unsettled.values());
    }

    /** The streams that appends of unknown outcome went to. */
    Set<String> streamsOfUnknown() {
        Set<String> names = new HashSet<>();
        unsettled.values().forEach(append -> append.parts.forEach(part -> names.add(part.stream)));
        return names;
    }

    /** How many appends were acknowledged, or found after a crash. */
    public long acknowledged() {
        return acknowledged;
    }

    private void fork(String name, Stream source, String offset) {
        Stream fork = new Stream(name, source.json, Rule.NONE);
        source.parts.forEach((writer, parts) -> {
            int inherited = 0;
            for (int i = 0; i < parts.size(); i++) {
                String end = parts.get(i).offset;
                if (end != null && end.compareTo(offset) <= 0) {
                    inherited = i + 1;
                }
            }
            fork.partsOf(writer).addAll(parts.subList(0, inherited));
        });
        streams.put(name, fork);
    }

    private static void deleted(Stream stream) {
        stream.life = Life.DELETED;
        stream.parts.clear();
        stream.checked = null;
    }

    private static void alive(Stream stream, long untilMillis) {
        stream.aliveUntilMillis = Math.max(stream.aliveUntilMillis, untilMillis);
    }

    private void sent(int writer, int number, String[] names, long millis) {
        Append append = new Append(writer, number, millis);
        for (String name : names) {
            Part part = new Part(append, append.parts.size(), name);
            append.parts.add(part);
            stream(name).partsOf(writer).add(part);
        }
        unsettled.put(key(writer, number), append);
    }

    private void acked(Append append, String[] offsets) {
        for (int i = 0; i < offsets.length; i++) {
            append.parts.get(i).offset = offsets[i].equals(NO_OFFSET) ? null : offsets[i];
        }
        settle(append, Outcome.ACKNOWLEDGED);
    }

    private void settle(Append append, Outcome outcome) {
        append.outcome = outcome;
        unsettled.remove(key(append.writer, append.number));
        if (outcome == Outcome.ACKNOWLEDGED) {
            acknowledged++;
        }
    }

    private Append append(String[] words) {
        Append append = unsettled.get(key(number(words[1]), number(words[2])));
        if (append == null) {
            throw new IllegalArgumentException(
                    "the oracle's journal settles what was not sent: " + String.join(" ", words));
        }
        return append;
    }

    private static int number(String word) {
        return Integer.parseInt(word);
    }

    private static long key(int writer, int number) {
        return ((long) writer << 32) | number;
    }
}
