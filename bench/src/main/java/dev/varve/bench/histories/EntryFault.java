package dev.varve.bench.histories;

import dev.varve.api.EntryOp.Kind;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.bench.histories.EntryRequest.Condition;
import dev.varve.bench.histories.EntryRequest.Op;
import dev.varve.bench.histories.EntryRequest.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Ways in which entries could be wrong, put in front of a system that is right. */
enum EntryFault {
    /** A read is answered as it was some time ago. */
    STALE_READ,
    /** A write is acknowledged and not done. */
    LOST_WRITE,
    /** A write whose revision does not stand any more is done, over what others wrote meanwhile. */
    LOST_UPDATE,
    /** An increment is done twice and acknowledged once. */
    DOUBLE_INCREMENT,
    /** The parts of a batch become visible one after the other. */
    HALF_BATCH,
    /** A lease that is held is given to somebody else. */
    TWO_HOLDERS,
    /** A fence that does not hold is passed over. */
    WRONG_FENCE,
    /** A write is acknowledged a moment before it can be read. */
    EARLY_ANSWER,
    /** A write that is sent again under its name is done again. */
    FORGOTTEN_NAME,
    /** What is set for some time is gone before it is over. */
    EARLY_EXPIRY;

    private static final int ONE_IN = 8;
    private static final int LATE_MICROS = 500;

    /** A right system made wrong. */
    Target.Factory<EntryRequest, EntryAnswer> plantIn(Target.Factory<EntryRequest, EntryAnswer> right) {
        return () -> new Wrong(this, right.connect());
    }

    /** Confined to its client's thread. */
    private static final class Wrong implements EntryTarget {

        private final EntryFault fault;
        private final Target<EntryRequest, EntryAnswer> right;
        private final Map<EntryRequest, EntryAnswer> earlier = new HashMap<>();

        Wrong(EntryFault fault, Target<EntryRequest, EntryAnswer> right) {
            this.fault = fault;
            this.right = right;
        }

        @Override
        public boolean recognises() {
            return right instanceof EntryTarget entries && entries.recognises();
        }

        /** The right system, as this client would ask it. */
        private interface Call {
            Outcome<EntryAnswer> ask(EntryRequest request) throws InterruptedException;

            /** The answer, or null when there is none. */
            default @Nullable EntryAnswer answer(EntryRequest request) throws InterruptedException {
                return ask(request) instanceof Outcome.Answered<EntryAnswer>(EntryAnswer answer) ? answer : null;
            }
        }

        @Override
        public Outcome<EntryAnswer> call(
                String prefix, EntryRequest request, Patience patience, SplittableRandom random)
                throws InterruptedException {
            Call call = asked -> right.call(prefix, asked, patience, random);
            EntryAnswer wrong = null;
            if (patience == Patience.FULL) {
                if (fault == STALE_READ) {
                    return reading(request, call, random);
                }
                // The first change makes the store: a system that loses it has nothing to be asked about.
                if (request instanceof Write write
                        && !write.ops().getFirst().path().equals(EntryClient.FIRST_PATH)
                        && (isRare() || random.nextInt(ONE_IN) == 0)) {
                    wrong = write(write, call);
                }
            }
            return wrong == null ? call.ask(request) : new Outcome.Answered<>(wrong);
        }

        private Outcome<EntryAnswer> reading(EntryRequest request, Call call, SplittableRandom random)
                throws InterruptedException {
            if (!(request instanceof EntryRequest.Get)) {
                return call.ask(request);
            }
            EntryAnswer before = random.nextInt(ONE_IN) == 0 ? earlier.remove(request) : null;
            if (before != null) {
                return new Outcome.Answered<>(before);
            }
            Outcome<EntryAnswer> outcome = call.ask(request);
            if (outcome instanceof Outcome.Answered<EntryAnswer>(EntryAnswer answer)) {
                earlier.putIfAbsent(request, answer);
            }
            return outcome;
        }

        /** Whether what it goes wrong with comes so rarely that it goes wrong each time. */
        private boolean isRare() {
            return fault == FORGOTTEN_NAME || fault == EARLY_EXPIRY;
        }

        /** Returns a wrong answer to something done wrongly, or null when nothing was done. */
        private @Nullable EntryAnswer write(Write write, Call call) throws InterruptedException {
            Op first = write.ops().getFirst();
            boolean one = write.ops().size() == 1;
            boolean plain = one && first.condition() == Condition.NONE && first.fence() == null;
            return switch (fault) {
                case LOST_WRITE -> plain && first.kind() == Kind.SET ? pretended(write, call) : null;
                case EARLY_ANSWER -> plain && first.kind() == Kind.SET ? early(write, call) : null;
                case DOUBLE_INCREMENT -> plain && first.kind() == Kind.INCREMENT ? twice(write, call) : null;
                case LOST_UPDATE ->
                    one && first.condition() == Condition.MATCH
                            ? call.answer(
                                    new Write(write.store(), write.name(), false, List.of(first.with(Condition.NONE))))
                            : null;
                case WRONG_FENCE ->
                    one && first.fence() != null
                            ? call.answer(new Write(write.store(), write.name(), false, List.of(first.fencedBy(null))))
                            : null;
                case HALF_BATCH -> one ? null : split(write, call);
                case TWO_HOLDERS -> one && first.kind() == Kind.LEASE ? taken(write, call) : null;
                case EARLY_EXPIRY ->
                    one && first.livesMillis() != 0
                            ? call.answer(
                                    new Write(write.store(), write.name(), write.once(), List.of(first.livingFor(1))))
                            : null;
                case FORGOTTEN_NAME -> call.answer(new Write(write.store(), write.name(), false, write.ops()));
                case STALE_READ -> null;
            };
        }

        private static long seq(Write write, Call call) throws InterruptedException {
            return call.answer(new EntryRequest.Log(write.store()))
                            instanceof EntryAnswer.Changes(List<EntryAnswer.Change> changes)
                    ? changes.size()
                    : 0;
        }

        /** The answer that a write would have had. */
        private static EntryAnswer pretended(Write write, Call call) throws InterruptedException {
            long seq = seq(write, call) + 1;
            Op op = write.ops().getFirst();
            return new EntryAnswer.Written(List.of(new EntryAnswer.Done(seq, true, op.value())), seq);
        }

        private static EntryAnswer early(Write write, Call call) throws InterruptedException {
            EntryAnswer answer = pretended(write, call);
            Thread.ofVirtual().start(() -> {
                try {
                    Thread.sleep(0, LATE_MICROS * 1_000);
                    var _ = call.ask(write);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            return answer;
        }

        private static @Nullable EntryAnswer twice(Write write, Call call) throws InterruptedException {
            EntryAnswer answer = call.answer(write);
            var _ = call.ask(new Write(write.store(), write.name(), false, write.ops()));
            return answer;
        }

        /** Takes the lease away from whoever has it. */
        private static @Nullable EntryAnswer taken(Write write, Call call) throws InterruptedException {
            EntryAnswer answer = call.answer(write);
            if (!(answer instanceof EntryAnswer.Refused refused) || refused.reason() != Reason.HELD) {
                return answer;
            }
            long seq = seq(write, call) + 1;
            Op op = write.ops().getFirst();
            String holder = op.terms() == null ? null : op.terms().holder();
            return new EntryAnswer.Written(
                    List.of(new EntryAnswer.Done(seq, true, EntryDraft.lease(holder, seq))), seq);
        }

        private static @Nullable EntryAnswer split(Write write, Call call) throws InterruptedException {
            List<EntryAnswer.Done> done = new ArrayList<>();
            long storeSeq = 0;
            for (int i = 0; i < write.ops().size(); i++) {
                Op op = write.ops().get(i);
                switch (call.answer(new Write(write.store(), write.name() + "-" + i, false, List.of(op)))) {
                    case EntryAnswer.Written(List<EntryAnswer.Done> ops, long seq) -> {
                        done.addAll(ops);
                        storeSeq = seq;
                    }
                    case EntryAnswer.Refused refused -> {
                        return new EntryAnswer.Refused(refused.reason(), i, refused.current());
                    }
                    case null, default -> {
                        return null;
                    }
                }
                Thread.sleep(0, LATE_MICROS * 1_000);
            }
            return new EntryAnswer.Written(done, storeSeq);
        }

        @Override
        public void close() {
            right.close();
        }
    }
}
