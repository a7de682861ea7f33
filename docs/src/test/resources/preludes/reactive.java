import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.Cancellable;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

//// Reactor
@Schema(prefix = "links")
record Link(@Key String slug, @Required String title) {}
Repository<Link> links = varve.repository(Link.class);
