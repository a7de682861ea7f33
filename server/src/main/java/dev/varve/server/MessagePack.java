package dev.varve.server;

import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Values as MessagePack. Reads every encoding of a value, not only the shortest: floating-point numbers without fraction as
 * whole numbers, {@code bin} as text, timestamps as times, extension 0 as null. Writes the shortest; numbers with a fraction
 * as 64-bit floating point. Stateless.
 */
final class MessagePack {

    static final int NIL = 0xc0;
    static final int FIX_ARRAY = 0x90;

    private static final int FIX_MAP = 0x80;
    private static final int FIX_STR = 0xa0;
    private static final int FALSE = 0xc2;
    private static final int TRUE = 0xc3;
    private static final int BIN_8 = 0xc4;
    private static final int BIN_16 = 0xc5;
    private static final int BIN_32 = 0xc6;
    private static final int EXT_8 = 0xc7;
    private static final int EXT_16 = 0xc8;
    private static final int EXT_32 = 0xc9;
    private static final int FLOAT_32 = 0xca;
    private static final int FLOAT_64 = 0xcb;
    private static final int UINT_8 = 0xcc;
    private static final int UINT_16 = 0xcd;
    private static final int UINT_32 = 0xce;
    private static final int UINT_64 = 0xcf;
    private static final int INT_8 = 0xd0;
    private static final int INT_16 = 0xd1;
    private static final int INT_32 = 0xd2;
    private static final int INT_64 = 0xd3;
    private static final int FIX_EXT_1 = 0xd4;
    private static final int FIX_EXT_16 = 0xd8;
    private static final int STR_8 = 0xd9;
    private static final int STR_16 = 0xda;
    private static final int STR_32 = 0xdb;
    private static final int ARRAY_16 = 0xdc;
    private static final int ARRAY_32 = 0xdd;
    private static final int MAP_16 = 0xde;
    private static final int MAP_32 = 0xdf;
    private static final int NEGATIVE_FIX_INT = 0xe0;

    private static final int UNDEFINED_TYPE = 0;
    private static final int TIMESTAMP_TYPE = -1;
    private static final long UINT_32_MAX = 0xffff_ffffL;
    private static final int TIMESTAMP_SECONDS_BITS = 34;

    private MessagePack() {}

    /** Reads values out of bytes. Throws {@link IndexOutOfBoundsException} where they are cut off. Confined to one thread. */
    static final class Reader {

        private final ByteBuf in;
        private int values;
        private int depth;

        Reader(ByteBuf in) {
            this.in = in;
        }

        /** The size of an array whose items are read next; -1 when something else comes. */
        long arraySize() {
            int format = in.readUnsignedByte();
            return switch (format) {
                case ARRAY_16 -> in.readUnsignedShort();
                case ARRAY_32 -> in.readUnsignedInt();
                default -> format >= FIX_ARRAY && format < FIX_STR ? format & 0xf : -1;
            };
        }

        /**
         * The next value.
         *
         * @throws EntryJsonException when it is none that entries can hold
         */
        EntryValue value() {
            if (++values > EntryJson.MAX_VALUES) {
                throw new EntryJsonException(
                        ErrorKind.TOO_LARGE, "more than " + EntryJson.MAX_VALUES + " values in one message");
            }
            int format = in.readUnsignedByte();
            if (format < FIX_MAP) {
                return EntryJson.whole(format);
            }
            if (format < FIX_ARRAY) {
                return map(format & 0xf);
            }
            if (format < FIX_STR) {
                return list(format & 0xf);
            }
            if (format < NIL) {
                return text(format & 0x1f);
            }
            if (format >= NEGATIVE_FIX_INT) {
                return EntryJson.whole((byte) format);
            }
            return switch (format) {
                case NIL -> new EntryValue.Null();
                case FALSE -> new EntryValue.Bool(false);
                case TRUE -> new EntryValue.Bool(true);
                case BIN_8, STR_8 -> text(in.readUnsignedByte());
                case BIN_16, STR_16 -> text(in.readUnsignedShort());
                case BIN_32, STR_32 -> text(in.readUnsignedInt());
                case FLOAT_32 -> number(in.readFloat());
                case FLOAT_64 -> number(in.readDouble());
                case UINT_8 -> EntryJson.whole(in.readUnsignedByte());
                case UINT_16 -> EntryJson.whole(in.readUnsignedShort());
                case UINT_32 -> EntryJson.whole(in.readUnsignedInt());
                case UINT_64 -> unsigned(in.readLong());
                case INT_8 -> EntryJson.whole(in.readByte());
                case INT_16 -> EntryJson.whole(in.readShort());
                case INT_32 -> EntryJson.whole(in.readInt());
                case INT_64 -> EntryJson.whole(in.readLong());
                case EXT_8 -> extension(in.readUnsignedByte());
                case EXT_16 -> extension(in.readUnsignedShort());
                case EXT_32 -> extension(in.readUnsignedInt());
                case ARRAY_16 -> list(in.readUnsignedShort());
                case ARRAY_32 -> list(in.readUnsignedInt());
                case MAP_16 -> map(in.readUnsignedShort());
                case MAP_32 -> map(in.readUnsignedInt());
                default -> {
                    if (format >= FIX_EXT_1 && format <= FIX_EXT_16) {
                        yield extension(1L << (format - FIX_EXT_1));
                    }
                    throw EntryJsonException.refused("0xc1 begins no MessagePack value");
                }
            };
        }

        private EntryValue list(long size) {
            enter(size);
            List<EntryValue> items = new ArrayList<>((int) Math.min(size, 16));
            for (long i = 0; i < size; i++) {
                items.add(value());
            }
            depth--;
            return new EntryValue.Items(items);
        }

        private EntryValue map(long size) {
            enter(size);
            Map<String, EntryValue> fields = new LinkedHashMap<>();
            for (long i = 0; i < size; i++) {
                if (!(value() instanceof EntryValue.Text(String name))) {
                    throw EntryJsonException.refused("the keys of a map are texts");
                }
                if (fields.put(name, value()) != null) {
                    throw EntryJsonException.refused("a name comes twice in one map");
                }
            }
            depth--;
            return new EntryValue.Fields(fields);
        }

        private void enter(long size) {
            if (size > in.readableBytes()) {
                throw new IndexOutOfBoundsException("a list or map of more items than there are bytes");
            }
            if (++depth > EntryJson.MAX_DEPTH) {
                throw EntryJsonException.refused(
                        "too deep: lists and maps are nested more than " + EntryJson.MAX_DEPTH);
            }
        }

        private byte[] bytes(long length) {
            if (length > in.readableBytes()) {
                throw new IndexOutOfBoundsException("a text of more bytes than there are");
            }
            byte[] bytes = new byte[(int) length];
            in.readBytes(bytes);
            return bytes;
        }

        private EntryValue text(long length) {
            try {
                return new EntryValue.Text(StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT)
                        .decode(ByteBuffer.wrap(bytes(length)))
                        .toString());
            } catch (CharacterCodingException e) {
                throw EntryJsonException.refused("a text is not UTF-8");
            }
        }

        private static EntryValue number(double number) {
            if (!Double.isFinite(number)) {
                throw EntryJsonException.refused("a number is not finite");
            }
            long whole = (long) number;
            // 2^63 as a double becomes the largest long, which is another number.
            return whole == number && whole != Long.MAX_VALUE
                    ? EntryJson.whole(whole)
                    : EntryJson.fraction(BigDecimal.valueOf(number));
        }

        private static EntryValue unsigned(long bits) {
            if (bits < 0) {
                throw EntryJsonException.refused("a number without fraction goes from -2^63 to 2^63-1");
            }
            return EntryJson.whole(bits);
        }

        private EntryValue extension(long length) {
            int type = in.readByte();
            ByteBuffer data = ByteBuffer.wrap(bytes(length));
            if (type == UNDEFINED_TYPE) {
                return new EntryValue.Null();
            }
            if (type != TIMESTAMP_TYPE) {
                throw EntryJsonException.refused("the MessagePack extension " + type + " is not known");
            }
            return time(data);
        }

        private static EntryValue time(ByteBuffer data) {
            long seconds;
            long nanos = 0;
            switch (data.remaining()) {
                case 4 -> seconds = data.getInt() & UINT_32_MAX;
                case 8 -> {
                    long bits = data.getLong();
                    nanos = bits >>> TIMESTAMP_SECONDS_BITS;
                    seconds = bits & ((1L << TIMESTAMP_SECONDS_BITS) - 1);
                }
                case 12 -> {
                    nanos = data.getInt() & UINT_32_MAX;
                    seconds = data.getLong();
                }
                default -> throw EntryJsonException.refused("a timestamp has 4, 8 or 12 bytes");
            }
            try {
                Map<String, EntryValue> envelope = new LinkedHashMap<>();
                envelope.put(
                        "_typed",
                        EntryValue.of(Instant.ofEpochSecond(seconds, nanos).toString()));
                envelope.put("_type", EntryValue.of("datetime"));
                return new EntryValue.Fields(envelope);
            } catch (DateTimeException | ArithmeticException e) {
                throw EntryJsonException.refused("a timestamp is out of range");
            }
        }
    }

    /** Appends a value. */
    static void write(ByteBuf out, EntryValue value) {
        switch (value) {
            case EntryValue.Null _ -> out.writeByte(NIL);
            case EntryValue.Bool(boolean truth) -> out.writeByte(truth ? TRUE : FALSE);
            case EntryValue.Whole(long number) -> write(out, number);
            case EntryValue.Fraction(BigDecimal number) ->
                out.writeByte(FLOAT_64).writeDouble(number.doubleValue());
            case EntryValue.Text(String text) -> write(out, text);
            case EntryValue.Items(List<EntryValue> items) -> {
                writeSize(out, items.size(), FIX_ARRAY, ARRAY_16);
                items.forEach(item -> write(out, item));
            }
            case EntryValue.Fields(Map<String, EntryValue> fields) -> {
                writeSize(out, fields.size(), FIX_MAP, MAP_16);
                fields.forEach((name, field) -> {
                    write(out, name);
                    write(out, field);
                });
            }
        }
    }

    private static void writeSize(ByteBuf out, int size, int fix, int sixteen) {
        if (size < 16) {
            out.writeByte(fix | size);
        } else if (size <= 0xffff) {
            out.writeByte(sixteen).writeShort(size);
        } else {
            out.writeByte(sixteen + 1).writeInt(size);
        }
    }

    static void write(ByteBuf out, String text) {
        int length = ByteBufUtil.utf8Bytes(text);
        if (length < 32) {
            out.writeByte(FIX_STR | length);
        } else if (length <= 0xff) {
            out.writeByte(STR_8).writeByte(length);
        } else if (length <= 0xffff) {
            out.writeByte(STR_16).writeShort(length);
        } else {
            out.writeByte(STR_32).writeInt(length);
        }
        ByteBufUtil.writeUtf8(out, text);
    }

    private static void write(ByteBuf out, long number) {
        if (number >= 0) {
            if (number < FIX_MAP) {
                out.writeByte((int) number);
            } else if (number <= 0xff) {
                out.writeByte(UINT_8).writeByte((int) number);
            } else if (number <= 0xffff) {
                out.writeByte(UINT_16).writeShort((int) number);
            } else if (number <= UINT_32_MAX) {
                out.writeByte(UINT_32).writeInt((int) number);
            } else {
                out.writeByte(UINT_64).writeLong(number);
            }
        } else if (number >= -32) {
            out.writeByte((int) number);
        } else if (number >= Byte.MIN_VALUE) {
            out.writeByte(INT_8).writeByte((int) number);
        } else if (number >= Short.MIN_VALUE) {
            out.writeByte(INT_16).writeShort((int) number);
        } else if (number >= Integer.MIN_VALUE) {
            out.writeByte(INT_32).writeInt((int) number);
        } else {
            out.writeByte(INT_64).writeLong(number);
        }
    }
}
