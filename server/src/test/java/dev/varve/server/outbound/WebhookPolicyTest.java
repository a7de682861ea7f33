package dev.varve.server.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where webhooks may go: by URL, and by the address a name turns out to have. */
final class WebhookPolicyTest {

    private static final WebhookPolicy PUBLIC = new WebhookPolicy(false, Set.of());
    private static final WebhookPolicy LOOPBACK = new WebhookPolicy(true, Set.of());
    private static final WebhookPolicy LISTED = new WebhookPolicy(false, Set.of("hooks.lan:8080"));

    private static WebhookTarget target(String url) {
        return WebhookTarget.parse(url);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "10.255.255.255",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.255.254",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.1",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.1.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.7",
                "203.0.113.9",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::ffff:169.254.169.254",
                "::10.0.0.1",
                "64:ff9b::10.0.0.1",
                "64:ff9b::169.254.169.254",
                "64:ff9b:1::1",
                "100::1",
                "2001::1",
                "2001:2::1",
                "2001:10::1",
                "2001:db8::1",
                "2002:a00:1::1",
                "3fff::1",
                "5f00::1",
                "fc00::1",
                "fd12:3456::1",
                "fe80::1",
                "fec0::1",
                "ff02::1",
            })
    void special_addresses_are_never_public(String address) {
        InetAddress parsed = InetAddress.ofLiteral(address);
        assertThat(WebhookPolicy.isPublic(parsed)).isFalse();
        assertThat(PUBLIC.objection(target("https://example.com/"), parsed)).isNotNull();
        String literal = address.indexOf(':') < 0 ? address : "[" + address + "]";
        assertThat(PUBLIC.objection(target("https://" + literal + "/"))).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "9.255.255.255",
                "11.0.0.1",
                "100.63.255.255",
                "100.128.0.1",
                "172.15.0.1",
                "172.32.0.1",
                "192.167.0.1",
                "198.17.0.1",
                "223.255.255.255",
                "2606:4700::1111",
                "2001:4860:4860::8888",
                "64:ff9b::1.1.1.1",
                "::ffff:1.1.1.1",
            })
    void ordinary_addresses_are_public(String address) {
        InetAddress parsed = InetAddress.ofLiteral(address);
        assertThat(WebhookPolicy.isPublic(parsed)).isTrue();
        assertThat(PUBLIC.objection(target("https://example.com/"), parsed)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://10.0.0.1/hook",
                "http://example.com/",
                "https://10.0.0.1/",
                "https://2130706433/",
                "https://0x7f000001/",
                "https://0177.0.0.1/",
                "https://127.1/",
                "https://0x7f.1/",
                "https://010.0.0.1/",
                "https://[fe80::1%25eth0]/",
                "https://[::ffff:10.0.0.1]/",
                "https://169.254.169.254/latest/meta-data/",
                "https://256.1.1.1/",
            })
    void urls_that_show_where_they_lead_are_refused_at_once(String url) {
        for (WebhookPolicy policy : new WebhookPolicy[] {PUBLIC, LOOPBACK}) {
            String objection;
            try {
                objection = policy.objection(target(url));
            } catch (IllegalArgumentException e) {
                objection = e.getMessage();
            }
            assertThat(objection).as(url).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://example.com/",
                "example.com/hook",
                "https:///hook",
                "https://user:secret@example.com/",
                "https://example.com/#part",
                "https://example.com:0/",
                "https://example.com:70000/",
                "https://exa mple.com/",
                "https://example.com/\u00fc",
                "https://exam_ple.com/",
                "file:///etc/passwd",
                "",
            })
    void what_is_no_webhook_url_is_refused(String url) {
        assertThatIllegalArgumentException().isThrownBy(() -> target(url));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:8080/webhook",
                "http://127.9.9.9/",
                "http://localhost:1234/",
                "http://[::1]:8080/",
                "https://localhost/",
            })
    void this_machine_may_be_called_only_where_that_is_allowed(String url) {
        assertThat(LOOPBACK.objection(target(url))).isNull();
        assertThat(LOOPBACK.objection(target(url), InetAddress.ofLiteral("127.0.0.1")))
                .isNull();
        assertThat(PUBLIC.objection(target(url))).isNotNull();
        assertThat(PUBLIC.objection(target(url), InetAddress.ofLiteral("127.0.0.1")))
                .isNotNull();
    }

    @Test
    void a_name_that_leads_to_this_machine_is_refused_even_where_localhost_is_allowed() {
        assertThat(LOOPBACK.objection(target("https://rebind.example/"), InetAddress.ofLiteral("127.0.0.1")))
                .isNotNull();
        assertThat(LOOPBACK.objection(target("https://rebind.example/"), InetAddress.ofLiteral("::1")))
                .isNotNull();
    }

    @Test
    void localhost_that_leads_elsewhere_is_refused() {
        assertThat(LOOPBACK.objection(target("http://localhost/"), InetAddress.ofLiteral("1.1.1.1")))
                .isNotNull();
    }

    @Test
    void a_listed_target_may_be_private_and_plain_and_its_neighbours_may_not() {
        assertThat(LISTED.objection(target("http://hooks.lan:8080/x"))).isNull();
        assertThat(LISTED.objection(target("http://hooks.lan:8080/x"), InetAddress.ofLiteral("10.0.0.9")))
                .isNull();
        assertThat(LISTED.objection(target("http://hooks.lan:8081/x"))).isNotNull();
        assertThat(LISTED.objection(target("https://hooks.lan:8081/x"), InetAddress.ofLiteral("10.0.0.9")))
                .isNotNull();
    }

    @Test
    void a_url_is_taken_apart_for_the_wire() {
        WebhookTarget target = target("https://Hooks.Example.com/a/b%20c?x=1&y=%2F");
        assertThat(target)
                .isEqualTo(
                        new WebhookTarget(true, "hooks.example.com", 443, "/a/b%20c?x=1&y=%2F", "hooks.example.com"));
        assertThat(target("http://[::1]:8080")).isEqualTo(new WebhookTarget(false, "::1", 8080, "/", "[::1]:8080"));
    }
}
