import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.varve.api.spi.*;
import dev.varve.axon.*;
import dev.varve.pekko.*;
import dev.varve.postgres.JdbcCheckpointStore;
import dev.varve.postgres.PostgresEventStore;
import dev.varve.postgres.PostgresOptions;
import dev.varve.postgres.TestPostgres;
import dev.varve.spring.*;
import javax.sql.DataSource;
import java.net.ProxySelector;
import java.nio.ByteBuffer;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.axonframework.eventsourcing.configuration.EventSourcingConfigurer;
import org.axonframework.messaging.eventhandling.conversion.EventConverter;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import org.springframework.stereotype.Service;
//// client
URI url = url();
String token = "secret";
//// Batch
@Schema(prefix = "links")
record Link(@Key String slug, @Required String title) {}
@Schema(prefix = "people")
record Person(@Key String id, String name) {}
Repository<Link> links = varve.repository(Link.class);
Repository<Person> people = varve.repository(Person.class);
Person before = new Person("ann", "Ann");
Person after = new Person("ann", "Anne");
//// Changeset
@Schema(prefix = "links")
record Link(@Key String slug, @Required String title, URI url, @Field("added_at") Instant addedAt) {}
Repository<Link> links = varve.repository(Link.class);
Map<String, Object> form = Map.of("slug", "dust", "title", "Dust", "url", "https://example.org");
//// Repository
@Schema(prefix = "links")
record Link(@Key String slug, @Required String title, @Nullable String note, int visits) {
    Link(String slug, String title, @Nullable String note) {
        this(slug, title, note, 0);
    }
    Link withNote(String other) {
        return new Link(slug, title, other, visits);
    }
    Link withVisits(int more) {
        return new Link(slug, title, note, more);
    }
}
Repository<Link> links = varve.repository(Link.class);
//// StreamProducer
interface Items {
    long size();
    byte[] item(long i);
}
Items source = new Items() {
    @Override
    public long size() {
        return 10;
    }
    @Override
    public byte[] item(long i) {
        return (i + "\n").getBytes(UTF_8);
    }
};
Streams streams = varve.streams();
{
    streams.create("log", StreamConfig.of("text/plain"));
}
//// VarveTest
@Schema(prefix = "links")
record Link(@Key String slug, @Required String title, int visits) {}
//// DataVarveTest
//// EnableVarveRepositories
//// Lifetime
@Schema(prefix = "links")
record Link(@Key String slug, @Required String title) {}
//// VarveResyncEvent
@Schema(prefix = "links")
record Link(@Key String slug, @Required String title) {}
interface View {
    void replaceWith(List<Link> links);
}
View view = links -> {};
Repository<Link> links = store.repository(Link.class);
//// TypedStream
record Visit(String page, Instant at) {}
Streams streams = varve.streams();
//// CreateRequest
//// CreateResult
//// ErrorKind
//// Retention
//// StreamCodec
//// StreamConfig
Streams streams = varve.streams();
//// Backoff
//// FollowOptions
//// Offset
//// ReadResult
//// RefusedException
//// Refusal
//// StreamMetadata
//// Subscription
//// VarveException
Streams streams = varve.streams();
{
    streams.create("log", StreamConfig.of("text/plain"));
    streams.append("log", "hello\n".getBytes(UTF_8));
}
//// StreamReader
Streams streams = varve.streams();
{
    streams.create("log", StreamConfig.of("text/plain"));
    streams.append("log", "hello\n".getBytes(UTF_8));
    streams.close("log");
}
//// AppendRequest
//// AppendResult
//// Fork
//// JsonPages
//// ListResult
//// MessagesResult
//// Producer
//// ProducerOptions
Streams streams = varve.streams();
{
    streams.create("orders", StreamConfig.of("application/json"));
    streams.append("orders", "{\"id\":1}".getBytes(UTF_8));
}
//// AppendAllResult
Streams streams = varve.streams();
{
    streams.create("bank/ann", StreamConfig.of("application/json"));
    streams.create("bank/bob", StreamConfig.of("application/json"));
}
//// DeleteResult
//// MetadataResult
//// StreamCapability
//// StreamChange
//// StreamListener
//// StreamStorage
StreamStorage storage = engine.streams();
{
    storage.create(CreateRequest.of("log", StreamConfig.of("text/plain"))).join();
}
//// ItemPage
//// ItemPosition
//// StreamItem
//// TypedProducer
record Visit(String page, Instant at) {}
TypedStream<Visit> visits = varve.streams().typed("visits", JsonCodec.of(Visit.class));
{
    visits.create();
    visits.append(new Visit("dust", Instant.now()));
}
//// ItemReader
record Visit(String page, Instant at) {}
TypedStream<Visit> visits = varve.streams().typed("visits", JsonCodec.of(Visit.class));
{
    visits.create();
    visits.append(new Visit("dust", Instant.now()));
    varve.streams().close("visits");
}
//// UnexpectedAnswerException
URI url = url().resolve("/wiki");
//// CommitListener
//// Entry
//// EntryDifference
//// EntryEvent
//// EntryEventPage
//// EntryOp
//// EntryPage
//// EntryPages
//// EntryPattern
//// EntryRefusedException
//// EntryType
//// EntryValue
//// EntryWriteResult
//// FileReference
//// Moment
//// RollbackResult
//// StoreInfo
//// Transport
Entries entries = store.entries();
{
    entries.set(EntryPath.of("links", "dust", "title"), EntryValue.of("Dust"));
}
//// CommittedWrite
CommittedWrite write = new CommittedWrite() {
    @Override
    public long storeSeq() {
        return 1;
    }
    @Override
    public List<EntryChange> changes() {
        EntryPath path = EntryPath.of("visits");
        return List.of(new EntryChange(1, EntryOp.Kind.SET, path, EntryValue.of(1), "phone-7", "visit-1"));
    }
    @Override
    public Moment before() {
        return store.transport().now(EntryPattern.ALL).orElseThrow();
    }
    @Override
    public Moment after() {
        return before();
    }
};
{
    store.entries().set(EntryPath.of("visits"), EntryValue.of(1));
}
//// EntryQuery
//// EntryStorage
//// EntryWrite
//// FileContent
//// FileUpload
//// RecordFeeds
EntryStorage storage = engine.entries();
FileReference cover = FileReference.of(store.entries()
        .putFile(EntryPath.of("links", "dust", "cover"), new byte[] {1, 2, 3}, "image/png", "cover.png")
        .value());
{
    store.entries().set(EntryPath.of("links", "dust", "title"), EntryValue.of("Dust"));
}
//// BatchResult
//// CommitResult
//// EntryChange
//// InvalidRecordException
//// LimitExceededException
//// Precondition
//// RecordEvent
//// RecordListener
//// RecordPage
//// RecordReceipt
//// SaveResult
//// StoredRecord
//// UpdatedRecord
//// Violation
@Schema(prefix = "links")
record Link(@Key String slug, @Required String title, int visits) {}
Repository<Link> links = store.repository(Link.class);
{
    links.insert(new Link("dust", "Dust", 0));
}
//// LiveOptions
//// LiveSync
@Schema(prefix = "links")
record Link(@Key String slug, @Required String title) {}
Varve remote = VarveClient.builder(url()).store("acme/reading").connect();
Store store = remote.store();
Repository<Link> links = store.repository(Link.class);
{
    links.insert(new Link("dust", "Dust"));
}
@Override
public void close() {
    remote.close();
    super.close();
}
//// VarveSetup
// not run: the actor system would go on
//// PostgresEventStore
DataSource dataSource = TestPostgres.shared().dataSource();
//// JdbcCheckpointStore
DataSource dataSource = TestPostgres.shared().dataSource();
//// VarveProjections
class Bestsellers implements Projection {
    @Override
    public void handle(StoredEvent event) {}
}
