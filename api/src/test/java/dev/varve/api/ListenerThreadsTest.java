package dev.varve.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many threads tell how many listeners. */
@Timeout(60)
final class ListenerThreadsTest {

    @Test
    void work_that_does_not_block_takes_few_threads() throws InterruptedException {
        ListenerThreads threads = new ListenerThreads();
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        CountDownLatch done = new CountDownLatch(10_000);
        for (int i = 0; i < 10_000; i++) {
            threads.execute(() -> {
                seen.add(Thread.currentThread());
                done.countDown();
            });
        }
        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(seen).hasSizeLessThan(100).allMatch(Thread::isDaemon);
    }

    @Test
    void work_that_blocks_holds_up_no_other() throws InterruptedException {
        ListenerThreads threads = new ListenerThreads();
        CountDownLatch all = new CountDownLatch(200);
        for (int i = 0; i < 200; i++) {
            threads.execute(() -> {
                all.countDown();
                awaitQuietly(all); // each goes on only once the others have begun
            });
        }
        assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
