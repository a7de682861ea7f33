package dev.varve.server;

import dev.varve.engine.spi.MetricSource;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/** What the server counts, in a registry of its own. Thread-safe. */
final class Metrics {

    static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

    private static final double NANOS = 1e-9;
    private static final double[] LATENCY_SECONDS = {
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
    };

    /** Statuses of HTTP are below it. */
    private static final int STATUSES = 600;

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
    private final @Nullable MetricSource storage;
    private final Counter requests;
    private final Map<String, @Nullable CounterDataPoint[]> requestPoints = new ConcurrentHashMap<>();
    private final Histogram appendSeconds;
    private final Counter evictions;
    private final Counter bodyBytes;
    private final Counter sentBytes;
    private final LongAdder liveReaders = new LongAdder();

    Metrics(@Nullable MetricSource storage, Admission admission) {
        this.storage = storage;
        this.requests = Counter.builder()
                .name("varve_http_requests_total")
                .help("Requests answered, by route and status.")
                .labelNames("route", "status")
                .register(registry);
        this.appendSeconds = Histogram.builder()
                .name("varve_append_duration_seconds")
                .help("Time from an append's last byte to its answer.")
                .classicOnly()
                .classicUpperBounds(LATENCY_SECONDS)
                .register(registry);
        this.evictions = Counter.builder()
                .name("varve_slow_clients_closed_total")
                .help("Connections closed because their socket took nothing for too long.")
                .register(registry);
        this.bodyBytes = Counter.builder()
                .name("varve_http_received_body_bytes_total")
                .help("Bytes of request bodies received.")
                .register(registry);
        this.sentBytes = Counter.builder()
                .name("varve_http_sent_bytes_total")
                .help("Bytes handed to sockets, heads included.")
                .register(registry);
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

    void answered(Route route, int status, long nanos) {
        counter(route.name(), status).inc();
        if (route.name().equals(StreamRoutes.APPEND) && status < 300) {
            appendSeconds.observe(nanos * NANOS);
        }
    }

    private CounterDataPoint counter(String route, int status) {
        // A race looks a counter up twice, which is harmless.
        @Nullable CounterDataPoint[] byStatus =
                requestPoints.computeIfAbsent(route, _ -> new @Nullable CounterDataPoint[STATUSES]);
        CounterDataPoint counter = byStatus[status];
        if (counter == null) {
            counter = requests.labelValues(route, Integer.toString(status));
            byStatus[status] = counter;
        }
        return counter;
    }

    void received(long bytes) {
        bodyBytes.inc(bytes);
    }

    void sent(long bytes) {
        sentBytes.inc(bytes);
    }

    void evicted() {
        evictions.inc();
    }

    void liveReaders(int change) {
        liveReaders.add(change);
    }

    /** All figures in Prometheus' text format. */
    byte[] scrape() {
        List<MetricSnapshot> snapshots = new ArrayList<>();
        registry.scrape().forEach(snapshots::add);
        MetricSource source = storage;
        if (source != null) {
            source.report(new SnapshotSink(snapshots));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(8 * 1024);
        try {
            writer.write(out, new MetricSnapshots(snapshots));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** Turns the storage's figures into snapshots. Confined to one scrape. */
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
