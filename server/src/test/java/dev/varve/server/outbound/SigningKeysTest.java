package dev.varve.server.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

final class SigningKeysTest {

    private static final Pattern HEADER = Pattern.compile("t=(\\d+),kid=([^,]+),ed25519=([A-Za-z0-9_-]+)");

    @RepeatedTest(20) // keys differ in the parity of x and in leading zeros of y
    void a_signature_verifies_with_the_published_key_and_no_other() {
        SigningKey key = SigningKeys.generate();
        byte[] body = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
        Matcher header = HEADER.matcher(SigningKeys.sign(key, 1_700_000_000, body));
        assertThat(header.matches()).isTrue();
        assertThat(header.group(1)).isEqualTo("1700000000");
        assertThat(header.group(2)).isEqualTo(key.kid()).startsWith("ds_");
        assertThat(header.group(3)).hasSize(86);

        String signature = header.group(3);
        assertThat(Verifier.verifies(key.publicKey(), "1700000000", body, signature))
                .isTrue();
        assertThat(Verifier.verifies(key.publicKey(), "1700000001", body, signature))
                .isFalse();
        assertThat(Verifier.verifies(key.publicKey(), "1700000000", new byte[] {1}, signature))
                .isFalse();
        assertThat(Verifier.verifies(SigningKeys.generate().publicKey(), "1700000000", body, signature))
                .isFalse();
    }

    @Test
    void the_key_id_is_the_thumbprint_of_rfc_7638() {
        // The key and its thumbprint from RFC 8037, appendix A.3.
        assertThat(SigningKeys.thumbprint("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
                .isEqualTo("ds_kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
