package dev.varve.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entries;
import dev.varve.api.Entry;
import dev.varve.api.EntryPath;
import dev.varve.api.FileReference;
import dev.varve.api.StoreInfo;
import dev.varve.server.Route.Concern;
import dev.varve.server.TokenServer.Made;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every route of the table with every kind of token, over a socket. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class AuthorizationMatrixTest {

    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;

    /** What may be asked without a token; whoever adds a route here has thought about it. The socket has a token of its own. */
    private static final Set<String> OPEN = Set.of(
            "operations.description", "operations.health", "operations.live", "operations.ready", "entries.socket");

    private static final Set<Concern> NAMING_A_STORE = Set.of(Concern.STORE, Concern.STREAM, Concern.VIEW);
    /** Which files a token reaches depends on what refers to them. */
    private static final String READ_FILE = "files.get";

    private static TokenServer server;
    private static StoreInfo elsewhere;
    private static int stores;

    /** Who asks. */
    enum Asker {
        NO_TOKEN,
        OTHER_SCHEME,
        UNKNOWN_TOKEN,
        EXPIRED_TOKEN,
        REVOKED_TOKEN,
        TOKEN_IN_THE_QUERY,
        WRONG_SCOPE,
        WRONG_STORE,
        OTHER_ORGANISATION,
        RIGHT_TOKEN
    }

    @BeforeAll
    static void start() {
        server = TokenServer.start();
        elsewhere = server.store("acme/elsewhere");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** The hash of a file that this store alone refers to. */
    private static String file(String store) {
        Entry file = Entries.over(server.entries(), store)
                .putFile(EntryPath.parse("file"), store.getBytes(UTF_8), null, null);
        return Objects.requireNonNull(FileReference.of(file.value())).hash();
    }

    private static Stream<Arguments> matrix() {
        return routes().stream()
                .flatMap(route -> Stream.of(Asker.values())
                        .map(asker -> Arguments.of(route.method() + " " + route.pattern(), asker, route)));
    }

    private static List<Route> routes() {
        return server.http.server.context().routes.all();
    }

    @Test
    void only_these_routes_are_open() {
        assertThat(routes().stream()
                        .filter(route -> route.concern() == Concern.NOTHING)
                        .map(Route::name))
                .containsExactlyInAnyOrderElementsOf(OPEN);
    }

    @Test
    void every_face_has_routes_in_the_matrix() {
        assertThat(routes().stream().map(Route::concern)).contains(Concern.values());
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("matrix")
    void a_request_is_let_through_only_with_a_token_that_allows_it(String what, Asker asker, Route route)
            throws Exception {
        String store = "acme/s" + ++stores;
        StoreInfo granted = server.store(store);
        String path = route.name().equals(READ_FILE) ? "/api/files/" + file(store) : path(route, store);
        List<String> headers = new ArrayList<>();
        Made by = switch (asker) {
            case NO_TOKEN -> null;
            case OTHER_SCHEME -> {
                headers.addAll(
                        List.of("Authorization", "Basic " + server.all("acme").raw()));
                yield null;
            }
            case UNKNOWN_TOKEN -> {
                headers.addAll(List.of("Authorization", "Bearer " + AccessToken.fresh(new SecureRandom())));
                yield null;
            }
            case EXPIRED_TOKEN -> server.token("acme", Scope.ALL, null, 1L);
            case REVOKED_TOKEN -> {
                Made revoked = server.all("acme");
                server.tokens().revoke(revoked.token().id()).join();
                yield revoked;
            }
            case TOKEN_IN_THE_QUERY -> {
                path += "?token=" + server.all("acme").raw();
                yield null;
            }
            case WRONG_SCOPE ->
                server.token(
                        "acme",
                        Scope.ALL.stream()
                                .filter(scope -> !Scope.named(route.scope()).contains(scope))
                                .toArray(String[]::new));
            case WRONG_STORE -> server.selected("acme", Scope.ALL, elsewhere);
            case OTHER_ORGANISATION -> server.all("umbrella");
            case RIGHT_TOKEN ->
                NAMING_A_STORE.contains(route.concern())
                        ? server.selected("acme", Scope.named(route.scope()), granted)
                        : server.token(
                                "acme",
                                route.scope().isEmpty()
                                        ? new String[] {Scope.OPS}
                                        : Scope.named(route.scope()).toArray(String[]::new));
        };
        String body = route.maxBodyBytes() > 0 ? "{}" : "";

        HttpResponse<String> response = server.send(by, route.method(), path, body, headers.toArray(String[]::new));

        int expected = expected(route, asker);
        if (expected != 0) {
            assertThat(response.statusCode()).as(response.body()).isEqualTo(expected);
            assertShape(route, response, expected);
        } else {
            assertThat(response.statusCode()).as(response.body()).isNotIn(UNAUTHORIZED, FORBIDDEN, 429);
        }
        boolean known = by != null && asker != Asker.EXPIRED_TOKEN && asker != Asker.REVOKED_TOKEN;
        assertThat(response.headers().firstValue("x-ratelimit-limit").isPresent())
                .as("the headers of rates")
                .isEqualTo(known && route.concern() != Concern.NOTHING);
    }

    /** The status that is expected; 0 for any but those of refusals. */
    private static int expected(Route route, Asker asker) {
        Concern concern = route.concern();
        if (concern == Concern.NOTHING) {
            return 0;
        }
        if (route.name().equals(READ_FILE) && (asker == Asker.WRONG_STORE || asker == Asker.OTHER_ORGANISATION)) {
            return FORBIDDEN;
        }
        return switch (asker) {
            case NO_TOKEN, OTHER_SCHEME, UNKNOWN_TOKEN, EXPIRED_TOKEN, REVOKED_TOKEN, TOKEN_IN_THE_QUERY ->
                UNAUTHORIZED;
            case WRONG_SCOPE -> FORBIDDEN;
            case WRONG_STORE ->
                switch (concern) {
                    case STORE, STREAM, VIEW, SUBSCRIPTIONS -> FORBIDDEN;
                    default -> 0;
                };
            case OTHER_ORGANISATION ->
                switch (concern) {
                    case STORE, STREAM, VIEW -> NOT_FOUND;
                    default -> 0;
                };
            case RIGHT_TOKEN -> 0;
        };
    }

    private static void assertShape(Route route, HttpResponse<String> response, int status) {
        if (route.method().equals("HEAD")) {
            assertThat(response.body()).isEmpty();
            return;
        }
        var json = EntriesApi.json(response);
        if (route.pattern().startsWith("/api/") && !EventsFace.owns(route.pattern())) {
            assertThat(json.at("/error").asString())
                    .isEqualTo(
                            switch (status) {
                                case UNAUTHORIZED -> "unauthorized";
                                case FORBIDDEN -> "forbidden";
                                default -> "not_found";
                            });
            assertThat(json.at("/kind").asString()).isNotEmpty();
        } else {
            assertThat(TestServer.header(response, "Content-Type")).startsWith(Response.PROBLEM_JSON);
            assertThat(json.at("/status").asInt()).isEqualTo(status);
            assertThat(json.at("/kind").asString()).isNotEmpty();
        }
    }

    /** A path that the route takes, about a store. */
    private static String path(Route route, String store) {
        String path = route.pattern()
                .replace("{org}/{store}", store)
                .replace("{position}", "0")
                .replace("{name}", "reader")
                .replace("{id}", "00000000-0000-4000-8000-000000000000")
                .replace("{hash}", "sha256:" + "0".repeat(64));
        String rest = route.concern() == Concern.STREAM || route.concern() == Concern.VIEW
                ? store + "/log"
                : route.concern() == Concern.SUBSCRIPTIONS ? "subscriptions/mine" : "some/path";
        path = path.replace("{path}", rest);
        assertThat(path).doesNotContain("{");
        return path;
    }
}
