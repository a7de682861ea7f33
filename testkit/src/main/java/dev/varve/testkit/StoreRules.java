package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.set;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.ErrorKind;
import dev.varve.api.Store;
import dev.varve.api.StoreInfo;
import org.junit.jupiter.api.Test;

/** Stores as such. */
interface StoreRules {

    @Test
    default void a_store_is_created_once(EntriesProbe store) {
        StoreInfo created = store.store().create();
        assertThat(created.name()).isEqualTo(EntriesProbe.STORE);
        assertThat(created.archived()).isFalse();
        assertThat(created.storeSeq()).isZero();
        assertThat(store.store().info()).contains(created);
        EntriesProbe.fails(ErrorKind.ALREADY_EXISTS, store.store()::create);
    }

    @Test
    default void what_is_known_of_a_store_is_told(EntriesProbe store) {
        store.set("a", 1);
        store.set("b", 1);
        store.entries().putFile(path("f"), new byte[7], null, null);
        store.entries().delete(path("a"));
        StoreInfo info = store.store().info().orElseThrow();
        assertThat(info.storeSeq()).isEqualTo(4);
        assertThat(info.entryCount()).isEqualTo(2);
        assertThat(info.fileBytes()).isEqualTo(7);
        assertThat(info.compactedSeq()).isZero();
        assertThat(info.compactedAt()).isNull();
    }

    @Test
    default void a_copy_goes_its_own_way(EntriesProbe store) {
        store.set("a", 1);
        StoreInfo copied = store.store().copyTo("acme/copy");
        Store copy = store.store("acme/copy");
        assertThat(copied.name()).isEqualTo("acme/copy");
        assertThat(copied.storeSeq()).isEqualTo(1);
        assertThat(copied.entryCount()).isEqualTo(1);
        copy.entries().set(path("a"), EntryProbe.value(2));
        store.holds("a", 1);
        assertThat(copy.entries().getAt(path("a"), 1)).isPresent();

        EntriesProbe.fails(ErrorKind.ALREADY_EXISTS, () -> store.store().copyTo("acme/copy"));
        EntriesProbe.fails(ErrorKind.INVALID_PARAMS, () -> store.store().copyTo("other/copy"));
        EntriesProbe.fails(ErrorKind.NOT_FOUND, () -> store.store("acme/none").copyTo("acme/copy2"));
    }

    @Test
    default void an_archived_store_is_read_only(EntriesProbe store) {
        store.set("a", 1);
        StoreInfo archived = store.store().archive();
        assertThat(archived.archived()).isTrue();
        assertThat(archived.storeSeq()).isEqualTo(1);
        assertThat(store.store().archive()).isEqualTo(archived);
        assertThat(store.store().info()).contains(archived);
        store.holds("a", 1);
        assertThat(store.refused(Reason.STORE_ARCHIVED, set("a", 2), set("b", 1))
                        .index())
                .isZero();
        EntriesProbe.fails(ErrorKind.CLOSED, () -> store.set("a", 2));
        EntriesProbe.fails(ErrorKind.CLOSED, () -> store.entries().putFile(path("f"), new byte[1], null, null));
        EntriesProbe.fails(ErrorKind.NOT_FOUND, store.store("acme/none")::archive);
    }

    @Test
    default void a_deleted_store_is_gone_and_its_name_free(EntriesProbe store) {
        store.set("a", 1);
        StoreInfo info = store.store().info().orElseThrow();
        assertThat(store.store().delete()).isEqualTo(info);
        assertThat(store.store().info()).isEmpty();
        assertThat(store.exists("a")).isFalse();
        EntriesProbe.fails(ErrorKind.NOT_FOUND, store.store()::delete);
        assertThat(store.set("a", 2)).isEqualTo(1);
        assertThat(store.store().info().orElseThrow().id()).isNotEqualTo(info.id());
    }

    @Test
    default void stores_are_apart(EntriesProbe store) {
        store.set("a", 1);
        store.store("other/app").entries().set(path("a"), EntryProbe.value(2));
        store.holds("a", 1);
    }
}
