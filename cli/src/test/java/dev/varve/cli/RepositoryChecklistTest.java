package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.Batch;
import dev.varve.api.CommitResult;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.Field;
import dev.varve.api.InvalidRecordException;
import dev.varve.api.Key;
import dev.varve.api.Precondition;
import dev.varve.api.RecordReceipt;
import dev.varve.api.Repository;
import dev.varve.api.Required;
import dev.varve.api.SaveResult;
import dev.varve.api.Schema;
import dev.varve.api.StoredRecord;
import dev.varve.api.VarveException;
import dev.varve.api.Violation;
import dev.varve.api.spi.Transport;
import dev.varve.cli.FaultyProxy.Fault;
import dev.varve.cli.FaultyProxy.Sent;
import java.net.URI;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * What users of DustEcto rely on, item by item, by every transport, and what of it goes over the wire. A test is called as the item:
 * its area first. Where Varve means something else by an item, the name says what. {@link TransportChecklistTest} and {@link
 * SubscriptionChecklistTest} have the other parts of the list.
 *
 * <pre>
 * item of the list                                  tests
 * schema: prefix, mode, required, key, slugs        schema_*
 * schema: six option errors                         schema_what_a_type_lacks_is_said_when_its_repository_is_made
 * all: groups, skips and logs, walks pages          all_*
 * get: hit, miss, get!, nested map, long prefix     get_*
 * exists: 200, 404, 405 falls back                  exists_*
 * insert: flat, nulls, no slug, invalid, one, map   insert_*
 * update: map if-match, 412, flat raises            update_*
 * delete: if-match, by record, by key, all, 404     delete_*
 * stream: raises, spans pages                       stream_*
 * batch: order, expansion, if_match, invalid, tuple batch_*
 * subscribe over HTTP                               subscribe_over_http_is_not_supported
 * </pre>
 */
@Timeout(240)
final class RepositoryChecklistTest extends ReachedTest {

    @Schema(prefix = "links")
    record Link(
            @Key @Nullable String slug,
            @Required @Nullable String title,
            @Nullable URI url,
            @Nullable String note,
            @Field("added_at") @Nullable String addedAt) {

        static Link of(String slug) {
            return new Link(slug, "Dust", URI.create("https://example.org/a"), null, null);
        }
    }

    @Schema(
            prefix = {"app", "pages"},
            mode = Schema.Mode.MAP)
    record Page(@Key String slug, @Required @Nullable String title, Map<String, Map<String, Integer>> nested) {

        static Page of(String slug) {
            return new Page(slug, "Dust", Map.of("a", Map.of("b", 1)));
        }
    }

    @Schema(prefix = {"app", "tags"})
    record Tag(@Key String slug, String name) {}

    private static String path(JsonNode op) {
        return op.path("path").asString();
    }

    /** The one write that went over the wire; none when there is no wire. */
    private static List<JsonNode> onlyWrite(Reached reached) {
        List<List<JsonNode>> writes = reached.writes();
        if (!reached.isRemote()) {
            return List.of();
        }
        assertThat(writes).as("one request for a write").hasSize(1);
        return writes.get(0);
    }

    private static void sentNothing(Reached reached) {
        assertThat(reached.sent()).as("what was sent").isEmpty();
    }

    // ---- schema

    @Schema(prefix = "only")
    record Defaults(@Key String slug, String title) {}

    record NoSchema(@Key String slug) {}

    @Schema(prefix = {})
    record NoPrefix(@Key String slug) {}

    @Schema(prefix = {"a", ""})
    record EmptySegment(@Key String slug) {}

    @Schema(prefix = "a")
    record NoKey(String title) {}

    @Schema(prefix = "a")
    record TwoKeys(@Key String slug, @Key String other) {}

    @Schema(prefix = "a")
    record KeyOfAnotherType(@Key int slug) {}

    @Schema(prefix = {"a.b", "c"})
    record Dotted(@Key String slug, String title) {}

    @Test
    void schema_prefix_is_a_list_of_segments_and_a_dot_separates_nothing() {
        Reached reached = by(Transport.Kind.EMBEDDED);
        RecordReceipt receipt = reached.store.repository(Dotted.class).insert(new Dotted("x", "X"));
        assertThat(receipt.path().segments()).containsExactly("a.b", "c", "x");
    }

    @Test
    void schema_mode_is_flat_by_default_flat_or_map_when_said_and_no_field_is_required() {
        Reached reached = by(Transport.Kind.EMBEDDED);
        reached.store.repository(Defaults.class).insert(new Defaults("x", "X"));
        reached.store.repository(Page.class).insert(Page.of("x"));
        Repository<Defaults> defaults = reached.store.repository(Defaults.class);
        assertThat(defaults.findRecord("x").orElseThrow().fieldRevisions()).containsOnlyKeys("title");
        assertThatThrownBy(() -> defaults.insert(new Defaults("x", "X"), Precondition.ifRevision(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(reached.store
                        .repository(Page.class)
                        .findRecord("x")
                        .orElseThrow()
                        .fieldRevisions())
                .isEmpty();
    }

    @Test
    void schema_what_a_type_lacks_is_said_when_its_repository_is_made() {
        Reached reached = by(Transport.Kind.EMBEDDED);
        Map<Class<? extends Record>, String> wrong = Map.of(
                NoSchema.class, "give it @Schema",
                NoPrefix.class, "empty prefix",
                EmptySegment.class, "prefix is a list of segments",
                NoKey.class, "mark one String component with @Key",
                TwoKeys.class, "leave @Key at one of them",
                KeyOfAnotherType.class, "a key is a String");
        wrong.forEach((type, words) -> assertThatThrownBy(() -> reached.store.repository(type))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(type.getSimpleName())
                .hasMessageContaining(words));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void schema_slugs_may_have_dots_and_slashes(Transport.Kind kind) {
        Reached reached = by(kind);
        Repository<Link> links = reached.store.repository(Link.class);
        for (String slug : List.of("plain", "example.com", "a/b", "~", "50%", "a b+c", "*")) {
            links.insert(Link.of(slug));
            assertThat(links.get(slug).slug()).isEqualTo(slug);
        }
        assertThat(links.all()).hasSize(7);
        assertThat(reached.others.entries().get(EntryPath.parse("links/a~1b/title")))
                .isPresent();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void schema_an_empty_slug_is_rejected_and_a_missing_one_cannot_be_blank(Transport.Kind kind) {
        Reached reached = by(kind);
        Repository<Link> links = reached.store.repository(Link.class);
        for (@Nullable String slug : Arrays.asList(null, "")) {
            assertThatThrownBy(() -> links.insert(new Link(slug, "Dust", null, null, null)))
                    .isInstanceOfSatisfying(
                            InvalidRecordException.class,
                            invalid -> assertThat(invalid.violations())
                                    .containsExactly(new Violation(
                                            "slug", slug == null ? "can't be blank" : "cannot be empty")));
        }
        SaveResult<Link> saved = links.save(links.change(Map.of("title", "Dust"), "slug", "title"));
        assertThat(((SaveResult.Invalid<Link>) saved).violations())
                .containsExactly(new Violation("slug", "can't be blank"));
        assertThatThrownBy(() -> links.find("")).isInstanceOf(IllegalArgumentException.class);
        sentNothing(reached);
    }

    // ---- all

    @ParameterizedTest
    @MethodSource("kinds")
    void all_groups_leaves_by_slug(Transport.Kind kind) {
        Reached reached = by(kind);
        // Their paths mingle: "foo-x/…" and "foo.y/…" come before "foo/…", which comes before "foo0/…".
        for (String slug : List.of("foo", "foo-x", "foo.y", "foo0")) {
            reached.others.repository(Link.class).insert(Link.of(slug));
        }
        reached.others.entries().set(EntryPath.parse("links/foo"), EntryValue.of("a leaf at the slug"));
        reached.settle();
        assertThat(reached.store.repository(Link.class).all())
                .containsExactlyInAnyOrder(Link.of("foo-x"), Link.of("foo.y"), Link.of("foo0"));
        reached.others.repository(Link.class).insert(Link.of("foo"));
        reached.settle();
        assertThat(reached.store.repository(Link.class).all()).hasSize(4).contains(Link.of("foo"));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void all_skips_and_logs_incomplete_records(Transport.Kind kind) {
        Reached reached = by(kind);
        reached.others.repository(Link.class).insert(Link.of("whole"));
        reached.others.entries().set(EntryPath.parse("links/half/note"), EntryValue.of("no title"));
        reached.settle();
        assertThat(RepositoryLogs.during(() ->
                        assertThat(reached.store.repository(Link.class).all()).containsExactly(Link.of("whole"))))
                .containsExactly("WARNING skipping Link \"half\" at links/half: missing [title], unrecognized []");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void all_walks_pages(Transport.Kind kind) {
        Reached reached = by(kind);
        insertMany(reached, 400);
        assertThat(reached.store.repository(Link.class).all()).hasSize(400);
        assertThat(reached.store.repository(Link.class).count()).isEqualTo(400);
        if (kind == Transport.Kind.HTTP) {
            assertThat(reached.sent().stream().filter(one -> one.is("GET", "/entries")))
                    .hasSizeGreaterThan(2)
                    .allSatisfy(one -> assertThat(one.target()).contains("pattern=links%2F%2A%2A", "limit="));
        } else if (kind == Transport.Kind.LIVE) {
            sentNothing(reached);
        }
    }

    private static void insertMany(Reached reached, int count) {
        Repository<Link> others = reached.others.repository(Link.class);
        for (int from = 0; from < count; from += 200) {
            Batch batch = reached.others.batch();
            IntStream.range(from, Math.min(count, from + 200))
                    .forEach(i -> batch.insert(others, Link.of("link-%04d".formatted(i))));
            batch.commit();
        }
        reached.settle();
        reached.sent();
    }

    // ---- get

    @ParameterizedTest
    @MethodSource("kinds")
    void get_finds_what_is_there(Transport.Kind kind) {
        Reached reached = by(kind);
        reached.others.repository(Link.class).insert(Link.of("dust"));
        reached.settle();
        Repository<Link> links = reached.store.repository(Link.class);
        assertThat(links.find("dust")).contains(Link.of("dust"));
        assertThat(links.get("dust")).isEqualTo(Link.of("dust"));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void get_of_what_is_not_there_finds_nothing(Transport.Kind kind) {
        assertThat(by(kind).store.repository(Link.class).find("dust")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void get_that_must_find_throws_and_names_type_and_slug(Transport.Kind kind) {
        VarveException absent =
                failure(() -> by(kind).store.repository(Link.class).get("dust"));
        assertThat(absent.kind()).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(absent).hasMessage("there is no Link \"dust\" at links/dust");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void get_puts_nested_maps_together_below_a_prefix_of_two_segments(Transport.Kind kind) {
        Reached reached = by(kind);
        for (String field : List.of("title", "nested/a/b", "nested/a/c", "nested/d/e~1f")) {
            EntryValue value = field.equals("title") ? EntryValue.of("Dust") : EntryValue.of(1);
            reached.others.entries().set(EntryPath.parse("app/pages/x/" + field), value);
        }
        reached.settle();
        assertThat(reached.store.repository(Page.class).get("x"))
                .isEqualTo(new Page("x", "Dust", Map.of("a", Map.of("b", 1, "c", 1), "d", Map.of("e/f", 1))));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void get_of_a_record_that_lacks_a_field_is_told_as_invalid_not_as_missing(Transport.Kind kind) {
        Reached reached = by(kind);
        reached.others.entries().set(EntryPath.parse("links/half/note"), EntryValue.of("no title"));
        reached.settle();
        assertThatThrownBy(() -> reached.store.repository(Link.class).find("half"))
                .isInstanceOfSatisfying(
                        InvalidRecordException.class,
                        invalid -> assertThat(invalid.missing()).containsExactly("title"));
    }

    // ---- exists

    @ParameterizedTest
    @MethodSource("kinds")
    void exists_is_true_for_what_is_there_and_false_for_what_is_not(Transport.Kind kind) {
        Reached reached = by(kind);
        reached.others.repository(Link.class).insert(Link.of("dust"));
        reached.settle();
        Repository<Link> links = reached.store.repository(Link.class);
        assertThat(links.exists("dust")).isTrue();
        assertThat(links.exists("none")).isFalse();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void exists_is_false_for_a_value_at_the_slug_itself_which_a_head_could_not_tell(Transport.Kind kind) {
        Reached reached = by(kind);
        reached.others.entries().set(EntryPath.parse("links/leaf"), EntryValue.of(1));
        reached.settle();
        assertThat(reached.store.repository(Link.class).exists("leaf")).isFalse();
    }

    @Test
    void exists_over_http_needs_no_head_so_nothing_falls_back_where_that_is_not_allowed() {
        Reached reached = by(Transport.Kind.HTTP);
        reached.others.repository(Tag.class).insert(new Tag("a", "A"));
        world().proxy().times(100, one -> one.method().equals("HEAD"), new Fault.Answer(405, Map.of(), ""));
        assertThat(reached.store.repository(Tag.class).exists("a")).isTrue();
        assertThat(reached.store.repository(Tag.class).exists("b")).isFalse();
        assertThat(reached.sent())
                .isNotEmpty()
                .allSatisfy(one -> assertThat(one.method()).isEqualTo("GET"));
    }

    // ---- insert

    @ParameterizedTest
    @MethodSource("kinds")
    void insert_flat_sends_exactly_the_declared_fields_in_one_write_nulls_too_and_never_the_slug(Transport.Kind kind) {
        Reached reached = by(kind);
        reached.store.repository(Link.class).insert(Link.of("dust"));
        List<JsonNode> ops = onlyWrite(reached);
        if (reached.isRemote()) {
            assertThat(ops)
                    .extracting(Object::toString)
                    .containsExactly(
                            "{\"op\":\"set\",\"path\":\"links/dust/title\",\"value\":\"Dust\"}",
                            "{\"op\":\"set\",\"path\":\"links/dust/url\",\"value\":\"https://example.org/a\"}",
                            "{\"op\":\"set\",\"path\":\"links/dust/note\",\"value\":null}",
                            "{\"op\":\"set\",\"path\":\"links/dust/added_at\",\"value\":null}");
        }
        assertThat(reached.others
                        .entries()
                        .get(EntryPath.parse("links/dust/note"))
                        .orElseThrow()
                        .value())
                .isEqualTo(new EntryValue.Null());
        assertThat(reached.others.entries().get(EntryPath.parse("links/dust/slug")))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void insert_of_what_is_invalid_sends_nothing(Transport.Kind kind) {
        Reached reached = by(kind);
        Repository<Link> links = reached.store.repository(Link.class);
        assertThat(links.save(links.change(Map.of("slug", "dust", "url", "no url at all"), "slug", "url")))
                .isInstanceOf(SaveResult.Invalid.class);
        assertThat(failure(() -> links.insert(new Link("dust", null, null, null, null)))
                        .kind())
                .isEqualTo(ErrorKind.INVALID_RECORD);
        sentNothing(reached);
        assertThat(reached.storeSeq()).isZero();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void insert_of_one_field_is_one_change(Transport.Kind kind) {
        Reached reached = by(kind);
        reached.store.repository(Tag.class).insert(new Tag("a", "A"));
        if (reached.isRemote()) {
            assertThat(onlyWrite(reached))
                    .hasToString("[{\"op\":\"set\",\"path\":\"app/tags/a/name\",\"value\":\"A\"}]");
        }
        assertThat(reached.others.repository(Tag.class).get("a").name()).isEqualTo("A");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void insert_map_is_a_single_change_without_the_slug(Transport.Kind kind) {
        Reached reached = by(kind);
        RecordReceipt receipt = reached.store.repository(Page.class).insert(Page.of("x"));
        if (reached.isRemote()) {
            assertThat(onlyWrite(reached))
                    .hasToString("[{\"op\":\"set\",\"path\":\"app/pages/x\","
                            + "\"value\":{\"title\":\"Dust\",\"nested\":{\"a\":{\"b\":1}}}}]");
        }
        assertThat(receipt.revision()).isEqualTo(receipt.storeSeq()).isEqualTo(1);
        assertThat(reached.others.repository(Page.class).get("x")).isEqualTo(Page.of("x"));
    }

    // ---- update

    @ParameterizedTest
    @MethodSource("kinds")
    void update_map_sends_the_revision_it_is_given_and_works_for_the_whole_record(Transport.Kind kind) {
        Reached reached = by(kind);
        Repository<Page> pages = reached.store.repository(Page.class);
        long revision = pages.insert(Page.of("x")).revision();
        reached.sent();
        pages.update(Page.of("x"), new Page("x", "New", Map.of()), Precondition.ifRevision(revision));
        if (reached.isRemote()) {
            // A check of the record's revision, and changes of what differs: fields of others stay.
            assertThat(onlyWrite(reached).toString()).contains("\"if_match\":" + revision);
        }
        assertThat(reached.others.repository(Page.class).get("x").title()).isEqualTo("New");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void update_map_over_another_revision_is_a_conflict_with_the_current_one(Transport.Kind kind) {
        Reached reached = by(kind);
        Repository<Page> pages = reached.store.repository(Page.class);
        long old = pages.insert(Page.of("x")).revision();
        long now = reached.others
                .repository(Page.class)
                .insert(new Page("x", "Theirs", Map.of()))
                .revision();
        reached.settle();
        EntryRefusedException refused = (EntryRefusedException) failure(
                () -> pages.update(Page.of("x"), new Page("x", "Mine", Map.of()), Precondition.ifRevision(old)));
        assertThat(refused.kind()).isEqualTo(ErrorKind.CONFLICT);
        assertThat(refused.currentRevision()).isEqualTo(now);
        assertThat(refused.retryable()).isFalse();
        assertThat(refused.outcomeUnknown()).isFalse();
        assertThat(pages.get("x").title()).isEqualTo("Theirs");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void update_flat_refuses_a_revision_of_the_record_and_sends_nothing(Transport.Kind kind) {
        Reached reached = by(kind);
        Repository<Link> links = reached.store.repository(Link.class);
        Link after = new Link("dust", "New", null, null, null);
        assertThatThrownBy(() -> links.update(Link.of("dust"), after, Precondition.ifRevision(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ifFields");
        sentNothing(reached);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void update_flat_goes_by_revisions_of_fields(Transport.Kind kind) {
        Reached reached = by(kind);
        Repository<Link> links = reached.store.repository(Link.class);
        links.insert(Link.of("dust"));
        StoredRecord<Link> found = links.findRecord("dust").orElseThrow();
        long now = reached.others.entries().set(EntryPath.parse("links/dust/title"), EntryValue.of("Theirs"));
        reached.settle();
        Link mine = new Link("dust", "Mine", Link.of("dust").url(), "noted", null);
        Map<String, Long> revisions = found.fieldRevisions();
        EntryRefusedException refused = (EntryRefusedException) failure(() -> links.update(
                found.value(), mine, Precondition.ifFields(Map.of("title", requireRevision(revisions, "title")))));
        assertThat(refused.currentRevision()).isEqualTo(now);
        assertThat(refused.refusal().path()).hasToString("links/dust/title");
        links.update(found.value(), mine, Precondition.ifFields(Map.of("note", requireRevision(revisions, "note"))));
        assertThat(links.get("dust")).isEqualTo(mine);
    }

    private static long requireRevision(Map<String, Long> revisions, String field) {
        Long revision = revisions.get(field);
        assertThat(revision).isNotNull();
        return revision == null ? 0 : revision;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void update_flat_sends_only_what_has_changed_and_nothing_when_nothing_has(Transport.Kind kind) {
        Reached reached = by(kind);
        Repository<Link> links = reached.store.repository(Link.class);
        links.insert(Link.of("dust"));
        reached.sent();
        assertThat(links.update(Link.of("dust"), Link.of("dust")).written()).isFalse();
        sentNothing(reached);
        links.update(Link.of("dust"), new Link("dust", "New", Link.of("dust").url(), null, null));
        if (reached.isRemote()) {
            assertThat(onlyWrite(reached))
                    .extracting(RepositoryChecklistTest::path)
                    .containsExactly("links/dust/title");
        }
    }

    // ---- delete

    @ParameterizedTest
    @MethodSource("kinds")
    void delete_by_key_and_by_record_is_one_change_with_the_revision_when_one_is_given(Transport.Kind kind) {
        Reached reached = by(kind);
        Repository<Link> links = reached.store.repository(Link.class);
        for (boolean byRecord : new boolean[] {false, true}) {
            long revision = links.insert(Link.of("dust")).revision();
            reached.sent();
            Precondition wrong = Precondition.ifRevision(revision - 1);
            EntryRefusedException refused = (EntryRefusedException) failure(() -> {
                if (byRecord) {
                    links.delete(Link.of("dust"), wrong);
                } else {
                    links.delete("dust", wrong);
                }
            });
            assertThat(refused.currentRevision()).isEqualTo(revision);
            onlyDelete(reached, "links/dust", revision - 1);
            Precondition right = Precondition.ifRevision(revision);
            RecordReceipt receipt = byRecord ? links.delete(Link.of("dust"), right) : links.delete("dust", right);
            assertThat(receipt.storeSeq()).isGreaterThan(revision);
            onlyDelete(reached, "links/dust", revision);
            assertThat(links.exists("dust")).isFalse();
        }
    }

    private static void onlyDelete(Reached reached, String path, long revision) {
        if (reached.isRemote()) {
            assertThat(onlyWrite(reached))
                    .hasToString("[{\"op\":\"delete\",\"path\":\"" + path + "\""
                            + (revision == 0 ? "" : ",\"if_match\":" + revision) + "}]");
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void delete_without_a_condition_sends_none_and_succeeds_where_nothing_is(Transport.Kind kind) {
        Reached reached = by(kind);
        Repository<Link> links = reached.store.repository(Link.class);
        assertThat(links.delete("dust").storeSeq()).isEqualTo(1);
        onlyDelete(reached, "links/dust", 0);
        assertThat(links.delete(Link.of("dust")).storeSeq()).isEqualTo(2);
        onlyDelete(reached, "links/dust", 0);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void delete_all_is_one_delete_of_the_bare_prefix(Transport.Kind kind) {
        Reached reached = by(kind);
        Repository<Tag> tags = reached.store.repository(Tag.class);
        tags.insert(new Tag("a", "A"));
        tags.insert(new Tag("b", "B"));
        reached.sent();
        assertThat(tags.deleteAll().path()).hasToString("app/tags");
        onlyDelete(reached, "app/tags", 0);
        assertThat(tags.all()).isEmpty();
    }

    @Test
    void delete_that_is_answered_by_a_404_in_plain_text_is_not_implemented() {
        Reached reached = by(Transport.Kind.HTTP);
        world().proxy()
                .once(
                        one -> one.is("POST", "/entries/batch_write"),
                        new Fault.Answer(404, Map.of("Content-Type", "text/plain"), "Not Found"));
        VarveException failure =
                failure(() -> reached.store.repository(Link.class).delete("dust"));
        assertThat(failure.kind()).isEqualTo(ErrorKind.NOT_IMPLEMENTED);
        assertThat(failure.outcomeUnknown()).isFalse();
    }

    // ---- stream

    @Test
    void stream_throws_where_the_server_fails() {
        Reached reached = by(Transport.Kind.HTTP);
        insertMany(reached, 400);
        Repository<Link> links = reached.store.repository(Link.class);
        try (Stream<Link> stream = links.stream()) {
            Iterator<Link> iterator = stream.iterator();
            assertThat(iterator.next().slug()).isEqualTo("link-0000");
            world().proxy().times(1_000, any -> true, new Fault.Answer(404, Map.of(), "gone"));
            assertThat(failure(() -> iterator.forEachRemaining(link -> {})).kind())
                    .isEqualTo(ErrorKind.NOT_IMPLEMENTED);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void stream_spans_pages(Transport.Kind kind) {
        Reached reached = by(kind);
        insertMany(reached, 400);
        try (Stream<Link> stream = reached.store.repository(Link.class).stream()) {
            assertThat(stream.map(Link::slug))
                    .containsExactlyElementsOf(IntStream.range(0, 400)
                            .mapToObj("link-%04d"::formatted)
                            .toList());
        }
    }

    // ---- batch

    @ParameterizedTest
    @MethodSource("kinds")
    void batch_writes_in_order_by_one_request_and_gives_the_store_seq_and_each_change(Transport.Kind kind) {
        Reached reached = by(kind);
        Repository<Page> pages = reached.store.repository(Page.class);
        pages.insert(Page.of("old"));
        reached.sent();
        var done = reached.store
                .batch()
                .insert(pages, Page.of("new"))
                .delete(pages, "old")
                .commit();
        assertThat(done.storeSeq()).isEqualTo(3);
        assertThat(done.changes())
                .extracting(one -> one.path() + " " + one.revision())
                .containsExactly("app/pages/new 2", "app/pages/old 3");
        if (reached.isRemote()) {
            assertThat(onlyWrite(reached))
                    .extracting(op -> op.path("op").asString() + " " + path(op))
                    .containsExactly("set app/pages/new", "delete app/pages/old");
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void batch_flat_inserts_expand_to_all_fields_and_updates_to_those_that_changed(Transport.Kind kind) {
        Reached reached = by(kind);
        Repository<Link> links = reached.store.repository(Link.class);
        links.insert(Link.of("old"));
        reached.sent();
        reached.store
                .batch()
                .insert(links, Link.of("new"))
                .update(
                        links,
                        Link.of("old"),
                        new Link("old", "Old", Link.of("old").url(), null, null))
                .commit();
        if (reached.isRemote()) {
            assertThat(onlyWrite(reached))
                    .extracting(RepositoryChecklistTest::path)
                    .containsExactly(
                            "links/new/title",
                            "links/new/url",
                            "links/new/note",
                            "links/new/added_at",
                            "links/old/title");
        }
        assertThat(links.get("old").title()).isEqualTo("Old");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void batch_map_goes_by_the_revision_of_each_and_a_conflict_names_its_change(Transport.Kind kind) {
        Reached reached = by(kind);
        Repository<Page> pages = reached.store.repository(Page.class);
        long first = pages.insert(Page.of("a")).revision();
        long second = pages.insert(Page.of("b")).revision();
        Page after = new Page("b", "New", Map.of());
        CommitResult result = reached.store
                .batch()
                .delete(pages, "a", Precondition.ifRevision(first))
                .update(pages, Page.of("b"), after, Precondition.ifRevision(first))
                .tryCommit();
        assertThat(result).isInstanceOfSatisfying(CommitResult.Conflict.class, conflict -> {
            assertThat(conflict.refusal().index()).isEqualTo(1);
            assertThat(conflict.refusal().path()).hasToString("app/pages/b");
            assertThat(conflict.refusal().currentRevision()).isEqualTo(second);
        });
        assertThat(pages.all()).as("all or nothing").hasSize(2);
        reached.store
                .batch()
                .delete(pages, "a", Precondition.ifRevision(first))
                .update(pages, Page.of("b"), after, Precondition.ifRevision(second))
                .commit();
        assertThat(pages.all()).containsExactly(after);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void batch_flat_refuses_a_revision_of_the_record_but_for_a_delete(Transport.Kind kind) {
        Reached reached = by(kind);
        Repository<Link> links = reached.store.repository(Link.class);
        long revision = links.insert(Link.of("dust")).revision();
        reached.sent();
        Batch batch = reached.store.batch();
        assertThatThrownBy(() -> batch.insert(links, Link.of("dust"), Precondition.ifRevision(revision)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ifFields");
        sentNothing(reached);
        batch.delete(links, "dust", Precondition.ifRevision(revision)).commit();
        onlyDelete(reached, "links/dust", revision);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void batch_with_an_invalid_changeset_sends_nothing_and_tells_all_that_are(Transport.Kind kind) {
        Reached reached = by(kind);
        Repository<Link> links = reached.store.repository(Link.class);
        CommitResult result = reached.store
                .batch()
                .insert(links, Link.of("fine"))
                .save(links, links.change(Map.of("slug", "a"), "slug"))
                .save(links, links.change(Map.of("title", "B"), "title"))
                .tryCommit();
        assertThat(result)
                .isInstanceOfSatisfying(
                        CommitResult.Invalid.class,
                        invalid -> assertThat(invalid.invalid()).containsOnlyKeys(1, 2));
        sentNothing(reached);
        assertThat(reached.storeSeq()).isZero();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void batch_has_no_unknown_changes_as_its_methods_are_all_there_is_and_an_empty_one_is_refused_here(
            Transport.Kind kind) {
        Reached reached = by(kind);
        assertThatThrownBy(() -> reached.store.batch().commit())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("empty");
        sentNothing(reached);
    }

    // ---- subscribe

    @Test
    void subscribe_over_http_is_not_supported() {
        Reached reached = by(Transport.Kind.HTTP);
        VarveException failure =
                failure(() -> reached.store.repository(Link.class).subscribe(event -> {}));
        assertThat(failure.kind()).isEqualTo(ErrorKind.NOT_SUPPORTED);
        assertThat(failure.retryable()).isFalse();
        sentNothing(reached);
    }

    // ---- the wire

    @Test
    void a_write_over_http_is_one_request_to_the_store_with_its_changes_and_nothing_else() {
        Reached reached = by(Transport.Kind.HTTP);
        reached.store.repository(Tag.class).insert(new Tag("a", "A"));
        List<Sent> sent = reached.sent();
        assertThat(sent).hasSize(1);
        assertThat(sent.get(0).target()).isEqualTo("/api/stores/" + reached.store.name() + "/entries/batch_write");
        assertThat(sent.get(0).body())
                .isEqualTo("{\"ops\":[{\"op\":\"set\",\"path\":\"app/tags/a/name\",\"value\":\"A\"}]}");
    }
}
