package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which pattern a path belongs to. */
class RouteTreeTest {

    private static final String NOTHING = "nothing";

    private final RouteTree tree = new RouteTree();

    RouteTreeTest() {
        for (String pattern : new String[] {
            "/stores/{store}",
            "/stores/{store}/keys",
            "/stores/{store}/keys/{path}",
            "/stores/{store}/keys/batch",
            "/stores/{store}/{part}/size",
            "/stores/all/list",
        }) {
            Route route = route("GET", pattern);
            tree.add(route).add(route);
        }
    }

    private static Route route(String method, String pattern) {
        return new Route(method + pattern, method, pattern, "", "", 0, Route.Place.ANY, false, _ -> {});
    }

    @ParameterizedTest(name = "{0} belongs to {1}")
    @CsvSource({
        "/stores/a,                  /stores/{store}",
        "/stores/a/,                 /stores/{store}",
        "/stores//a,                 /stores/{store}",
        "//stores/a,                 nothing",
        "/stores,                    nothing",
        "/stores/,                   nothing",
        "/store/a,                   nothing",
        "/stores/a/keys,             /stores/{store}/keys",
        "/stores/a/keys/,            /stores/{store}/keys",
        "/stores/a/keys/k,           /stores/{store}/keys/{path}",
        "/stores/a/keys/k/l/m,       /stores/{store}/keys/{path}",
        "/stores/a//keys//k,         /stores/{store}/keys/{path}",
        "/stores/a/keys/batch,       /stores/{store}/keys/batch",
        "/stores/a/keys/batch/k,     /stores/{store}/keys/{path}",
        "/stores/a/keys/size,        /stores/{store}/keys/{path}",
        "/stores/a/other/size,       /stores/{store}/{part}/size",
        "/stores/a/other,            nothing",
        "/stores/all/list,           /stores/all/list",
        "/stores/all/keys,           /stores/{store}/keys",
        "/stores/all,                /stores/{store}",
    })
    void a_path_belongs_to_the_most_literal_pattern_that_fits(String path, String pattern) {
        assertThat(patternOf(tree.find(path))).isEqualTo(pattern);
    }

    private static String patternOf(Routes.@Nullable Resource found) {
        Route route = found == null ? null : found.route("GET");
        return route == null ? NOTHING : route.pattern();
    }

    @Test
    void routes_of_one_pattern_share_a_resource() {
        Routes.Resource first = tree.add(route("PUT", "/stores/{store}/keys/{path}"));

        assertThat(first).isSameAs(tree.find("/stores/a/keys/k"));
        assertThat(tree.add(route("POST", "/stores/{name}/keys/{path}"))).isSameAs(first);
    }

    @Test
    void all_resources_are_listed_once() {
        assertThat(tree.all()).hasSize(6).doesNotHaveDuplicates();
    }
}
