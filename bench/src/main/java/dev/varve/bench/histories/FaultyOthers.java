package dev.varve.bench.histories;

import dev.varve.api.AggregateStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** What can be wrong with the feed of commits, with what is written by itself, and with deletions. Confined to its client's thread. */
final class FaultyOthers {

    private final EventsFault fault;
    private final Right right;

    /** The right system. */
    interface Right {
        /** Its answer, null when there was none. */
        @Nullable EventAnswer ask(EventRequest request) throws InterruptedException;
    }

    FaultyOthers(EventsFault fault, Right right) {
        this.fault = fault;
        this.right = right;
    }

    /** Whether a fault is one of these. */
    static boolean concerns(EventsFault fault) {
        return fault.compareTo(EventsFault.COMMIT_LEFT_OUT) >= 0;
    }

    /** A wrong answer, null where this request cannot have one. */
    @Nullable EventAnswer wrong(EventRequest request, SplittableRandom random) throws InterruptedException {
        return switch (request) {
            case EventRequest.GetCommits get ->
                right.ask(get) instanceof EventAnswer.Commits page
                                && !page.commits().isEmpty()
                        ? feed(get, page, random)
                        : null;
            case EventRequest.ChangeEntry change -> change(change);
            case EventRequest.Say say when fault == EventsFault.LOST_MESSAGE -> new EventAnswer.Said();
            case EventRequest.Delete delete -> delete(delete);
            case EventRequest.Append append when fault == EventsFault.DELETED_WITH_VERSION -> append(append);
            default -> null;
        };
    }

    private @Nullable EventAnswer feed(EventRequest.GetCommits get, EventAnswer.Commits page, SplittableRandom random) {
        List<EventAnswer.Commit> commits = new ArrayList<>(page.commits());
        int one = random.nextInt(commits.size());
        EventAnswer.Commit commit = commits.get(one);
        switch (fault) {
            case COMMIT_LEFT_OUT -> commits.remove(one);
            case COMMIT_TOLD_TWICE -> commits.add(one, commit);
            case COMMIT_IN_TWO -> {
                commits.set(one, new EventAnswer.Commit(commit.number(), List.of(), commit.events(), List.of()));
                commits.add(
                        one + 1,
                        new EventAnswer.Commit(commit.number() + 1, commit.changes(), List.of(), commit.messages()));
            }
            case LATE_FEED -> {
                commits.removeLast();
                long next = commits.isEmpty() ? get.after() : commits.getLast().number();
                return new EventAnswer.Commits(commits, next, false);
            }
            default -> {
                return null;
            }
        }
        return new EventAnswer.Commits(commits, page.next(), page.more());
    }

    private @Nullable EventAnswer change(EventRequest.ChangeEntry request) throws InterruptedException {
        EventRequest.Change change = request.change();
        return switch (fault) {
            case LOST_CHANGE -> {
                // With the number that it would have had, as well as anybody can tell.
                EventAnswer now = right.ask(new EventRequest.GetCommits(request.store(), 0, 1_000));
                yield now instanceof EventAnswer.Commits page && change.match() == EventRequest.Change.ANY
                        ? new EventAnswer.Changed(1 + lastSeq(page))
                        : null;
            }
            case IGNORED_REVISION ->
                change.match() == EventRequest.Change.ANY
                        ? null
                        : right.ask(new EventRequest.ChangeEntry(
                                request.store(),
                                request.name(),
                                new EventRequest.Change(change.path(), EventRequest.Change.ANY, 0)));
            case DOUBLE_CHANGE -> {
                EventAnswer answer = change.add() == 0 ? null : right.ask(request);
                if (answer != null) {
                    EventAnswer _ = right.ask(request);
                }
                yield answer;
            }
            default -> null;
        };
    }

    private static long lastSeq(EventAnswer.Commits page) {
        return page.commits().stream()
                .flatMapToLong(commit -> LongStream.concat(
                        LongStream.of(0), commit.changes().stream().mapToLong(EventAnswer.EntryChanged::seq)))
                .max()
                .orElse(0);
    }

    private @Nullable EventAnswer delete(EventRequest.Delete delete) throws InterruptedException {
        return switch (fault) {
            case LOST_DELETION ->
                // Nothing is deleted where nobody could, and what there is is told.
                right.ask(new EventRequest.Read(delete.store(), delete.aggregate(), "", "", -1, true))
                                        instanceof EventAnswer.Page page
                                && !page.events().isEmpty()
                                && delete.expected().equals("any")
                        ? new EventAnswer.Deleted(
                                delete.forEver() ? AggregateStatus.TOMBSTONED : AggregateStatus.SOFT_DELETED,
                                page.events().getFirst().version())
                        : null;
            case IGNORED_VERSION_OF_DELETION ->
                delete.expected().equals("any")
                        ? null
                        : right.ask(new EventRequest.Delete(
                                delete.store(), delete.name(), delete.aggregate(), "any", delete.forEver()));
            default -> null;
        };
    }

    /** Refused for a version that is there no more, and made all the same. */
    private @Nullable EventAnswer append(EventRequest.Append append) throws InterruptedException {
        EventAnswer answer = append.events().isEmpty() ? null : right.ask(append);
        boolean deleted = answer instanceof EventAnswer.Refused refused
                && append.checks().stream()
                        .anyMatch(check -> check.isExact()
                                && !check.expected().equals("noStream")
                                && refused.actual().getOrDefault(check.aggregate(), 0L) < 0);
        return deleted
                ? right.ask(new EventRequest.Append(
                        append.store(),
                        append.name(),
                        List.of(),
                        append.events(),
                        append.condition(),
                        append.tracking()))
                : answer;
    }
}
