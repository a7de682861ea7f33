package dev.varve.api;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The mappings of types that contain no others. */
final class SimpleMappings {

    private static final Map<Class<?>, ValueMapping> ALL = all();

    private SimpleMappings() {}

    /** The mapping of a type, or null when it is not one of these. */
    static @Nullable ValueMapping of(Class<?> type) {
        return type.isEnum() ? ofEnum(type) : ALL.get(type);
    }

    private static Map<Class<?>, ValueMapping> all() {
        Map<Class<?>, ValueMapping> all = new HashMap<>(TimeMappings.all());
        all.put(boolean.class, new BooleanMapping(false));
        all.put(Boolean.class, new BooleanMapping(null));
        all.put(byte.class, WholeMapping.primitive(Byte.MIN_VALUE, Byte.MAX_VALUE, number -> (byte) number));
        all.put(Byte.class, WholeMapping.boxed(Byte.MIN_VALUE, Byte.MAX_VALUE, number -> (byte) number));
        all.put(short.class, WholeMapping.primitive(Short.MIN_VALUE, Short.MAX_VALUE, number -> (short) number));
        all.put(Short.class, WholeMapping.boxed(Short.MIN_VALUE, Short.MAX_VALUE, number -> (short) number));
        all.put(int.class, WholeMapping.primitive(Integer.MIN_VALUE, Integer.MAX_VALUE, number -> (int) number));
        all.put(Integer.class, WholeMapping.boxed(Integer.MIN_VALUE, Integer.MAX_VALUE, number -> (int) number));
        all.put(long.class, WholeMapping.primitive(Long.MIN_VALUE, Long.MAX_VALUE, number -> number));
        all.put(Long.class, WholeMapping.boxed(Long.MIN_VALUE, Long.MAX_VALUE, number -> number));
        all.put(float.class, FloatingMapping.primitive(true));
        all.put(Float.class, FloatingMapping.boxed(true));
        all.put(double.class, FloatingMapping.primitive(false));
        all.put(Double.class, FloatingMapping.boxed(false));
        all.put(BigInteger.class, new EnvelopeMapping("decimal", new DecimalMapping(true)));
        all.put(BigDecimal.class, new EnvelopeMapping("decimal", new DecimalMapping(false)));
        all.put(String.class, TextMapping.plain());
        all.put(UUID.class, new TextMapping(Object::toString, SimpleMappings::uuid, "a UUID of 36 characters"));
        all.put(URI.class, new TextMapping(Object::toString, URI::create, "a URI"));
        all.put(FileReference.class, new FileMapping());
        all.put(EntryValue.class, new EntryValueMapping());
        return all;
    }

    private static UUID uuid(String text) {
        // UUID.fromString also reads groups that are too short.
        if (text.length() != 36) {
            throw new IllegalArgumentException("too short or too long");
        }
        return UUID.fromString(text);
    }

    private static ValueMapping ofEnum(Class<?> type) {
        Map<String, Object> constants = new LinkedHashMap<>();
        for (Object constant : type.getEnumConstants()) {
            constants.put(((Enum<?>) constant).name(), constant);
        }
        return new TextMapping(
                constant -> ((Enum<?>) constant).name(),
                name -> {
                    Object constant = constants.get(name);
                    if (constant == null) {
                        throw new IllegalArgumentException("no such constant");
                    }
                    return constant;
                },
                "one of " + Misfit.shortened(String.join(", ", constants.keySet())));
    }
}
