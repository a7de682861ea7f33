package dev.varve.cli;

import static com.tngtech.archunit.lang.conditions.ArchConditions.accessTargetWhere;
import static com.tngtech.archunit.lang.conditions.ArchConditions.never;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Dependencies point one way: server to engine to api, client to api. The command line sees them all, so the rules live here. */
final class LayeringTest {

    private static final JavaClasses VARVE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.varve");

    @Test
    void api_needs_only_the_jdk() {
        check(classes()
                .that()
                .resideInAPackage("dev.varve.api..")
                .and()
                .haveNameNotMatching(".*\\.JakartaRules(\\$.*)?")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("dev.varve.api..", "java..", "org.jspecify.."));
    }

    @Test
    void client_needs_no_engine_and_no_server() {
        checkNone("dev.varve.client..", "dev.varve.engine..", "dev.varve.server..", "dev.varve.cli..");
    }

    @Test
    void engine_knows_no_network_no_json_and_nothing_above_it() {
        checkNone(
                "dev.varve.engine..",
                "dev.varve.server..",
                "dev.varve.client..",
                "dev.varve.cli..",
                "io.netty..",
                "tools.jackson..",
                "com.fasterxml.jackson..",
                "java.net.http..");
    }

    @Test
    void server_needs_no_command_line_and_no_client() {
        checkNone("dev.varve.server..", "dev.varve.cli..", "dev.varve.client..", "picocli..");
    }

    @Test
    void io_stands_alone_in_the_engine() {
        checkWithinEngine("io");
    }

    @Test
    void journal_and_state_stand_on_io_only() {
        checkWithinEngine("journal", "io");
        checkWithinEngine("state", "io");
        checkWithinEngine("files", "io");
    }

    @Test
    void a_shard_stands_on_journal_and_state_and_knows_no_face() {
        checkWithinEngine("shard", "journal", "state", "io", "spi");
    }

    @Test
    void streams_stand_on_the_shard() {
        checkWithinEngine("commits", "shard", "state", "io");
        checkWithinEngine("streams", "commits", "shard", "journal", "state", "io", "spi");
        checkWithinEngine("entries", "commits", "files", "shard", "journal", "state", "io", "spi");
        checkWithinEngine("events", "commits", "entries", "shard", "journal", "state", "io", "spi");
    }

    @Test
    void transactions_stand_on_all_faces() {
        checkWithinEngine("transactions", "commits", "streams", "entries", "events", "shard", "journal", "state", "io");
    }

    @Test
    void subscriptions_of_events_stand_on_what_programs_see_of_events_and_entries() {
        checkWithinEngine("groups", "shard");
    }

    @Test
    void the_engine_is_given_its_time_and_its_randomness() {
        check(classes()
                .that()
                .resideInAPackage("dev.varve.engine..")
                .and()
                .haveNameNotMatching("dev\\.varve\\.engine\\.io\\.System.*")
                .should(never(accessTargetWhere(TIME_OR_RANDOMNESS))));
    }

    private static final Set<String> CLOCKS = Set.of(
            "java.time.Instant.now",
            "java.time.LocalDate.now",
            "java.time.LocalDateTime.now",
            "java.time.OffsetDateTime.now",
            "java.time.ZonedDateTime.now",
            "java.time.Clock.systemUTC",
            "java.time.Clock.systemDefaultZone",
            "java.time.InstantSource.system",
            "java.lang.System.currentTimeMillis",
            "java.lang.System.nanoTime",
            "java.lang.Math.random",
            "java.util.UUID.randomUUID",
            "java.util.concurrent.ThreadLocalRandom.current",
            "java.util.random.RandomGenerator.getDefault",
            "java.util.random.RandomGenerator.of");

    private static final DescribedPredicate<JavaAccess<?>> TIME_OR_RANDOMNESS =
            new DescribedPredicate<>("the target is the clock or the randomness of the machine") {
                @Override
                public boolean test(JavaAccess<?> access) {
                    String target = access.getTargetOwner().getFullName() + "." + access.getName();
                    boolean newRandom = access.getName().equals("<init>")
                            && access.getTargetOwner().isAssignableTo(Random.class);
                    return newRandom || CLOCKS.contains(target);
                }
            };

    private static void checkNone(String from, String... to) {
        check(noClasses()
                .that()
                .resideInAPackage(from)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(to));
    }

    /** The engine's package {@code name} uses no other engine package than those named. */
    private static void checkWithinEngine(String name, String... mayUse) {
        String[] allowed = new String[mayUse.length + 1];
        allowed[0] = "dev.varve.engine." + name + "..";
        for (int i = 0; i < mayUse.length; i++) {
            allowed[i + 1] = "dev.varve.engine." + mayUse[i] + "..";
        }
        DescribedPredicate<JavaClass> elsewhere = JavaClass.Predicates.resideInAPackage("dev.varve.engine..")
                .and(DescribedPredicate.not(JavaClass.Predicates.resideInAnyPackage(allowed)));
        check(noClasses().that().resideInAPackage(allowed[0]).should().dependOnClassesThat(elsewhere));
    }

    /** A rule about a package that has no class yet holds. */
    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(VARVE);
    }
}
