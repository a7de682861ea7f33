package dev.varve.spring;

import dev.varve.api.Store;
import dev.varve.api.Varve;
import dev.varve.api.spi.Transport;
import dev.varve.client.VarveClient;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;

/** The {@link Varve} that the properties describe, and its configured {@link Store}. Beans of the application go before. */
@AutoConfiguration
@EnableConfigurationProperties(VarveProperties.class)
public final class VarveAutoConfiguration {

    /** For Spring. */
    public VarveAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    Varve varve(
            VarveProperties properties,
            Environment environment,
            ObjectProvider<VarveClientCustomizer> customizers,
            ObjectProvider<VarveWrapper> wrappers) {
        Optional<String> store = properties.store(environment);
        Varve made = switch (properties.mode()) {
            case REMOTE -> connect(properties, environment, customizers);
            case EMBEDDED -> Varve.open(directory(properties));
            case MEMORY -> Varve.inMemory();
        };
        Transport.Kind transport =
                properties.mode() == VarveProperties.Mode.REMOTE ? Transport.Kind.HTTP : Transport.Kind.EMBEDDED;
        VarveWrapper wrapper = wrappers.getIfAvailable();
        Varve varve = wrapper == null ? made : wrapper.wrap(made, transport);
        return store.map(varve::withStore).orElse(varve);
    }

    private static Varve connect(
            VarveProperties properties, Environment environment, ObjectProvider<VarveClientCustomizer> customizers) {
        Map<String, String> names = new HashMap<>();
        properties.url(environment).ifPresent(url -> names.put("varve.url", url));
        properties.token(environment).ifPresent(token -> names.put("varve.token", token));
        VarveClient.Builder builder = VarveClient.fromProperties(names)
                .connectTimeout(properties.connectTimeout())
                .requestTimeout(properties.requestTimeout())
                .liveTimeout(properties.liveTimeout())
                .retryFor(properties.retryFor());
        customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
        return builder.connect();
    }

    private static Path directory(VarveProperties properties) {
        Path directory = properties.data();
        if (directory == null) {
            throw new IllegalArgumentException("varve.data: name the data directory, as varve.mode is embedded");
        }
        return directory;
    }

    /** Made when somebody needs it, who is told then when none is configured. */
    @Bean
    @Lazy
    @ConditionalOnMissingBean
    Store varveStore(Varve varve, VarveProperties properties, Environment environment) {
        return properties.store(environment).map(varve::store).orElseGet(varve::store);
    }
}
