package dev.varve.engine;

import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.StreamStorage;
import dev.varve.engine.spi.PartedReads;
import dev.varve.engine.spi.PartedReads.Part;
import dev.varve.engine.spi.PartedReads.PartedPage;
import dev.varve.engine.spi.PartedReads.Refused;
import dev.varve.testkit.ForwardingStreamStorage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** Reads in parts, for tests. */
final class Parts {

    private Parts() {}

    /** A storage whose reads take the way of parts. */
    static <S extends StreamStorage & PartedReads> StreamStorage readingInParts(S storage) {
        return new ForwardingStreamStorage(storage) {
            @Override
            public CompletableFuture<ReadResult> read(String path, Offset from, int maxBytes) {
                return Parts.read(storage, path, from, maxBytes);
            }
        };
    }

    static CompletableFuture<ReadResult> read(PartedReads reads, String path, Offset from, int maxBytes) {
        return reads.readParts(path, from, maxBytes).thenApply(result -> switch (result) {
            case Refused refused -> refused.refusal();
            case PartedPage page -> whole(page);
        });
    }

    /** All parts of a page together. */
    static ReadResult.Page whole(PartedPage page) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (page.hasPart()) {
            try (Part part = page.nextPart().join()) {
                bytes.writeBytes(bytes(part));
            }
        }
        if (bytes.size() != page.length()) {
            throw new AssertionError("the page has " + bytes.size() + " bytes and said " + page.length());
        }
        return new ReadResult.Page(
                ByteBuffer.wrap(bytes.toByteArray()),
                page.start(),
                page.next(),
                page.hasMore(),
                page.closed(),
                page.contentType(),
                page.incarnation());
    }

    static byte[] bytes(Part part) {
        ByteBuffer bytes = ByteBuffer.allocate(part.length());
        for (ByteBuffer buffer : part.buffers()) {
            bytes.put(buffer.duplicate());
        }
        if (bytes.hasRemaining()) {
            throw new AssertionError("the part has " + bytes.position() + " bytes and said " + part.length());
        }
        return bytes.array();
    }
}
