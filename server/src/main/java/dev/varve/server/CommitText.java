package dev.varve.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.Commit;
import dev.varve.api.MessagesResult.Message;
import dev.varve.api.StoredEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commits as JSON, each without a line break. Data that is JSON is written byte for byte as it came, but for those. Stateless. */
final class CommitText {

    /** What a commit takes as JSON at least, about. */
    private static final int COMMIT_BYTES = 256;

    private CommitText() {}

    static ByteBuf buffer(List<Commit> commits) {
        return Unpooled.buffer(COMMIT_BYTES * (1 + commits.size()));
    }

    /** About how much there is to write, in steps of what one part costs at least. */
    static long weight(List<Commit> commits) {
        long weight = 0;
        for (Commit commit : commits) {
            weight += COMMIT_BYTES
                    * (1L + commit.entries().size() + commit.events().size());
            for (StoredEvent event : commit.events()) {
                weight += event.data().size();
            }
            for (Commit.Appended append : commit.streams()) {
                for (Message message : append.messages()) {
                    weight += COMMIT_BYTES + message.data().remaining();
                }
            }
        }
        return weight;
    }

    static void write(ByteBuf to, Commit commit) {
        ByteBufUtil.writeAscii(to, "{\"commit\":" + commit.number() + ",\"time\":\"");
        ByteBufUtil.writeAscii(to, EntryText.time(commit.timeMillis()) + "\",\"entries\":[");
        for (int i = 0; i < commit.entries().size(); i++) {
            separate(to, i);
            ByteBufUtil.writeUtf8(
                    to, EntryText.labelled(commit.entries().get(i)).toString());
        }
        ByteBufUtil.writeAscii(to, "],\"events\":[");
        for (int i = 0; i < commit.events().size(); i++) {
            separate(to, i);
            EventsText.writeLine(to, commit.events().get(i));
        }
        ByteBufUtil.writeAscii(to, "],\"streams\":[");
        for (int i = 0; i < commit.streams().size(); i++) {
            separate(to, i);
            append(to, commit.streams().get(i));
        }
        ByteBufUtil.writeAscii(to, "]}");
    }

    private static void separate(ByteBuf to, int index) {
        if (index > 0) {
            to.writeByte(',');
        }
    }

    private static void append(ByteBuf to, Commit.Appended append) {
        String contentType = append.contentType();
        JsonText json = new JsonText()
                .field("path", append.path())
                .field("from", append.from().toString())
                .field("next", append.next().toString())
                .field("closed", append.closed())
                .fieldOrNull("content_type", contentType);
        String head = json.toString();
        ByteBufUtil.writeUtf8(to, head, 0, head.length() - 1);
        ByteBufUtil.writeAscii(to, ",\"messages\":[");
        for (int i = 0; i < append.messages().size(); i++) {
            separate(to, i);
            message(to, append.messages().get(i), contentType);
        }
        ByteBufUtil.writeAscii(to, "]}");
    }

    private static void message(ByteBuf to, Message message, @Nullable String contentType) {
        ByteBufUtil.writeAscii(to, "{\"next\":\"" + message.next() + "\",");
        byte[] bytes = bytes(message.data());
        if (contentType != null && MediaTypes.isJson(contentType)) {
            ByteBufUtil.writeAscii(to, "\"data\":");
            int from = to.writerIndex();
            to.writeBytes(bytes);
            if (EventsText.flatten(to, from)) {
                to.writeByte(',');
                base64(to, bytes);
            }
        } else if (contentType != null && MediaTypes.isText(contentType) && Utf8.isText(bytes)) {
            StringBuilder text = new StringBuilder(bytes.length + 16);
            JsonText.quote(text, new String(bytes, UTF_8));
            ByteBufUtil.writeAscii(to, "\"text\":");
            ByteBufUtil.writeUtf8(to, text);
        } else {
            base64(to, bytes);
        }
        to.writeByte('}');
    }

    private static void base64(ByteBuf to, byte[] bytes) {
        ByteBufUtil.writeAscii(to, "\"data_base64\":\"");
        to.writeBytes(Base64.getEncoder().encode(bytes)).writeByte('"');
    }

    private static byte[] bytes(ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.duplicate().get(bytes);
        return bytes;
    }
}
