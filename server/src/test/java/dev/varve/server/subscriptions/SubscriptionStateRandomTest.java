package dev.varve.server.subscriptions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Offset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random streams, workers, receivers, clocks and restarts. After each step the invariants hold; no offset that was
 * acknowledged is ever lost, none is acknowledged by a worker whose lease is over, and generations only grow.
 */
final class SubscriptionStateRandomTest {

    private static final int STEPS = 600;
    private static final int SEEDS = 60;

    static List<Long> seeds() {
        String given = System.getProperty("seed");
        if (given != null) {
            return List.of(Long.parseLong(given));
        }
        List<Long> seeds = new ArrayList<>();
        for (long seed = 1; seed <= SEEDS; seed++) {
            seeds.add(seed);
        }
        return seeds;
    }

    private static final List<String> IDS = List.of("p", "q", "w", "x");
    private static final List<String> PATHS =
            List.of("events/a", "events/b", "events/c", "deep/a/b", "manual/a", "wake/p", "wake/q");
    private static final List<String> PATTERNS = List.of("events/*", "**", "deep/**", "*/a");

    @ParameterizedTest
    @MethodSource("seeds")
    void invariants_hold_whatever_happens(long seed) {
        try {
            new Run(seed).run();
        } catch (Throwable e) {
            throw new AssertionError("failed with -Dseed=" + seed, e);
        }
    }

    private static final class Run {
        private final StateFixture f;
        private final RandomGenerator random;
        private final List<SubscriptionState.Claim> claims = new ArrayList<>();
        private final Map<SubscriptionState.Claim, String> claimed = new HashMap<>();
        private final List<Effect.Deliver> told = new ArrayList<>();
        private final Map<String, Long> generations = new HashMap<>();
        private final Map<String, Offset> acknowledged = new HashMap<>();
        private final Set<String> wakeIds = new HashSet<>();

        Run(long seed) {
            f = new StateFixture(SubscriptionOptions.LOOPBACK, seed);
            random = f.random;
        }

        private <T> T any(List<T> list) {
            return list.get(random.nextInt(list.size()));
        }

        void run() {
            for (int i = 0; i < STEPS; i++) {
                try {
                    act();
                } catch (ControlException e) {
                    assertThat(e.code()).isNotEqualTo(ControlException.Code.INTERNAL);
                }
                collect();
            }
            f.checkLog();
        }

        private void act() {
            String id = any(IDS);
            boolean pull = id.equals("p") || id.equals("q");
            switch (random.nextInt(20)) {
                case 0, 1, 2, 3, 4 -> f.append(any(PATHS), random.nextInt(4));
                case 5 -> f.delete(any(PATHS));
                case 6, 7 -> create(id, pull);
                case 8 -> f.link(id, any(PATHS));
                case 9 -> f.unlink(id, any(PATHS));
                case 10, 11 -> {
                    SubscriptionState.Claim claim = f.claim(id);
                    claims.add(claim);
                    claimed.put(claim, id);
                }
                case 12, 13 -> work(id);
                case 14, 15, 16 -> answer();
                case 17 -> f.pass(random.nextInt(1_500));
                case 18 -> {
                    f.wallMillis += random.nextInt(-5_000, 5_000);
                    if (random.nextInt(4) == 0) {
                        f.step(step -> f.state.delete(id, f.now(), step));
                        generations.remove(id);
                        acknowledged.keySet().removeIf(key -> key.startsWith(id + " "));
                    }
                }
                default -> {
                    f.checkLog();
                    if (random.nextBoolean()) {
                        f.restart();
                    } else {
                        f.restartFromSnapshot();
                    }
                }
            }
        }

        private void create(String id, boolean pull) {
            if (f.state.entries().stream().anyMatch(entry -> entry.id().equals(id))) {
                return;
            }
            String pattern = random.nextInt(4) == 0 ? null : any(PATTERNS);
            String[] paths = pattern == null || random.nextBoolean() ? new String[] {"manual/a"} : new String[0];
            if (pull) {
                f.pull(id, pattern, paths);
            } else {
                f.webhook(id, pattern, paths);
            }
        }

        /** A worker says something about a wake it once claimed, possibly long ago. */
        private void work(String id) {
            if (claims.isEmpty()) {
                return;
            }
            SubscriptionState.Claim claim = any(claims);
            StreamView stream = any(claim.streams());
            boolean current =
                    id.equals(claimed.get(claim)) && holds(id, claim.wake().id());
            long position = Math.max(0, stream.tail().position() - random.nextInt(2));
            Offset offset = Offset.at(position);
            boolean done = random.nextBoolean();
            try {
                if (random.nextInt(6) == 0) {
                    f.step(step -> f.state.release(id, StateFixture.claimant(claim), f.now(), step));
                } else {
                    f.ack(id, claim, done, stream.path(), offset.toString());
                    acknowledged.merge(key(id, stream.path()), offset, (a, b) -> a.compareTo(b) > 0 ? a : b);
                }
                assertThat(current).as("only who holds the lease is heard").isTrue();
            } catch (ControlException e) {
                if (!current) {
                    assertThat(e.code())
                            .isIn(
                                    ControlException.Code.FENCED,
                                    ControlException.Code.TOKEN_INVALID,
                                    ControlException.Code.INVALID_REQUEST,
                                    ControlException.Code.SUBSCRIPTION_NOT_FOUND);
                }
            }
        }

        private boolean holds(String id, String wakeId) {
            return f.state.entries().stream()
                    .anyMatch(entry -> entry.id().equals(id)
                            && entry.wake != null
                            && entry.wake.id().equals(wakeId)
                            && !f.now().reached(entry.wake.leaseEndNanos()));
        }

        /** A receiver answers, calls back or does not, possibly long after. */
        private void answer() {
            if (told.isEmpty()) {
                return;
            }
            Effect.Deliver effect = any(told);
            switch (random.nextInt(4)) {
                case 0 -> f.step(step -> f.state.delivered(effect, random.nextBoolean(), f.now(), step));
                case 1 ->
                    f.step(step -> f.state.failed(
                            effect.subscription(), effect.wakeId(), random.nextBoolean(), f.now(), step));
                default -> {
                    StreamView stream = any(effect.streams());
                    f.callback(
                            effect.subscription(),
                            effect,
                            random.nextBoolean(),
                            stream.path(),
                            stream.tail().toString());
                }
            }
        }

        private String key(String id, String path) {
            StreamDelta stream = f.streams.get(path);
            return id + " " + path + " " + (stream == null ? Link.NO_STREAM : stream.incarnation());
        }

        private void collect() {
            for (Effect effect : f.takeEffects()) {
                if (effect instanceof Effect.Deliver deliver) {
                    told.add(deliver);
                    assertThat(wakeIds.add(deliver.wakeId()))
                            .as("wake ids are unique")
                            .isTrue();
                    assertThat(deliver.streams()).anyMatch(StreamView::pending);
                }
            }
            for (SubscriptionEntry entry : f.state.entries()) {
                long before = generations.getOrDefault(entry.id(), 0L);
                assertThat(entry.generation).isGreaterThanOrEqualTo(before);
                generations.put(entry.id(), entry.generation);
                for (Link link : entry.links.values()) {
                    Offset kept = acknowledged.get(key(entry.id(), link.path));
                    if (kept != null && link.incarnation != Link.NO_STREAM) {
                        assertThat(link.acked)
                                .as("acknowledged of " + link.path)
                                .isGreaterThanOrEqualTo(kept);
                    }
                }
            }
            acknowledged.keySet().removeIf(this::isUnlinked);
        }

        private boolean isUnlinked(String key) {
            return f.state.entries().stream()
                    .noneMatch(entry ->
                            entry.links.values().stream().anyMatch(link -> key.equals(key(entry.id(), link.path))));
        }
    }
}
