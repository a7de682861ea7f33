package outside;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import org.junit.jupiter.api.Test;

final class ConnectedTest {

    @Test
    void runs_are_counted() {
        assertEquals("17", System.getProperty("java.specification.version"));
        URI url = URI.create(System.getenv("VARVE_URL"));
        assertEquals(1, Connected.run(url, "maven"));
        assertEquals(2, Connected.run(url, "maven"));
    }
}
