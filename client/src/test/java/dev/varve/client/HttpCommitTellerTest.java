package dev.varve.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Subscription;
import dev.varve.api.Varve;
import dev.varve.client.StubServer.Reply;
import dev.varve.client.StubServer.Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What whoever is told of commits hears of a server that answers this and that. */
@Timeout(120)
final class HttpCommitTellerTest {

    private static final String COMMIT =
            ",\"time\":\"2026-03-31T12:00:00Z\",\"entries\":[],\"events\":[],\"streams\":[]}\n";

    private static Reply lines(String text) {
        return Reply.of(200, "Content-Type", "application/x-ndjson").withBody(text);
    }

    /** A feed that ends once and again, and fails in between. */
    private static Reply feed(int connection) {
        return switch (connection) {
            case 1 -> lines("{\"caught_up\":7}\n");
            case 2 ->
                Reply.of(403, "Content-Type", "application/problem+json")
                        .withBody("{\"status\":403,\"detail\":\"not now\",\"kind\":\"forbidden\"}");
            case 3 -> lines("{\"commit\":8" + COMMIT + "{\"commit\":9" + COMMIT + "{\"caught_up\":9}\n");
            case 4 -> Reply.of(404, "Content-Type", "text/html").withBody("a page of something in between");
            case 5 -> lines("{\"failed\":{\"kind\":\"unavailable\",\"detail\":\"so it is\"}}\n");
            case 6 -> lines("{\"caught_up\":12}\n{\"commit\":13,\"ti");
            default -> lines("{\"caught_up\":0}\n");
        };
    }

    @Test
    void numbers_rise_over_whatever_comes_in_between_until_the_store_is_gone()
            throws IOException, InterruptedException {
        List<Request> follows = new ArrayList<>();
        BlockingQueue<Long> told = new LinkedBlockingQueue<>();
        try (StubServer server = new StubServer(request -> {
                    if (!request.target().contains("follow=true")) {
                        return Reply.of(200, "Content-Type", "application/json")
                                .withBody("{\"commits\":[],\"next\":7,\"more\":false}");
                    }
                    synchronized (follows) {
                        follows.add(request);
                        return feed(follows.size());
                    }
                });
                Varve varve = VarveClient.builder(server.url()).connect();
                Subscription subscription =
                        varve.store("acme/app").transactions().subscribeCommits("acme/app", told::add)) {
            assertThat(subscription).isNotNull();
            List<Long> heard = new ArrayList<>();
            while (!heard.contains(Long.MAX_VALUE)) {
                Long next = told.poll(60, TimeUnit.SECONDS);
                assertThat(next).isNotNull();
                heard.add(next);
            }
            assertThat(heard)
                    .isSorted()
                    .doesNotHaveDuplicates()
                    .contains(9L, 12L)
                    .doesNotContain(7L, 13L);
            assertThat(told).isEmpty();
            assertThat(server.requests().get(0).target()).isEqualTo("/api/stores/acme/app/changes?after=end&limit=1");
            synchronized (follows) {
                assertThat(follows)
                        .hasSize(7)
                        .allSatisfy(request -> assertThat(request.target())
                                .isEqualTo("/api/stores/acme/app/changes?after=end&follow=true"));
            }
        }
    }
}
