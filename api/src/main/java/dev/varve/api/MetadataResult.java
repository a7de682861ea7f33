package dev.varve.api;

/**
 * What a look at a stream's metadata came to.
 *
 * <pre>{@code
 * if (storage.metadata("log").join() instanceof StreamMetadata log) {
 *     System.out.println(log.contentType() + " up to " + log.next());
 * }
 * }</pre>
 */
public sealed interface MetadataResult permits StreamMetadata, Refusal {}
