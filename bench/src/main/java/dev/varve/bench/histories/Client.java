package dev.varve.bench.histories;

import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.testkit.history.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One client of a history: asks at random, mostly sensibly, and keeps what it was told. Confined to its thread, except
 * what it shares with the others in {@link Shared}.
 */
final class Client {

    private static final int MAX_PAUSE_MICROS = 400;
    private static final int MAX_PAGE_BYTES = 400;
    private static final int MAX_FILLER = 40;
    private static final int MAX_BATCH = 3;

    private final int number;
    private final Shared shared;
    private final Target<Request, Answer> target;
    private final SplittableRandom random;
    private final List<Operation<Request, Answer>> done = new ArrayList<>();
    private final Map<String, Long> tails = new HashMap<>();
    private final Map<String, Long> epochs = new HashMap<>();
    private final Map<String, Long> sequences = new HashMap<>();
    /** What was sent as a producer without an answer, to be sent again. */
    private Request.@Nullable Append unanswered;

    Client(int number, Shared shared, Target<Request, Answer> target, SplittableRandom random) {
        this.number = number;
        this.shared = shared;
        this.target = target;
        this.random = random;
    }

    /** Asks that many times. Returns what it asked and was told. */
    List<Operation<Request, Answer>> run(int operations) throws InterruptedException {
        for (int i = 0; i < operations; i++) {
            pause();
            ask(request(), Target.Patience.random(shared.impatiencePercent, random));
        }
        return done;
    }

    /** Creates every stream that this client has not created yet. Returns all that it asked and was told. */
    List<Operation<Request, Answer>> createAll() throws InterruptedException {
        for (String path : shared.paths) {
            while (ask(new Request.Create(path), Target.Patience.FULL) == null) {
                Thread.onSpinWait(); // the server is down; the target waits a little each time
            }
        }
        return done;
    }

    /** Reads every stream to its end. */
    List<Operation<Request, Answer>> readAll() throws InterruptedException {
        for (String path : shared.paths) {
            long from = Offset.BEGINNING.position();
            Answer answer = null;
            do {
                answer = ask(new Request.Read(path, from, MAX_PAGE_BYTES), Target.Patience.FULL);
                from = answer instanceof Answer.Page page ? page.next() : from;
            } while (answer == null || (answer instanceof Answer.Page page && page.hasMore()));
            ask(new Request.Tail(path), Target.Patience.FULL);
        }
        return done;
    }

    private void pause() {
        switch (random.nextInt(4)) {
            case 0 -> LockSupport.parkNanos(random.nextInt(MAX_PAUSE_MICROS) * 1_000L);
            case 1 -> LockSupport.parkNanos(1);
            default -> {}
        }
    }

    /** Asks once and notes it. Returns the answer, or null when there is none. */
    private @Nullable Answer ask(Request request, Target.Patience patience) throws InterruptedException {
        switch (shared.notes.ask(number, target, request, patience, random, done)) {
            case Target.Outcome.Answered<Answer>(Answer answer) -> {
                learn(request, answer);
                return answer;
            }
            case Target.Outcome.Open<Answer> _ -> {
                if (request instanceof Request.Append append && append.producer() != null) {
                    unanswered = append;
                }
            }
            case Target.Outcome.NotApplied<Answer> _ -> {}
        }
        return null;
    }

    private void learn(Request request, Answer answer) {
        String path = request.paths().getFirst();
        switch (answer) {
            case Answer.Written written -> {
                see(path, written.next());
                Producer producer = written.producer();
                if (producer != null && request instanceof Request.Append) {
                    String key = path + "/" + producer.id();
                    epochs.put(key, producer.epoch());
                    sequences.put(key, producer.sequence() + 1);
                }
            }
            case Answer.WrittenAll all -> {
                for (int i = 0; i < all.items().size(); i++) {
                    see(request.paths().get(i), all.items().get(i).next());
                }
            }
            case Answer.Page page -> see(path, page.next());
            case Answer.End end -> see(path, end.next());
            case Answer.Made made -> see(path, made.next());
            case Answer.Refused refused -> {
                Long offset = refused.offset();
                if (offset != null && refused.item() == null) {
                    see(path, offset);
                }
            }
            case Answer.Deleted _ -> {
                sequences.clear();
                epochs.clear();
            }
        }
    }

    private void see(String path, long position) {
        tails.put(path, position);
        shared.saw(path, position, random);
    }

    // ---- what to ask ----

    private Request request() {
        Request.Append again = unanswered;
        if (again != null && random.nextInt(3) > 0) {
            unanswered = null;
            return again;
        }
        String path = path();
        int dice = random.nextInt(1_000);
        if (dice < shared.lifecyclePermille) {
            return random.nextInt(3) == 0 ? new Request.Delete(path) : new Request.Create(path);
        }
        if (dice < shared.lifecyclePermille * 3 / 2) {
            boolean empty = random.nextBoolean();
            return new Request.Append(path, empty ? List.of() : messages(path), null, null, null, true);
        }
        return switch (random.nextInt(10)) {
            case 0, 1 -> new Request.Tail(path);
            case 2, 3, 4 -> read(path);
            case 5 -> shared.paths.size() > 1 && shared.atomic ? appendAll() : append(path);
            default -> append(path);
        };
    }

    private String path() {
        return shared.paths.get(random.nextInt(shared.paths.size()));
    }

    private Request read(String path) {
        long from = switch (random.nextInt(12)) {
            case 0 -> Offset.NOW.position();
            case 1 -> Offset.BEGINNING.position();
            case 2 -> tails.getOrDefault(path, 0L) + 1;
            case 3, 4 -> tails.getOrDefault(path, 0L);
            default -> shared.seen(path, random);
        };
        return new Request.Read(path, from, 1 + random.nextInt(MAX_PAGE_BYTES));
    }

    private Request appendAll() {
        List<Request.Append> items = new ArrayList<>();
        int first = random.nextInt(shared.paths.size());
        int count = 2 + random.nextInt(shared.paths.size() - 1);
        for (int i = 0; i < count; i++) {
            items.add(append(shared.paths.get((first + i) % shared.paths.size())));
        }
        return new Request.AppendAll(items);
    }

    private Request.Append append(String path) {
        List<Message> messages = messages(path);
        return switch (random.nextInt(10)) {
            case 0, 1 -> new Request.Append(path, messages, null, null, condition(path), false);
            case 2 -> new Request.Append(path, messages, shared.sequence(random), null, null, false);
            case 3, 4, 5 -> new Request.Append(path, messages, null, producer(path), null, false);
            case 6 ->
                new Request.Append(
                        path,
                        messages,
                        random.nextBoolean() ? shared.sequence(random) : null,
                        producer(path),
                        random.nextInt(3) == 0 ? condition(path) : null,
                        random.nextInt(1_000) < shared.lifecyclePermille);
            default -> new Request.Append(path, messages, null, null, null, false);
        };
    }

    private List<Message> messages(String path) {
        int count = Request.isJson(path) ? 1 + random.nextInt(MAX_BATCH) : 1;
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            messages.add(new Message(
                    Integer.toString(shared.names.getAndIncrement()), Message.MIN_LENGTH + random.nextInt(MAX_FILLER)));
        }
        return messages;
    }

    /** Mostly the tail as last seen, which others may have moved; at times some other position. */
    private Long condition(String path) {
        return random.nextInt(6) == 0 ? shared.seen(path, random) : tails.getOrDefault(path, 0L);
    }

    /** Mostly this client's own; at times another's. Mostly the next request; at times an old, early or fenced one. */
    private Producer producer(String path) {
        String id = "p" + (random.nextInt(5) == 0 ? random.nextInt(shared.clients) : number);
        String key = path + "/" + id;
        long epoch = epochs.getOrDefault(key, 0L);
        long sequence = sequences.getOrDefault(key, 0L);
        return switch (random.nextInt(16)) {
            case 0 -> new Producer(id, epoch, sequence + 1);
            case 1 -> new Producer(id, epoch, Math.max(0, sequence - 1));
            case 2 -> new Producer(id, epoch + 1, random.nextInt(4) == 0 ? 1 : 0);
            case 3 -> new Producer(id, Math.max(0, epoch - 1), sequence);
            default -> new Producer(id, epoch, sequence);
        };
    }
}
