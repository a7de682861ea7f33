package dev.varve.bench;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/** Calls {@link Postgres#APPEND} as a prepared statement, over PostgreSQL's own protocol: one round trip for an append. */
record PostgresAppend() implements Protocol {

    private static final int VERSION_3 = 3 << 16;
    private static final int HEAD_BYTES = 5;
    private static final int TEXT_AT = HEAD_BYTES + 6; // of the first field of a row: after the count and its length
    private static final String STATEMENT = "a";

    /** What a message holds. */
    private interface Content {
        void write(DataOutputStream out) throws IOException;
    }

    private static void message(DataOutputStream to, int type, Content content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        content.write(new DataOutputStream(bytes));
        if (type != 0) {
            to.writeByte(type);
        }
        to.writeInt(bytes.size() + Integer.BYTES);
        bytes.writeTo(to);
    }

    private static byte[] messages(Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            content.write(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // no array throws it
        }
        return bytes.toByteArray();
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        out.write(Protocol.ascii(text));
        out.writeByte(0);
    }

    private static void parameter(DataOutputStream out, byte[] value) throws IOException {
        out.writeInt(value.length);
        out.write(value);
    }

    @Override
    public byte[] greeting(int connection) {
        return messages(to -> message(to, 0, out -> {
            out.writeInt(VERSION_3);
            text(out, "user");
            text(out, Postgres.USER);
            text(out, "database");
            text(out, Postgres.DATABASE);
            out.writeByte(0);
        }));
    }

    @Override
    public Request first(int connection, byte[] body) {
        byte[] bytes = messages(to -> {
            message(to, 'P', out -> {
                text(out, STATEMENT);
                text(out, "SELECT " + Postgres.APPEND + "($1, $2, $3)");
                out.writeShort(0); // types are those of the function
            });
            message(to, 'S', out -> {});
        });
        return new Request(bytes, -1, -1);
    }

    @Override
    public Request request(int connection, byte[] body) {
        byte[] bytes = messages(to -> {
            message(to, 'B', out -> {
                out.writeByte(0); // the portal without a name
                text(out, STATEMENT);
                out.writeShort(0); // all as text
                out.writeShort(3);
                parameter(out, Protocol.ascii("bench/" + connection));
                parameter(out, Protocol.ascii(NUMBER));
                parameter(out, body);
                out.writeShort(0);
            });
            message(to, 'E', out -> {
                out.writeByte(0);
                out.writeInt(0);
            });
            message(to, 'S', out -> {});
        });
        return new Request(
                bytes,
                -1,
                Protocol.text(ByteBuffer.wrap(bytes).position(bytes.length)).indexOf(NUMBER));
    }

    @Override
    public boolean answered(ByteBuffer in) throws IOException {
        boolean done = false;
        int at = 0;
        while (at + HEAD_BYTES <= in.position()) {
            int type = in.get(at);
            int end = at + 1 + in.getInt(at + 1);
            if (end > in.position()) {
                return false;
            }
            if (type == 'E') {
                throw new IOException("PostgreSQL answers " + Protocol.text(in).substring(at));
            }
            // Parsed, or the whole row: after the greeting there is an end, too.
            done |= type == '1' || type == 'C';
            if (type == 'Z' && done && end == in.position()) {
                return true;
            }
            at = end;
        }
        return false;
    }

    @Override
    public long number(ByteBuffer in) {
        for (int at = 0; at < in.position(); at += 1 + in.getInt(at + 1)) {
            if (in.get(at) == 'D') {
                long number = 0;
                for (int i = at + TEXT_AT; i < at + 1 + in.getInt(at + 1); i++) {
                    number = number * 10 + in.get(i) - '0';
                }
                return number;
            }
        }
        return 0; // it was prepared only
    }
}
