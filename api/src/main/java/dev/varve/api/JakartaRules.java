package dev.varve.api;

import jakarta.validation.Constraint;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.ElementKind;
import jakarta.validation.MessageInterpolator;
import jakarta.validation.Path;
import jakarta.validation.Valid;
import jakarta.validation.Validation;
import jakarta.validation.ValidationException;
import jakarta.validation.Validator;
import jakarta.validation.ValidatorFactory;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Constraints of Jakarta Validation on records of a type. Loaded only where Jakarta Validation is on the class path. Thread-safe. */
final class JakartaRules implements RecordRules {

    private static final System.Logger LOG = System.getLogger(Repository.class.getName());

    /** Of Hibernate Validator: makes messages without the expression language, which is a library of its own. */
    private static final String PLAIN_MESSAGES =
            "org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator";

    private static final AtomicBoolean TOLD = new AtomicBoolean();

    private final Validator validator;
    private final Class<?> type;
    private final RecordShape shape;

    private JakartaRules(Validator validator, Class<?> type, RecordShape shape) {
        this.validator = validator;
        this.type = type;
        this.shape = shape;
    }

    /** The validator of this program, sought when the first repository is made. */
    private static final class Sought {

        static final @Nullable Validator VALIDATOR;
        static final @Nullable Throwable FAILURE;

        static {
            Validator found = null;
            Throwable failure = null;
            try {
                found = factory().getValidator();
            } catch (RuntimeException | LinkageError e) {
                // Whatever is wrong with a library that Varve does not need: it is told, and records are written
                // without.
                failure = e;
            }
            VALIDATOR = found;
            FAILURE = failure;
        }

        private Sought() {}

        private static ValidatorFactory factory() {
            try {
                return Validation.buildDefaultValidatorFactory();
            } catch (ValidationException e) {
                MessageInterpolator plain = plainMessages();
                if (plain == null) {
                    throw e;
                }
                return Validation.byDefaultProvider()
                        .configure()
                        .messageInterpolator(plain)
                        .buildValidatorFactory();
            }
        }

        private static @Nullable MessageInterpolator plainMessages() {
            try {
                return Class.forName(PLAIN_MESSAGES, true, JakartaRules.class.getClassLoader())
                        .asSubclass(MessageInterpolator.class)
                        .getConstructor()
                        .newInstance();
            } catch (ReflectiveOperationException e) {
                return null;
            }
        }
    }

    /** The constraints of a type, none when it has none or there is no validator that works, which is told once. */
    static RecordRules of(Class<?> type, RecordShape shape) {
        Validator validator = Sought.VALIDATOR;
        if (validator == null) {
            if (isConstrained(type) && TOLD.compareAndSet(false, true)) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        type.getSimpleName() + " has constraints of Jakarta Validation, and there is no validator that"
                                + " works; records are written without looking at them. Put one on the class path, as"
                                + " org.hibernate.validator:hibernate-validator",
                        Sought.FAILURE);
            }
            return NONE;
        }
        return validator.getConstraintsForClass(type).isBeanConstrained()
                ? new JakartaRules(validator, type, shape)
                : NONE;
    }

    @Override
    public List<Violation> check(Object record) {
        return violations(validator.validate(record));
    }

    @Override
    public List<Violation> check(RecordField component, @Nullable Object value) {
        return violations(validator.validateValue(type, component.component(), value));
    }

    private <V> List<Violation> violations(Set<ConstraintViolation<V>> found) {
        // A set without an order of its own; those of one field are told in that of their words.
        return found.stream()
                .map(one -> new Violation(place(one.getPropertyPath()), one.getMessage()))
                .sorted((one, other) -> one.message().compareTo(other.message()))
                .toList();
    }

    /** The field as it is stored. */
    private String place(Path path) {
        StringBuilder place = new StringBuilder();
        RecordShape within = shape;
        for (Path.Node node : path) {
            if (node.isInIterable()) {
                appendItem(place, node);
            }
            if (node.getKind() == ElementKind.PROPERTY) {
                RecordField field = within == null ? null : within.component(node.getName());
                append(place, field == null ? node.getName() : field.name());
                within = field == null || field.key() ? null : field.mapping().records();
            }
        }
        return place.toString();
    }

    private static void appendItem(StringBuilder place, Path.Node node) {
        if (node.getIndex() != null) {
            place.append('[').append(node.getIndex()).append(']');
        } else if (node.getKey() != null) {
            append(place, String.valueOf(node.getKey()));
        }
    }

    private static void append(StringBuilder place, String name) {
        if (!place.isEmpty()) {
            place.append('/');
        }
        place.append(name);
    }

    // ---- whether anything is missed without a validator

    private static boolean isConstrained(Class<?> type) {
        return hasConstraint(type) || Arrays.stream(type.getDeclaredFields()).anyMatch(JakartaRules::isConstrained);
    }

    private static boolean isConstrained(Field field) {
        return hasConstraint(field) || isConstrained(field.getAnnotatedType());
    }

    private static boolean isConstrained(AnnotatedType type) {
        return hasConstraint(type)
                || (type instanceof AnnotatedParameterizedType of
                        && Stream.of(of.getAnnotatedActualTypeArguments()).anyMatch(JakartaRules::isConstrained));
    }

    private static boolean hasConstraint(AnnotatedElement element) {
        return Arrays.stream(element.getAnnotations())
                .map(Annotation::annotationType)
                .anyMatch(kind -> kind == Valid.class || kind.isAnnotationPresent(Constraint.class));
    }
}
