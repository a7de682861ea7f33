package dev.varve.engine.streams;

/** One effect of a command, with the stream it changes and the head it leads to. Confined to the shard's owner. */
final class Change {

    final Stream stream;
    final Effect effect;
    final StreamHead after;
    /** Where the effect stands in the frame's body. */
    int effectOffset;

    Change(Stream stream, Effect effect, StreamHead after) {
        this.stream = stream;
        this.effect = effect;
        this.after = after;
    }
}
