package dev.varve.bench;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How much the streams of a server hold, by their own words: what the disk is taken up for. Stateless. */
final class HeldBytes {

    private static final Pattern EXTENT =
            Pattern.compile("\"next_offset\":\"\\d+_(\\d+)\",\"earliest_offset\":\"\\d+_(\\d+)\"");
    private static final Pattern AFTER = Pattern.compile("\"has_more\":true,\"after\":\"([^\"]+)\"");

    private HeldBytes() {}

    /** Of all streams that are listed, and of the feed of creations and deletions. */
    static long ofAll(Http http) throws IOException {
        long bytes = ofFeed(http);
        String after = "";
        while (after != null) {
            String page = http.send("GET", "/v1/streams?limit=1000" + after, new byte[0])
                    .text();
            Matcher extent = EXTENT.matcher(page);
            while (extent.find()) {
                bytes += Long.parseLong(extent.group(1)) - Long.parseLong(extent.group(2));
            }
            after = following(page);
        }
        return bytes;
    }

    private static @Nullable String following(String page) {
        Matcher last = AFTER.matcher(page);
        return last.find() ? "&after=" + URLEncoder.encode(last.group(1), StandardCharsets.UTF_8) : null;
    }

    /** Of the feed of creations and deletions. */
    static long ofFeed(Http http) throws IOException {
        Http.Answer head = http.send("HEAD", "/v1/stream/__registry__", new byte[0]);
        String earliest = head.header("stream-earliest-offset");
        String tail = head.header("stream-next-offset");
        return earliest == null || tail == null ? 0 : CrashCheck.position(tail) - CrashCheck.position(earliest);
    }
}
