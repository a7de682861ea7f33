package dev.varve.server;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.EntryWriteResult.Written;
import dev.varve.api.ErrorKind;
import dev.varve.api.FileReference;
import dev.varve.api.FileUpload;
import dev.varve.api.RollbackResult;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What clients ask on channels that they have joined: writes, files, rollbacks, and how a store stands. What takes time has a place
 * among the socket's pushes until it is answered, also when its channel closes meanwhile. One for all channels of a socket;
 * confined to the connection's loop.
 */
final class StorePushes {

    private static final int RECENT_OPS = 5;
    private static final EntryValue NULL = new EntryValue.Null();

    private final PhoenixSocket socket;

    StorePushes(PhoenixSocket socket) {
        this.socket = socket;
    }

    /**
     * Takes a push, and answers it now or later.
     *
     * @param channel where it came, which answers writes
     * @param followed the channel's store
     * @param bytes how large the message was
     * @return false when it is none that there is; then it is not answered
     */
    boolean take(StoreChannel channel, StoreFeed followed, PhoenixMessage message, int bytes) {
        PushFields payload = PushFields.of(message.payload());
        if (payload == null) {
            return false;
        }
        try {
            switch (message.event()) {
                case "write", "batch", "rollback" -> admitWrite(Scope.ENTRIES_WRITE);
                case "put_file" -> admitWrite(Scope.FILES_WRITE);
                default -> {}
            }
            switch (message.event()) {
                case "write" -> write(channel, followed, message, WritePush.single(payload), bytes);
                case "batch" -> write(channel, followed, message, WritePush.batch(payload), bytes);
                case "status" -> status(followed, message, bytes);
                case "ack_seq" -> {
                    if (payload.whole("seq") == null) {
                        return false;
                    }
                    socket.ok(message, new EntryValue.Fields(Map.of()));
                }
                case "rollback" -> {
                    Long toSeq = payload.whole("to_seq");
                    if (toSeq == null || toSeq < 0) {
                        return false;
                    }
                    rollback(channel, followed, message, payload, toSeq, bytes);
                }
                case "put_file" -> putFile(channel, followed, message, FilePush.of(payload), bytes);
                default -> {
                    return false;
                }
            }
        } catch (PushProblem e) {
            socket.error(message, e);
        } catch (AccessDenied e) {
            socket.error(message, e.push());
        }
        return true;
    }

    /** Lets a change through if the token allows it and has not made too many. */
    private void admitWrite(String scope) {
        AccessCheck.requireScope(socket.access, scope);
        Rate rate = socket.server.access.countWrite(socket.access);
        if (rate != null && rate.isExceeded()) {
            throw PushProblem.of("rate_limited").with("retry_after_ms", EntryValue.of(rate.waitMillis()));
        }
    }

    private void begin(int bytes) {
        if (!socket.begin(bytes)) {
            throw PushProblem.of(ErrorKind.OVERLOADED.wireName(), "the server has no memory for this now; try again");
        }
    }

    /** What a push that has begun waits for; what fails at once fails as what fails later. */
    private static <T> CompletableFuture<T> started(Supplier<CompletableFuture<T>> work) {
        try {
            return work.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * Goes on with the result of a push that has begun, even when the channel has closed meanwhile; ends a push that failed.
     *
     * @param then makes the answer, and gives what is to be done with it. A push whose answer cannot be made has failed; what
     *     is done with an answer ends the push
     */
    private <T> void finish(
            CompletableFuture<T> future, int bytes, PhoenixMessage message, Function<? super T, Runnable> then) {
        // Always by way of the mailbox, so that what is done first is answered first.
        var _ = future.whenComplete((value, failure) -> socket.loop().deliver(() -> {
            Runnable answer;
            try {
                answer = failure == null ? then.apply(value) : () -> refuse(message, PushProblem.of(failure), bytes);
            } catch (RuntimeException e) {
                answer = () -> refuse(message, PushProblem.of(e), bytes);
            }
            answer.run();
        }));
    }

    private void refuse(PhoenixMessage message, PushProblem problem, int bytes) {
        try {
            socket.error(message, problem);
        } finally {
            socket.end(bytes);
        }
    }

    // ---- changes ----

    private void write(StoreChannel channel, StoreFeed followed, PhoenixMessage message, WritePush push, int bytes) {
        begin(bytes);
        CompletableFuture<EntryWriteResult> result =
                started(() -> socket.entries.write(push.write(followed.store, socket.deviceId, false)));
        socket.commitSoon();
        finish(result, bytes, message, outcome -> switch (outcome) {
            case Written written -> {
                EntryValue response = push.response(written);
                yield () -> channel.answer(followed, written.storeSeq(), message, response, bytes);
            }
            case Refused refused -> {
                PushProblem problem = push.problem(refused);
                yield () -> refuse(message, problem, bytes);
            }
        });
    }

    /** Stores the bytes, then writes; in between the client may have written something else, or gone. */
    private void putFile(StoreChannel channel, StoreFeed followed, PhoenixMessage message, FilePush push, int bytes) {
        begin(bytes);
        FileUpload upload;
        try {
            upload = socket.entries.upload(followed.store, push.content().length);
        } catch (RuntimeException e) {
            refuse(message, PushProblem.of(e), bytes);
            return;
        }
        CompletableFuture<FileReference> stored = started(() -> upload.append(ByteBuffer.wrap(push.content()))
                .thenCompose(_ -> upload.finish(push.contentType(), push.filename())));
        var _ = stored.exceptionally(_ -> {
            upload.close();
            return null;
        });
        finish(stored, bytes, message, file -> () -> {
            CompletableFuture<EntryWriteResult> result =
                    started(() -> socket.entries.write(push.write(followed.store, socket.deviceId, file)));
            socket.commitSoon();
            finish(result.whenComplete((_, _) -> upload.close()), bytes, message, outcome -> switch (outcome) {
                case Written written -> {
                    EntryValue response = FilePush.response(written, file);
                    yield () -> channel.answer(followed, written.storeSeq(), message, response, bytes);
                }
                case Refused refused -> {
                    PushProblem problem = PushProblem.of(refused);
                    yield () -> refuse(message, problem, bytes);
                }
            });
        });
    }

    private void rollback(
            StoreChannel channel,
            StoreFeed followed,
            PhoenixMessage message,
            PushFields payload,
            long toSeq,
            int bytes) {
        boolean ofPath = payload.has("path_segments") || payload.has("path");
        EntryPath path = ofPath ? payload.path("path_segments", "path") : null;
        payload.requireUnconditional();
        if (HistoryRoutes.hasNoChanges(socket.entries, followed.store)) {
            throw PushProblem.of(HistoryRoutes.NO_OPS);
        }
        begin(bytes);
        CompletableFuture<RollbackResult> result =
                started(() -> socket.entries.rollback(followed.store, path, toSeq, HistoryRoutes.ROLLBACK_DEVICE));
        socket.commitSoon();
        finish(result, bytes, message, done -> {
            Map<String, EntryValue> response = new LinkedHashMap<>();
            if (ofPath) {
                response.put("store_seq", EntryValue.of(done.storeSeq()));
                if (done.ops() == 0) {
                    response.put("noop", EntryValue.of(true));
                }
            } else {
                response.put("ops_written", EntryValue.of(done.ops()));
            }
            return () -> channel.answer(followed, done.storeSeq(), message, new EntryValue.Fields(response), bytes);
        });
    }

    // ---- how a store stands ----

    private void status(StoreFeed followed, PhoenixMessage message, int bytes) {
        begin(bytes);
        long from = Math.max(0, followed.tail() - RECENT_OPS);
        CompletableFuture<EntryValue> status = started(() -> socket.entries
                .events(followed.store, from, RECENT_OPS)
                .handle((events, failure) -> failure == null ? events.events() : List.<EntryEvent>of())
                .thenCombineAsync(
                        StoreRoutes.sizeBytes(socket.entries, followed.store),
                        (events, sizeBytes) -> {
                            StoreInfo info = socket.entries
                                    .store(followed.store)
                                    .orElseThrow(() -> new VarveException(ErrorKind.NOT_FOUND, "the store is gone"));
                            return status(info, sizeBytes, events);
                        },
                        socket.server.blocking));
        finish(status, bytes, message, fields -> () -> {
            try {
                socket.ok(message, fields);
            } finally {
                socket.end(bytes);
            }
        });
    }

    private EntryValue status(StoreInfo info, @Nullable Long sizeBytes, List<EntryEvent> recent) {
        Instant compactedAt = info.compactedAt();
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("current_seq", EntryValue.of(info.storeSeq()));
        fields.put("entry_count", EntryValue.of(info.entryCount()));
        fields.put("op_count", EntryValue.of(info.storeSeq() - info.compactedSeq()));
        fields.put("file_storage_bytes", EntryValue.of(info.fileBytes()));
        fields.put("db_size_bytes", sizeBytes == null ? NULL : EntryValue.of(sizeBytes));
        fields.put("expires_at", NULL);
        fields.putAll(socket.access.permissions());
        fields.put("latest_snapshot_seq", compactedAt == null ? NULL : EntryValue.of(info.compactedSeq()));
        fields.put("latest_snapshot_at", compactedAt == null ? NULL : EntryValue.of(compactedAt.toString()));
        List<EntryValue> ops = new ArrayList<>();
        for (EntryEvent event : recent) {
            Map<String, EntryValue> op = new LinkedHashMap<>();
            op.put("store_seq", EntryValue.of(event.storeSeq()));
            op.put("op", EntryValue.of(event.kind().wireName()));
            op.put("path", EntryValue.of(event.path().toString()));
            op.put(
                    "inserted_at",
                    EntryValue.of(Instant.ofEpochMilli(event.timeMillis()).toString()));
            ops.add(new EntryValue.Fields(op));
        }
        Collections.reverse(ops);
        fields.put("recent_ops", new EntryValue.Items(ops));
        return new EntryValue.Fields(fields);
    }
}
