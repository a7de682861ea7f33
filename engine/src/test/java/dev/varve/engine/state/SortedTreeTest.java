package dev.varve.engine.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tree beside the JDK's sorted map. */
final class SortedTreeTest {

    private static long bytes(Map<byte[], byte[]> map) {
        return map.entrySet().stream()
                .mapToLong(row -> SortedTree.NODE_BYTES + row.getKey().length + row.getValue().length)
                .sum();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void every_version_holds_what_a_sorted_map_holds_and_stays_balanced(long seed) {
        Random random = new Random(seed);
        TreeMap<byte[], byte[]> map = new TreeMap<>(Arrays::compareUnsigned);
        SortedTree tree = null;
        TreeMap<byte[], byte[]> mapThen = new TreeMap<>(map);
        SortedTree treeThen = null;
        for (int step = 0; step < 6_000; step++) {
            byte[] key = key(random);
            switch (random.nextInt(13)) {
                case 0, 1, 2 -> {
                    map.remove(key);
                    tree = SortedTree.remove(tree, key);
                }
                case 3 -> {
                    byte[] to = key.clone();
                    to[to.length - 1] += (byte) random.nextInt(-2, 30);
                    if (Arrays.compareUnsigned(key, to) < 0) {
                        map.subMap(key, to).clear();
                    }
                    tree = SortedTree.removeRange(tree, key, to);
                }
                case 4 -> {
                    Map.Entry<byte[], byte[]> floor = map.floorEntry(key);
                    SortedTree node = SortedTree.floor(tree, key);
                    assertThat(node == null ? null : node.key).isEqualTo(floor == null ? null : floor.getKey());
                    byte[] end = key(random);
                    if (Arrays.compareUnsigned(key, end) < 0) {
                        assertThat(SortedTree.bytes(tree, key, end)).isEqualTo(bytes(map.subMap(key, end)));
                    }
                }
                case 5 -> {
                    TreeMap<byte[], byte[]> some = new TreeMap<>(Arrays::compareUnsigned);
                    for (int i = random.nextInt(step % 500 == 0 ? 300 : 8); i > 0; i--) {
                        some.put(key(random), new byte[random.nextInt(4)]);
                    }
                    map.putAll(some);
                    tree = SortedTree.putAll(
                            tree,
                            some.entrySet().stream()
                                    .map(row -> new SortedTree.Row(row.getKey(), row.getValue()))
                                    .toList());
                }
                default -> {
                    byte[] value = new byte[random.nextInt(4)];
                    map.put(key, value);
                    tree = SortedTree.put(tree, key, value);
                }
            }
            assertThat(SortedTree.get(tree, key))
                    .as("seed %s, step %s", seed, step)
                    .isEqualTo(map.get(key));
            if (step % 50 == 0) {
                assertSame(tree, map, "seed " + seed + ", step " + step);
                assertSame(treeThen, mapThen, "an older version, seed " + seed + ", step " + step);
                mapThen = new TreeMap<>(map);
                treeThen = tree;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1_000, 100_000})
    void keys_in_order_give_a_tree_that_is_not_deep(int keys) {
        SortedTree tree = null;
        for (int i = 0; i < keys; i++) {
            tree = SortedTree.put(tree, new byte[] {(byte) (i >> 16), (byte) (i >> 8), (byte) i}, new byte[0]);
        }
        assertThat(SortedTree.height(tree)).isLessThanOrEqualTo((int) (1.45 * Math.log(keys + 2) / Math.log(2)));
    }

    private static byte[] key(Random random) {
        byte[] key = new byte[random.nextInt(1, 3)];
        random.nextBytes(key);
        return key;
    }

    private static void assertSame(@Nullable SortedTree tree, Map<byte[], byte[]> map, String when) {
        TreeMap<byte[], byte[]> found = new TreeMap<>(Arrays::compareUnsigned);
        long bytes = walk(tree, null, null, found);
        assertThat(bytes).as(when).isEqualTo(SortedTree.bytes(tree));
        assertThat(found.keySet()).as(when).containsExactlyElementsOf(map.keySet());
        found.forEach((key, value) -> assertThat(value).as(when).isSameAs(map.get(key)));
    }

    private static long walk(
            @Nullable SortedTree tree, byte @Nullable [] above, byte @Nullable [] below, Map<byte[], byte[]> found) {
        if (tree == null) {
            return 0;
        }
        assertThat(Math.abs(SortedTree.height(tree.left) - SortedTree.height(tree.right)))
                .isLessThanOrEqualTo(1);
        assertThat(above == null || Arrays.compareUnsigned(above, tree.key) < 0).isTrue();
        assertThat(below == null || Arrays.compareUnsigned(tree.key, below) < 0).isTrue();
        found.put(tree.key, tree.value);
        return walk(tree.left, above, tree.key, found)
                + SortedTree.NODE_BYTES
                + tree.key.length
                + tree.value.length
                + walk(tree.right, tree.key, below, found);
    }
}
