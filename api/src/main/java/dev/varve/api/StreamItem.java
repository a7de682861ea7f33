package dev.varve.api;

/**
 * A value of a stream, with the place where reading goes on after it. Immutable as far as the value is.
 *
 * @param <T> the value
 * @param value the value
 * @param next where the next item is read; keep it to resume after this one
 */
public record StreamItem<T>(T value, ItemPosition next) {}
