package dev.varve.engine.transactions;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.AppendRequest;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryValue;
import dev.varve.api.EventAppend;
import dev.varve.api.NewEvent;
import dev.varve.api.Transaction;
import dev.varve.engine.entries.ValueCodec;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a transaction that comes again under a key is the same: of what it writes, in its order. What must hold for it does not
 * count, nor do the ids of events, which a program that tries again may have made anew. Confined to one thread.
 */
final class Fingerprint {

    static final int BYTES = 32;

    private final MessageDigest digest;

    private Fingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static byte[] of(Transaction transaction) {
        Fingerprint fingerprint = new Fingerprint();
        transaction.parts().forEach(fingerprint::add);
        return fingerprint.digest.digest();
    }

    private void add(Transaction.Part part) {
        switch (part) {
            case Transaction.Entry(EntryOp op) -> {
                EntryValue value = op.value();
                Long ttl = op.ttlMillis();
                tag(1);
                text(op.kind().wireName());
                text(op.path().toString());
                bytes(value == null ? null : ValueCodec.encode(value));
                number(ttl == null ? 0 : ttl);
            }
            case Transaction.Event(var aggregate, NewEvent event) -> {
                tag(2);
                text(aggregate == null ? null : aggregate.toString());
                text(event.type());
                text(event.data().contentType());
                ByteBuffer data = event.data().buffer();
                number(data.remaining());
                digest.update(data);
                number(event.tags().size());
                event.tags().forEach(this::text);
                number(event.metadata().size());
                event.metadata().forEach((name, value) -> {
                    text(name);
                    text(value);
                });
                text(event.time() == null ? null : event.time().toString());
            }
            case Transaction.Tracking(EventAppend.Tracking tracking) -> {
                tag(3);
                text(tracking.source());
                number(tracking.position());
            }
            case Transaction.Append(AppendRequest request) -> {
                tag(4);
                text(request.path());
                text(request.contentType());
                bytes(request.body());
                number(request.close() ? 1 : 0);
            }
            case Transaction.Check _, Transaction.Condition _ -> {}
        }
    }

    private void tag(int tag) {
        digest.update((byte) tag);
    }

    private void number(long number) {
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
    }

    private void text(@Nullable String text) {
        bytes(text == null ? null : text.getBytes(UTF_8));
    }

    private void bytes(byte @Nullable [] bytes) {
        number(bytes == null ? -1 : bytes.length);
        if (bytes != null) {
            digest.update(bytes);
        }
    }
}
