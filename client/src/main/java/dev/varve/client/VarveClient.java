package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Connections to a Varve server with more choices than {@link Varve#connect(URI)} offers.
 *
 * <pre>{@code
 * try (Varve varve = VarveClient.builder(URI.create("http://127.0.0.1:4437"))
 *         .store("acme/reading")
 *         .requestTimeout(Duration.ofSeconds(5))
 *         .connect()) {
 *     varve.store().entries().increment(EntryPath.of("visits"), 1);
 * }
 * }</pre>
 *
 * <p>The streams work against any server of the Durable Streams protocol; where the protocol does not carry something, the
 * following holds of the streams it gives:
 *
 * <ul>
 *   <li>{@code createdAt} is {@link java.time.Instant#EPOCH} and {@code incarnation} is 0 in metadata and pages that come
 *       from headers.
 *   <li>{@link dev.varve.api.Streams#readMessages} works for JSON streams of servers that count offsets as Varve does; others
 *       carry no message boundaries. {@link dev.varve.api.TypedStream} reads JSON streams of any server.
 *   <li>A page that was read from {@link dev.varve.api.Offset#BEGINNING} starts there, where a server does not say what its
 *       earliest offset is and its first offset is not that of Varve.
 *   <li>Closing a stream that is closed already is told as appended, not as a duplicate.
 *   <li>Listing and {@link dev.varve.api.Streams#appendAll} are Varve's own and {@code NOT_SUPPORTED} elsewhere.
 * </ul>
 *
 * <p>The entries work against Varve's routes for them. What those cannot say is {@code NOT_SUPPORTED}:
 *
 * <ul>
 *   <li>Changes of leases together with others, or with a fence; {@code PUT_FILE} as a change, which is what {@link
 *       dev.varve.api.Entries#putFile} makes; sets that are called counters or sets.
 *   <li>Patterns with a segment that reads {@code \*} or {@code \**} itself.
 * </ul>
 *
 * <p>Changes of entries as they come are sent over a connection of their own, all of the store: those that {@link dev.varve.api.Entries#follow} does not
 * mean are passed over here. After a break it goes on where it was; a store that is deleted and made anew meanwhile is told as deleted.
 *
 * <p>Some answers take further reads: what a counter or a set came to is read as of right after its change, and null in a result
 * when that fails; a subtree with texts is read twice, to tell decimals and times from them; differences are read entry by
 * entry. What is known of a store takes {@code stores:read}, and what a store was that is deleted is read right before.
 * Values that cannot travel as JSON, or that a server does not take, are refused as {@code INVALID_VALUE} without being sent.
 *
 * <p>The events of a store work against Varve's routes for them, and keep the contract of {@link dev.varve.api.EventStorage} but for this:
 *
 * <ul>
 *   <li>Whether an append creates the store is the server's to say.
 *   <li>Asynchronous appends to one aggregate are made in their order; others may overtake each other. 32 are under way at a time; 1,024 more or
 *       64 MiB wait, and what comes then is failed as {@code OVERLOADED}.
 *   <li>Whoever follows is sent events as they come over a connection of its own, and goes on where it was when that breaks. A store that is deleted and
 *       made anew while there is no connection is told as deleted, if it holds fewer events then. An aggregate that is deleted for ever ends those who
 *       follow it with {@code GONE}.
 * </ul>
 *
 * <p>Transactions work against Varve's route for them. What the routes of a face cannot say is {@code NOT_SUPPORTED} in a transaction, too, but for leases,
 * which go together with others there; who writes is the server's to say. One that writes and has no key gets one that nobody else has, so that every
 * transaction can be sent again. One that was made before its answer was lost is told as {@link dev.varve.api.TransactionResult.Committed#replayed replayed}.
 *
 * <p>Commits come over a connection of their own, too. Whoever asked by {@link dev.varve.api.TransactionStorage#subscribeCommits} to be told of them is told the last
 * number after every break, and goes on trying whatever a server says, since there is no word for a failure. A store that is deleted and made anew while
 * there is no connection is told as deleted, if nothing was committed to it since.
 *
 * <p>Failures: what never left this machine is {@code NETWORK}; a write whose answer was lost is {@code TIMEOUT}, because
 * it may have been applied. Reads, appends of an idempotent producer, appends of events, their checkpoints and snapshots, transactions, and the archiving of a store are
 * repeated by themselves for {@link Builder#retryFor} when a failure may pass; no other write is, nor is the content of a file that is being read. When nobody
 * knows whether one of those writes was done, that is told, whatever is said of later attempts.
 *
 * <p>Asynchronous appends to one stream are sent one after another; at most 1,024 of them or 64 MiB wait, more are
 * failed as {@code OVERLOADED}. When one ends with an unknown outcome, those that wait behind it are failed as
 * {@code UNAVAILABLE} and were not sent.
 */
public final class VarveClient {

    /** Where a server is expected when nobody says otherwise. */
    public static final URI DEFAULT_URL = URI.create("http://127.0.0.1:4437");

    private VarveClient() {}

    /**
     * Starts describing a connection.
     *
     * @param url the server's base URL, {@code http} or {@code https}, with a path when the server stands behind one
     * @return a builder with the defaults
     * @throws IllegalArgumentException when the URL is not the base of an HTTP server
     */
    public static Builder builder(URI url) {
        return new Builder(url);
    }

    /**
     * Starts describing the connection that the environment names: {@code VARVE_URL}, by default {@link #DEFAULT_URL}, {@code
     * VARVE_STORE} and {@code VARVE_TOKEN}, by default none. Where one of them is absent, {@code DUST_BASE_URL}, {@code DUST_STORE}
     * and {@code DUST_TOKEN} are looked at, each for itself. Empty values count as absent.
     *
     * <p>Without a token, {@link Builder#connect} refuses a server that is not on this machine.
     *
     * @param environment usually {@link System#getenv()}
     * @return a builder with that URL, store and token
     * @throws IllegalArgumentException when a variable has a value that it cannot have; the message names it
     */
    public static Builder fromEnvironment(Map<String, String> environment) {
        return Configuration.fromEnvironment(environment);
    }

    /**
     * Starts describing the connection that properties name, for example those of a file. All may be absent: {@code varve.url},
     * {@code varve.store}, {@code varve.token}, {@code varve.connect-timeout}, {@code varve.request-timeout}, {@code
     * varve.live-timeout} and {@code varve.retry-for}, which mean what {@link Builder} says. Times are a whole number with a
     * unit, {@code ms}, {@code s}, {@code m} or {@code h}. Empty values count as absent, and keys that do not begin with {@code varve.}
     * are passed over. The environment is not looked at.
     *
     * <p>Without a token, {@link Builder#connect} refuses a server that is not on this machine.
     *
     * @param properties names and values; a {@link java.util.Properties} will do
     * @return a builder with these choices
     * @throws IllegalArgumentException when there is another key that begins with {@code varve.}, or a value that cannot be; the
     *     message names it
     */
    public static Builder fromProperties(Map<?, ?> properties) {
        return Configuration.fromProperties(properties);
    }

    /** The choices of a connection. Confined to one thread; {@link #connect} may be called more than once. */
    public static final class Builder {
        private final URI base;
        private String streamRoot = "/v1/stream/";
        private @Nullable Supplier<String> token;
        private @Nullable String tokenName;
        private @Nullable String store;
        private @Nullable HttpClient http;
        private Duration connectTimeout = Duration.ofSeconds(10);
        private Duration requestTimeout = Duration.ofSeconds(30);
        private Duration liveTimeout = Duration.ofSeconds(90);
        private Duration retryFor = Duration.ofSeconds(10);
        private int maxAnswerBytes = 64 << 20;
        private BiConsumer<VarveException, Duration> onRetry = (failure, wait) -> {};

        private Builder(URI url) {
            String scheme = url.getScheme();
            boolean web = "http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme);
            if (!web || url.getHost() == null) {
                throw new IllegalArgumentException(
                        "not the URL of an HTTP server: " + url + "; it should look like " + DEFAULT_URL);
            }
            if (url.getRawQuery() != null || url.getRawFragment() != null || url.getRawUserInfo() != null) {
                throw new IllegalArgumentException(
                        "the server's URL must end with its host, port or path and hold no user: " + url.getScheme()
                                + "://" + url.getHost());
            }
            String text = url.toString();
            while (text.endsWith("/")) {
                text = text.substring(0, text.length() - 1);
            }
            this.base = URI.create(text);
        }

        /**
         * Sends {@code Authorization: Bearer} with every request.
         *
         * @param supplier asked before each request, also before reconnecting, so that it may renew the token, and once more when a
         *     request is answered 401: with another token the request is sent again. The upload of a file is not. Called from any
         *     thread, must return at once
         * @return this
         */
        public Builder token(Supplier<String> supplier) {
            this.token = supplier;
            return this;
        }

        /** Has {@link #connect} refuse a server elsewhere without a token, which could have been given by this name. */
        Builder requireTokenElsewhere(String name) {
            this.tokenName = name;
            return this;
        }

        /**
         * Configures a store, so that {@link Varve#store()} and {@link Varve#repository} use it.
         *
         * @param name the full name, {@code organisation/name}
         * @return this
         * @throws IllegalArgumentException when no store can be called so
         */
        public Builder store(String name) {
            if (!StoreInfo.NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("\"" + name + "\" is no name of a store: organisation/name");
            }
            this.store = name;
            return this;
        }

        /**
         * Uses a client of the caller's, for a proxy, TLS settings or an executor of one's own. It is not closed with
         * the connection, and its connect timeout and redirect policy apply.
         *
         * @param client the client to send with
         * @return this
         */
        public Builder httpClient(HttpClient client) {
            this.http = client;
            return this;
        }

        /**
         * How long opening a connection may take; 10 s unless said otherwise.
         *
         * @param timeout more than zero
         * @return this
         */
        public Builder connectTimeout(Duration timeout) {
            this.connectTimeout = positive("connect timeout", timeout);
            return this;
        }

        /**
         * How long the first byte of an answer may take; 30 s unless said otherwise. A whole answer may take ten times
         * as long.
         *
         * @param timeout more than zero
         * @return this
         */
        public Builder requestTimeout(Duration timeout) {
            this.requestTimeout = positive("request timeout", timeout);
            return this;
        }

        /**
         * How long a server may keep a reader at the tail waiting before the connection is taken for dead; 90 s unless
         * said otherwise. Must be longer than the server's own long-poll timeout.
         *
         * @param timeout more than zero
         * @return this
         */
        public Builder liveTimeout(Duration timeout) {
            this.liveTimeout = positive("live timeout", timeout);
            return this;
        }

        /**
         * For how long reads, appends of an idempotent producer and appends of events are repeated after failures that may pass; 10 s
         * unless said otherwise. Followers repeat without end.
         *
         * @param duration zero for never
         * @return this
         */
        public Builder retryFor(Duration duration) {
            if (duration.isNegative()) {
                throw new IllegalArgumentException("the time to retry for must not be negative: " + duration);
            }
            this.retryFor = duration;
            return this;
        }

        /**
         * The largest answer that is taken; 64 MiB unless said otherwise. A Varve sends pages of about 1 MiB; other
         * servers may send a whole stream at once.
         *
         * @param bytes at least 1 MiB
         * @return this
         */
        public Builder maxAnswerBytes(int bytes) {
            if (bytes < 1 << 20) {
                throw new IllegalArgumentException("the bound of answers must be at least 1 MiB, was " + bytes);
            }
            this.maxAnswerBytes = bytes;
            return this;
        }

        /**
         * Where the streams live below the base URL; {@code /v1/stream} unless said otherwise.
         *
         * @param path starts with a slash
         * @return this
         */
        public Builder streamRoot(String path) {
            if (!path.startsWith("/")) {
                throw new IllegalArgumentException("the stream root must start with a slash: " + path);
            }
            this.streamRoot = path.endsWith("/") ? path : path + "/";
            return this;
        }

        /**
         * Hears of every failure that will be tried again, with the wait before that. For logs and meters.
         *
         * @param listener called on the thread that waits; must return at once and not throw
         * @return this
         */
        public Builder onRetry(BiConsumer<VarveException, Duration> listener) {
            this.onRetry = listener;
            return this;
        }

        /**
         * Makes the connection. No request is sent before the first call.
         *
         * @return a remote Varve; close it
         * @throws VarveException {@link ErrorKind#UNAUTHORIZED} when the builder comes from the environment or properties, has no
         *     token, and the server is not on this machine
         */
        public Varve connect() {
            if (token == null && tokenName != null && !onThisMachine(base.getHost())) {
                throw new VarveException(
                        ErrorKind.UNAUTHORIZED,
                        "there is no token for " + base + ", which is not on this machine: set " + tokenName
                                + "; where it asks for none, any will do");
            }
            HttpClient given = http;
            HttpClient client = given != null
                    ? given
                    : HttpClient.newBuilder()
                            .version(HttpClient.Version.HTTP_1_1)
                            .followRedirects(HttpClient.Redirect.NEVER)
                            .connectTimeout(connectTimeout)
                            .build();
            HttpTransport transport =
                    new HttpTransport(client, base, token, requestTimeout, retryFor, maxAnswerBytes, onRetry);
            Varve varve = new HttpVarve(
                    client,
                    given == null,
                    transport,
                    new HttpStreams(transport, streamRoot, liveTimeout),
                    new HttpEventStorage(transport, liveTimeout),
                    new HttpTransactionStorage(transport, liveTimeout),
                    liveTimeout);
            return store == null ? varve : varve.withStore(store);
        }

        /** By its name alone: nothing is looked up. */
        private static boolean onThisMachine(String host) {
            return host.equalsIgnoreCase("localhost") || host.equals("[::1]") || host.matches("127(\\.[0-9]{1,3}){3}");
        }

        private static Duration positive(String name, Duration timeout) {
            if (timeout.isZero() || timeout.isNegative()) {
                throw new IllegalArgumentException("the " + name + " must be more than zero: " + timeout);
            }
            return timeout;
        }
    }
}
