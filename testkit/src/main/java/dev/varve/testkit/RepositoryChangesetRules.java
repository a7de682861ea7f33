package dev.varve.testkit;

import static dev.varve.testkit.Samples.FLAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.BatchResult;
import dev.varve.api.Changeset;
import dev.varve.api.CommitResult;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.InvalidRecordException;
import dev.varve.api.Precondition;
import dev.varve.api.RecordReceipt;
import dev.varve.api.Repository;
import dev.varve.api.SaveResult;
import dev.varve.api.SaveResult.Conflict;
import dev.varve.api.SaveResult.Invalid;
import dev.varve.api.SaveResult.Saved;
import dev.varve.api.Violation;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of changesets. */
interface RepositoryChangesetRules {

    /** What a form sends. */
    Map<String, Object> INPUT = Map.of("slug", "dust", "title", "Dust", "visits", "3", "tags", List.of("x"));

    private static <R extends SaveResult<?>> R as(Class<R> type, SaveResult<?> result) {
        assertThat(result).isInstanceOf(type);
        return type.cast(result);
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void input_is_saved_as_far_as_it_is_allowed(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        SaveResult<T> result = records.save(records.change(INPUT, "slug", "title", "visits"), Precondition.ifAbsent());
        Saved<?> saved = as(Saved.class, result);
        assertThat(result.orElseThrow())
                .isEqualTo(samples.of("dust").withTitle("Dust").withVisits(3));
        assertThat(saved.receipt().path()).hasToString(samples.prefix() + "/dust");
        assertThat(saved.receipt().written()).isTrue();
        assertThat(records.get("dust")).isEqualTo(result.orElseThrow());

        SaveResult<T> edited =
                records.save(records.change(records.get("dust"), Map.of("visits", 4, "title", "no"), "visits"));
        assertThat(edited.orElseThrow()).isEqualTo(result.orElseThrow().withVisits(4));
        assertThat(records.get("dust")).isEqualTo(edited.orElseThrow());
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void of_what_is_invalid_nothing_is_sent(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        Changeset<T> changes = records.change(Map.of("visits", "many"), "slug", "title", "visits");
        Invalid<?> invalid = as(Invalid.class, records.save(changes));
        assertThat(invalid.violations())
                .isEqualTo(changes.errors())
                .extracting(Violation::field)
                .containsExactly("slug", "title", "visits");
        InvalidRecordException thrown = store.wrong(
                InvalidRecordException.class, () -> records.save(changes).orElseThrow());
        assertThat(thrown.violations()).isEqualTo(changes.errors());
        assertThat(thrown.missing()).containsExactly("slug", "title");
        assertThat(store.isUntouched()).as("nothing was sent").isTrue();
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void what_stands_in_the_way_is_told(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        RecordReceipt first = records.insert(samples.of("dust"));
        long before = store.storeSeq();
        SaveResult<T> result = records.save(records.change(INPUT, "slug", "title"), Precondition.ifAbsent());
        Conflict<?> conflict = as(Conflict.class, result);
        assertThat(conflict.reason()).isEqualTo(Reason.EXISTS);
        assertThat(conflict.currentRevision()).isEqualTo(first.revision());
        assertThatThrownBy(result::orElseThrow).isInstanceOf(EntryRefusedException.class);
        assertThat(store.storeSeq()).isEqualTo(before);
    }

    @Test
    default void an_edit_of_fields_goes_by_their_revisions(RepositoryProbe store) {
        Repository<FlatSample> records = store.of(FLAT);
        records.insert(FLAT.full("dust"));
        FlatSample seen = records.get("dust");
        Precondition asSeen =
                Precondition.ifFields(records.findRecord("dust").orElseThrow().fieldRevisions());
        store.set(FLAT, "dust/title", "by somebody else");
        Changeset<FlatSample> changes = records.edit(seen).set("remark", null);
        Conflict<?> conflict = as(Conflict.class, records.save(changes, asSeen));
        assertThat(conflict.reason()).isEqualTo(Reason.CONFLICT);
        assertThat(conflict.currentRevision()).isEqualTo(store.storeSeq());
        assertThat(records.save(changes).orElseThrow()).isEqualTo(seen.withNote(null));
        assertThat(records.get("dust")).isEqualTo(seen.withNote(null).withTitle("by somebody else"));
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void an_edit_that_changes_nothing_needs_no_write(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        records.insert(samples.full("dust"));
        long before = store.storeSeq();
        Saved<?> saved =
                as(Saved.class, records.save(records.edit(samples.full("dust")).set("visits", 3)));
        assertThat(saved.receipt().written()).isFalse();
        assertThat(store.storeSeq()).isEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_batch_saves_changesets(Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        records.insert(samples.of("old"));
        BatchResult result = store.store()
                .batch()
                .save(records, records.change(INPUT, "slug", "title"), Precondition.ifAbsent())
                .save(records, records.edit(samples.of("old")).set("visits", 5))
                .commit();
        assertThat(result.changes())
                .extracting(receipt -> receipt.path().toString())
                .containsExactly(samples.prefix() + "/dust", samples.prefix() + "/old");
        assertThat(records.all())
                .containsExactly(
                        samples.of("dust").withTitle("Dust"), samples.of("old").withVisits(5));
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_batch_tells_which_changesets_are_invalid_and_sends_nothing(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        CommitResult result = store.store()
                .batch()
                .insert(records, samples.of("a"))
                .save(records, records.change(Map.of("slug", "b"), "slug"))
                .save(records, records.change(INPUT, "slug", "title"))
                .save(records, records.change(Map.of("title", "c"), "title"))
                .tryCommit();
        assertThat(result).isInstanceOf(CommitResult.Invalid.class);
        CommitResult.Invalid invalid = (CommitResult.Invalid) result;
        String type = samples.type().getSimpleName();
        assertThat(invalid.invalid())
                .containsExactly(
                        Map.entry(1, new Invalid<>(type, "b", List.of(new Violation("title", "can't be blank")))),
                        Map.entry(3, new Invalid<>(type, null, List.of(new Violation("slug", "can't be blank")))));
        InvalidRecordException thrown = store.wrong(InvalidRecordException.class, result::orElseThrow);
        assertThat(thrown).hasMessageStartingWith("change 1 of the batch: the " + type);
        assertThat(store.isUntouched()).as("nothing was sent").isTrue();
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_batch_tells_what_stands_in_its_way(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        RecordReceipt first = records.insert(samples.of("dust"));
        CommitResult result = store.store()
                .batch()
                .insert(records, samples.of("a"))
                .save(records, records.change(INPUT, "slug", "title"), Precondition.ifAbsent())
                .tryCommit();
        assertThat(result).isInstanceOf(CommitResult.Conflict.class);
        CommitResult.Conflict conflict = (CommitResult.Conflict) result;
        assertThat(conflict.refusal().index()).isEqualTo(1);
        assertThat(conflict.refusal().currentRevision()).isEqualTo(first.revision());
        assertThat(records.count()).isEqualTo(1);
    }
}
