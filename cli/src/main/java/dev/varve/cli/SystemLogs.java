package dev.varve.cli;

import java.text.MessageFormat;
import java.util.MissingResourceException;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Sends what the engine and the JDK log by {@link System.Logger} to where everything else is logged. The JDK asks for a
 * logger whenever it makes an HTTP client or exits; a logging system that is set up for that alone takes longer than most
 * commands, so it is set up when there is something to say. Thread-safe.
 */
public final class SystemLogs extends System.LoggerFinder {

    /** For {@link java.util.ServiceLoader}. */
    public SystemLogs() {}

    @Override
    public System.Logger getLogger(String name, Module module) {
        return new LazyLogger(name);
    }

    /** Below a warning only Varve's own words are worth a look at the configuration. Thread-safe. */
    private record LazyLogger(String name) implements System.Logger {

        @Override
        public String getName() {
            return name;
        }

        @Override
        public boolean isLoggable(Level level) {
            boolean worthALook = name.startsWith("dev.varve.") || level.compareTo(Level.WARNING) >= 0;
            return worthALook
                    && level != Level.OFF
                    && LoggerFactory.getLogger(name).isEnabledForLevel(translated(level));
        }

        @Override
        public void log(
                Level level, @Nullable ResourceBundle bundle, @Nullable String message, @Nullable Throwable thrown) {
            if (isLoggable(level)) {
                LoggerFactory.getLogger(name)
                        .atLevel(translated(level))
                        .setCause(thrown)
                        .log(localized(bundle, message));
            }
        }

        @Override
        public void log(
                Level level,
                @Nullable ResourceBundle bundle,
                @Nullable String format,
                @Nullable Object @Nullable ... parameters) {
            if (isLoggable(level)) {
                String text = localized(bundle, format);
                boolean plain = parameters == null || parameters.length == 0;
                LoggerFactory.getLogger(name)
                        .atLevel(translated(level))
                        .log(plain ? text : MessageFormat.format(text, parameters));
            }
        }

        private static String localized(@Nullable ResourceBundle bundle, @Nullable String text) {
            if (bundle != null && text != null) {
                try {
                    return bundle.getString(text);
                } catch (MissingResourceException e) {
                    return text;
                }
            }
            return String.valueOf(text);
        }

        private static org.slf4j.event.Level translated(Level level) {
            return switch (level) {
                case ALL, TRACE -> org.slf4j.event.Level.TRACE;
                case DEBUG -> org.slf4j.event.Level.DEBUG;
                case INFO -> org.slf4j.event.Level.INFO;
                case WARNING -> org.slf4j.event.Level.WARN;
                case ERROR, OFF -> org.slf4j.event.Level.ERROR;
            };
        }
    }
}
