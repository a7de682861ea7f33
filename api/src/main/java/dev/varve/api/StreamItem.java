package dev.varve.api;

/**
 * A value of a stream, with the place where reading goes on after it. Immutable as far as the value is.
 *
 * <pre>{@code
 * try (ItemReader<Visit> reader = visits.follow(ItemPosition.BEGINNING)) {
 *     StreamItem<Visit> item = reader.next(); // waits for one
 *     System.out.println(item.value().page() + ", go on at " + item.next());
 * }
 * }</pre>
 *
 * @param <T> the value
 * @param value the value
 * @param next where the next item is read; keep it to resume after this one
 */
public record StreamItem<T>(T value, ItemPosition next) {}
