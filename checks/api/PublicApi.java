import java.io.IOException;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.TypeVariable;
import java.util.Arrays;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;

/**
 * Prints everything in a jar that a program can be compiled against, a line for each type and each member, sorted: what is public or
 * protected, with type parameters, nullness, checked exceptions, constants and defaults of annotations. Left out are packages called
 * "internal", and what every object has. Names are without the package of their type. Argument: the jar, which must be on the class
 * path, too.
 */
final class PublicApi {

    private final TreeSet<String> lines = new TreeSet<>();

    public static void main(String[] arguments) throws IOException, ClassNotFoundException {
        PublicApi api = new PublicApi();
        try (JarFile jar = new JarFile(arguments[0])) {
            for (String name : jar.stream().map(Object::toString).filter(entry -> entry.endsWith(".class")).toList()) {
                Class<?> type = Class.forName(
                        name.substring(0, name.length() - ".class".length()).replace('/', '.'),
                        false,
                        PublicApi.class.getClassLoader());
                if (isOpen(type) && !type.getPackageName().contains(".internal")) {
                    api.add(type);
                }
            }
        }
        api.lines.forEach(System.out::println);
    }

    private static boolean isOpen(Class<?> type) {
        return isOpen(type.getModifiers())
                && !type.isAnonymousClass()
                && !type.isLocalClass()
                && (type.getEnclosingClass() == null || isOpen(type.getEnclosingClass()));
    }

    private static boolean isOpen(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private void add(Class<?> type) {
        line(type, type.toGenericString() + above(type));
        for (Field field : type.getDeclaredFields()) {
            if (isOpen(field.getModifiers()) && !field.isSynthetic()) {
                line(type, Modifier.toString(field.getModifiers()) + " " + field.getAnnotatedType() + " " + field.getName() + constant(field));
            }
        }
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (isOpen(constructor.getModifiers()) && !constructor.isSynthetic()) {
                line(type, signature(constructor, "new"));
            }
        }
        for (Method method : type.getDeclaredMethods()) {
            if (isOpen(method.getModifiers()) && !method.isSynthetic() && !isOfEveryObject(method)) {
                line(type, signature(method, method.getAnnotatedReturnType() + " " + method.getName()) + ifAbsent(method));
            }
        }
    }

    private void line(Class<?> type, String words) {
        String shorter = words.replace(type.getPackageName() + ".", "")
                .replace("@org.jspecify.annotations.Nullable()", "@Nullable")
                .replaceAll("\\bjava\\.lang\\.(?=[A-Z])", "");
        lines.add(type.getName() + ": " + shorter);
    }

    private static boolean isOfEveryObject(Method method) {
        try {
            Object.class.getMethod(method.getName(), method.getParameterTypes());
            return true;
        } catch (NoSuchMethodException e) {
            return false;
        }
    }

    private static String above(Class<?> type) {
        String parent = type.getAnnotatedSuperclass() == null ? "" : " extends " + type.getAnnotatedSuperclass();
        return parent
                + list(" implements ", type.getAnnotatedInterfaces())
                + (type.isSealed() ? list(" permits ", Arrays.stream(type.getPermittedSubclasses()).filter(PublicApi::isOpen).map(Class::getName).sorted().toArray()) : "");
    }

    private static String signature(Executable member, String words) {
        int modifiers = member.getModifiers() & (member instanceof Method ? Modifier.methodModifiers() : Modifier.constructorModifiers());
        String start = Modifier.toString(modifiers & ~Modifier.SYNCHRONIZED & ~Modifier.NATIVE);
        String isDefault = member instanceof Method method && method.isDefault() ? " default" : "";
        String parameters = Arrays.stream(member.getAnnotatedParameterTypes()).map(AnnotatedType::toString).collect(Collectors.joining(", "));
        return start + isDefault + variables(member.getTypeParameters()) + " " + words + "(" + parameters + (member.isVarArgs() ? "..." : "") + ")"
                + list(" throws ", member.getAnnotatedExceptionTypes());
    }

    private static String variables(TypeVariable<?>[] variables) {
        return variables.length == 0
                ? ""
                : Arrays.stream(variables)
                        .map(variable -> variable + list(" extends ", variable.getAnnotatedBounds()))
                        .collect(Collectors.joining(", ", " <", ">"));
    }

    private static String constant(Field field) {
        if (!Modifier.isStatic(field.getModifiers()) || !(field.getType().isPrimitive() || field.getType() == String.class)) {
            return "";
        }
        try {
            return " = " + field.get(null);
        } catch (IllegalAccessException e) {
            return ""; // a protected one
        }
    }

    private static String ifAbsent(Method method) {
        Object value = method.getDefaultValue();
        return value == null ? "" : " default " + (value.getClass().isArray() ? Arrays.deepToString(new Object[] {value}) : value);
    }

    private static String list(String before, Object[] all) {
        return all.length == 0 ? "" : Arrays.stream(all).map(Object::toString).collect(Collectors.joining(", ", before, ""));
    }
}
