import dev.varve.spring.*;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.event.EventListener;
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
