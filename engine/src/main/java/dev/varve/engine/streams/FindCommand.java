package dev.varve.engine.streams;

import java.util.List;
import java.util.Optional;

/** Brings the stream at a path into memory, if there is one, for a reader. */
final class FindCommand extends StreamCommand<Optional<Stream>> {

    private final String path;

    FindCommand(StreamsFace face, String path) {
        super(face);
        this.path = path;
    }

    @Override
    public List<String> keys() {
        return List.of(path);
    }

    @Override
    public boolean freesSpace() {
        return true;
    }

    @Override
    public boolean prepare() {
        return know(path);
    }

    @Override
    void decide(long nowMillis) {
        answerWith(Optional.ofNullable(decidedAt(path)));
    }
}
