package dev.varve.spring;

import dev.varve.postgres.JdbcCheckpointStore;
import javax.sql.DataSource;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Checkpoints of projections that write to the database of the application, in the same transactions, where {@code varve-postgres} and {@code
 * spring-jdbc} are on the class path.
 */
@AutoConfiguration(after = VarveAutoConfiguration.class)
@ConditionalOnClass({JdbcCheckpointStore.class, TransactionAwareDataSourceProxy.class})
public final class VarveCheckpointsAutoConfiguration {

    /** For Spring. */
    public VarveCheckpointsAutoConfiguration() {}

    /** Made when a projection needs it, as it asks the database for its table; where the application has none, nobody needs it. */
    @Bean
    @Lazy
    @ConditionalOnMissingBean
    JdbcCheckpointStore varveCheckpoints(
            DataSource source, PlatformTransactionManager transactions, VarveProperties properties) {
        TransactionTemplate template = new TransactionTemplate(transactions);
        return JdbcCheckpointStore.joining(
                new TransactionAwareDataSourceProxy(source),
                properties.postgres().checkpointsTable(),
                work -> template.executeWithoutResult(status -> work.run()));
    }
}
