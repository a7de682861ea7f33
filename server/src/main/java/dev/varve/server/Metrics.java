package dev.varve.server;

import dev.varve.engine.spi.MetricSource;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** What the server and its loops count, in a registry of its own. Thread-safe. */
final class Metrics {

    static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
    private final @Nullable MetricSource storage;
    private final List<Tally> tallies;
    private final LongAdder liveReaders = new LongAdder();

    Metrics(@Nullable MetricSource storage, Admission admission, List<Tally> tallies) {
        this.storage = storage;
        this.tallies = tallies;
        CounterWithCallback.builder()
                .name("varve_http_requests_total")
                .help("Requests answered, by route and status.")
                .labelNames("route", "status")
                .callback(this::answers)
                .register(registry);
        counter(
                "varve_slow_clients_closed_total",
                "Connections closed because their socket took nothing for too long.",
                () -> sum(Tally::evictions));
        counter(
                "varve_http_received_body_bytes_total",
                "Bytes of request bodies received.",
                () -> sum(Tally::receivedBytes));
        counter("varve_http_sent_bytes_total", "Bytes handed to sockets, heads included.", () -> sum(Tally::sentBytes));
        gauge("varve_live_readers", "Readers that wait in a long-poll or follow an event stream.", liveReaders::sum);
        gauge("varve_http_body_bytes_in_flight", "Bytes of request bodies in memory.", admission::used);
    }

    /** Adds a figure that is looked up when asked for. */
    void gauge(String name, String help, DoubleSupplier figure) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(callback -> callback.call(figure.getAsDouble()))
                .register(registry);
    }

    /** Adds a figure that only grows and is looked up when asked for. */
    void counter(String name, String help, DoubleSupplier figure) {
        CounterWithCallback.builder()
                .name(name)
                .help(help)
                .callback(callback -> callback.call(figure.getAsDouble()))
                .register(registry);
    }

    private long sum(ToLongFunction<Tally> figure) {
        return tallies.stream().mapToLong(figure).sum();
    }

    private void answers(CounterWithCallback.Callback callback) {
        Map<String, long[]> byRoute = new HashMap<>();
        tallies.forEach(tally -> tally.addAnswers(byRoute));
        byRoute.forEach((route, byStatus) -> {
            for (int status = 0; status < byStatus.length; status++) {
                if (byStatus[status] > 0) {
                    callback.call((double) byStatus[status], route, Integer.toString(status));
                }
            }
        });
    }

    private void appends(MetricSource.Sink sink) {
        double[] bounds = Tally.appendBounds();
        long[] counts = new long[bounds.length + 1];
        tallies.forEach(tally -> tally.addAppends(counts));
        double seconds = tallies.stream().mapToDouble(Tally::appendSeconds).sum();
        sink.histogram("append_duration_seconds", "Time from an append's head to its answer.", bounds, counts, seconds);
    }

    void liveReaders(int change) {
        liveReaders.add(change);
    }

    /** All figures in Prometheus' text format. */
    byte[] scrape() {
        List<MetricSnapshot> snapshots = new ArrayList<>();
        registry.scrape().forEach(snapshots::add);
        SnapshotSink sink = new SnapshotSink(snapshots);
        appends(sink);
        MetricSource source = storage;
        if (source != null) {
            source.report(sink);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(8 * 1024);
        try {
            writer.write(out, new MetricSnapshots(snapshots));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** Turns figures into snapshots. Confined to one scrape. */
    private record SnapshotSink(List<MetricSnapshot> into) implements MetricSource.Sink {

        @Override
        public void counter(String name, String help, double value) {
            into.add(CounterSnapshot.builder()
                    .name("varve_" + name)
                    .help(help)
                    .dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                            .value(value)
                            .build())
                    .build());
        }

        @Override
        public void gauge(String name, String help, double value) {
            into.add(GaugeSnapshot.builder()
                    .name("varve_" + name)
                    .help(help)
                    .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                            .value(value)
                            .build())
                    .build());
        }

        @Override
        public void histogram(String name, String help, double[] upperBounds, long[] counts, double sum) {
            ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
            for (int i = 0; i < counts.length; i++) {
                buckets.bucket(i < upperBounds.length ? upperBounds[i] : Double.POSITIVE_INFINITY, counts[i]);
            }
            into.add(HistogramSnapshot.builder()
                    .name("varve_" + name)
                    .help(help)
                    .dataPoint(HistogramSnapshot.HistogramDataPointSnapshot.builder()
                            .classicHistogramBuckets(buckets.build())
                            .sum(sum)
                            .build())
                    .build());
        }
    }
}
