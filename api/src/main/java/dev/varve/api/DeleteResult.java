package dev.varve.api;

/**
 * What a deletion came to.
 *
 * <pre>{@code
 * DeleteResult result = storage.delete("log").join();
 * if (result instanceof Refusal refusal) {
 *     System.out.println(refusal.detail());
 * } else if (result instanceof DeleteResult.Deleted deleted && deleted.kept()) {
 *     System.out.println("the path stays taken until its forks are gone");
 * }
 * }</pre>
 */
public sealed interface DeleteResult permits DeleteResult.Deleted, Refusal {

    /**
     * The stream cannot be reached any more, durably. Where forks still need its data it is kept for them.
     *
     * @param kept whether forks keep the data, so that the path stays taken until the last of them is gone
     */
    record Deleted(boolean kept) implements DeleteResult {}
}
