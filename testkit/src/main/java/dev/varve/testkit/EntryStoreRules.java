package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.STORE;
import static dev.varve.testkit.EntryProbe.check;
import static dev.varve.testkit.EntryProbe.delete;
import static dev.varve.testkit.EntryProbe.fails;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.pattern;
import static dev.varve.testkit.EntryProbe.renew;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.StreamProbe.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How stores come, what is known of them, and how they go. */
interface EntryStoreRules {

    private static List<String> names(List<StoreInfo> stores) {
        return stores.stream().map(StoreInfo::name).toList();
    }

    @Test
    default void a_new_store_is_empty(EntryProbe entries) {
        StoreInfo created = await(entries.storage().createStore(STORE));

        assertThat(created.name()).isEqualTo(STORE);
        assertThat(created.organisation()).isEqualTo("acme");
        assertThat(created.shortName()).isEqualTo("app");
        assertThat(created.archived()).isFalse();
        assertThat(created.storeSeq()).isZero();
        assertThat(entries.storage().store(STORE)).contains(created);
        assertThat(entries.storage().store(created.id())).contains(created);
        assertThat(entries.paths("**")).isEmpty();
        assertThat(entries.events()).isEmpty();
    }

    @Test
    default void a_name_is_given_once(EntryProbe entries) {
        StoreInfo created = await(entries.storage().createStore(STORE));

        fails(ErrorKind.ALREADY_EXISTS, () -> entries.storage().createStore(STORE));

        assertThat(entries.storage().store(STORE)).contains(created);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "acme",
                "acme/",
                "/app",
                "Acme/app",
                "acme/App",
                "acme/app/x",
                "-acme/app",
                "acme/-app",
                "a.b/app",
                "acme/a b",
                "acme/app\n"
            })
    default void what_is_no_name_is_refused(String name, EntryProbe entries) {
        fails(ErrorKind.INVALID_PARAMS, () -> entries.storage().createStore(name));
        fails(
                ErrorKind.INVALID_PARAMS,
                () -> entries.storage().write(new EntryWrite(name, List.of(set("a", 1)), "d", "o", false, true)));
        assertThat(entries.storage().stores(null)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0/0", "a-b/c.d_e-f", "acme/v1.2"})
    default void dots_hyphens_and_underscores_may_be_in_names(String name, EntryProbe entries) {
        assertThat(await(entries.storage().createStore(name)).name()).isEqualTo(name);
    }

    @Test
    default void stores_are_listed_by_organisation_in_order(EntryProbe entries) {
        for (String name : List.of("b/x", "a/z", "a-b/q", "a/b", "ab/c")) {
            await(entries.storage().createStore(name));
        }

        assertThat(names(entries.storage().stores("a"))).containsExactly("a/b", "a/z");
        assertThat(names(entries.storage().stores("ab"))).containsExactly("ab/c");
        assertThat(names(entries.storage().stores("c"))).isEmpty();
        assertThat(names(entries.storage().stores(null)))
                .containsExactlyInAnyOrder("a-b/q", "a/b", "a/z", "ab/c", "b/x")
                .isSorted();
    }

    @Test
    default void an_unknown_store_is_not_found_by_any_way(EntryProbe entries) {
        isUnknown(entries);
    }

    private static void isUnknown(EntryProbe entries) {
        EntryStorage storage = entries.storage();

        assertThat(storage.store(STORE)).isEmpty();
        assertThat(storage.store(new UUID(1, 2))).isEmpty();
        fails(ErrorKind.NOT_FOUND, () -> storage.get(STORE, path("a")));
        fails(ErrorKind.NOT_FOUND, () -> storage.getMany(STORE, List.of(path("a"))));
        fails(ErrorKind.NOT_FOUND, () -> storage.list(EntryQuery.matching(STORE, pattern("**"))));
        fails(ErrorKind.NOT_FOUND, () -> storage.events(STORE, 0, 10));
        fails(ErrorKind.NOT_FOUND, () -> storage.archiveStore(STORE));
        fails(ErrorKind.NOT_FOUND, () -> storage.deleteStore(STORE));
        fails(
                ErrorKind.NOT_FOUND,
                () -> storage.write(new EntryWrite(STORE, List.of(set("a", 1)), "d", "o", false, false)));
        assertThatThrownBy(() -> storage.subscribe(STORE, seq -> {}))
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
        assertThat(storage.stores(null)).isEmpty();
    }

    @Test
    default void a_write_creates_its_store_if_it_says_so(EntryProbe entries) {
        entries.written(set("a", 1));

        assertThat(entries.storage().store(STORE)).isPresent();
        assertThat(entries.storeSeq()).isEqualTo(1);
    }

    @Test
    default void a_write_that_is_refused_creates_no_store(EntryProbe entries) {
        entries.refused(Reason.CONFLICT, set("a", 1).ifMatch(3L));
        entries.refused(Reason.NOT_HELD, renew("a", 1, 1_000));

        assertThat(entries.storage().store(STORE)).isEmpty();
        assertThat(entries.storage().stores(null)).isEmpty();
        fails(ErrorKind.NOT_FOUND, () -> entries.storage().get(STORE, path("a")));
        assertThat(entries.written(set("a", 1)).storeSeq()).isEqualTo(1);
    }

    @Test
    default void a_write_that_needs_to_change_nothing_creates_its_store(EntryProbe entries) {
        assertThat(entries.written(check("a")).storeSeq()).isZero();

        assertThat(entries.storage().store(STORE)).isPresent();
    }

    @Test
    default void an_archived_store_is_read_only(EntryProbe entries) {
        entries.written(set("a", 1));

        StoreInfo archived = await(entries.storage().archiveStore(STORE));

        assertThat(archived.archived()).isTrue();
        assertThat(archived.storeSeq()).isEqualTo(1);
        assertThat(entries.storage().store(STORE)).contains(archived);
        assertThat(entries.refused(Reason.STORE_ARCHIVED, set("a", 2)).index()).isZero();
        entries.refused(Reason.STORE_ARCHIVED, delete("a"));
        entries.holds("a", 1);
        assertThat(entries.paths("**")).containsExactly("a");
        assertThat(entries.events()).hasSize(1);
        assertThat(await(entries.storage().archiveStore(STORE))).isEqualTo(archived);
        fails(ErrorKind.ALREADY_EXISTS, () -> entries.storage().createStore(STORE));
    }

    @Test
    default void a_deleted_store_is_gone(EntryProbe entries) {
        entries.written(set("a", 1));
        StoreInfo before = entries.storage().store(STORE).orElseThrow();

        assertThat(await(entries.storage().deleteStore(STORE))).isEqualTo(before);

        isUnknown(entries);
        assertThat(entries.storage().store(before.id())).isEmpty();
    }

    @Test
    default void a_store_of_a_deleted_ones_name_knows_nothing_of_it(EntryProbe entries) {
        entries.written(set("a", Map.of("b", 1, "c", 2)));
        entries.writtenOnce("device", "same", set("d", 1));
        UUID before = entries.storage().store(STORE).orElseThrow().id();
        await(entries.storage().deleteStore(STORE));

        assertThat(entries.writtenOnce("device", "same", set("d", 1)).storeSeq())
                .isEqualTo(1);

        assertThat(entries.paths("**")).containsExactly("d");
        assertThat(entries.exists("a")).isFalse();
        assertThat(entries.events()).hasSize(1);
        assertThat(entries.storage().store(STORE).orElseThrow().id()).isNotEqualTo(before);
        assertThat(entries.storage().store(before)).isEmpty();
        entries.written(set("a", Map.of("x", 1)).onlyIfNone());
        entries.holds("a", Map.of("x", 1));
    }

    @Test
    default void an_archived_store_can_be_deleted(EntryProbe entries) {
        entries.written(set("a", 1));
        await(entries.storage().archiveStore(STORE));

        await(entries.storage().deleteStore(STORE));

        assertThat(entries.storage().store(STORE)).isEmpty();
        entries.written(set("b", 1));
        assertThat(entries.paths("**")).containsExactly("b");
    }

    @Test
    default void stores_do_not_see_each_other(EntryProbe entries) {
        entries.written(set("a", 1), set("b", 2));
        EntryWrite other = new EntryWrite("acme/other", List.of(set("a", 9)), "d", "o", false, true);
        EntryProbe.written(await(entries.storage().write(other)), 1);

        entries.written(delete("a"));

        assertThat(await(entries.storage().get("acme/other", path("a")))).isPresent();
        assertThat(entries.storage().store("acme/other").orElseThrow().storeSeq())
                .isEqualTo(1);
        assertThat(entries.storeSeq()).isEqualTo(3);
    }

    @Test
    default void stores_come_back_as_they_were(EntryProbe entries) {
        entries.written(set("a", Map.of("b", 1, "c", 2)));
        entries.written(delete("a/b"));
        await(entries.storage().createStore("acme/empty"));
        await(entries.storage().createStore("acme/gone"));
        await(entries.storage().deleteStore("acme/gone"));
        await(entries.storage().createStore("acme/old"));
        await(entries.storage().archiveStore("acme/old"));
        List<StoreInfo> before = entries.storage().stores(null);

        for (int life = 0; life < 3; life++) {
            entries.reopen();

            assertThat(entries.storage().stores(null)).isEqualTo(before);
            entries.holds("a", Map.of("c", 2));
            assertThat(entries.revision("a")).isEqualTo(2);
            assertThat(entries.events()).hasSize(2);
        }
        UUID next = await(entries.storage().createStore("acme/gone")).id();
        assertThat(before).noneMatch(store -> store.id().equals(next));
        assertThat(entries.wrote(set("a/c", 3))).isEqualTo(3);
    }

    @Test
    default void a_store_that_was_deleted_before_the_storage_came_back_stays_deleted(EntryProbe entries) {
        entries.written(set("a", 1));
        entries.reopen();
        await(entries.storage().deleteStore(STORE));
        entries.written(set("b", 1));

        entries.reopen();

        assertThat(entries.paths("**")).containsExactly("b");
        assertThat(entries.events()).hasSize(1);
    }
}
