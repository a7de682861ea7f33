package dev.varve.api;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What those who run deciders have in common. */
final class Folding {

    private Folding() {}

    static <S, E> S fold(Decider<S, ?, E> decider, S from, List<E> events) {
        S state = from;
        for (E event : events) {
            state = decider.evolve(state, event);
        }
        return state;
    }

    static <S, E> S fold(Decider<S, ?, E> decider, EventCodec<E> codec, S from, EventSlice slice) {
        S state = from;
        for (StoredEvent event : slice.events()) {
            state = fold(decider, state, codec.decode(event));
        }
        return state;
    }

    static <E> NewEvent encode(EventCodec<E> codec, E event, Map<String, String> metadata) {
        NewEvent plain = codec.encode(event);
        if (metadata.isEmpty()) {
            return plain;
        }
        Map<String, String> all = new LinkedHashMap<>(plain.metadata());
        all.putAll(metadata);
        return new NewEvent(plain.id(), plain.type(), plain.data(), plain.tags(), all, plain.time());
    }
}
