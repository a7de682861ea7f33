package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Appends to several streams in one atomic step; after a crash either all of it is there or nothing. As
 * an idempotent producer it sends again what was not answered, otherwise it never does.
 */
final class BatchWriter extends CrashWriter {

    private static final Pattern OFFSET = Pattern.compile("\"next_offset\"\\s*:\\s*\"([^\"]+)\"");

    private final List<StreamSlot> slots;
    private final boolean producer;
    private final long[] sequences;
    private final String[] names;

    BatchWriter(CrashRun run, int id, List<StreamSlot> slots, boolean producer) {
        super(run, id);
        this.producer = producer;
        this.slots = slots;
        this.sequences = new long[slots.size()];
        this.names = new String[slots.size()];
    }

    @Override
    void step() throws IOException, InterruptedException {
        List<Integer> chosen = new ArrayList<>();
        for (int i = 0; i < slots.size(); i++) {
            chosen.add(i);
            if (!slots.get(i).name().equals(names[i])) {
                names[i] = slots.get(i).name();
                sequences[i] = 0;
            }
        }
        Collections.shuffle(chosen, new Random(random.nextLong()));
        List<Integer> targets = chosen.subList(0, random.nextInt(2, slots.size() + 1));

        int append =
                announce(String.join(",", targets.stream().map(i -> names[i]).toList()));
        List<String> items = new ArrayList<>();
        for (int part = 0; part < targets.size(); part++) {
            items.add(item(targets.get(part), append, part));
        }
        byte[] body = ("{\"appends\":[" + String.join(",", items) + "]}").getBytes(StandardCharsets.UTF_8);
        Result result = producer
                ? untilKnown("POST", "/v1/streams/append", body, "Content-Type", "application/json")
                : once("POST", "/v1/streams/append", body, "Content-Type", "application/json");
        if (result.status() == 200) {
            ended("acked " + id + " " + append + " " + offsets(result, targets.size()));
        } else if (!producer && result.unknown()) {
            if (!run.gate().pass()) {
                run.gate().awaitNextCheck();
            }
        } else if (!producer && result.overloaded()) {
            ended("refused " + id + " " + append);
        } else {
            run.findings().add(Kind.REFUSED, "append to several streams: " + result);
            if (!result.sentAgain()) {
                ended("refused " + id + " " + append);
            }
        }
    }

    private String item(int slot, int append, int part) {
        boolean json = slots.get(slot).json();
        String item = "{\"path\":\"" + run.streamPath(names[slot]) + "\",\"content_type\":\"" + contentType(json)
                + "\",\"data_base64\":\"" + Base64.getEncoder().encodeToString(body(json, append, part)) + "\"";
        return producer
                ? item + ",\"producer\":{\"id\":\"batch\",\"epoch\":0,\"seq\":" + sequences[slot]++ + "}}"
                : item + "}";
    }

    /** The offsets of the answer. After a repetition they may be later tails, so they say nothing. */
    private String offsets(Result result, int count) {
        List<String> offsets = new ArrayList<>();
        Http.Answer answer = result.answer();
        if (answer != null && !result.sentAgain()) {
            Matcher matcher = OFFSET.matcher(answer.text());
            while (matcher.find()) {
                offsets.add(matcher.group(1));
            }
        }
        if (offsets.size() != count) {
            run.duplicateAnswered(result.sentAgain());
            return String.join(",", Collections.nCopies(count, History.NO_OFFSET));
        }
        return String.join(",", offsets);
    }
}
