package dev.varve.server;

import dev.varve.api.EntryPath;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * A change as it is sent to all who follow the store: its payload and the frames that many channels share are encoded when
 * first needed. Confined to its loop.
 */
final class SharedEvent {

    private final ChangePages.Change change;
    private final byte[] @Nullable [] payloads = new byte[PhoenixCodec.COUNT] @Nullable [];
    private final @Nullable ByteBuf[] frames = new @Nullable ByteBuf[SharedHead.MAX];

    SharedEvent(ChangePages.Change change) {
        this.change = change;
    }

    long storeSeq() {
        return change.event().storeSeq();
    }

    /** Whether the next change is of the same write. */
    boolean more() {
        return change.more();
    }

    EntryPath path() {
        return change.event().path();
    }

    /** A frame whose bytes are shared with all others of the same head; the receiver releases it. */
    ByteBuf frame(SharedHead head) {
        ByteBuf frame = frames[head.index()];
        if (frame == null) {
            frame = frame(head.codec(), head.bytes());
            frames[head.index()] = frame;
        }
        return frame.retainedDuplicate();
    }

    /** A frame of its own; the receiver releases it. */
    ByteBuf frame(PhoenixCodec codec, byte[] head) {
        byte[] payload = payloads[codec.index];
        if (payload == null) {
            payload = codec.event(change);
            payloads[codec.index] = payload;
        }
        return codec.frame(ByteBufAllocator.DEFAULT, head, payload);
    }

    void release() {
        for (int i = 0; i < frames.length; i++) {
            ByteBuf frame = frames[i];
            frames[i] = null;
            if (frame != null) {
                frame.release();
            }
        }
    }
}
