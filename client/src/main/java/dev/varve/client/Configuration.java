package dev.varve.client;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the choices of a connection that others have written down by name. */
final class Configuration {

    private static final String PREFIX = "varve.";
    private static final String URL = "varve.url";
    private static final String STORE = "varve.store";
    private static final String TOKEN = "varve.token";

    /** What a property says of a connection, but for the URL, with which one begins. */
    private static final Map<String, BiConsumer<VarveClient.Builder, String>> CHOICES = new TreeMap<>(Map.of(
            STORE,
            VarveClient.Builder::store,
            TOKEN,
            (builder, value) -> builder.token(() -> value),
            "varve.connect-timeout",
            (builder, value) -> builder.connectTimeout(time(value)),
            "varve.request-timeout",
            (builder, value) -> builder.requestTimeout(time(value)),
            "varve.live-timeout",
            (builder, value) -> builder.liveTimeout(time(value)),
            "varve.retry-for",
            (builder, value) -> builder.retryFor(time(value))));

    /** Which variables stand for a property; the first that is there does. */
    private static final Map<String, List<String>> VARIABLES = Map.of(
            URL, List.of("VARVE_URL", "DUST_BASE_URL"),
            STORE, List.of("VARVE_STORE", "DUST_STORE"),
            TOKEN, List.of("VARVE_TOKEN", "DUST_TOKEN"));

    private static final Pattern TIME = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");

    /** What was given for a property, and what it was called there. */
    private record Given(String name, String value) {}

    private Configuration() {}

    static VarveClient.Builder fromEnvironment(Map<String, String> environment) {
        Map<String, Given> found = new LinkedHashMap<>();
        VARIABLES.forEach((property, variables) -> {
            for (String variable : variables) {
                String value = environment.getOrDefault(variable, "").strip();
                if (!value.isEmpty()) {
                    found.putIfAbsent(property, new Given(variable, value));
                }
            }
        });
        return builder(found, "VARVE_TOKEN");
    }

    static VarveClient.Builder fromProperties(Map<?, ?> properties) {
        Map<String, Given> found = new LinkedHashMap<>();
        properties.forEach((key, value) -> {
            if (!(key instanceof String name) || !name.startsWith(PREFIX)) {
                return;
            }
            if (!name.equals(URL) && !CHOICES.containsKey(name)) {
                throw new IllegalArgumentException(name + ": there is no such property, but " + URL + " and "
                        + String.join(", ", CHOICES.keySet()));
            }
            String text = String.valueOf(value).strip();
            if (!text.isEmpty()) {
                found.put(name, new Given(name, text));
            }
        });
        return builder(found, TOKEN);
    }

    private static VarveClient.Builder builder(Map<String, Given> found, String tokenName) {
        Given url = found.getOrDefault(URL, new Given(URL, VarveClient.DEFAULT_URL.toString()));
        VarveClient.Builder builder = naming(url, () -> VarveClient.builder(URI.create(url.value())));
        CHOICES.forEach((property, choice) -> {
            Given given = found.get(property);
            if (given != null) {
                naming(given, () -> {
                    choice.accept(builder, given.value());
                    return builder;
                });
            }
        });
        return builder.requireTokenElsewhere(tokenName);
    }

    /** Has a refusal say what was given. */
    private static VarveClient.Builder naming(Given given, Supplier<VarveClient.Builder> step) {
        try {
            return step.get();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(given.name() + ": " + e.getMessage(), e);
        }
    }

    private static Duration time(String text) {
        Matcher time = TIME.matcher(text);
        if (!time.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is no time; it should look like 500ms, 30s, 5m or 2h");
        }
        long number = Long.parseLong(time.group(1));
        return switch (time.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            default -> Duration.ofHours(number);
        };
    }
}
