package dev.varve.api;

import java.util.List;

/**
 * Some commits of a store. Immutable.
 *
 * <pre>{@code
 * static long readOn(TransactionStorage storage, long seen) {
 *     CommitPage page = storage.commits("acme/orders", seen, 100).join();
 *     page.commits().forEach(commit -> System.out.println(commit.number()));
 *     return page.next();
 * }
 * }</pre>
 *
 * @param commits in order; may be empty although more follow
 * @param next the number after which to go on reading
 * @param hasMore whether commits after {@code next} existed when the page was made
 */
public record CommitPage(List<Commit> commits, long next, boolean hasMore) {

    /** Copies the list. */
    public CommitPage {
        commits = List.copyOf(commits);
    }
}
