package dev.varve.spring;

import dev.varve.api.LiveOptions;
import dev.varve.api.LiveSync;
import dev.varve.api.Store;
import java.nio.file.Path;
import java.util.Set;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

/**
 * Keeps the records that have a repository in step over a socket, when {@code varve.live.enabled} says so and there is a server. A
 * {@link LiveSync} or {@link LiveOptions} of the application go before.
 */
@AutoConfiguration(after = VarveRepositoriesAutoConfiguration.class)
@ConditionalOnBooleanProperty("varve.live.enabled")
@ConditionalOnProperty(name = "varve.mode", havingValue = "remote", matchIfMissing = true)
public final class VarveLiveAutoConfiguration {

    /** For Spring. */
    public VarveLiveAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean({LiveOptions.class, LiveSync.class})
    LiveOptions varveLiveOptions(VarveProperties properties, ConfigurableListableBeanFactory beans) {
        Set<Class<? extends Record>> types = RepositoryBeans.types(beans);
        if (types.isEmpty()) {
            throw new IllegalStateException(
                    "varve.live.enabled is set, and there is no record with @Schema to keep in step: say where they are with"
                            + " @EnableVarveRepositories, or define a bean of type LiveOptions");
        }
        VarveProperties.Live live = properties.live();
        LiveOptions options = LiveOptions.of(types.toArray(Class<?>[]::new))
                .withView(live.view())
                .withMaxEntries(live.maxEntries())
                .withMaxWaiting(live.maxWaiting())
                .withAnswerTimeout(live.answerTimeout());
        Path file = live.file();
        return file == null ? options : options.withFile(file);
    }

    /** Made when the context starts, also where others are when they are needed: nobody need ask for it. */
    @Bean
    @Lazy(false)
    @ConditionalOnMissingBean
    LiveSync varveLive(Store store, LiveOptions options) {
        return store.live(options);
    }
}
