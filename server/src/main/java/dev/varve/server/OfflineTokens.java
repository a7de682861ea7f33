package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.VarveException;
import dev.varve.engine.io.Clock;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletionException;

/** Makes tokens where no server runs, for whoever holds the data. Stateless. */
public final class OfflineTokens {

    /** All that a token can allow. */
    public static final List<String> SCOPES = Scope.ALL;

    private OfflineTokens() {}

    /**
     * What a server would have answered.
     *
     * @param status 201 when the token was made
     * @param json the body
     */
    public record Answer(int status, String json) {}

    /**
     * Makes a token as {@code POST /api/tokens} does, with nobody's rights to stay within.
     *
     * @param records where a server keeps what it knows about itself
     * @param entries the stores that the token may be for
     * @param clock the time
     * @param body a JSON object as the route takes it
     * @return the answer; the token is durable when it says so
     * @throws VarveException when the records cannot be read or written
     */
    public static Answer create(EntryStorage records, EntryStorage entries, Clock clock, String body) {
        try (ServerRecords own = new ServerRecords(records)) {
            Tokens tokens = new Tokens(own, clock);
            own.start();
            EntryBody asked = EntryBody.of(body.getBytes(StandardCharsets.UTF_8));
            return new Answer(
                    201,
                    TokenRoutes.create(tokens, entries, clock, asked, Access.ANYONE)
                            .join());
        } catch (EntryProblem refused) {
            return new Answer(refused.status(), refused.json());
        } catch (CompletionException e) {
            throw e.getCause() instanceof VarveException failure ? failure : e;
        }
    }
}
