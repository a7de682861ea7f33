package dev.varve.api;

import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/** Events of one class or of several, each stored under a type of its own. Immutable; thread-safe. */
final class ClassEventCodec<E> implements EventCodec<E> {

    /** How events of one class are stored. */
    private record Stored<T>(Class<T> type, RawType raw, StreamCodec<T> payload) {

        byte[] encode(Object event) {
            return payload.encode(type.cast(event));
        }
    }

    private final Class<E> type;
    private final Map<Class<?>, Stored<? extends E>> byClass = new HashMap<>();
    private final Map<String, Stored<? extends E>> byName = new LinkedHashMap<>();
    private final Map<RawType, Function<RawEvent, List<RawEvent>>> upcasts;
    private final Function<? super E, ? extends Collection<String>> tags;

    ClassEventCodec(
            Class<E> type,
            Map<Class<?>, RawType> named,
            Map<RawType, Function<RawEvent, List<RawEvent>>> upcasts,
            Payloads payloads,
            Function<? super E, ? extends Collection<String>> tags) {
        this.type = type;
        this.upcasts = Map.copyOf(upcasts);
        this.tags = tags;
        for (Class<? extends E> one : classes(type)) {
            RawType raw = named.containsKey(one) ? named.get(one) : RawType.of(one);
            add(one, raw, payloads);
        }
        for (Class<?> one : named.keySet()) {
            if (!byClass.containsKey(one)) {
                throw new IllegalArgumentException(one.getName() + " is named, and is no class of " + type.getName());
            }
        }
        for (RawType from : upcasts.keySet()) {
            Stored<? extends E> same = byName.get(from.name());
            if (same != null && same.raw.equals(from)) {
                throw new IllegalArgumentException(from + " is upcast, and is what " + same.type.getName()
                        + " is stored as; give that another version");
            }
        }
    }

    private <T extends E> void add(Class<T> one, RawType raw, Payloads payloads) {
        Stored<T> stored = new Stored<>(one, raw, payloads.of(one));
        byClass.put(stored.type, stored);
        Stored<? extends E> other = byName.put(stored.raw.name(), stored);
        if (other != null) {
            throw new IllegalArgumentException(other.type.getName() + " and " + stored.type.getName()
                    + " would both be stored as " + stored.raw.name() + "; name one otherwise with @EventType");
        }
    }

    /** All classes that events can be of. */
    private static <E> List<Class<? extends E>> classes(Class<E> type) {
        List<Class<? extends E>> found = new ArrayList<>();
        Deque<Class<? extends E>> open = new ArrayDeque<>(List.of(type));
        while (!open.isEmpty()) {
            Class<? extends E> next = open.pop();
            if (next.isSealed()) {
                Class<?>[] cases = next.getPermittedSubclasses();
                for (int i = cases.length - 1; i >= 0; i--) {
                    open.push(cases[i].asSubclass(type));
                }
            }
            if (!Modifier.isAbstract(next.getModifiers())) {
                if (!found.contains(next)) {
                    found.add(next);
                }
            } else if (!next.isSealed()) {
                throw new IllegalArgumentException(next.getName()
                        + " is neither sealed nor a class of events, so nothing tells which there are; make it sealed");
            }
        }
        return found;
    }

    @Override
    public NewEvent encode(E event) {
        Stored<? extends E> stored = byClass.get(event.getClass());
        if (stored == null) {
            throw new IllegalArgumentException(
                    event.getClass().getName() + " is no class of events of " + type.getName());
        }
        RawType raw = stored.raw;
        return new NewEvent(
                UUID.randomUUID(),
                raw.name(),
                EventData.wrap(EventData.JSON, stored.encode(event)),
                new LinkedHashSet<>(tags.apply(event)),
                raw.version() == 1 ? Map.of() : Map.of(NewEvent.SCHEMA_VERSION, String.valueOf(raw.version())),
                null);
    }

    @Override
    public List<E> decode(StoredEvent event) {
        try {
            int version = Integer.parseInt(event.metadata().getOrDefault(NewEvent.SCHEMA_VERSION, "1"));
            List<E> events = new ArrayList<>(1);
            int steps = 0;
            Deque<RawEvent> open = new ArrayDeque<>();
            open.push(new RawEvent(event.type(), version, event.data()));
            while (!open.isEmpty()) {
                RawEvent raw = open.pop();
                Function<RawEvent, List<RawEvent>> step = upcasts.get(new RawType(raw.type(), raw.version()));
                if (step == null) {
                    events.add(read(raw));
                    continue;
                }
                if (++steps > MAX_UPCASTS) {
                    throw new IllegalStateException("it becomes other events without end");
                }
                List<RawEvent> others = step.apply(raw);
                for (int i = others.size() - 1; i >= 0; i--) {
                    open.push(others.get(i));
                }
            }
            return events;
        } catch (RuntimeException e) {
            throw new VarveException(
                    ErrorKind.INVALID_RECORD,
                    "the event at position " + event.position() + ", " + event.type()
                            + (event.aggregate() == null ? "" : " of " + event.aggregate())
                            + ", cannot be read: " + e.getMessage(),
                    e);
        }
    }

    private E read(RawEvent raw) {
        Stored<? extends E> stored = byName.get(raw.type());
        if (stored == null) {
            throw new IllegalArgumentException("the type " + raw.type() + " is not known, but " + byName.keySet()
                    + "; name a class of it, or upcast it");
        }
        if (stored.raw.version() != raw.version()) {
            throw new IllegalArgumentException("version " + raw.version() + " of " + raw.type()
                    + " is not known, but version " + stored.raw.version() + "; upcast it");
        }
        return stored.payload.decode(raw.data().buffer());
    }
}
