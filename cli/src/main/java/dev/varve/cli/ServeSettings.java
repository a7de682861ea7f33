package dev.varve.cli;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * The one table of what {@code varve serve} can be told. Options, configuration file, environment variables and
 * {@code docs/configuration.md} all come from it.
 */
final class ServeSettings {
    static final Setting<Path> DATA = new Setting<>(
            "data",
            SettingType.PATH,
            "varve-data",
            "The data directory. It is created when it is missing; one process at a time may hold it.");

    static final Setting<Boolean> EPHEMERAL = new Setting<>(
            "ephemeral",
            SettingType.FLAG,
            "false",
            "Keep everything in memory and lose it at the end. The data directory is not touched.");

    static final Setting<String> HOST = new Setting<>(
            "host",
            SettingType.TEXT,
            "127.0.0.1",
            "The address to listen on. Addresses that other machines reach need auth = tokens, or insecure-no-auth.");

    static final Setting<Integer> PORT = new Setting<>(
            "port", SettingType.number(0, 65_535), "4437", "The port to listen on; 0 for any that is free.");

    static final Setting<String> AUTH = new Setting<>(
            "auth",
            SettingType.word(List.of("none", "tokens")),
            "none",
            "Whether requests need a token. With none, whoever reaches the server may do everything, and tokens that are"
                    + " sent are ignored. The first token is made by varve token create --data, before the server starts.");

    static final Setting<Integer> MAX_READS = new Setting<>(
            "max-reads-per-minute",
            SettingType.number(0, 1_000_000_000),
            "600000",
            "How many requests that only read one token may make in a minute; more are refused with 429. 0 for no bound.");

    static final Setting<Integer> MAX_WRITES = new Setting<>(
            "max-writes-per-minute",
            SettingType.number(0, 1_000_000_000),
            "600000",
            "The same of all other requests, and of changes that are sent over WebSockets.");

    static final Setting<Set<String>> ALLOWED_ORIGINS = new Setting<>(
            "allowed-origins",
            SettingType.ORIGINS,
            null,
            "Whose pages may open WebSockets and change entries, besides those of public-url and, on a loopback address, of"
                    + " this machine.");

    static final Setting<Boolean> INSECURE_NO_AUTH = new Setting<>(
            "insecure-no-auth",
            SettingType.FLAG,
            "false",
            "Listen on an address that other machines reach although nobody is asked for credentials: whoever reaches"
                    + " it can read, write and delete.");

    static final Setting<URI> PUBLIC_URL = new Setting<>(
            "public-url",
            SettingType.URL,
            null,
            "The URL under which clients reach the server, when it is not the address it listens on: behind a proxy,"
                    + " for example.");

    static final Setting<Set<String>> WEBHOOK_TARGETS = new Setting<>(
            "webhook-targets",
            SettingType.TARGETS,
            null,
            "Receivers of webhooks that may be called although they are not on the public internet, also without TLS.");

    static final Setting<Duration> LONG_POLL_TIMEOUT = new Setting<>(
            "long-poll-timeout",
            SettingType.DURATION,
            "30s",
            "How long a long-poll waits for data before it is answered empty.");

    static final Setting<Duration> SSE_LIFETIME = new Setting<>(
            "sse-lifetime",
            SettingType.DURATION,
            "60s",
            "After about how long an event stream ends, for the client to come back where it was.");

    static final Setting<Long> MAX_BODY = new Setting<>(
            "max-body",
            SettingType.size(1 << 10, 64 << 20),
            "16MiB",
            "The largest request body; larger ones are refused with 413.");

    static final Setting<Long> MAX_FILE = new Setting<>(
            "max-file",
            SettingType.size(1 << 10, 1 << 30),
            "64MiB",
            "The largest file that an entry may refer to; larger ones are refused with 413. Files are not held in memory.");

    static final Setting<Integer> MAX_CONNECTIONS = new Setting<>(
            "max-connections",
            SettingType.number(1, 1_000_000),
            "10000",
            "How many connections may be open at one time; more are answered with 503. The process needs as many file"
                    + " descriptors and some more.");

    static final Setting<Duration> DRAIN_TIMEOUT = new Setting<>(
            "drain-timeout",
            SettingType.DURATION,
            "20s",
            "How long the end waits for requests under way before it cuts them.");

    static final Setting<Long> CHECKPOINT_BYTES = new Setting<>(
            "checkpoint-bytes",
            SettingType.size(64 << 10, 16L << 30),
            "64MiB",
            "A checkpoint is written when this much journal has come together. More makes fewer and larger checkpoints and"
                    + " a longer recovery.");

    static final Setting<Long> JOURNAL_SEGMENT = new Setting<>(
            "journal-segment",
            SettingType.size(JournalSizes.LEAST_SEGMENT_BYTES, 1 << 30),
            "64MiB",
            "How large a file of the journal is; about twenty are kept. With files smaller than the default, max-body is at"
                    + " most an eighth of one.");

    static final Setting<Long> BLOCK_CACHE = new Setting<>(
            "block-cache",
            SettingType.size(1 << 20, 1L << 40),
            "64MiB",
            "How much of the state on disk is kept in memory, outside the heap.");

    static final Setting<Integer> MAX_IDLE_STREAMS = new Setting<>(
            "max-idle-streams",
            SettingType.number(1, 100_000_000),
            "100000",
            "How many streams without recent changes stay in memory; the others are found on disk when they are used.");

    static final Setting<Integer> HISTORY_CHANGES = new Setting<>(
            "history-changes",
            SettingType.number(100, 1_000_000_000),
            "100000",
            "How many of its last changes a store of entries keeps at least. Older ones go once they are older than"
                    + " history-age, too; who comes back from before them gets a snapshot.");

    static final Setting<Duration> HISTORY_AGE = new Setting<>(
            "history-age",
            SettingType.DURATION,
            "30d",
            "For how long a store of entries keeps changes at least, however many there are.");

    static final Setting<Integer> MAX_KEYS = new Setting<>(
            "max-keys-per-store",
            SettingType.number(0, 2_000_000_000),
            "0",
            "How many entries a store may hold. Writes that would make it hold more are refused with 402; those that add none go"
                    + " on. 0 for no bound.");

    static final Setting<Long> MAX_FILE_STORAGE = new Setting<>(
            "max-file-storage-per-store",
            SettingType.size(0, 1L << 50),
            "0",
            "How large the files may be that the entries of a store refer to, together and each as often as an entry does. Refused"
                    + " likewise. 0 for no bound.");

    static final Setting<Integer> MAX_STORES = new Setting<>(
            "max-stores-per-organisation",
            SettingType.number(0, 1_000_000_000),
            "0",
            "How many stores an organisation may have, archived ones too. Refused likewise. 0 for no bound.");

    static final Setting<Long> MIN_FREE = new Setting<>(
            "min-free",
            SettingType.size(0, 1L << 50),
            "256MiB",
            "How much of the disk is left free: when less would be, appends are refused with 507 while reads, deletes and"
                    + " closes go on.");

    static final Setting<String> LOG_LEVEL = new Setting<>(
            "log-level",
            SettingType.word(List.of("error", "warn", "info", "debug")),
            "info",
            "How much is written to standard error.");

    static final List<Setting<?>> ALL = List.of(
            DATA,
            EPHEMERAL,
            HOST,
            PORT,
            AUTH,
            INSECURE_NO_AUTH,
            MAX_READS,
            MAX_WRITES,
            PUBLIC_URL,
            ALLOWED_ORIGINS,
            WEBHOOK_TARGETS,
            LONG_POLL_TIMEOUT,
            SSE_LIFETIME,
            MAX_BODY,
            MAX_FILE,
            MAX_CONNECTIONS,
            DRAIN_TIMEOUT,
            CHECKPOINT_BYTES,
            JOURNAL_SEGMENT,
            BLOCK_CACHE,
            MAX_IDLE_STREAMS,
            HISTORY_CHANGES,
            HISTORY_AGE,
            MAX_KEYS,
            MAX_FILE_STORAGE,
            MAX_STORES,
            MIN_FREE,
            LOG_LEVEL);

    private ServeSettings() {}
}
