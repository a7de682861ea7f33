package dev.varve.api;

/** References to files. */
final class FileMapping extends ValueMapping {

    @Override
    EntryValue dumpPresent(Object value, int depth) {
        return ((FileReference) value).toValue();
    }

    @Override
    Object loadPresent(EntryValue value) throws Misfit {
        FileReference file = FileReference.of(value);
        if (file == null) {
            throw Misfit.of(value, "a reference to a file with its hash and size");
        }
        return file;
    }
}
