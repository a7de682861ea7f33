package dev.varve.testkit;

import dev.varve.api.ErrorKind;
import dev.varve.api.EventStore;
import dev.varve.api.VarveException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An event store that counts its calls, and does something before or after the next ones. */
final class EventFaults {

    private final EventStore real;
    private final List<String> calls = new ArrayList<>();
    private final List<Fault> faults = new ArrayList<>();

    private record Fault(String method, boolean before, Runnable what) {}

    /** As programs see it. */
    final EventStore events = (EventStore) Proxy.newProxyInstance(
            EventStore.class.getClassLoader(), new Class<?>[] {EventStore.class}, (proxy, method, arguments) -> {
                synchronized (calls) {
                    calls.add(method.getName());
                }
                happen(method.getName(), true);
                Object result = call(method, arguments);
                happen(method.getName(), false);
                return result;
            });

    EventFaults(EventStore real) {
        this.real = real;
    }

    private @Nullable Object call(java.lang.reflect.Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        try {
            return method.invoke(real, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }

    private void happen(String method, boolean before) {
        Fault next = null;
        synchronized (faults) {
            for (Fault fault : faults) {
                if (fault.method.equals(method) && fault.before == before) {
                    next = fault;
                    break;
                }
            }
            faults.remove(next);
        }
        if (next != null) {
            next.what.run();
        }
    }

    /** Without faults and counts. */
    EventStore real() {
        return real;
    }

    /** Once. */
    void before(String method, Runnable what) {
        synchronized (faults) {
            faults.add(new Fault(method, true, what));
        }
    }

    /** Once. */
    void after(String method, Runnable what) {
        synchronized (faults) {
            faults.add(new Fault(method, false, what));
        }
    }

    int calls(String method) {
        synchronized (calls) {
            return (int) calls.stream().filter(method::equals).count();
        }
    }

    static Runnable failing(ErrorKind kind) {
        return () -> {
            throw new VarveException(kind, "so the test wants it");
        };
    }
}
