package dev.varve.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import dev.varve.api.CreateResult;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.Key;
import dev.varve.api.Repository;
import dev.varve.api.Required;
import dev.varve.api.Schema;
import dev.varve.api.Store;
import dev.varve.api.StreamConfig;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import java.io.IOException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

final class VarveExtensionTest {

    /** What the classes below were given, by what they call it. */
    private static final Map<String, Queue<Varve>> GIVEN = new ConcurrentHashMap<>();

    private static void given(String name, Varve varve) {
        GIVEN.computeIfAbsent(name, key -> new ConcurrentLinkedQueue<>()).add(varve);
    }

    private static List<Varve> given(String name) {
        return new ArrayList<>(GIVEN.getOrDefault(name, new ConcurrentLinkedQueue<>()));
    }

    @BeforeEach
    void nothing_was_given() {
        GIVEN.clear();
    }

    /** The classes below are run by the tests here only. */
    @ExtendWith(SampleCondition.class)
    interface Sample {}

    static final class SampleCondition implements ExecutionCondition {

        private static final String RUN = "varve.samples";

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return context.getConfigurationParameter(RUN).isPresent()
                    ? ConditionEvaluationResult.enabled("run by a test")
                    : ConditionEvaluationResult.disabled("only run by a test");
        }
    }

    private static EngineTestKit.Builder kit(Class<? extends Sample> type) {
        return EngineTestKit.engine("junit-jupiter")
                .configurationParameter(SampleCondition.RUN, "true")
                .selectors(selectClass(type));
    }

    private static void passes(Class<? extends Sample> type, int tests) {
        EngineExecutionResults results = kit(type).execute();
        assertThat(results.allEvents().failed().list()).isEmpty();
        results.testEvents()
                .assertStatistics(statistics -> statistics.started(tests).succeeded(tests));
    }

    private static void fails(Class<? extends Sample> type, String words) {
        kit(type)
                .execute()
                .allEvents()
                .failed()
                .assertThatEvents()
                .haveExactly(1, finishedWithFailure(message(text -> text.contains(words))));
    }

    private static void assertClosed(Varve varve) {
        assertThatThrownBy(() -> varve.streams().create("late", StreamConfig.DEFAULT))
                .isInstanceOf(VarveException.class);
    }

    // ---- one for each test

    @Test
    void each_test_has_one_of_its_own_that_all_of_its_parts_share() {
        passes(EachTest.class, 4);
        assertThat(given("each")).hasSize(4).doesNotHaveDuplicates().allSatisfy(VarveExtensionTest::assertClosed);
    }

    @VarveTest
    static final class EachTest implements Sample {

        private final Varve mine;

        EachTest(Varve varve) {
            this.mine = varve;
        }

        @BeforeEach
        void before(Varve varve, Streams streams) {
            assertThat(varve).isSameAs(mine);
            assertThat(streams.create("log", StreamConfig.DEFAULT)).isInstanceOf(CreateResult.Created.class);
        }

        @Test
        void one(Varve varve, Store store) {
            used(varve, store);
        }

        @RepeatedTest(2)
        void again(Varve varve, Store store) {
            used(varve, store);
        }

        @ParameterizedTest
        @ValueSource(strings = "http://127.0.0.1")
        void an_argument_that_is_a_url(URI url, Varve varve, Store store) {
            assertThat(url).hasHost("127.0.0.1");
            used(varve, store);
        }

        private void used(Varve varve, Store store) {
            given("each", varve);
            assertThat(varve).isSameAs(mine);
            assertThat(store.name()).isEqualTo("test/store");
            assertThat(store.info()).isEmpty();
            store.create();
        }

        @AfterEach
        void after(Varve varve, Streams streams) {
            assertThat(varve).isSameAs(mine);
            assertThat(streams.find("log")).isPresent();
        }
    }

    @Test
    void a_field_of_an_instance_gives_one_to_each_test() {
        passes(InstanceField.class, 2);
        assertThat(given("instance field")).hasSize(2).doesNotHaveDuplicates();
    }

    static final class InstanceField implements Sample {

        @RegisterExtension
        final VarveExtension extension = new VarveExtension().withStore("acme/reading");

        @RepeatedTest(2)
        void one(Varve varve, Store store) {
            given("instance field", varve);
            assertThat(store.name()).isEqualTo("acme/reading");
        }
    }

    // ---- one for a class

    @Test
    void a_class_can_share_one_with_nested_classes() {
        passes(Shared.class, 3);
        assertThat(given("shared")).hasSize(5);
        assertThat(given("shared")).containsOnly(given("shared").getFirst());
        assertClosed(given("shared").getFirst());
    }

    @VarveTest(lifetime = Lifetime.CLASS)
    static final class Shared implements Sample {

        @BeforeAll
        static void before(Varve varve) {
            given("shared", varve);
        }

        @RepeatedTest(2)
        void one(Varve varve) {
            given("shared", varve);
        }

        @Nested
        final class Inner {
            @Test
            void one(Varve varve) {
                given("shared", varve);
            }
        }

        @AfterAll
        static void after(Varve varve) {
            given("shared", varve);
        }
    }

    @Test
    void a_static_field_shares_one_with_nested_classes() {
        passes(StaticField.class, 2);
        assertThat(given("static field")).hasSize(3);
        assertThat(given("static field")).containsOnly(given("static field").getFirst());
        assertClosed(given("static field").getFirst());
    }

    static final class StaticField implements Sample {

        @RegisterExtension
        static final VarveExtension EXTENSION = new VarveExtension().withLifetime(Lifetime.CLASS);

        @Test
        void one(Varve varve) {
            given("static field", varve);
        }

        @Nested
        final class Inner {
            @BeforeEach
            void before(Varve varve) {
                given("static field", varve);
            }

            @Test
            void one(Varve varve) {
                given("static field", varve);
            }
        }
    }

    @Test
    void the_nearest_annotation_holds() {
        passes(Nearest.class, 6);
        assertThat(given("outer")).hasSize(2);
        assertThat(given("outer")).containsOnly(given("outer").getFirst());
        assertThat(given("inner")).hasSize(2).doesNotHaveDuplicates().doesNotContainAnyElementsOf(given("outer"));
        assertThat(given("method")).hasSize(2).doesNotHaveDuplicates().doesNotContainAnyElementsOf(given("outer"));
    }

    @Retention(RetentionPolicy.RUNTIME)
    @VarveTest(lifetime = Lifetime.CLASS, store = "outer/store")
    @interface OfOurOwn {}

    @OfOurOwn
    static final class Nearest implements Sample {

        @RepeatedTest(2)
        void outer(Varve varve, Store store) {
            given("outer", varve);
            assertThat(store.name()).isEqualTo("outer/store");
        }

        @RepeatedTest(2)
        @VarveTest
        void method(Varve varve, Store store) {
            given("method", varve);
            assertThat(store.name()).isEqualTo("test/store");
        }

        @Nested
        @VarveTest(store = "inner/store")
        final class Inner {
            @RepeatedTest(2)
            void inner(Varve varve, Store store) {
                given("inner", varve);
                assertThat(store.name()).isEqualTo("inner/store");
            }
        }
    }

    // ---- what is given

    @Schema(prefix = "links")
    record Link(@Key String slug, @Required String title) {}

    @Test
    void records_are_of_the_store() {
        passes(Records.class, 1);
    }

    @VarveTest(store = "acme/reading")
    static final class Records implements Sample {
        @Test
        void one(Repository<Link> links, Varve varve, Store store) {
            links.insert(new Link("dust", "Dust"));
            EntryPath title = EntryPath.of("links", "dust", "title");
            assertThat(varve.store("acme/reading").entries().get(title)).isPresent();
            assertThat(store.entries().get(title)).isPresent();
        }
    }

    @Test
    void a_server_over_the_same_data_ends_with_the_test() throws IOException {
        passes(WithServer.class, 1);
        URI url = Objects.requireNonNull(WithServer.lastUrl);
        assertThatThrownBy(() -> new Socket(url.getHost(), url.getPort()).close())
                .isInstanceOf(ConnectException.class);
    }

    @VarveTest
    static final class WithServer implements Sample {

        static volatile @Nullable URI lastUrl;

        @Test
        void one(@VarveUrl URI url, @VarveUrl URI again, Store store, Streams streams) {
            lastUrl = url;
            assertThat(again).isEqualTo(url);
            try (Varve remote = Varve.connect(url)) {
                remote.store(store.name()).entries().set(EntryPath.of("a"), EntryValue.of(1));
                assertThat(store.entries().get(EntryPath.of("a"))).isPresent();
                streams.create("log", StreamConfig.DEFAULT);
                assertThat(remote.streams().find("log")).isPresent();
            }
        }
    }

    @Test
    void a_directory_is_deleted_with_all_it_holds() throws IOException {
        List<Path> before = temporary();
        passes(OnDisk.class, 1);
        assertThat(OnDisk.seen).hasSize(before.size() + 1);
        assertThat(temporary()).containsExactlyInAnyOrderElementsOf(before);
    }

    private static List<Path> temporary() throws IOException {
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return all.filter(file -> file.getFileName().toString().startsWith(TestVarve.PREFIX))
                    .toList();
        }
    }

    @VarveTest(onDisk = true)
    static final class OnDisk implements Sample {

        static volatile List<Path> seen = List.of();

        @Test
        void one(Store store) throws IOException {
            store.entries().putFile(EntryPath.of("file"), new byte[100_000], null, null);
            seen = temporary();
        }
    }

    @Test
    void a_test_may_close_what_it_was_given() {
        passes(Closing.class, 1);
    }

    @VarveTest
    static final class Closing implements Sample {
        @Test
        void one(Varve varve, @VarveUrl URI url) {
            varve.close();
            assertThat(url).isNotNull();
        }
    }

    // ---- at the same time

    @Test
    void tests_in_parallel_have_nothing_in_common() {
        kit(Parallel.class)
                .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
                .configurationParameter("junit.jupiter.execution.parallel.mode.default", "concurrent")
                .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
                .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "4")
                .execute()
                .testEvents()
                .assertStatistics(statistics -> statistics.started(4).succeeded(4));
        assertThat(given("parallel")).hasSize(4).doesNotHaveDuplicates().allSatisfy(VarveExtensionTest::assertClosed);
    }

    @VarveTest
    static final class Parallel implements Sample {

        private static final CountDownLatch ALL = new CountDownLatch(4);

        @RepeatedTest(4)
        void one(Varve varve, Store store) throws InterruptedException {
            given("parallel", varve);
            ALL.countDown();
            assertThat(ALL.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(store.entries().set(EntryPath.of("a"), EntryValue.of(1))).isEqualTo(1);
        }
    }

    // ---- what is refused, and how it is told

    @Test
    void what_happens_once_for_all_has_none_when_each_test_has_one() {
        fails(BeforeAllOfEach.class, "choose Lifetime.CLASS");
        fails(InstanceOfEach.class, "choose Lifetime.CLASS");
    }

    @VarveTest
    static final class BeforeAllOfEach implements Sample {
        @BeforeAll
        static void before(Varve varve) {
            given("never", varve);
        }

        @Test
        void one() {}
    }

    @VarveTest
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    static final class InstanceOfEach implements Sample {
        InstanceOfEach(Varve varve) {
            given("never", varve);
        }

        @Test
        void one() {}
    }

    @Test
    void a_field_of_an_instance_is_shared_by_nobody() {
        fails(SharedInstanceField.class, "make the field static");
    }

    static final class SharedInstanceField implements Sample {
        @RegisterExtension
        final VarveExtension extension = new VarveExtension().withLifetime(Lifetime.CLASS);

        @Test
        void one(Varve varve) {
            given("never", varve);
        }
    }

    @Test
    void a_repository_names_its_record() {
        fails(AnyRepository.class, "Repository<Link>");
    }

    @VarveTest
    static final class AnyRepository implements Sample {
        @Test
        void one(Repository<?> any) {
            assertThat(any).isNotNull();
        }
    }

    @Test
    void a_name_that_is_none_is_told() {
        fails(NoName.class, "organisation/name");
    }

    @VarveTest(store = "Reading")
    static final class NoName implements Sample {
        @Test
        void one(Store store) {
            assertThat(store).isNotNull();
        }
    }
}
