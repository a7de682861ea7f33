package dev.varve.junit;

import dev.varve.api.Repository;
import dev.varve.api.Store;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import java.lang.reflect.Parameter;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Gives tests a Varve that runs in their own JVM, in memory unless said otherwise, and closes it afterwards. By annotation with
 * {@link VarveTest}, or as a field:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final VarveExtension VARVE = new VarveExtension().withLifetime(Lifetime.CLASS);
 * }</pre>
 *
 * <p>Parameters of constructors, tests and lifecycle methods can be:
 *
 * <ul>
 *   <li>{@link Varve}
 *   <li>{@link Streams}, those of the Varve
 *   <li>{@link Store}, of the name that was chosen; nothing is in it, and the first write creates it
 *   <li>{@link Repository} of a record with {@link dev.varve.api.Schema}, in that store
 *   <li>{@link URI} with {@link VarveUrl}, that of a server over the Varve
 * </ul>
 *
 * <p>All that is given within one {@link Lifetime} is of one Varve. It is opened when the first is asked for, and closed when its
 * lifetime ends; a test that closes it earlier does no harm. What it holds is nobody else's, so that tests can run in parallel.
 *
 * <p>Two of these for one test are one too many: both would give the same parameters, which JUnit refuses. Immutable and
 * thread-safe.
 */
public final class VarveExtension implements BeforeAllCallback, ParameterResolver {

    /** The store of a test that chooses none. */
    public static final String STORE = "test/store";

    /** The context in which the lifetime of a class begins. Kept in it, wrapped: what it keeps it closes with itself. */
    private record Home(ExtensionContext context) {}

    private final @Nullable Choices chosen;

    /** With the choices of the nearest {@link VarveTest}, or its defaults where there is none. */
    public VarveExtension() {
        this(null);
    }

    private VarveExtension(@Nullable Choices chosen) {
        this.chosen = chosen;
    }

    /**
     * Chooses who shares a Varve; see {@link VarveTest#lifetime}. A whole class can do so with an extension in a static field only.
     *
     * @param lifetime how long a Varve lasts
     * @return an extension with that choice, for a field; annotations do not change it
     */
    public VarveExtension withLifetime(Lifetime lifetime) {
        Choices before = choices();
        return new VarveExtension(new Choices(lifetime, before.store(), before.onDisk()));
    }

    /**
     * Chooses the store; see {@link VarveTest#store}.
     *
     * @param name {@code organisation/name}
     * @return an extension with that choice, for a field; annotations do not change it
     */
    public VarveExtension withStore(String name) {
        Choices before = choices();
        return new VarveExtension(new Choices(before.lifetime(), name, before.onDisk()));
    }

    /**
     * Chooses a directory rather than memory; see {@link VarveTest#onDisk}.
     *
     * @return an extension with that choice, for a field; annotations do not change it
     */
    public VarveExtension onDisk() {
        Choices before = choices();
        return new VarveExtension(new Choices(before.lifetime(), before.store(), true));
    }

    private Choices choices() {
        return chosen != null ? chosen : Choices.DEFAULT;
    }

    /** Remembers the class whose tests share a Varve, which nested classes then find. */
    @Override
    public void beforeAll(ExtensionContext context) {
        if (chosen != null) {
            context.getStore(namespace()).computeIfAbsent(Home.class, key -> new Home(context));
        }
    }

    /** A constructor takes part in the test that it makes the instance for. */
    @Override
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
        return ExtensionContextScope.TEST_METHOD;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == Varve.class
                || type == Streams.class
                || type == Store.class
                || type == Repository.class
                || (type == URI.class && parameter.isAnnotated(VarveUrl.class));
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Optional<Declared> declared = declared(context);
        Choices choices = declared.map(Declared::choices).orElseGet(this::choices);
        ExtensionContext home = choices.lifetime() == Lifetime.TEST
                ? homeOfTest(context)
                : declared.map(Declared::context).orElseGet(() -> homeOfClass(context));
        TestVarve varve = home.getStore(namespace())
                .computeIfAbsent(home.getUniqueId(), key -> TestVarve.open(choices.onDisk()), TestVarve.class);
        return value(parameter.getParameter(), varve, choices.store());
    }

    private static Object value(Parameter parameter, TestVarve varve, String store) {
        Class<?> type = parameter.getType();
        if (type == Varve.class) {
            return varve.varve();
        }
        if (type == Streams.class) {
            return varve.varve().streams();
        }
        if (type == URI.class) {
            return varve.url();
        }
        Store given = varve.varve().store(store);
        return type == Store.class ? given : given.repository(recordType(parameter));
    }

    private static Class<? extends Record> recordType(Parameter parameter) {
        if (parameter.getParameterizedType() instanceof ParameterizedType repository) {
            Type type = repository.getActualTypeArguments()[0];
            if (type instanceof Class<?> named && named.isRecord()) {
                return named.asSubclass(Record.class);
            }
        }
        throw new ParameterResolutionException(
                "a repository needs the record that it is of, as in Repository<Link>, but the parameter is of type "
                        + parameter.getParameterizedType());
    }

    /** What an annotation chooses, and where it stands. */
    private record Declared(Choices choices, ExtensionContext context) {}

    private Optional<Declared> declared(ExtensionContext context) {
        if (chosen != null) {
            return Optional.empty();
        }
        for (Optional<ExtensionContext> at = Optional.of(context);
                at.isPresent();
                at = at.get().getParent()) {
            ExtensionContext here = at.get();
            Optional<VarveTest> annotation = AnnotationSupport.findAnnotation(here.getElement(), VarveTest.class);
            if (annotation.isPresent()) {
                return Optional.of(new Declared(Choices.of(annotation.get()), here));
            }
        }
        return Optional.empty();
    }

    private static ExtensionContext homeOfTest(ExtensionContext context) {
        if (context.getTestMethod().isEmpty()) {
            throw new ParameterResolutionException(
                    "each test of " + context.getRequiredTestClass().getName()
                            + " has a Varve of its own, so there is none for what happens once for all of them;"
                            + " choose Lifetime.CLASS for one that they share");
        }
        return context;
    }

    private ExtensionContext homeOfClass(ExtensionContext context) {
        Home home = context.getStore(namespace()).get(Home.class, Home.class);
        if (home == null) {
            throw new ParameterResolutionException(
                    "the tests of " + context.getRequiredTestClass().getName()
                            + " cannot share the Varve of an extension in an instance field; make the field static");
        }
        return home.context();
    }

    /** Extensions in fields are strangers to each other; those of annotations are one. */
    private Namespace namespace() {
        return chosen != null ? Namespace.create(VarveExtension.class, this) : Namespace.create(VarveExtension.class);
    }
}
