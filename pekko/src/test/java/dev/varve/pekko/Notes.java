package dev.varve.pekko;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.Props;
import org.apache.pekko.persistence.AbstractPersistentActor;
import org.apache.pekko.persistence.DeleteMessagesFailure;
import org.apache.pekko.persistence.DeleteMessagesSuccess;
import org.apache.pekko.persistence.SaveSnapshotFailure;
import org.apache.pekko.persistence.SaveSnapshotSuccess;
import org.apache.pekko.persistence.SnapshotOffer;
import org.apache.pekko.persistence.journal.Tagged;
import org.jspecify.annotations.Nullable;
import scala.Option;

/** Persists what it is told, and tells its probe what became of it. */
final class Notes extends AbstractPersistentActor {

    /** Has an event persisted with tags. */
    record Tag(String note, Set<String> tags) {}

    /** Has an event persisted that no serializer takes. */
    record Unwritable() {}

    /** Has all of them persisted together. */
    record All(List<String> notes) {}

    /** Asks for all notes. */
    record Read() {}

    /** Asks for a snapshot. */
    record Save() {}

    /** Asks for all events up to now to be deleted. */
    record Forget() {}

    /** Told when an event was refused. */
    record Failed(String event, @Nullable String cause) {}

    private final String id;
    private final ActorRef probe;
    private final List<String> notes = new ArrayList<>();

    private Notes(String id, ActorRef probe) {
        this.id = id;
        this.probe = probe;
    }

    static Props props(String id, ActorRef probe) {
        return Props.create(Notes.class, () -> new Notes(id, probe));
    }

    @Override
    public String persistenceId() {
        return id;
    }

    @Override
    public Receive createReceiveRecover() {
        return receiveBuilder()
                .match(SnapshotOffer.class, offer -> notes.addAll(List.of(((String) offer.snapshot()).split(","))))
                .match(String.class, notes::add)
                .build();
    }

    @Override
    public Receive createReceive() {
        return receiveBuilder()
                .match(String.class, note -> persist(note, this::noted))
                .match(All.class, all -> persistAll(all.notes(), this::noted))
                .match(Tag.class, tag -> persist(new Tagged(tag.note(), scala(tag.tags())), kept -> noted(tag.note())))
                .match(Unwritable.class, unwritable -> persist(new Object(), kept -> noted("?")))
                .match(Read.class, read -> probe.tell(List.copyOf(notes), self()))
                .match(Save.class, save -> saveSnapshot(String.join(",", notes)))
                .match(Forget.class, forget -> deleteMessages(lastSequenceNr()))
                .match(SaveSnapshotSuccess.class, saved -> probe.tell("saved", self()))
                .match(SaveSnapshotFailure.class, failed -> probe.tell(failed, self()))
                .match(DeleteMessagesSuccess.class, deleted -> probe.tell("forgotten", self()))
                .match(DeleteMessagesFailure.class, failed -> probe.tell(failed, self()))
                .build();
    }

    private static scala.collection.immutable.Set<String> scala(Set<String> tags) {
        return scala.jdk.javaapi.CollectionConverters.asScala(tags).toSet();
    }

    private void noted(String note) {
        notes.add(note);
        probe.tell(note, self());
    }

    @Override
    public void onPersistFailure(Throwable cause, Object event, long sequenceNr) {
        probe.tell(new Failed(event.toString(), cause.getMessage()), self());
    }

    @Override
    public void onPersistRejected(Throwable cause, Object event, long sequenceNr) {
        probe.tell(new Failed("rejected", cause.getClass().getSimpleName()), self());
    }

    @Override
    public void onRecoveryFailure(Throwable cause, Option<Object> event) {
        probe.tell(new Failed("recovery", cause.getMessage()), self());
    }
}
