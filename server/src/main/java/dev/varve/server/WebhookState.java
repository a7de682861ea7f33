package dev.varve.server;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/** What is known of a webhook while the server runs. Confined to the thread of {@link Webhooks}. */
final class WebhookState {

    /** As it was kept last. */
    Webhook webhook;

    /** Whether it is kept: false while it is being created. */
    boolean kept;

    /** Whether it was deleted, or could not be created. */
    boolean gone;

    /** Whether a turn is under way, its outcome being kept included. */
    boolean inTurn;

    /** Whether there may be something to deliver. */
    boolean more = true;

    /** Whether something came while a turn was under way. */
    boolean moreInTurn;

    /** Whether its last call failed or took long: then it waits for its turn with others of the kind. */
    boolean slow;

    /** What ends the wait before the next call; null when none is to be waited for. */
    @Nullable ScheduledFuture<?> wait;

    /** The last change of what is kept: they are made one after the other. */
    CompletableFuture<?> lastChange = CompletableFuture.completedFuture(null);

    WebhookState(Webhook webhook) {
        this.webhook = webhook;
    }

    void changed() {
        more = true;
        moreInTurn = inTurn;
    }

    void endWait() {
        if (wait != null) {
            wait.cancel(false);
            wait = null;
        }
    }
}
