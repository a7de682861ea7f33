package dev.varve.client;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.EntryWriteResult.Written;
import dev.varve.api.ErrorKind;
import dev.varve.api.LimitExceededException;
import dev.varve.api.VarveException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the answers of a channel mean. Stateless. */
final class LiveAnswers {

    private LiveAnswers() {}

    static boolean isOk(PhoenixMessage reply) {
        return "ok".equals(reply.text("status"));
    }

    static EntryAnswer response(PhoenixMessage reply) {
        return EntryAnswer.of("the live socket", new EntryValue.Fields(reply.object("response")));
    }

    /** What became of a write; a failure is thrown. */
    static EntryWriteResult result(String store, LiveWrite write, PhoenixMessage reply) {
        EntryAnswer response = response(reply);
        if (!isOk(reply)) {
            Refused refused = refusal(write, response);
            if (refused != null) {
                return refused;
            }
            throw failure(store, response);
        }
        List<EntryAnswer> items = response.objects("ops");
        if (items.size() != write.ops.size()) {
            throw response.broken("ops");
        }
        List<Applied> applied = new ArrayList<>(items.size());
        for (int i = 0; i < items.size(); i++) {
            EntryOp op = write.ops.get(i);
            applied.add(new Applied(
                    op.path(), items.get(i).number("store_seq"), LiveWrite.takesNumber(op), write.valueOf(i)));
        }
        return new Written(applied, response.number("store_seq"));
    }

    private static @Nullable Refused refusal(LiveWrite write, EntryAnswer response) {
        String said = response.optionalText("reason");
        for (Reason reason : Reason.values()) {
            if (reason.wireName().equals(said)) {
                Long index = response.optionalNumber("op_index");
                return new Refused(
                        reason,
                        index == null ? 0 : index.intValue(),
                        response.optionalText("path") == null ? write.ops.get(0).path() : response.path("path"),
                        response.optionalNumber("current_revision"));
            }
        }
        return null;
    }

    /** Why something was not done that a channel was asked for. */
    static VarveException failure(String store, EntryAnswer response) {
        LimitExceededException over = EntryFailures.limit(store, response);
        if (over != null) {
            return over;
        }
        String reason = String.valueOf(response.optionalText("reason"));
        String message = response.optionalText("message");
        Long retryMillis = response.optionalNumber("retry_after_ms");
        return new VarveException(
                kind(reason),
                store + ": " + (message == null ? words(reason) : message),
                null,
                retryMillis == null ? null : Duration.ofMillis(retryMillis));
    }

    private static String words(String reason) {
        return reason.equals("unauthorized")
                ? "there is no such store, or it may not be seen with this token"
                : "the live socket refused it as " + reason;
    }

    private static final Map<String, ErrorKind> KINDS = Map.of(
            "unauthorized", ErrorKind.NOT_FOUND,
            "missing_scope", ErrorKind.FORBIDDEN,
            "store_not_allowed", ErrorKind.FORBIDDEN,
            "unmatched topic", ErrorKind.NETWORK,
            "join crashed", ErrorKind.HTTP);

    private static ErrorKind kind(String reason) {
        ErrorKind known = KINDS.get(reason);
        return known != null ? known : Failures.kindNamed(reason).orElse(ErrorKind.INVALID_PARAMS);
    }
}
