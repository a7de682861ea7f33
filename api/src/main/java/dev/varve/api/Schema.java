package dev.varve.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says where records of a type are kept among the entries of a store, and in which shape.
 *
 * <pre>{@code
 * @Schema(prefix = {"reading", "links"})
 * record Link(
 *         @Key String slug,
 *         @Required String title,
 *         URI url,
 *         @Field("added_at") Instant addedAt,
 *         List<String> tags,
 *         Optional<String> note) {}
 * }</pre>
 *
 * <p>A link with the key {@code dust} is kept as the entries {@code reading/links/dust/title}, {@code …/url}, {@code
 * …/added_at}, {@code …/tags} and {@code …/note}. The record has one component with {@link Key}; every other component is a
 * field, called as the component or as {@link Field} says. Names of fields are segments of paths, all different, and neither
 * {@code _type} nor {@code _typed}, which mark values that are never taken apart.
 *
 * <p>Components can be of these types, and of nothing else:
 *
 * <table>
 * <caption>What is written, and what is read</caption>
 * <tr><th>Java</th><th>written as</th><th>also read</th></tr>
 * <tr><td>{@code String}, enums (their names), {@code UUID}, {@code URI}</td><td>text</td><td></td></tr>
 * <tr><td>{@code boolean}</td><td>true or false</td><td></td></tr>
 * <tr><td>{@code byte}, {@code short}, {@code int}, {@code long}</td><td>a whole number</td><td>numbers that are whole,
 * as {@code 3.0}; others, and those out of range, are refused</td></tr>
 * <tr><td>{@code float}, {@code double}</td><td>a number; finite ones only, and the sign of zero is lost</td><td>whole numbers;
 * the nearest value is taken</td></tr>
 * <tr><td>{@code BigInteger}, {@code BigDecimal}</td><td>text, all digits kept</td><td>numbers, and decimals in an
 * envelope</td></tr>
 * <tr><td>the types of {@code java.time}</td><td>text as ISO 8601 has it</td><td>times in an envelope</td></tr>
 * <tr><td>records</td><td>an object</td><td></td></tr>
 * <tr><td>{@code Map<String, …>}</td><td>an object; no name is empty, {@code _type} or {@code _typed}</td><td></td></tr>
 * <tr><td>{@code List<…>}, {@code Set<…>}</td><td>a list, in the order of iteration</td><td></td></tr>
 * <tr><td>{@code Optional<…>}</td><td>what is in it, or null</td><td></td></tr>
 * <tr><td>{@link FileReference}</td><td>the reference</td><td></td></tr>
 * <tr><td>{@link EntryValue}</td><td>as it is</td><td>anything</td></tr>
 * </table>
 *
 * <p>Primitive types may be boxed. Records may contain themselves, and may have type parameters where these are given: a
 * component of type {@code Pair<String, Long>} can be mapped. What the annotations of this package say of components holds
 * in records inside records too, but {@link Key}, which means nothing there.
 *
 * <p>Null is written as null, so that a write takes back what stood there. Where nothing stands, and where null does, a list, a
 * set and a map are read as empty, an {@code Optional} as empty, a primitive as 0 or false, anything else as null; only an
 * {@link EntryValue} tells both apart. An object without fields leaves nothing in a store: an empty map comes back empty, but
 * inside an {@code Optional} or another map, and as a record of empty maps, it comes back as nothing. Lists, sets and maps
 * that are read cannot be modified.
 *
 * <p>A type that cannot be kept is refused with an {@link IllegalArgumentException} when it is first used, never later.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Schema {

    /**
     * The path below which the records are kept, one segment after the other, without escapes. Stars are stars, no wildcards.
     *
     * @return at least one segment, none empty, and none that reads {@code \*} or {@code \**}, as no pattern could be written
     *     that means these
     */
    String[] prefix();

    /**
     * The shape in which the records are kept.
     *
     * @return the mode
     */
    Mode mode() default Mode.FLAT;

    /** In which shape records are kept. */
    enum Mode {
        /**
         * One entry, or for objects one subtree, for each field, at {@code <prefix>/<key>/<field>}. Others can change one field
         * and leave the rest alone, and each field has its own revision.
         */
        FLAT,

        /** One value at {@code <prefix>/<key>}, replaced as a whole and compared by one revision. */
        MAP
    }
}
