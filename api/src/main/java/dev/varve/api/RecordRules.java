package dev.varve.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What must hold for records of a type besides what {@link Schema} says. Thread-safe. */
interface RecordRules {

    /** Nothing more must hold. */
    RecordRules NONE = new RecordRules() {
        @Override
        public List<Violation> check(Object record) {
            return List.of();
        }

        @Override
        public List<Violation> check(RecordField component, @Nullable Object value) {
            return List.of();
        }
    };

    /** What is wrong with a record. */
    List<Violation> check(Object record);

    /** What is wrong with a value that a component is to have, as far as that can be told of it alone. */
    List<Violation> check(RecordField component, @Nullable Object value);

    /** The constraints of Jakarta Validation on a type, or none where that is not on the class path. */
    static RecordRules of(Class<?> type, RecordShape shape) {
        return Presence.OF_JAKARTA ? JakartaRules.of(type, shape) : NONE;
    }

    /** What was found once. Nothing of Jakarta Validation is loaded where it is not there. */
    final class Presence {

        static final boolean OF_JAKARTA = isThere("jakarta.validation.Validation");

        private Presence() {}

        private static boolean isThere(String name) {
            try {
                Class.forName(name, false, RecordRules.class.getClassLoader());
                return true;
            } catch (ClassNotFoundException | LinkageError e) {
                return false;
            }
        }
    }
}
