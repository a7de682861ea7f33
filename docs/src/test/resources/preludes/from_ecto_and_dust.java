import dev.varve.api.spi.Transport;

//// Schema
Repository<Link> links = varve.repository(Link.class);
Repository<WholeLink> wholeLinks = varve.repository(WholeLink.class);
{
    links.insert(new Link("dust", "Dust", URI.create("https://example.org"), null));
    wholeLinks.insert(new WholeLink("foo", "Foo", null));
}
//// Changesets
Map<String, Object> attributes = Map.of("slug", "from-a-form", "title", "Form", "url", "https://example.org");
//// Batches
WholeLink existing = wholeLinks.get("foo");
long revision = wholeLinks.findRecord("foo").orElseThrow().revision();
//// Errors
Link link = new Link("varve", "Varve", URI.create("https://example.org"), null);
//// Configuration
Properties properties = new Properties();
String token = "secret";
//// Subscriptions
static final class LatestLinks implements Flow.Subscriber<RecordEvent<Link>> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(RecordEvent<Link> event) {}

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onComplete() {}
}
