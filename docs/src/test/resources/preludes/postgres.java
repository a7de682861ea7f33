import dev.varve.postgres.JdbcCheckpointStore;
import dev.varve.postgres.PostgresEventStore;
import dev.varve.postgres.PostgresOptions;
import dev.varve.postgres.TestPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
//// In a minute
DataSource dataSource = TestPostgres.shared().dataSource();
AggregateId order = new AggregateId("order", "4711");
//// Configuration
String url = TestPostgres.shared().url();
{
    System.out.println(url);
}
//// Checkpoints beside a view
DataSource dataSource = TestPostgres.shared().dataSource();
EventStore events = store.events();
{
    try (Connection connection = dataSource.getConnection();
            Statement statement = connection.createStatement()) {
        statement.execute("CREATE TABLE totals (id text PRIMARY KEY, events int)");
    } catch (SQLException e) {
        throw new IllegalStateException(e);
    }
    events.append(new AggregateId("order", "1"), ExpectedVersion.any(), NewEvent.json("OrderPlaced", "{}"));
}
