package dev.varve.engine.streams;

/**
 * A stream in a generation: what the next checkpoint writes of it. Filled by the shard's owner until its generation is frozen,
 * then read by the checkpoint's thread.
 */
final class Changed {

    final Generation generation;
    final Stream stream;
    /** The last durable view within the generation. */
    View view;

    Changed(Generation generation, Stream stream, View view) {
        this.generation = generation;
        this.stream = stream;
        this.view = view;
    }

    long incarnation() {
        return stream.identity.incarnation();
    }
}
