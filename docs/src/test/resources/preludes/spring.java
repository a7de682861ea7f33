import dev.varve.postgres.JdbcCheckpointStore;
import dev.varve.spring.*;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.event.EventListener;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.stereotype.Service;
//// Changes of records
interface View {
    void replaceWith(List<Link> links);
}
View view = links -> {};
Repository<Link> links = store.repository(Link.class);
