package dev.varve.testkit.engine;

import dev.varve.api.AppendAllResult;
import dev.varve.api.Refusal;
import dev.varve.api.StreamChange;
import dev.varve.api.Subscription;
import dev.varve.testkit.ModelStreamStorage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A model and all that made it what it is, so that it can be made again as it would be had something not happened.
 * Confined to one thread.
 */
final class OracleHistory {

    /** Something that changed the model, and when. */
    sealed interface Step permits Change, Expiry {
        long millis();
    }

    record Change(long millis, Consumer<ModelStreamStorage> change) implements Step {}

    /**
     * The end of a life.
     *
     * @param millis when
     * @param path the stream
     * @param incarnation what the model calls it
     * @param certain whether it is known to have been written down
     */
    record Expiry(long millis, String path, long incarnation, boolean certain) implements Step {}

    /** The history up to some moment. */
    record Mark(List<Step> steps, long now) {}

    private final List<Step> steps = new ArrayList<>();
    private long now;
    private final List<StreamChange> told = new ArrayList<>();
    private ModelStreamStorage model = ModelStreamStorage.byHand(() -> now);

    OracleHistory() {
        listen();
    }

    private void listen() {
        told.clear();
        Subscription _ = model.subscribeAll(told::add);
    }

    /** The changes that listeners hear of. */
    List<StreamChange> told() {
        return told;
    }

    ModelStreamStorage model() {
        return model;
    }

    long now() {
        return now;
    }

    void moveTo(long millis) {
        now = millis;
    }

    /** Makes a request of the model. */
    Object take(StreamCall call) {
        Object answer = call.make(model).join();
        // Had something not happened, a refusal might not have been one.
        if (!(answer instanceof Refusal || answer instanceof AppendAllResult.RefusedAt)) {
            steps.add(new Change(now, target -> call.make(target).join()));
        }
        return answer;
    }

    void take(Consumer<ModelStreamStorage> change) {
        change.accept(model);
        steps.add(new Change(now, change));
    }

    void expire(String path, long incarnation) {
        model.expire(path);
        steps.add(new Expiry(now, path, incarnation, false));
    }

    /** All lives that were over at a time have been ended for good. */
    void expiriesAreCertain(long untilMillis) {
        steps.replaceAll(step -> step instanceof Expiry expiry && expiry.millis() <= untilMillis
                ? new Expiry(expiry.millis(), expiry.path(), expiry.incarnation(), true)
                : step);
    }

    /** Whether the end of a life at one of some paths may not have been written down yet. */
    boolean hasUncertainExpiry(Collection<String> paths) {
        return steps.stream()
                .anyMatch(step -> step instanceof Expiry expiry && !expiry.certain() && paths.contains(expiry.path()));
    }

    /** What happened up to a crash, without the ends of lives that are seen to go on. */
    Mark beforeCrash(Predicate<Expiry> isBack) {
        List<Step> left = new ArrayList<>();
        for (Step step : steps) {
            if (!(step instanceof Expiry expiry) || !isBack.test(expiry)) {
                left.add(step);
            }
        }
        return new Mark(left, now);
    }

    void backTo(Mark mark) {
        steps.clear();
        model = ModelStreamStorage.byHand(() -> now);
        for (Step step : mark.steps()) {
            now = step.millis();
            switch (step) {
                case Change change -> change.change().accept(model);
                case Expiry expiry -> model.expire(expiry.path());
            }
            steps.add(step);
        }
        now = mark.now();
        listen();
    }
}
