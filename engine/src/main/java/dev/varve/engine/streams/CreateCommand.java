package dev.varve.engine.streams;

import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.Refusal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Creates a stream, possibly as a fork, possibly with first content, possibly closed. */
final class CreateCommand extends StreamCommand<CreateResult> {

    private final CreateRequest request;
    private final @Nullable Payload parsed;
    /** Where to fork, once that was looked up on the disk. */
    private ForkPoint.@Nullable Result forkPoint;

    private boolean lookingUp;

    CreateCommand(StreamsFace face, CreateRequest request) {
        super(face);
        this.request = request;
        String contentType = request.config().contentType();
        // A fork that does not say takes its source's content type, which is known only when it is decided.
        this.parsed = contentType == null && request.fork() != null
                ? null
                : Payload.ofFirstContent(request.body(), contentType != null && StreamIdentity.isJson(contentType));
    }

    @Override
    public int weightBytes() {
        return FIXED_WEIGHT_BYTES + request.body().length;
    }

    @Override
    public List<String> keys() {
        Fork fork = request.fork();
        return fork == null ? List.of(request.path()) : List.of(request.path(), fork.source());
    }

    @Override
    public boolean prepare() {
        Fork fork = request.fork();
        if (!know(request.path()) || (fork != null && !know(fork.source()))) {
            return false;
        }
        Stream existing = decidedAt(request.path());
        if (existing != null) {
            StreamIdentity.Origin origin = existing.identity.origin();
            // An expired fork in the way is removed, which its source has to hear.
            if (origin != null && !know(origin.parent())) {
                return false;
            }
            if (!existing.identity.mortal()) {
                return true;
            }
        }
        Stream source = fork == null ? null : decidedAt(fork.source());
        if (source == null || fork == null || forkPoint != null || CreateDecider.checkFork(fork) != null) {
            return true;
        }
        forkPoint = ForkPoint.withoutDisk(source.decided, fork);
        if (forkPoint == null && !lookingUp) {
            lookingUp = true;
            face.lookUpForkPoint(source, fork, result -> {
                // Nothing when an append that the source's tail is waiting for decides it: to be asked again.
                forkPoint = result;
                lookingUp = false;
            });
        }
        return forkPoint != null;
    }

    @Override
    void decide(long nowMillis) {
        Stream existing = decidedAt(request.path());
        if (existing != null && !answerExisting(existing, nowMillis)) {
            return;
        }
        Fork fork = request.fork();
        if (fork == null) {
            create(null, null, nowMillis);
            return;
        }
        Stream source = decidedAt(fork.source());
        Refusal refusal = refuseSource(source, fork);
        if (refusal != null || source == null) {
            answerWith(refusal == null ? Refusal.notFound(fork.source()) : refusal);
            return;
        }
        create(source, origin(source, fork), nowMillis);
    }

    /** Answers when the path is taken; clears it and gives true when what stood there has expired. */
    private boolean answerExisting(Stream existing, long nowMillis) {
        if (!existing.decided.removed() && face.hasExpired(existing) && existing.decided.forks() == 0) {
            face.remove(this, existing, false, true, nowMillis);
            return true;
        }
        if (CreateDecider.matches(existing.decided, request) && !face.hasExpired(existing)) {
            face.accessed(existing);
            answerWith(new CreateResult.Existing(existing.decided.metadata()));
        } else if (existing.decided.removed()) {
            answerWith(
                    Refusal.of(ErrorKind.ALREADY_EXISTS, "the path belongs to a deleted stream that forks still need"));
        } else {
            answerWith(Refusal.of(ErrorKind.ALREADY_EXISTS, "a stream with another configuration exists at this path"));
        }
        return false;
    }

    private @Nullable Refusal refuseSource(@Nullable Stream source, Fork fork) {
        if (source == null || (!source.decided.removed() && face.hasExpired(source))) {
            return Refusal.notFound(fork.source());
        }
        Refusal malformed = CreateDecider.checkFork(fork);
        if (malformed != null && !source.decided.removed()) {
            return malformed;
        }
        if (forkPoint instanceof ForkPoint.Refused refused) {
            // The content type and a deleted source are told before a wrong offset.
            Refusal first = CreateDecider.checkSource(source.decided, request, source.decided.tail());
            return first != null ? first : refused.refusal();
        }
        return CreateDecider.checkSource(source.decided, request, point(source).point());
    }

    private ForkPoint.Found point(Stream source) {
        return forkPoint instanceof ForkPoint.Found found
                ? found
                : new ForkPoint.Found(source.decided.tail(), source.decided.messages());
    }

    private StreamIdentity.Origin origin(Stream source, Fork fork) {
        ForkPoint.Found point = point(source);
        boolean ownLifetime =
                request.config().ttlSeconds() != null || request.config().expiresAt() != null;
        return new StreamIdentity.Origin(
                source.identity.incarnation(),
                fork.source(),
                fork.offset() == null ? point.point() : fork.offset().position(),
                fork.subOffset() == null ? 0 : fork.subOffset(),
                point.point(),
                point.messages(),
                source.identity.depth() + 1,
                ownLifetime);
    }

    private void create(@Nullable Stream source, StreamIdentity.@Nullable Origin origin, long nowMillis) {
        StreamIdentity identity = CreateDecider.identity(
                request, face.nextIncarnation(), nowMillis, source == null ? null : source.decided, origin);
        Payload payload = parsed != null ? parsed : Payload.ofFirstContent(request.body(), identity.json());
        if (payload.error() != null) {
            answerWith(Refusal.of(ErrorKind.INVALID_JSON, payload.error()));
            return;
        }
        if (payload.encodedBytes() > Effect.MAX_COMMAND_BYTES) {
            answerWith(AppendDecider.tooLarge());
            return;
        }
        StreamHead head =
                source == null ? StreamHead.created(identity) : StreamHead.created(identity, source.decided.kept());
        Stream stream = face.create(this, head, nowMillis);
        if (payload.length() > 0 || request.closed()) {
            change(
                    stream,
                    new Effect.Appended(
                            identity.incarnation(),
                            stream.decided.tail(),
                            stream.decided.messages() + payload.messages(),
                            0,
                            request.closed(),
                            null,
                            null,
                            payload),
                    nowMillis);
        }
        if (source != null) {
            change(source, new Effect.Forks(source.identity.incarnation(), source.decided.forks() + 1), nowMillis);
        }
        face.registerCreation(this, identity, nowMillis);
        answerWith(new CreateResult.Created(stream.decided.metadata()));
    }
}
