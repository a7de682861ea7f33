package dev.varve.api;

/** Takes what Dust keeps in an envelope, {@code _typed} in an object that says its {@code _type}, for what is in there. */
final class EnvelopeMapping extends ValueMapping {

    private final String type;
    private final ValueMapping inner;

    EnvelopeMapping(String type, ValueMapping inner) {
        this.type = type;
        this.inner = inner;
    }

    @Override
    EntryValue dumpPresent(Object value, int depth) throws Misfit {
        return inner.dump(value, depth);
    }

    @Override
    Object loadPresent(EntryValue value) throws Misfit {
        return inner.loadPresent(open(value));
    }

    private EntryValue open(EntryValue value) {
        if (value instanceof EntryValue.Fields object
                && object.fields().get("_type") instanceof EntryValue.Text given
                && given.value().equals(type)
                && object.fields().get("_typed") instanceof EntryValue.Text text) {
            return text;
        }
        return value;
    }
}
