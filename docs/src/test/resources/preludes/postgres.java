import dev.varve.postgres.PostgresEventStore;
import dev.varve.postgres.PostgresOptions;
import dev.varve.postgres.TestPostgres;
import javax.sql.DataSource;
//// In a minute
DataSource dataSource = TestPostgres.shared().dataSource();
AggregateId order = new AggregateId("order", "4711");
//// Configuration
String url = TestPostgres.shared().url();
{
    System.out.println(url);
}
