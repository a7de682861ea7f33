package dev.varve.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.varve.engine.journal.FencedException;
import dev.varve.engine.journal.Group;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.journal.Journal.Snapshot;
import dev.varve.engine.journal.TruncatedException;
import dev.varve.testkit.engine.JournalDriver.Read;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Journal} must do. A subclass says how to open one. */
public abstract class JournalContract {

    private Journal journal;
    private JournalDriver driver;

    /** For JUnit. */
    protected JournalContract() {}

    /**
     * Opens a journal that holds nothing.
     *
     * @return the journal
     * @throws IOException when it cannot be opened
     */
    protected abstract Journal openEmpty() throws IOException;

    /**
     * Opens the journal of {@link #openEmpty} again, after it was closed.
     *
     * @return the journal with what it held
     * @throws IOException when it cannot be opened
     */
    protected abstract Journal reopen() throws IOException;

    /**
     * Whether a journal survives closing.
     *
     * @return false for one in memory
     */
    protected boolean survivesClosing() {
        return true;
    }

    /**
     * How many groups of 1 KiB are surely enough for a truncation to free something.
     *
     * @return a number
     */
    protected int groupsToFreeSomething() {
        return 200;
    }

    @BeforeEach
    final void openOne() throws IOException {
        journal = openEmpty();
        driver = JournalDriver.claim(journal);
    }

    @AfterEach
    final void closeIt() throws IOException {
        journal.close();
    }

    @Test
    void an_empty_journal_has_no_frames() throws IOException {
        assertThat(JournalDriver.readAll(journal)).isEmpty();
        assertThat(journal.start()).isLessThanOrEqualTo(journal.end());
        assertThat(journal.hasSpace()).isTrue();
        assertThat(journal.poison()).isNull();
        assertThat(journal.latestSnapshot()).isEmpty();
    }

    @Test
    void what_is_appended_is_read_in_order_with_its_positions_and_sequences() throws IOException {
        List<byte[]> bodies = new ArrayList<>();
        List<Long> positions = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            byte[] first = body("first " + i);
            byte[] second = new byte[i * 7];
            Arrays.fill(second, (byte) i);
            Group group = JournalDriver.fill(new Group(), first, second);
            CompletableFuture<Long> end = new CompletableFuture<>();
            long position = journal.append(driver.epoch(), group, JournalDriver.completion(end));
            assertThat(JournalDriver.await(end)).isEqualTo(position + group.sizeBytes());
            positions.add(position + group.frameStart(0));
            positions.add(position + group.frameStart(1));
            bodies.add(first);
            bodies.add(second);
        }
        List<Read> frames = JournalDriver.readAll(journal);
        assertThat(frames).extracting(Read::position).containsExactlyElementsOf(positions);
        assertThat(frames).hasSameSizeAs(bodies);
        for (int i = 0; i < bodies.size(); i++) {
            assertThat(frames.get(i).body()).isEqualTo(bodies.get(i));
            assertThat(frames.get(i).sequence()).isEqualTo(i);
            assertThat(frames.get(i).end()).isGreaterThan(frames.get(i).position());
        }
        assertThat(frames.getLast().end()).isEqualTo(journal.end());
    }

    @Test
    void bodies_are_read_only_and_big_endian() throws IOException {
        driver.append(body("x"));
        journal.read(journal.start(), journal.end(), frame -> {
            assertThat(frame.body().isReadOnly()).isTrue();
            assertThat(frame.body().order()).isEqualTo(ByteOrder.BIG_ENDIAN);
            return true;
        });
    }

    @Test
    void a_single_frame_is_read_by_its_range() throws IOException {
        driver.append(body("a"), body("b"), body("c"));
        driver.append(body("d"));
        for (Read frame : JournalDriver.readAll(journal)) {
            List<Read> alone = JournalDriver.read(journal, frame.position(), frame.end());
            assertThat(alone).hasSize(1);
            assertThat(alone.getFirst().body()).isEqualTo(frame.body());
            assertThat(alone.getFirst().sequence()).isEqualTo(frame.sequence());
        }
    }

    @Test
    void frames_at_or_beyond_the_end_of_a_range_are_not_visited() throws IOException {
        driver.append(body("a"), body("b"), body("c"));
        List<Read> all = JournalDriver.readAll(journal);
        assertThat(JournalDriver.read(journal, journal.start(), all.get(1).position()))
                .hasSize(1);
        assertThat(JournalDriver.read(journal, journal.start(), all.get(1).position() + 1))
                .hasSize(2);
        assertThat(JournalDriver.read(journal, journal.end(), Long.MAX_VALUE)).isEmpty();
    }

    @Test
    void a_visitor_stops_a_read() throws IOException {
        driver.append(body("a"), body("b"), body("c"));
        List<Long> seen = new ArrayList<>();
        journal.read(journal.start(), journal.end(), frame -> {
            seen.add(frame.sequence());
            return seen.size() < 2;
        });
        assertThat(seen).containsExactly(0L, 1L);
    }

    @Test
    void a_frame_of_several_mebibytes_comes_back_whole() throws IOException {
        byte[] large = new byte[largeBodyBytes()];
        for (int i = 0; i < large.length; i++) {
            large[i] = (byte) (i * 31);
        }
        driver.append(body("before"));
        driver.append(large, body("beside"));
        driver.append(body("after"));
        List<Read> frames = JournalDriver.readAll(journal);
        assertThat(frames).hasSize(4);
        assertThat(Arrays.equals(frames.get(1).body(), large)).isTrue();
        assertThat(frames.get(3).body()).isEqualTo(body("after"));
    }

    /**
     * The body of a large frame that this journal must take.
     *
     * @return bytes
     */
    protected int largeBodyBytes() {
        return 3 << 20;
    }

    @Test
    void a_group_can_be_filled_again_after_it_completed() throws IOException {
        Group group = new Group();
        for (int i = 0; i < 20; i++) {
            CompletableFuture<Long> end = new CompletableFuture<>();
            journal.append(
                    driver.epoch(), JournalDriver.fill(group, body("again " + i)), JournalDriver.completion(end));
            JournalDriver.await(end);
        }
        List<Read> frames = JournalDriver.readAll(journal);
        for (int i = 0; i < 20; i++) {
            assertThat(frames.get(i).body()).isEqualTo(body("again " + i));
        }
    }

    @Test
    void an_empty_group_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> journal.append(
                        driver.epoch(), new Group(), JournalDriver.completion(new CompletableFuture<>())));
    }

    @Test
    void an_older_epoch_is_fenced_and_writes_nothing() throws IOException {
        driver.append(body("old owner"));
        JournalDriver newer = JournalDriver.claim(journal);
        assertThat(newer.epoch()).isGreaterThan(driver.epoch());
        long end = journal.end();
        assertThatThrownBy(() -> driver.append(body("late"))).isInstanceOf(FencedException.class);
        assertThat(journal.end()).isEqualTo(end);
        assertThat(journal.poison()).isNull();
        newer.append(body("new owner"));
        assertThat(JournalDriver.readAll(journal)).hasSize(2);
    }

    @Test
    void listeners_hear_how_far_the_journal_is_durable() throws Exception {
        List<Long> heard = new ArrayList<>();
        AutoCloseable registration = journal.tail(heard::add);
        driver.append(body("a"));
        long first = journal.end();
        driver.append(body("b"));
        long second = journal.end();
        assertThat(heard).contains(second).isSubsetOf(first, second).isSorted();
        registration.close();
        heard.clear();
        driver.append(body("c"));
        assertThat(heard).isEmpty();
    }

    @Test
    void a_snapshot_is_recorded_and_never_goes_back() throws IOException {
        driver.append(body("a"));
        long first = journal.end();
        journal.snapshot(new Snapshot(first, "one"));
        driver.append(body("b"));
        journal.snapshot(new Snapshot(journal.end(), "two"));
        assertThat(journal.latestSnapshot()).contains(new Snapshot(journal.end(), "two"));
        assertThatIllegalArgumentException().isThrownBy(() -> journal.snapshot(new Snapshot(first, "three")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> journal.snapshot(new Snapshot(journal.end() + 1, "beyond")));
        assertThat(journal.latestSnapshot()).contains(new Snapshot(journal.end(), "two"));
    }

    @Test
    void nothing_is_truncated_that_no_snapshot_reflects() throws IOException {
        driver.append(body("a"));
        assertThatIllegalArgumentException().isThrownBy(() -> journal.truncate(journal.end()));
        journal.snapshot(new Snapshot(journal.end(), "s"));
        long reflected = journal.end();
        driver.append(body("b"));
        assertThatIllegalArgumentException().isThrownBy(() -> journal.truncate(reflected + 1));
        journal.truncate(reflected);
        assertThat(JournalDriver.read(journal, reflected, journal.end())).hasSize(1);
    }

    @Test
    void truncation_frees_what_lies_before_and_keeps_positions_and_sequences() throws IOException {
        long start = journal.start();
        List<byte[]> bodies = appendKibibytes(groupsToFreeSomething());
        List<Read> before = JournalDriver.readAll(journal);
        Read kept = before.get(before.size() - 10);
        journal.snapshot(new Snapshot(kept.position(), "s"));
        journal.truncate(kept.position());
        assertThat(journal.start()).isGreaterThan(start).isLessThanOrEqualTo(kept.position());
        assertThatThrownBy(() -> JournalDriver.read(journal, start, journal.end()))
                .isInstanceOf(TruncatedException.class);
        List<Read> after = JournalDriver.read(journal, kept.position(), journal.end());
        assertThat(after).hasSize(10);
        for (int i = 0; i < 10; i++) {
            assertThat(after.get(i).position())
                    .isEqualTo(before.get(before.size() - 10 + i).position());
            assertThat(after.get(i).sequence())
                    .isEqualTo(before.get(before.size() - 10 + i).sequence());
            assertThat(after.get(i).body()).isEqualTo(bodies.get(bodies.size() - 10 + i));
        }
        driver.append(body("goes on"));
        assertThat(JournalDriver.read(journal, kept.position(), journal.end())).hasSize(11);
    }

    @Test
    void what_is_appended_after_separating_stays_when_all_before_is_wiped() throws IOException {
        for (int round = 0; round < 3; round++) {
            appendKibibytes(10);
            JournalDriver.awaitAll(journal.beginWipe());
            journal.separate();
            long apart = journal.end();
            driver.append(body("after " + round));
            List<Read> after = JournalDriver.read(journal, apart, journal.end());
            journal.snapshot(new Snapshot(apart, "round " + round));
            journal.truncate(apart);
            JournalDriver.awaitAll(journal.endWipe());
            assertThat(JournalDriver.read(journal, apart, journal.end()))
                    .hasSize(1)
                    .usingRecursiveComparison()
                    .isEqualTo(after);
        }
    }

    @Test
    void truncating_again_and_again_bounds_what_is_held() throws IOException {
        long spread = 0;
        for (int round = 0; round < 6; round++) {
            appendKibibytes(groupsToFreeSomething());
            journal.snapshot(new Snapshot(journal.end(), "round " + round));
            journal.truncate(journal.end());
            long held = journal.end() - journal.start();
            assertThat(held).isLessThan(journal.end());
            spread = Math.max(spread, held);
        }
        assertThat(spread).isLessThanOrEqualTo(journal.end() / 2);
        assertThat(JournalDriver.read(journal, journal.end(), Long.MAX_VALUE)).isEmpty();
    }

    @Test
    void readers_on_other_threads_see_whole_groups_while_one_appends_and_truncates() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        AtomicLong rounds = new AtomicLong();
        try (ExecutorService readers = Executors.newFixedThreadPool(3)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                running.add(readers.submit(() -> {
                    while (!done.get() || rounds.get() < 3) {
                        readOnce(journal);
                        rounds.incrementAndGet();
                    }
                    return null;
                }));
            }
            for (int i = 0; i < 400; i++) {
                byte[] group = new byte[200 + i];
                Arrays.fill(group, (byte) i);
                driver.append(group, group);
                if (i % 50 == 49) {
                    journal.snapshot(new Snapshot(journal.end(), "s" + i));
                    journal.truncate(journal.end());
                }
            }
            done.set(true);
            for (Future<?> reader : running) {
                reader.get();
            }
        }
        assertThat(rounds.get()).isGreaterThanOrEqualTo(3);
    }

    private static void readOnce(Journal journal) throws IOException {
        long end = journal.end();
        try {
            List<Read> frames = JournalDriver.read(journal, journal.start(), end);
            long sequence = frames.isEmpty() ? 0 : frames.getFirst().sequence();
            for (Read frame : frames) {
                assertThat(frame.sequence()).isEqualTo(sequence++);
                assertThat(frame.body()).containsOnly((byte) (frame.sequence() / 2));
                assertThat(frame.body()).hasSize(200 + (int) (frame.sequence() / 2));
            }
            assertThat(sequence % 2).isZero();
        } catch (TruncatedException e) {
            // Fair: a truncation came between.
        }
    }

    @Test
    void closing_twice_is_harmless_and_a_closed_journal_takes_nothing() throws IOException {
        driver.append(body("a"));
        journal.close();
        journal.close();
        assertThatThrownBy(() -> driver.append(body("b"))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> JournalDriver.read(journal, 0, Long.MAX_VALUE)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> journal.claim()).isInstanceOf(IOException.class);
    }

    @Test
    void everything_is_there_after_closing_and_opening_again() throws IOException {
        assumeTrue(survivesClosing(), "nothing survives closing");
        for (int round = 1; round <= 4; round++) {
            appendKibibytes(groupsToFreeSomething() / 4);
            journal.snapshot(new Snapshot(journal.end(), "round " + round));
            List<Read> before = JournalDriver.readAll(journal);
            long end = journal.end();
            long epoch = driver.epoch();
            journal.close();
            journal = reopen();
            driver = JournalDriver.claim(journal);
            assertThat(driver.epoch()).isGreaterThan(epoch);
            assertThat(journal.end()).isEqualTo(end);
            assertThat(journal.latestSnapshot()).contains(new Snapshot(end, "round " + round));
            List<Read> after = JournalDriver.readAll(journal);
            assertThat(after).usingRecursiveFieldByFieldElementComparator().isEqualTo(before);
        }
    }

    @Test
    void truncation_survives_closing() throws IOException {
        assumeTrue(survivesClosing(), "nothing survives closing");
        appendKibibytes(groupsToFreeSomething());
        long reflected = journal.end();
        journal.snapshot(new Snapshot(reflected, "s"));
        journal.truncate(reflected);
        driver.append(body("after"));
        long start = journal.start();
        journal.close();
        journal = reopen();
        driver = JournalDriver.claim(journal);
        assertThat(journal.start()).isEqualTo(start);
        assertThat(JournalDriver.read(journal, reflected, journal.end())).hasSize(1);
        assertThatThrownBy(() -> JournalDriver.read(journal, 0, journal.end())).isInstanceOf(TruncatedException.class);
    }

    private List<byte[]> appendKibibytes(int groups) throws IOException {
        List<byte[]> bodies = new ArrayList<>();
        for (int i = 0; i < groups; i++) {
            byte[] body = new byte[1_000];
            Arrays.fill(body, (byte) i);
            bodies.add(body);
            driver.append(body);
        }
        return bodies;
    }

    private static byte[] body(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
