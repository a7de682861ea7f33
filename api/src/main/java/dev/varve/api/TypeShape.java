package dev.varve.api;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A type with all its type arguments known. */
record TypeShape(Class<?> raw, List<TypeShape> arguments) {

    /** Types in types, inclusive. A generic record that contains itself with ever larger arguments has no end. */
    private static final int MAX_DEPTH = 16;

    /**
     * Finds out a type.
     *
     * @param known what the type variables around it stand for
     * @param where what a refusal is about
     */
    static TypeShape of(Type type, Map<TypeVariable<?>, TypeShape> known, String where) {
        if (type instanceof Class<?> raw) {
            int needed = raw.getTypeParameters().length;
            if (needed > 0) {
                throw new IllegalArgumentException(where + " is of type " + raw.getSimpleName()
                        + " without its type arguments; name " + (needed == 1 ? "it" : "them") + ", as in "
                        + raw.getSimpleName() + "<String" + ", String".repeat(needed - 1) + ">");
            }
            return new TypeShape(raw, List.of());
        }
        if (type instanceof ParameterizedType generic && generic.getRawType() instanceof Class<?> raw) {
            List<TypeShape> arguments = new ArrayList<>();
            for (Type argument : generic.getActualTypeArguments()) {
                arguments.add(of(argument, known, where));
            }
            TypeShape shape = new TypeShape(raw, List.copyOf(arguments));
            if (shape.depth() > MAX_DEPTH) {
                throw new IllegalArgumentException(where + " has type arguments nested more than " + MAX_DEPTH
                        + " deep; a generic record cannot contain itself with larger and larger arguments");
            }
            return shape;
        }
        if (type instanceof WildcardType wildcard) {
            return of(wildcard.getUpperBounds()[0], known, where);
        }
        if (type instanceof TypeVariable<?> variable) {
            TypeShape bound = known.get(variable);
            if (bound != null) {
                return bound;
            }
            throw new IllegalArgumentException(
                    where + " is of type " + variable.getName() + ", and nothing says what that is; name a type");
        }
        throw new IllegalArgumentException(where + " is of type " + type.getTypeName() + "; use a List for an array");
    }

    /** What the type variables of this type stand for. */
    Map<TypeVariable<?>, TypeShape> variables() {
        Map<TypeVariable<?>, TypeShape> variables = new HashMap<>();
        for (int i = 0; i < arguments.size(); i++) {
            variables.put(raw.getTypeParameters()[i], arguments.get(i));
        }
        return variables;
    }

    private int depth() {
        return 1 + arguments.stream().mapToInt(TypeShape::depth).max().orElse(0);
    }

    @Override
    public String toString() {
        return arguments.isEmpty()
                ? raw.getSimpleName()
                : raw.getSimpleName()
                        + arguments.stream().map(TypeShape::toString).collect(Collectors.joining(", ", "<", ">"));
    }
}
