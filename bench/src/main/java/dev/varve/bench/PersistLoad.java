package dev.varve.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.HdrHistogram.Histogram;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;

/** Actors that persist one event at a time each. Confined to one thread. */
final class PersistLoad extends PekkoLoad {

    /** The type of the persistence ids. */
    static final String TYPE = "bench";

    private final List<Member> members = new ArrayList<>();

    /** One of the actors. */
    private record Member(ActorRef actor, Histogram latencyNanos) {}

    /** Starts them; they are recovered when this returns. */
    PersistLoad(ActorSystem system, int actors, String event) throws IOException {
        super(system);
        try {
            List<CompletableFuture<Long>> recovering = new ArrayList<>();
            for (int i = 0; i < actors; i++) {
                CompletableFuture<Long> recovered = new CompletableFuture<>();
                members.add(new Member(actor(id(i), event, recovered), histogram()));
                recovering.add(recovered);
            }
            for (CompletableFuture<Long> recovered : recovering) {
                await(recovered);
            }
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** The persistence id of an actor. */
    static String id(int actor) {
        return TYPE + "|" + actor;
    }

    @Override
    long turn(long end) throws IOException {
        return persist(end, Long.MAX_VALUE);
    }

    /** Has each of them persist so many events. */
    void fill(long events) throws IOException {
        persist(Long.MAX_VALUE, events);
    }

    private long persist(long end, long most) throws IOException {
        List<CompletableFuture<Long>> running = new ArrayList<>();
        for (Member member : members) {
            CompletableFuture<Long> done = new CompletableFuture<>();
            member.actor.tell(new PersistingActor.Turn(end, most, member.latencyNanos, done), ActorRef.noSender());
            running.add(done);
        }
        long counted = 0;
        for (CompletableFuture<Long> done : running) {
            counted += await(done);
        }
        for (Member member : members) {
            latencyNanos().add(member.latencyNanos);
            member.latencyNanos.reset();
        }
        return counted;
    }
}
