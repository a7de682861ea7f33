package dev.varve.engine.entries;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryType;

/** The numbers by which kinds of changes and types of values are stored. Never to be given another meaning. Stateless. */
final class Codes {

    private Codes() {}

    static byte of(EntryOp.Kind kind) {
        return switch (kind) {
            case SET -> 1;
            case DELETE -> 2;
            case MERGE -> 3;
            case INCREMENT -> 4;
            case ADD -> 5;
            case REMOVE -> 6;
            case PUT_FILE -> 7;
            case LEASE -> 8;
            case RENEW -> 9;
            case RELEASE -> 10;
            case CHECK -> 11;
        };
    }

    static EntryOp.Kind kind(byte code) {
        return switch (code) {
            case 1 -> EntryOp.Kind.SET;
            case 2 -> EntryOp.Kind.DELETE;
            case 3 -> EntryOp.Kind.MERGE;
            case 4 -> EntryOp.Kind.INCREMENT;
            case 5 -> EntryOp.Kind.ADD;
            case 6 -> EntryOp.Kind.REMOVE;
            case 7 -> EntryOp.Kind.PUT_FILE;
            case 8 -> EntryOp.Kind.LEASE;
            case 9 -> EntryOp.Kind.RENEW;
            case 10 -> EntryOp.Kind.RELEASE;
            case 11 -> EntryOp.Kind.CHECK;
            default -> throw new IllegalArgumentException("a change of kind " + code + " is not known");
        };
    }

    static byte of(EntryType type) {
        return switch (type) {
            case STRING -> 1;
            case INTEGER -> 2;
            case FLOAT -> 3;
            case BOOLEAN -> 4;
            case NULL -> 5;
            case LIST -> 6;
            case MAP -> 7;
            case DECIMAL -> 8;
            case DATETIME -> 9;
            case COUNTER -> 10;
            case SET -> 11;
            case FILE -> 12;
            case LEASE -> 13;
        };
    }

    static EntryType type(byte code) {
        return switch (code) {
            case 1 -> EntryType.STRING;
            case 2 -> EntryType.INTEGER;
            case 3 -> EntryType.FLOAT;
            case 4 -> EntryType.BOOLEAN;
            case 5 -> EntryType.NULL;
            case 6 -> EntryType.LIST;
            case 7 -> EntryType.MAP;
            case 8 -> EntryType.DECIMAL;
            case 9 -> EntryType.DATETIME;
            case 10 -> EntryType.COUNTER;
            case 11 -> EntryType.SET;
            case 12 -> EntryType.FILE;
            case 13 -> EntryType.LEASE;
            default -> throw new IllegalArgumentException("a value of type " + code + " is not known");
        };
    }
}
