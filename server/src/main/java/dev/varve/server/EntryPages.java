package dev.varve.server;

import dev.varve.api.EntryPage;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import java.util.concurrent.CompletableFuture;

/** Pages that all show one moment, however long it takes to go through them. Stateless. */
final class EntryPages {

    private EntryPages() {}

    /**
     * A page of what stood right after a change: what stands now as long as there was no later one, which is cheaper to read.
     *
     * @param seq the change's number; history must be kept for as long as pages are asked for
     */
    static CompletableFuture<EntryPage> at(EntryStorage entries, EntryQuery query, long seq) {
        return entries.list(query)
                .thenCompose(page ->
                        page.storeSeq() == seq ? CompletableFuture.completedFuture(page) : entries.listAt(query, seq));
    }
}
