package dev.varve.engine.groups;

import java.util.Locale;

/** Why, when and after how many attempts an event was parked; and its key, so that its order is kept when it is replayed. */
record Parked(int attempts, long millis, long key, String reason) {

    String written() {
        return attempts + " " + millis + " " + Long.toHexString(key) + " " + reason;
    }

    static Parked of(String written) {
        String[] parts = written.split(" ", 4);
        return new Parked(
                Integer.parseInt(parts[0]),
                Long.parseLong(parts[1]),
                Long.parseUnsignedLong(parts[2].toLowerCase(Locale.ROOT), 16),
                parts[3]);
    }
}
