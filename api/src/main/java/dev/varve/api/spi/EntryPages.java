package dev.varve.api.spi;

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

/**
 * Goes through pages of entries, each read when the one before has been taken. Stateless.
 *
 * <pre>{@code
 * EntryPages.stream(after -> entries.page(EntryPattern.ALL, after, 100))
 *         .map(Entry::path)
 *         .forEach(System.out::println);
 * }</pre>
 */
public final class EntryPages {

    /** Reads pages. */
    @FunctionalInterface
    public interface Reader {

        /**
         * Reads a page.
         *
         * @param path the last path of the page before; null for the first page
         * @return the entries after that path
         */
        EntryPage after(@Nullable EntryPath path);
    }

    private EntryPages() {}

    /**
     * The entries of all pages.
     *
     * @param reader reads a page; what it throws comes out of taking from the stream
     * @return the entries in the order of the pages; confined to one thread
     */
    public static Stream<Entry> stream(Reader reader) {
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(iterator(reader), Spliterator.ORDERED | Spliterator.NONNULL),
                false);
    }

    /**
     * The entries of all pages.
     *
     * @param reader reads a page; what it throws comes out of {@code hasNext} and {@code next}
     * @return the entries in the order of the pages; confined to one thread
     */
    public static Iterator<Entry> iterator(Reader reader) {
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
