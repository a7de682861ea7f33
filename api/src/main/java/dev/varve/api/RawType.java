package dev.varve.api;

/** A type of events as it is stored, and the version of the form of their data. */
record RawType(String name, int version) {

    RawType {
        EventTexts.check("the type of an event", name, NewEvent.MAX_TYPE_BYTES);
        if (version < 1) {
            throw EventTexts.invalid("the version of the form of an event is 1 or more, was " + version);
        }
    }

    /** What a class says of itself. */
    static RawType of(Class<?> type) {
        EventType said = type.getAnnotation(EventType.class);
        if (said == null) {
            return new RawType(type.getSimpleName(), 1);
        }
        return new RawType(said.value().isEmpty() ? type.getSimpleName() : said.value(), said.version());
    }

    @Override
    public String toString() {
        return version == 1 ? name : name + " of version " + version;
    }
}
