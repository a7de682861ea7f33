package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.StoreInfo;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of stores in URLs. */
final class StoreTargetTest {

    private static final String CHARACTERS = "az09-._/A ~\u00e4";

    @ParameterizedTest
    @ValueSource(ints = {62, 63, 64, 127, 128, 129})
    void names_are_as_long_as_they_may_be(int length) {
        String part = "a".repeat(length);
        assertThat(StoreTarget.isName(part + "/s"))
                .isEqualTo(StoreInfo.NAME.matcher(part + "/s").matches())
                .isEqualTo(length <= 63);
        assertThat(StoreTarget.isName("o/" + part))
                .isEqualTo(StoreInfo.NAME.matcher("o/" + part).matches())
                .isEqualTo(length <= 128);
    }

    @Test
    void a_name_is_what_the_pattern_says() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int names = 0;
        for (int i = 0; i < 200_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(8); n > 0; n--) {
                text.append(CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
            }
            String name = text.toString();
            boolean expected = StoreInfo.NAME.matcher(name).matches();
            names += expected ? 1 : 0;
            assertThat(StoreTarget.isName(name)).as("seed %d, %s", seed, name).isEqualTo(expected);
        }
        assertThat(names).as("seed %d", seed).isPositive();
    }
}
