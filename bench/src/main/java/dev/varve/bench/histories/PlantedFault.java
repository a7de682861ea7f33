package dev.varve.bench.histories;

import dev.varve.api.Producer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Ways in which a system could be wrong, put in front of one that is right: a checker that does not find them is none. */
enum PlantedFault {
    /** A read or a tail is answered as it was some time ago. */
    STALE_READ,
    /** An append is acknowledged and not done. */
    LOST_APPEND,
    /** An append is done twice and acknowledged once. */
    DOUBLE_APPEND,
    /** An append is acknowledged a moment before it can be read. */
    EARLY_ANSWER,
    /** A read shows a message whose append is then refused. */
    UNCOMMITTED_READ,
    /** A condition that does not hold is passed over. */
    WRONG_CONDITION,
    /** What a producer sends again is appended again. */
    FORGOTTEN_PRODUCER,
    /** The parts of an atomic append become visible one after the other. */
    SPLIT_ATOMIC;

    private static final int ONE_IN = 20;

    /** A right system made wrong. */
    Target.Factory<Request, Answer> plantIn(Target.Factory<Request, Answer> right) {
        AtomicReference<@Nullable Phantom> phantom = new AtomicReference<>();
        return () -> new Wrong(this, right.connect(), phantom);
    }

    /** A message that was shown and never appended. */
    private record Phantom(String path, Message message) {}

    /** Confined to its client's thread. */
    private static final class Wrong implements Target<Request, Answer> {

        private final PlantedFault fault;
        private final Target<Request, Answer> right;
        private final AtomicReference<@Nullable Phantom> phantom;
        private final Map<String, Answer> earlier = new HashMap<>();

        Wrong(PlantedFault fault, Target<Request, Answer> right, AtomicReference<@Nullable Phantom> phantom) {
            this.fault = fault;
            this.right = right;
            this.phantom = phantom;
        }

        @Override
        public Outcome<Answer> call(String paths, Request request, Patience patience, SplittableRandom random)
                throws InterruptedException {
            if (patience != Patience.FULL || (fault != UNCOMMITTED_READ && random.nextInt(ONE_IN) > 0)) {
                Outcome<Answer> outcome = right.call(paths, request, patience, random);
                if (request instanceof Request.Tail(String path)
                        && outcome instanceof Outcome.Answered<Answer>(Answer answer)) {
                    earlier.putIfAbsent(path, answer);
                }
                return outcome;
            }
            Call call = (asked) -> right.call(paths, asked, patience, random);
            Outcome<Answer> wrong = switch (request) {
                case Request.Append append -> append(append, call, random);
                case Request.Read read -> read(read, call);
                case Request.Tail(String path) -> fault == STALE_READ ? stale(path) : null;
                case Request.AppendAll all -> fault == SPLIT_ATOMIC ? split(all, call) : null;
                default -> null;
            };
            return wrong == null ? right.call(paths, request, patience, random) : wrong;
        }

        private interface Call {
            Outcome<Answer> ask(Request request) throws InterruptedException;
        }

        private @Nullable Outcome<Answer> stale(String path) {
            Answer before = earlier.remove(path);
            return before == null ? null : new Outcome.Answered<>(before);
        }

        private @Nullable Outcome<Answer> append(Request.Append append, Call call, SplittableRandom random)
                throws InterruptedException {
            boolean plain = append.producer() == null
                    && append.ifMatch() == null
                    && append.sequence() == null
                    && !append.close();
            return switch (fault) {
                case LOST_APPEND -> plain ? pretended(append, call) : null;
                case EARLY_ANSWER -> plain ? early(append, call) : null;
                case DOUBLE_APPEND -> plain ? twice(append, call) : null;
                case UNCOMMITTED_READ ->
                    plain && append.messages().size() == 1 && random.nextInt(ONE_IN) == 0 ? shown(append) : null;
                case WRONG_CONDITION -> append.ifMatch() == null ? null : call.ask(unconditional(append));
                case FORGOTTEN_PRODUCER -> again(append, call);
                case STALE_READ, SPLIT_ATOMIC -> null;
            };
        }

        private static @Nullable Outcome<Answer> early(Request.Append append, Call call) throws InterruptedException {
            Outcome<Answer> answer = pretended(append, call);
            if (answer != null) {
                Thread.ofVirtual().start(() -> {
                    try {
                        Thread.sleep(0, 500_000);
                        var _ = call.ask(append);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
            }
            return answer;
        }

        private static Outcome<Answer> twice(Request.Append append, Call call) throws InterruptedException {
            Outcome<Answer> first = call.ask(append);
            var _ = call.ask(append);
            return first;
        }

        private Outcome<Answer> shown(Request.Append append) {
            phantom.set(new Phantom(append.path(), append.messages().getFirst()));
            return Outcome.notApplied();
        }

        private static Request.Append unconditional(Request.Append append) {
            return new Request.Append(
                    append.path(), append.messages(), append.sequence(), append.producer(), null, append.close());
        }

        private @Nullable Outcome<Answer> again(Request.Append append, Call call) throws InterruptedException {
            Producer producer = append.producer();
            if (producer == null) {
                return null;
            }
            Outcome<Answer> outcome = call.ask(append);
            boolean duplicate = outcome instanceof Outcome.Answered<Answer>(Answer answer)
                    && answer instanceof Answer.Written written
                    && Boolean.TRUE.equals(written.duplicate());
            if (!duplicate) {
                return outcome;
            }
            Outcome<Answer> repeated =
                    call.ask(new Request.Append(append.path(), append.messages(), null, null, null, append.close()));
            return repeated instanceof Outcome.Answered<Answer>(Answer answer)
                            && answer instanceof Answer.Written written
                    ? new Outcome.Answered<>(new Answer.Written(written.next(), written.closed(), false, producer))
                    : outcome;
        }

        /** The answer that an append would have had. */
        private static @Nullable Outcome<Answer> pretended(Request.Append append, Call call)
                throws InterruptedException {
            return call.ask(new Request.Tail(append.path())) instanceof Outcome.Answered<Answer>(Answer answer)
                            && answer instanceof Answer.End(long next, boolean closed)
                            && !closed
                    ? new Outcome.Answered<>(new Answer.Written(next + append.length(), false, false, null))
                    : null;
        }

        private @Nullable Outcome<Answer> read(Request.Read read, Call call) throws InterruptedException {
            Phantom shown = phantom.get();
            if (fault != UNCOMMITTED_READ || shown == null || !shown.path().equals(read.path())) {
                return null;
            }
            if (call.ask(read) instanceof Outcome.Answered<Answer>(Answer answer)
                    && answer instanceof Answer.Page page
                    && !page.hasMore()
                    && !page.closed()
                    && phantom.compareAndSet(shown, null)) {
                List<Message> messages = new ArrayList<>(page.messages());
                messages.add(shown.message());
                return new Outcome.Answered<>(new Answer.Page(
                        page.start(), page.next() + shown.message().length(), false, false, messages));
            }
            return null;
        }

        private static Outcome<Answer> split(Request.AppendAll all, Call call) throws InterruptedException {
            List<Answer.Written> written = new ArrayList<>();
            for (Request.Append item : all.items()) {
                Outcome<Answer> outcome = call.ask(item);
                if (outcome instanceof Outcome.Answered<Answer>(Answer answer)) {
                    switch (answer) {
                        case Answer.Written one -> written.add(one);
                        case Answer.Refused refused -> {
                            return new Outcome.Answered<>(refused.at(written.size()));
                        }
                        default -> throw new IllegalStateException("an append comes to " + answer);
                    }
                } else {
                    return outcome;
                }
                Thread.sleep(0, 500_000);
            }
            return new Outcome.Answered<>(new Answer.WrittenAll(written));
        }

        @Override
        public void close() {
            right.close();
        }
    }
}
