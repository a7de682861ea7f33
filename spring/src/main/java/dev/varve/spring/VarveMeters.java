package dev.varve.spring;

import dev.varve.api.LiveSync;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.api.spi.Transport;
import dev.varve.client.VarveClient;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.beans.factory.ObjectProvider;

/** Times operations, counts what is tried again, and shows how the live copy stands. Thread-safe. */
final class VarveMeters implements MeterBinder, VarveClientCustomizer, VarveWrapper {

    private final ObjectProvider<LiveSync> live;
    private final OperationTimers timers = new OperationTimers();
    private final List<MeterRegistry> registries = new CopyOnWriteArrayList<>();

    VarveMeters(ObjectProvider<LiveSync> live) {
        this.live = live;
    }

    @Override
    public void customize(VarveClient.Builder builder) {
        builder.onRetry((failure, wait) -> retried(failure));
    }

    @Override
    public Varve wrap(Varve varve, Transport.Kind transport) {
        return new MeteredVarve(varve, transport, timers);
    }

    private void retried(VarveException failure) {
        for (MeterRegistry registry : registries) {
            Counter.builder("varve.client.retries")
                    .description("Failed calls that were tried again")
                    .tag("kind", failure.kind().wireName())
                    .register(registry)
                    .increment();
        }
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        registries.add(registry);
        timers.bindTo(registry);
        LiveSync sync = live.getIfUnique();
        if (sync == null) {
            return;
        }
        for (LiveSync.State state : LiveSync.State.values()) {
            Gauge.builder("varve.live.state", sync, s -> s.status().state() == state ? 1 : 0)
                    .description("1 for the state that the live copy is in")
                    .tag("state", state.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        Gauge.builder("varve.live.store.seq", sync, s -> s.status().storeSeq())
                .description("Sequence number of the last change that the live copy has seen")
                .register(registry);
        Gauge.builder("varve.live.entries", sync, s -> s.status().entries())
                .description("Entries that the live copy keeps")
                .baseUnit("entries")
                .register(registry);
        Gauge.builder("varve.live.writes.waiting", sync, s -> s.status().waiting())
                .description("Writes that wait for their answer")
                .baseUnit("writes")
                .register(registry);
    }
}
