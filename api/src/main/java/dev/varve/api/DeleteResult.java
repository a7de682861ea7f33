package dev.varve.api;

/** What a deletion came to. */
public sealed interface DeleteResult permits DeleteResult.Deleted, Refusal {

    /**
     * The stream cannot be reached any more, durably. Where forks still need its data it is kept for them.
     *
     * @param kept whether forks keep the data, so that the path stays taken until the last of them is gone
     */
    record Deleted(boolean kept) implements DeleteResult {}
}
