package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.TEXT;
import static dev.varve.testkit.StreamProbe.await;
import static dev.varve.testkit.StreamProbe.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.varve.api.AppendRequest;
import dev.varve.api.CreateRequest;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.Retention;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamStorage;
import dev.varve.api.VarveException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Capabilities and the end of a storage. */
interface StreamStorageRules {

    @Test
    default void the_capabilities_stay_the_same(StreamProbe streams) {
        assertThat(streams.storage().capabilities()).isEqualTo(streams.storage().capabilities());
    }

    @ParameterizedTest
    @EnumSource
    default void what_needs_a_missing_capability_fails_by_name(StreamCapability capability, StreamProbe streams) {
        StreamStorage storage = streams.storage();
        assumeFalse(storage.capabilities().contains(capability), () -> "the storage declares " + capability);
        streams.created("t/log", TEXT);
        AppendRequest append = AppendRequest.of("t/log", "text/plain", bytes("x"));
        CreateRequest create = CreateRequest.of("t/new", TEXT);

        failsByName(() -> {
            switch (capability) {
                case PRODUCERS -> await(storage.append(append.withProducer(new Producer("p", 0, 0))));
                case CONDITIONAL_APPEND -> await(storage.append(append.withIfMatch(Offset.ZERO)));
                case FORKS -> await(storage.create(create.withFork(Fork.atTailOf("t/log"))));
                case EXPIRY -> await(storage.create(CreateRequest.of("t/new", TEXT.withTtlSeconds(10))));
                case RETENTION ->
                    await(storage.create(CreateRequest.of("t/new", TEXT.withRetention(new Retention(1L, null, null)))));
                case LIST -> await(storage.list("", null, 10));
                case ATOMIC_APPEND -> await(storage.appendAll(List.of(append)));
                case SUBSCRIBE_ALL -> storage.subscribeAll(change -> {});
                case RESERVED_STREAMS ->
                    await(storage.appendReserved(AppendRequest.of("__own", "text/plain", bytes("x"))));
            }
        });
        assertThat(streams.content("t/log")).isEmpty();
        assertThat(streams.exists("t/new")).isFalse();
    }

    private static void failsByName(Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOf(VarveException.class)
                .asInstanceOf(type(VarveException.class))
                .extracting(VarveException::kind)
                .isEqualTo(ErrorKind.NOT_SUPPORTED);
    }

    @Test
    default void a_closed_storage_is_unavailable(StreamProbe streams) {
        streams.created("t/log", TEXT, "abc");
        StreamStorage storage = streams.storage();
        storage.close();
        storage.close();

        for (Runnable call : List.<Runnable>of(
                () -> await(storage.create(CreateRequest.of("t/new", TEXT))),
                () -> await(storage.append(AppendRequest.closing("t/log"))),
                () -> await(storage.delete("t/log")),
                () -> await(storage.metadata("t/log")),
                () -> await(storage.read("t/log", Offset.BEGINNING, 10)),
                () -> await(storage.readMessages("t/log", Offset.BEGINNING, 10)))) {
            assertThatThrownBy(call::run)
                    .isInstanceOf(VarveException.class)
                    .asInstanceOf(type(VarveException.class))
                    .extracting(VarveException::kind)
                    .isEqualTo(ErrorKind.UNAVAILABLE);
        }
    }
}
