package dev.varve.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** Records of one type as JSON, mapped as {@link Schema} says. Everything reflective is done when it is made. Thread-safe. */
final class RecordCodec<T> implements StreamCodec<T> {

    private final Class<T> type;
    private final RecordShape shape;

    private RecordCodec(Class<T> type, RecordShape shape) {
        this.type = type;
        this.shape = shape;
    }

    static <T> RecordCodec<T> of(Class<T> type) {
        if (!type.isRecord()) {
            throw new IllegalArgumentException(
                    type.getName() + " is not a record; only records are mapped without more");
        }
        if (type.getTypeParameters().length > 0) {
            throw new IllegalArgumentException(
                    type.getName() + " has type parameters, and nothing says what they are; use a record without");
        }
        return new RecordCodec<>(type, RecordShape.of(new TypeShape(type, List.of()), false, new ValueMappings()));
    }

    /** Names the form of records: another one when their components change, or those of records in them. */
    static String fingerprint(Class<?> type) {
        StringBuilder form = new StringBuilder();
        describe(type, new HashSet<>(), form);
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(form.toString().getBytes(UTF_8));
            return type.getSimpleName() + ":" + HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static void describe(Type type, Set<Type> described, StringBuilder to) {
        if (type instanceof ParameterizedType generic) {
            describe(generic.getRawType(), described, to);
            for (Type argument : generic.getActualTypeArguments()) {
                to.append('<');
                describe(argument, described, to);
            }
        } else if (type instanceof Class<?> raw && raw.isRecord() && described.add(raw)) {
            to.append('{');
            for (RecordComponent component : raw.getRecordComponents()) {
                Field named = component.getAnnotation(Field.class);
                to.append(named == null ? component.getName() : named.value()).append(' ');
                describe(component.getGenericType(), described, to);
                to.append(';');
            }
            to.append('}');
        } else {
            to.append(type.getTypeName());
        }
    }

    @Override
    public byte[] encode(T value) {
        try {
            return JsonText.write(new EntryValue.Fields(shape.dump(value, 1)));
        } catch (Misfit e) {
            throw invalid("cannot be written", e);
        }
    }

    @Override
    public T decode(ByteBuffer message) {
        EntryValue json;
        try {
            json = JsonText.read(message);
        } catch (IllegalArgumentException e) {
            throw new VarveException(
                    ErrorKind.INVALID_RECORD, "a " + type.getSimpleName() + " cannot be read: " + e.getMessage(), e);
        }
        try {
            if (json instanceof EntryValue.Fields object) {
                return type.cast(shape.load(null, object.fields()));
            }
            throw Misfit.of(json, "an object");
        } catch (Misfit e) {
            throw invalid("cannot be read", e);
        }
    }

    private VarveException invalid(String what, Misfit misfit) {
        String place = misfit.place().isEmpty() ? "" : misfit.place() + ": ";
        return new VarveException(
                ErrorKind.INVALID_RECORD,
                "a " + type.getSimpleName() + " " + what + ": " + place + misfit.getMessage(),
                misfit);
    }
}
