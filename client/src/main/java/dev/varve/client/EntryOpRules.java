package dev.varve.client;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Reason;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong with a change whatever the store holds. A server says so, too, but of some of it only that the request makes no
 * sense, and not which change is refused and why. Stateless.
 */
final class EntryOpRules {

    private EntryOpRules() {}

    /** Why every store refuses a change; null when the server may take it. */
    static @Nullable Reason broken(EntryOp op) {
        Reason wrong = brokenValue(op);
        return wrong != null ? wrong : brokenCondition(op);
    }

    private static @Nullable Reason brokenValue(EntryOp op) {
        EntryValue value = op.value();
        boolean nothing = value == null || value instanceof EntryValue.Null;
        Reason wrong = switch (op.kind()) {
            case SET, PUT_FILE -> value == null ? Reason.SET_REQUIRES_VALUE : null;
            case MERGE ->
                value instanceof EntryValue.Fields && !value.isWhole() ? null : Reason.MERGE_REQUIRES_MAP_VALUE;
            case INCREMENT ->
                value instanceof EntryValue.Whole || value instanceof EntryValue.Fraction
                        ? null
                        : Reason.INCREMENT_REQUIRES_NUMBER_VALUE;
            case ADD -> nothing ? Reason.ADD_REQUIRES_VALUE : null;
            case REMOVE -> nothing ? Reason.REMOVE_REQUIRES_VALUE : null;
            case LEASE, RENEW, RELEASE -> isLease(op.kind(), op.lease()) ? null : Reason.INVALID_LEASE_OP;
            case DELETE, CHECK -> null;
        };
        if (wrong != null) {
            return wrong;
        }
        return value == null || EntryJson.travels(value) ? null : Reason.INVALID_VALUE;
    }

    private static boolean isLease(EntryOp.Kind kind, EntryOp.@Nullable LeaseTerms terms) {
        return terms != null
                && (kind == EntryOp.Kind.RELEASE || terms.ttlMillis() > 0)
                && (kind == EntryOp.Kind.LEASE || terms.token() != null);
    }

    private static @Nullable Reason brokenCondition(EntryOp op) {
        boolean set = op.kind() == EntryOp.Kind.SET;
        boolean check = op.kind() == EntryOp.Kind.CHECK;
        Long ttlMillis = op.ttlMillis();
        if (ttlMillis != null && (!set || ttlMillis < 1)) {
            return Reason.INVALID_TTL;
        }
        Long ifMatch = op.ifMatch();
        if (ifMatch != null && !set && !check && op.kind() != EntryOp.Kind.DELETE) {
            return Reason.IF_MATCH_UNSUPPORTED_OP;
        }
        if ((op.ifAbsent() || op.ifNone()) && !set && !check) {
            return Reason.IF_ABSENT_UNSUPPORTED_OP;
        }
        int conditions = (ifMatch == null ? 0 : 1) + (op.ifAbsent() ? 1 : 0) + (op.ifNone() ? 1 : 0);
        return conditions > 1 || (ifMatch != null && ifMatch < 1) ? Reason.INVALID_PRECONDITION : null;
    }
}
