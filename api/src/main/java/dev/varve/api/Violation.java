package dev.varve.api;

/**
 * Something that is wrong with a field of a record that is to be written. Immutable.
 *
 * <pre>{@code
 * Changeset<Link> changes = links.change(Map.of("slug", "varve", "visits", "many"), "slug", "title", "visits");
 * for (Violation one : changes.errors()) {
 *     System.out.println(one.field() + ": " + one.message());
 * }
 * }</pre>
 *
 * @param field the name of the field as it is stored, of one in a nested record after a slash, of an item of a list after its
 *     index in brackets, as {@code author/name} and {@code tags[1]}; empty for what is wrong with the record as a whole
 * @param message what is wrong, for people, as it stands after the name of the field: {@code can't be blank}
 */
public record Violation(String field, String message) {

    /** What is said of a field that must be there and is not. */
    static final String BLANK = "can't be blank";

    /** What is said of a key that is the empty text. */
    static final String EMPTY_KEY = "cannot be empty";

    /** What is said of a record of which nothing would be left in a store. */
    static final String EMPTY_RECORD = "has nothing that could be stored";

    /** A value that is not of the type that it should have. */
    static Violation invalid(String field, String expected) {
        return new Violation(field, "is invalid: expected " + expected);
    }

    /** The name of the component that it is in. */
    String root() {
        for (int i = 0; i < field.length(); i++) {
            if (field.charAt(i) == '/' || field.charAt(i) == '[') {
                return field.substring(0, i);
            }
        }
        return field;
    }

    /** As it stands in a sentence. */
    String words() {
        return field.isEmpty() ? message : field + " " + message;
    }
}
