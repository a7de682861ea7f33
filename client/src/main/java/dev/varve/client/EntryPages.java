package dev.varve.client;

import dev.varve.api.Entry;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Goes through pages of entries, each read when the one before has been taken. Stateless. */
final class EntryPages {

    /** Reads the page after a path; the first after null. */
    interface Reader {
        EntryPage after(@Nullable EntryPath path);
    }

    private EntryPages() {}

    static Stream<Entry> stream(Reader reader) {
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(iterator(reader), Spliterator.ORDERED | Spliterator.NONNULL),
                false);
    }

    static Iterator<Entry> iterator(Reader reader) {
        return new Iterator<>() {
            private Iterator<Entry> page = List.<Entry>of().iterator();
            private @Nullable EntryPath after;
            private boolean done;

            @Override
            public boolean hasNext() {
                while (!page.hasNext() && !done) {
                    EntryPage next = reader.after(after);
                    page = next.entries().iterator();
                    after = next.next();
                    done = after == null;
                }
                return page.hasNext();
            }

            @Override
            public Entry next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return page.next();
            }
        };
    }
}
