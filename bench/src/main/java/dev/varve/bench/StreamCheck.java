package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import dev.varve.bench.History.Outcome;
import dev.varve.bench.History.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Compares one stream's content with the history. Every writer sends one append after the other, so the content must be
 * an interleaving of what the writers sent, each in its own order: acknowledged appends once, appends of unknown outcome
 * once or not at all, nothing else. It may begin where an earlier comparison ended, or where the stream was trimmed.
 * Confined to one thread.
 */
final class StreamCheck {

    private static final int UNKNOWN_IN_A_ROW = 16;

    /** Where an append stands in the content. */
    record Place(Part part, int start, int end) {}

    private final History.Stream stream;
    private final Content content;
    private final Payloads payloads;
    private final Findings findings;

    private final List<Place> places = new ArrayList<>();
    /** How many of a writer's parts are behind us. */
    private final Map<Integer, Integer> passed = new HashMap<>();

    private final List<Part> skipped = new ArrayList<>();
    private boolean readable = true;
    private String lastOffset = "";

    StreamCheck(History.Stream stream, Content content, Payloads payloads, Findings findings) {
        this.stream = stream;
        this.content = content;
        this.payloads = payloads;
        this.findings = findings;
    }

    /** Takes up where an earlier comparison ended; the content begins at its {@code next}. */
    StreamCheck after(History.Checked earlier) {
        passed.putAll(earlier.passed());
        skipped.addAll(earlier.skipped());
        lastOffset = earlier.lastOffset();
        return this;
    }

    /** Leaves out what lies before an offset, where the content begins. Returns the parts left out. */
    List<Part> trimmed(String earliest) {
        List<Part> gone = new ArrayList<>();
        stream.parts.forEach((writer, parts) -> {
            int first = 0;
            for (int i = 0; i < parts.size(); i++) {
                String end = parts.get(i).offset;
                if (end != null && end.compareTo(earliest) <= 0) {
                    first = i + 1;
                }
            }
            passed.put(writer, first);
            gone.addAll(parts.subList(0, first));
        });
        return gone;
    }

    /** Checks everything and marks the parts that were found. Returns where each append stands. */
    List<Place> run() {
        stream.parts.forEach((writer, parts) ->
                parts.subList(passed.getOrDefault(writer, 0), parts.size()).forEach(part -> part.found = false));
        skipped.forEach(part -> part.found = false);
        int at = 0;
        while (at < content.size() && readable) {
            at = step(at);
        }
        if (readable) {
            places.replaceAll(this::exchangeAlike);
            missing();
        }
        return places;
    }

    /**
     * The smallest messages do not say which append they are of, and the first that fits was taken for found: where that is one of
     * unknown outcome, an acknowledged one right behind it is missing, and both are alike, it was the acknowledged one.
     */
    private Place exchangeAlike(Place place) {
        Part taken = place.part();
        if (taken.append.outcome != Outcome.UNKNOWN) {
            return place;
        }
        int writer = taken.append.writer;
        List<Part> parts = stream.parts.getOrDefault(writer, List.of());
        int next = find(parts, taken.append.number) + 1;
        while (next < parts.size()
                && parts.get(next).append.outcome != Outcome.ACKNOWLEDGED
                && !parts.get(next).found) {
            next++;
        }
        Part acknowledged = next < parts.size() ? parts.get(next) : null;
        if (acknowledged == null || acknowledged.found || !isAlike(taken, acknowledged)) {
            return place;
        }
        int behind = passed.getOrDefault(writer, 0);
        if (behind <= next) {
            skipped.addAll(parts.subList(behind, next));
            passed.put(writer, next + 1);
        } else {
            skipped.remove(acknowledged);
        }
        skipped.add(taken);
        taken.found = false;
        acknowledged.found = true;
        return new Place(acknowledged, place.start(), place.end());
    }

    private boolean isAlike(Part one, Part other) {
        List<byte[]> messages = messages(one);
        List<byte[]> others = messages(other);
        boolean alike = messages.size() == others.size();
        for (int i = 0; alike && i < messages.size(); i++) {
            alike = Arrays.equals(messages.get(i), others.get(i));
        }
        return alike;
    }

    /** Where the comparison stands after {@link #run} and {@link #order}. */
    History.Checked checked(String next, long bytes) {
        List<Part> open = skipped.stream()
                .filter(part -> part.append.outcome != Outcome.ABSENT)
                .toList();
        return new History.Checked(next, lastOffset, Map.copyOf(passed), open, bytes);
    }

    /** Takes in the append at a place and returns where it ends. */
    private int step(int at) {
        int writer = content.writerAt(at);
        List<Part> parts = stream.parts.get(writer);
        if (parts == null) {
            return unreadable(Kind.INVENTED, at, "something that no writer sent");
        }
        int next = passed.getOrDefault(writer, 0);
        for (int candidate : candidates(parts, next, content.numberAt(at))) {
            Part part = parts.get(candidate);
            int end = content.match(messages(part), at);
            if (end >= 0) {
                found(parts, next, candidate);
                places.add(new Place(part, at, end));
                return end;
            }
        }
        for (int candidate : candidates(parts, next, content.numberAt(at))) {
            Part part = parts.get(candidate);
            if (content.matchesPartly(messages(part), at)) {
                return unreadable(Kind.TORN, at, "a part of " + part.append);
            }
        }
        return unreadable(Kind.INVENTED, at, "bytes that writer " + writer + " did not send");
    }

    /** The likeliest first: the next one; those behind appends that may be missing; the one that is named; the last. */
    private List<Integer> candidates(List<Part> parts, int next, int named) {
        List<Integer> candidates = new ArrayList<>();
        for (int i = next; i < parts.size() && candidates.size() < UNKNOWN_IN_A_ROW; i++) {
            Outcome outcome = parts.get(i).append.outcome;
            if (outcome != Outcome.ABSENT) {
                candidates.add(i);
            }
            if (outcome == Outcome.ACKNOWLEDGED) {
                break;
            }
        }
        if (named >= 0) {
            int index = find(parts, named);
            if (index >= 0 && !candidates.contains(index)) {
                candidates.add(index);
            }
        }
        if (next > 0) {
            candidates.add(next - 1);
        }
        return candidates;
    }

    /** Numbers rise along a writer's parts. */
    private static int find(List<Part> parts, int number) {
        int low = 0;
        int high = parts.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int there = parts.get(middle).append.number;
            if (there == number) {
                return middle;
            } else if (there < number) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    private void found(List<Part> parts, int next, int index) {
        Part part = parts.get(index);
        if (part.append.outcome == Outcome.ABSENT) {
            findings.add(
                    Kind.INVENTED,
                    stream.name + " holds " + part.append + ", which was refused or was not there before");
        }
        if (index < next) {
            if (skipped.remove(part)) {
                findings.add(Kind.REORDERED, stream.name + " holds " + part.append + " behind a later one");
            } else {
                findings.add(Kind.DUPLICATED, stream.name + " holds " + part.append + " twice");
            }
        } else {
            skipped.addAll(parts.subList(next, index));
            passed.put(part.append.writer, index + 1);
        }
        part.found = true;
    }

    private int unreadable(Kind kind, int at, String what) {
        readable = false;
        findings.add(kind, stream.name + " holds " + what + " at unit " + at + " of " + content.size());
        return content.size();
    }

    private void missing() {
        stream.parts.forEach((writer, parts) -> {
            List<Part> absent = new ArrayList<>(parts.subList(passed.getOrDefault(writer, 0), parts.size()));
            skipped.stream().filter(part -> part.append.writer == writer).forEach(absent::add);
            for (Part part : absent) {
                if (part.append.outcome == Outcome.ACKNOWLEDGED) {
                    findings.add(Kind.LOST, stream.name + " lacks " + part.append + ", acknowledged at " + part.offset);
                }
            }
        });
    }

    /** The offsets of the answers rise along the stream. */
    void order() {
        for (Place place : places) {
            String offset = place.part().offset;
            if (offset != null) {
                if (offset.compareTo(lastOffset) <= 0) {
                    findings.add(
                            Kind.REORDERED,
                            stream.name + " holds " + place.part().append + " of offset " + offset + " behind "
                                    + lastOffset);
                }
                lastOffset = offset;
            }
        }
    }

    private List<byte[]> messages(Part part) {
        return payloads.messages(stream.json, part.append.writer, part.append.number, part.index);
    }

    /** The offset after the last append, when it is known. */
    static @Nullable String lastOffset(List<Place> places) {
        return places.isEmpty() ? null : places.getLast().part().offset;
    }
}
