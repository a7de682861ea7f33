package dev.varve.api;

/**
 * Where reading goes on in a stream of items: at an offset, after leaving out some items. Varve has an offset after every item, and
 * leaves out none; other servers tell offsets after pages only, and items within a page are counted from where it began. Keep the
 * text form to resume in another program. Immutable.
 *
 * <pre>{@code
 * Path kept = Path.of("visits.position");
 * ItemPosition from = Files.exists(kept) ? ItemPosition.parse(Files.readString(kept)) : ItemPosition.BEGINNING;
 * for (StreamItem<Visit> item : visits.read(from).items()) {
 *     System.out.println(item.value());
 *     Files.writeString(kept, item.next().toString());
 * }
 * }</pre>
 *
 * @param offset where to read from, inclusive
 * @param skip how many items after the offset were taken already, 0 or more
 */
public record ItemPosition(Offset offset, int skip) {

    /** From the earliest item that the stream still holds. */
    public static final ItemPosition BEGINNING = at(Offset.BEGINNING);

    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException when the number is negative
     */
    public ItemPosition {
        if (skip < 0) {
            throw new IllegalArgumentException("the items to leave out must not be negative: " + skip);
        }
    }

    /**
     * The position at an offset.
     *
     * @param offset the offset, sentinels included
     * @return the position
     */
    public static ItemPosition at(Offset offset) {
        return new ItemPosition(offset, 0);
    }

    /**
     * Reads the text form.
     *
     * @param text what {@link #toString} gave
     * @return the position
     * @throws IllegalArgumentException when it is none
     */
    public static ItemPosition parse(String text) {
        int comma = text.indexOf(','); // stands in no offset
        if (comma < 0) {
            return at(Offset.of(text));
        }
        try {
            return new ItemPosition(
                    Offset.of(text.substring(0, comma)), Integer.parseInt(text, comma + 1, text.length(), 10));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a position of items: \"" + text + "\"", e);
        }
    }

    /** The text form: the offset, and the number after a comma when there is one. */
    @Override
    public String toString() {
        return skip == 0 ? offset.toString() : offset + "," + skip;
    }
}
