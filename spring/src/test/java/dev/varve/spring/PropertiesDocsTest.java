package dev.varve.spring;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Editors and the page about Spring say the same of the properties. */
final class PropertiesDocsTest {

    @Test
    void every_property_is_described_and_stands_in_the_page_with_its_default() throws IOException {
        Map<String, String> described = new TreeMap<>();
        for (JsonNode property : metadata().get("properties")) {
            assertThat(property.path("description").asString())
                    .as(property.toString())
                    .isNotBlank();
            described.put(
                    property.get("name").asString(),
                    property.path("defaultValue").asString());
        }
        Map<String, String> shown = new TreeMap<>();
        for (List<String> row : SpringPage.rows("Properties")) {
            shown.put(row.get(0), row.get(1));
        }
        described.put("varve.url", "http://127.0.0.1:4437"); // the client's
        assertThat(shown).isEqualTo(described);
    }

    private static JsonNode metadata() throws IOException {
        try (InputStream in = requireNonNull(
                VarveProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json"))) {
            return JsonMapper.shared().readTree(in);
        }
    }
}
