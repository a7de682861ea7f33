package dev.varve.engine.entries;

import dev.varve.api.StoreInfo;
import java.util.regex.Pattern;

/** Which stores a storage reaches, by their names. Immutable. */
enum StoreNames {
    /** Those that users can name. */
    OF_USERS,
    /** Those that keep a server's own records. */
    RESERVED,
    ALL;

    private static final String PREFIX = "__";
    private static final Pattern RESERVED_NAME = Pattern.compile("__varve/[a-z][a-z-]{0,31}");

    /** Whether a store may be called so. */
    boolean allows(String name) {
        return switch (this) {
            case OF_USERS -> StoreInfo.NAME.matcher(name).matches();
            case RESERVED -> RESERVED_NAME.matcher(name).matches();
            case ALL -> OF_USERS.allows(name) || RESERVED.allows(name);
        };
    }

    /** Whether a store of this name is there for whoever asks. */
    boolean reaches(String name) {
        return this == ALL || name.startsWith(PREFIX) == (this == RESERVED);
    }
}
