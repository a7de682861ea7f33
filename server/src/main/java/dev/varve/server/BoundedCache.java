package dev.varve.server;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keeps what was used last, up to a weight. Thread-safe; its monitor is held for the time of a map's operation. */
final class BoundedCache<K, V> {

    private record Weighed<V>(V value, long weight) {}

    private final long maxWeight;
    private final LinkedHashMap<K, Weighed<V>> values = new LinkedHashMap<>(16, 0.75f, true);
    private long weight;

    BoundedCache(long maxWeight) {
        this.maxWeight = maxWeight;
    }

    synchronized @Nullable V get(K key) {
        Weighed<V> found = values.get(key);
        return found == null ? null : found.value;
    }

    synchronized void put(K key, V value, long weightOfBoth) {
        Weighed<V> before = values.put(key, new Weighed<>(value, weightOfBoth));
        weight += weightOfBoth - (before == null ? 0 : before.weight);
        Iterator<Map.Entry<K, Weighed<V>>> oldest = values.entrySet().iterator();
        while (weight > maxWeight && oldest.hasNext()) {
            weight -= oldest.next().getValue().weight;
            oldest.remove();
        }
    }
}
