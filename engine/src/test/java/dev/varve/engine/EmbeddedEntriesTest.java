package dev.varve.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.Entries;
import dev.varve.api.Entry;
import dev.varve.api.EntryDifference;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.ErrorKind;
import dev.varve.api.RollbackResult;
import dev.varve.api.Store;
import dev.varve.api.Subscription;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Entries as a program that embeds Varve uses them. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class EmbeddedEntriesTest {

    private static final EntryPath LINK = EntryPath.of("links", "dust");
    private static final EntryPath TITLE = LINK.child("title");

    @Test
    void what_was_written_is_there_after_a_restart(@TempDir Path directory) {
        long revision;
        try (Varve varve = Varve.open(directory)) {
            Entries entries = varve.store("acme/reading").entries();
            revision = entries.merge(LINK, Map.of("title", EntryValue.of("Dust")));
            assertThat(entries.increment(EntryPath.of("visits"), 5)).isEqualTo(5);
        }
        try (Varve varve = Varve.open(directory)) {
            Entries entries = varve.store("acme/reading").entries();
            assertThat(entries.get(TITLE)).map(Entry::value).contains(EntryValue.of("Dust"));
            assertThat(entries.get(LINK)).map(Entry::revision).contains(revision);
            assertThat(entries.increment(EntryPath.of("visits"), 3)).isEqualTo(8);
            assertThat(entries.list(EntryPattern.ALL))
                    .extracting(Entry::path)
                    .containsExactly(TITLE, EntryPath.of("visits"));
        }
    }

    @Test
    void a_condition_that_does_not_hold_is_thrown_with_what_is_there() {
        try (Varve varve = Varve.inMemory()) {
            Entries entries = varve.store("acme/reading").entries();
            long revision = entries.set(TITLE, EntryValue.of("Dust"));

            assertThat(entries.write(EntryOp.set(TITLE, EntryValue.of("Varve")).ifMatch(revision))
                            .storeSeq())
                    .isEqualTo(revision + 1);

            assertThatThrownBy(() -> entries.write(
                            EntryOp.set(TITLE, EntryValue.of("lost")).ifMatch(revision)))
                    .isInstanceOfSatisfying(EntryRefusedException.class, refused -> {
                        assertThat(refused.kind()).isEqualTo(ErrorKind.CONFLICT);
                        assertThat(refused.refusal().reason()).isEqualTo(Reason.CONFLICT);
                        assertThat(refused.refusal().currentRevision()).isEqualTo(revision + 1);
                    });
        }
    }

    @Test
    void sets_hold_each_member_once_the_newest_first() {
        try (Varve varve = Varve.inMemory()) {
            Entries entries = varve.store("acme/reading").entries();
            EntryPath tags = EntryPath.of("tags");
            entries.add(tags, EntryValue.of("a"));
            entries.add(tags, EntryValue.of("b"));
            assertThat(entries.add(tags, EntryValue.of("a"))).containsExactly(EntryValue.of("a"), EntryValue.of("b"));
            assertThat(entries.remove(tags, EntryValue.of("a"))).containsExactly(EntryValue.of("b"));
        }
    }

    @Test
    void a_follower_sees_what_was_and_what_comes_once_and_in_order() throws InterruptedException {
        try (Varve varve = Varve.inMemory()) {
            Entries entries = varve.store("acme/reading").entries();
            int before = 1_234;
            for (int i = 0; i < before; i++) {
                entries.set(EntryPath.of("n", "" + i % 7), EntryValue.of(i));
            }
            BlockingQueue<EntryEvent> seen = new LinkedBlockingQueue<>();
            BlockingQueue<VarveException> ended = new LinkedBlockingQueue<>();
            try (Subscription following = entries.follow(EntryPattern.parse("n/*"), 0, seen::add, ended::add)) {
                entries.set(EntryPath.of("other"), EntryValue.of("not meant"));
                entries.set(EntryPath.of("n", "last"), EntryValue.of("meant"));
                List<EntryEvent> events = new ArrayList<>();
                do {
                    events.add(seen.take());
                } while (!events.getLast().path().equals(EntryPath.of("n", "last")));
                assertThat(events).hasSize(before + 1);
                assertThat(events.subList(0, before))
                        .extracting(EntryEvent::storeSeq)
                        .containsExactlyElementsOf(java.util.stream.LongStream.rangeClosed(1, before)
                                .boxed()
                                .toList());
                assertThat(following).isNotNull();
            }
            assertThat(ended).isEmpty();
        }
    }

    @Test
    void a_store_that_nobody_wrote_to_is_empty_and_does_not_come_to_be_by_reading() {
        try (Varve varve = Varve.inMemory()) {
            assertThat(varve.store("acme/new").entries().get(LINK)).isEmpty();
            assertThat(varve.store("acme/new").entries().list(EntryPattern.ALL)).isEmpty();
            assertThat(varve.store("acme/new").info()).isEmpty();
            assertThatThrownBy(() -> varve.store("Not A Store"))
                    .isInstanceOfSatisfying(
                            VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_PARAMS));
        }
    }

    @Test
    void a_range_is_read_from_its_first_path_to_before_its_last() {
        try (Varve varve = Varve.inMemory()) {
            Entries entries = varve.store("acme/reading").entries();
            assertThat(entries.range(EntryPath.of("a"), EntryPath.of("z"))).isEmpty();
            for (int i = 0; i < 1_200; i++) {
                entries.set(EntryPath.of("k%04d".formatted(i)), EntryValue.of(i));
            }
            assertThat(entries.range(EntryPath.of("k0100"), EntryPath.of("k1150")))
                    .extracting(Entry::value)
                    .containsExactlyElementsOf(
                            IntStream.range(100, 1_150).mapToObj(EntryValue::of).toList());
        }
    }

    @Test
    void what_was_is_read_compared_and_put_back() {
        try (Varve varve = Varve.inMemory()) {
            Store store = varve.store("acme/reading");
            Entries entries = store.entries();
            assertThatThrownBy(() -> entries.getAt(TITLE, 0))
                    .isInstanceOfSatisfying(
                            VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
            long first = entries.set(TITLE, EntryValue.of("Dust"));
            entries.set(TITLE, EntryValue.of("Dust, live"));
            long third = entries.set(EntryPath.of("visits"), EntryValue.of(1));

            assertThat(entries.getAt(TITLE, first)).map(Entry::value).contains(EntryValue.of("Dust"));
            assertThat(entries.getAt(TITLE, 0)).isEmpty();
            assertThat(entries.listAt(EntryPattern.ALL, first))
                    .extracting(Entry::path)
                    .containsExactly(TITLE);
            assertThat(entries.diff(first, third))
                    .extracting(EntryDifference::path)
                    .containsExactly(TITLE, EntryPath.of("visits"));
            assertThat(entries.events(first, 10).events())
                    .extracting(EntryEvent::storeSeq)
                    .containsExactly(2L, 3L);
            assertThatThrownBy(() -> entries.getAt(TITLE, third + 1))
                    .isInstanceOfSatisfying(
                            VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_PARAMS));

            assertThat(entries.rollback(TITLE, first)).isEqualTo(new RollbackResult(1, 4));
            assertThat(entries.get(TITLE)).map(Entry::value).contains(EntryValue.of("Dust"));
            assertThat(entries.rollback(first).ops()).isEqualTo(1);
            assertThat(entries.list(EntryPattern.ALL)).extracting(Entry::path).containsExactly(TITLE);
        }
    }

    @Test
    void a_store_is_created_copied_archived_and_deleted() {
        try (Varve varve = Varve.inMemory()) {
            Store store = varve.store("acme/reading");
            store.create();
            assertThatThrownBy(store::create)
                    .isInstanceOfSatisfying(
                            VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.ALREADY_EXISTS));
            store.entries().set(TITLE, EntryValue.of("Dust"));
            assertThat(store.copyTo("acme/copy").storeSeq()).isEqualTo(1);
            assertThat(store.archive().archived()).isTrue();
            assertThatThrownBy(() -> store.entries().delete(TITLE)).isInstanceOf(EntryRefusedException.class);
            assertThatThrownBy(() -> store.entries().rollback(0)).isInstanceOf(EntryRefusedException.class);
            store.delete();
            assertThat(store.info()).isEmpty();
            assertThat(varve.store("acme/copy").entries().get(TITLE))
                    .map(Entry::value)
                    .contains(EntryValue.of("Dust"));
        }
    }
}
