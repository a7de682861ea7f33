package dev.varve.client;

import dev.varve.api.Entry;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryValue;
import dev.varve.api.spi.Moment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a copy at one moment. Immutable; thread-safe.
 *
 * @param node the entries
 * @param storeSeq the last change of the store at that moment
 */
record LiveRoot(LiveNode node, long storeSeq) implements Moment {

    @Override
    public Optional<EntryValue> read(EntryPath path) {
        List<String> names = LiveNode.names(path);
        LiveNode holder = node.holder(names);
        if (holder == null) {
            return Optional.empty();
        }
        String last = names.get(names.size() - 1);
        Entry leaf = holder.leaf(last);
        if (leaf != null) {
            return Optional.of(leaf.value());
        }
        LiveNode below = holder.below(last);
        return below == null ? Optional.empty() : Optional.of(below.object());
    }

    /** Whether something stands below a path, and nothing at exactly this path. */
    boolean isSubtree(EntryPath path) {
        List<String> names = LiveNode.names(path);
        LiveNode holder = node.holder(names);
        String last = names.get(names.size() - 1);
        return holder != null && holder.leaf(last) == null && holder.below(last) != null;
    }

    /** The entry at exactly a path, or null. */
    @Nullable Entry leaf(EntryPath path) {
        List<String> names = LiveNode.names(path);
        LiveNode holder = node.holder(names);
        return holder == null ? null : holder.leaf(names.get(names.size() - 1));
    }

    @Override
    public Stream<Entry> list(EntryPattern pattern) {
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(
                        new LiveListing(node, pattern, null), Spliterator.ORDERED | Spliterator.NONNULL),
                false);
    }

    EntryPage page(EntryPattern pattern, @Nullable EntryPath after, int limit) {
        List<Entry> entries = new ArrayList<>();
        LiveListing listing = new LiveListing(node, pattern, after);
        while (entries.size() < limit && listing.hasNext()) {
            entries.add(listing.next());
        }
        EntryPath next = listing.hasNext() ? entries.get(entries.size() - 1).path() : null;
        return new EntryPage(entries, next, storeSeq);
    }
}
