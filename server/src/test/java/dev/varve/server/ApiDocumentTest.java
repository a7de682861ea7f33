package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The description of the API: it is OpenAPI, and says what the route table says. Whether answers are as it says is seen by the tests of routes. */
final class ApiDocumentTest {

    private static EntriesApi api;

    @BeforeAll
    static void start() {
        api = EntriesApi.start();
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    private static Routes routes() {
        return api.http.server.context().routes;
    }

    private static JsonNode document() {
        return EntriesApi.json(ApiDocument.of(routes()));
    }

    @Test
    void every_route_is_described() {
        assertThat(ApiDocument.undescribed(routes()))
                .as("routes without an entry in openapi.json")
                .isEmpty();
    }

    @Test
    void nothing_is_described_that_is_not_there() {
        List<String> routes = routes().all().stream().map(Route::name).toList();
        assertThat(ApiDocument.described())
                .allSatisfy(name -> assertThat(routes).contains(name));
    }

    @Test
    void it_is_valid_openapi() {
        ParseOptions options = new ParseOptions();
        options.setResolve(true);
        SwaggerParseResult read = new OpenAPIV3Parser().readContents(ApiDocument.of(routes()), null, options);

        assertThat(read.getMessages()).isEmpty();
        assertThat(read.getOpenAPI().getOpenapi()).isEqualTo("3.1.0");
        assertThat(read.getOpenAPI().getPaths()).hasSize(document().get("paths").size());
    }

    @Test
    void every_reference_leads_somewhere() {
        JsonNode document = document();
        for (String reference : document.findValuesAsString("$ref")) {
            assertThat(document.at(reference.substring(1)).isMissingNode())
                    .as(reference)
                    .isFalse();
        }
    }

    @Test
    void operations_have_names_of_their_own() {
        TreeSet<String> names = new TreeSet<>();
        for (String name : document().findValuesAsString("operationId")) {
            assertThat(names.add(name)).as(name).isTrue();
        }
        assertThat(names)
                .contains("streams.append", "entries.put", "views.read", "subscriptions.create", "stores.list");
    }

    @Test
    void scopes_and_limits_are_those_of_the_table() {
        JsonNode put = document().at("/paths/~1api~1stores~1{org}~1{store}~1entries~1{path}/put");
        assertThat(put.at("/security/0/token/0").asString()).isEqualTo("entries:write");
        assertThat(put.at("/x-max-body-bytes").asInt()).isEqualTo(Limits.BODY_BYTES);
        assertThat(put.at("/parameters/2/$ref").asString()).isEqualTo("#/components/parameters/path");
        assertThat(document().at("/paths/~1healthz/get/security")).isEmpty();
    }

    @Test
    void the_server_answers_with_it() throws Exception {
        HttpResponse<String> response = api.http.get("/openapi.json");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(TestServer.header(response, "content-type")).isEqualTo("application/json");
        assertThat(EntriesApi.json(response)).isEqualTo(document());
    }
}
