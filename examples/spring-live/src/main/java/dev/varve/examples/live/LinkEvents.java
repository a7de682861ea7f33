package dev.varve.examples.live;

import dev.varve.api.RecordEvent;
import dev.varve.api.Repository;
import java.io.IOException;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * One browser that follows the links: it is sent all of them, and then every change. The next change is asked for when the last
 * one was sent, so that a browser that is too slow is cut off by the repository, and begins anew when it comes back.
 */
final class LinkEvents implements Flow.Subscriber<RecordEvent<Link>> {

    private final Repository<Link> links;
    private final SseEmitter browser = new SseEmitter(0L); // for as long as the page is open
    private volatile Flow.@Nullable Subscription subscription;

    private LinkEvents(Repository<Link> links) {
        this.links = links;
    }

    static SseEmitter open(Repository<Link> links) {
        LinkEvents events = new LinkEvents(links);
        events.browser.onCompletion(events::leave);
        events.browser.onError(failure -> events.leave());
        links.publisher().subscribe(events);
        return events.browser;
    }

    /** What changes from here on is told later; what was there is sent now, so that nothing falls between. */
    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        send("all", links.all());
        given.request(1);
    }

    @Override
    public void onNext(RecordEvent<Link> event) {
        switch (event) {
            case RecordEvent.Upserted<Link> upserted -> send("upserted", upserted.value());
            case RecordEvent.Deleted<Link> deleted -> send("deleted", deleted.key());
        }
        Flow.Subscription given = subscription;
        if (given != null) {
            given.request(1);
        }
    }

    private void send(String name, Object data) {
        try {
            browser.send(SseEmitter.event().name(name).data(data));
        } catch (IOException | IllegalStateException e) {
            leave(); // the page was closed
        }
    }

    private void leave() {
        Flow.Subscription given = subscription;
        if (given != null) {
            given.cancel();
        }
    }

    @Override
    public void onError(Throwable failure) {
        browser.complete(); // the browser comes back by itself, and is sent all links
    }

    @Override
    public void onComplete() {
        browser.complete();
    }
}
