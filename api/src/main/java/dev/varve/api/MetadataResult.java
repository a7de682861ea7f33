package dev.varve.api;

/** What a look at a stream's metadata came to. */
public sealed interface MetadataResult permits StreamMetadata, Refusal {}
