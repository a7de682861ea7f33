package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Looks up one change in a store's feed. Thread-safe. */
final class WatchedChange {

    private static final String DATA = "data: ";

    private final HttpTransport transport;
    private final EntryUrls urls;

    WatchedChange(HttpTransport transport, EntryUrls urls) {
        this.transport = transport;
        this.urls = urls;
    }

    /**
     * Which change of its write one was, from 0. A write of several gives each the write's name, a colon and its index.
     *
     * @param write the name of the write
     */
    long indexInWrite(long storeSeq, String write) {
        String name = name(storeSeq);
        if (name.equals(write)) {
            return 0;
        }
        String index = name.startsWith(write + ":") ? name.substring(write.length() + 1) : "";
        if (!index.matches("[0-9]{1,9}")) {
            throw untold(storeSeq, null);
        }
        return Long.parseLong(index);
    }

    private String name(long storeSeq) {
        HttpRequest watch = transport
                .request(urls.of("/watch?after=" + (storeSeq - 1)))
                .header("Accept", "text/event-stream")
                .GET()
                .build();
        HttpTransport.Opened<BodyStream> opened = transport.open(watch);
        BodyStream stream = opened.body();
        if (stream == null) {
            throw untold(storeSeq, Failures.of(watch, opened.answer()));
        }
        try (stream;
                BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            while (line != null && !line.startsWith(DATA)) {
                line = lines.readLine();
            }
            if (line != null) {
                EntryAnswer event =
                        EntryAnswer.of(watch, line.substring(DATA.length()).getBytes(StandardCharsets.UTF_8));
                if (event.number("store_seq") == storeSeq) {
                    return event.text("client_op_id");
                }
            }
        } catch (IOException | VarveException e) {
            throw untold(storeSeq, e);
        }
        throw untold(storeSeq, null);
    }

    private static VarveException untold(long storeSeq, @Nullable Exception cause) {
        return new VarveException(
                ErrorKind.TIMEOUT,
                "it was rolled back up to change " + storeSeq + ", but by how many changes could not be read",
                cause);
    }
}
