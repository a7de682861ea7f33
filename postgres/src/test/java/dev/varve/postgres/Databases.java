package dev.varve.postgres;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A data source whose connections do what a test wants. */
final class Databases {

    private Databases() {}

    /** What happens when a method of a connection is called. */
    interface Call {
        /** The real thing. */
        @Nullable Object proceed() throws SQLException;
    }

    /** What a test makes of calls. */
    interface Meddler {
        @Nullable Object call(String method, @Nullable Object @Nullable [] arguments, Call call) throws SQLException;
    }

    /** Connections of a user varve, every call of which goes through a meddler. */
    static DataSource meddled(String url, Meddler meddler) {
        return proxy(
                DataSource.class,
                (method, arguments, call) -> {
                    if (!method.equals("getConnection")) {
                        throw new UnsupportedOperationException(method);
                    }
                    Connection real = DriverManager.getConnection(url, "varve", null);
                    return proxy(Connection.class, meddler, real);
                },
                url);
    }

    private static <T> T proxy(Class<T> type, Meddler meddler, Object target) {
        return type.cast(Proxy.newProxyInstance(
                Databases.class.getClassLoader(),
                new Class<?>[] {type},
                (self, method, arguments) ->
                        meddler.call(method.getName(), arguments, () -> invoke(method, target, arguments))));
    }

    private static @Nullable Object invoke(Method method, Object target, @Nullable Object @Nullable [] arguments)
            throws SQLException {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof SQLException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
