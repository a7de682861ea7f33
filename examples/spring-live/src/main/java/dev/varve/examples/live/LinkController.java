package dev.varve.examples.live;

import dev.varve.api.Changeset;
import dev.varve.api.Precondition;
import dev.varve.api.Repository;
import dev.varve.api.SaveResult;
import dev.varve.api.Violation;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** What the page asks for. */
@RestController
@RequestMapping("/links")
final class LinkController {

    private static final Set<String> SCHEMES = Set.of("http", "https");

    private final Repository<Link> links;

    LinkController(Repository<Link> links) {
        this.links = links;
    }

    @GetMapping
    List<Link> all() {
        return links.all();
    }

    /** All links, then every change as it comes. */
    @GetMapping("/events")
    SseEmitter events() {
        return LinkEvents.open(links);
    }

    /** Takes a form: of its fields those that are allowed, and says what is wrong with which. */
    @PostMapping
    ResponseEntity<?> add(@RequestParam Map<String, String> form) {
        Map<String, String> given = new LinkedHashMap<>(form);
        given.values().removeIf(String::isBlank); // a field that was left alone
        Changeset<Link> changes = links.change(given, "slug", "title", "url")
                .validate("url", URI.class, LinkController::onTheWeb, "must begin with http:// or https://");
        return switch (links.save(changes, Precondition.ifAbsent())) {
            case SaveResult.Saved<Link> saved ->
                ResponseEntity.status(HttpStatus.CREATED).body(saved.value());
            case SaveResult.Invalid<Link> invalid ->
                ResponseEntity.unprocessableContent().body(invalid.violations());
            case SaveResult.Conflict<Link> _ ->
                ResponseEntity.status(HttpStatus.CONFLICT).body(List.of(new Violation("slug", "is taken already")));
        };
    }

    private static boolean onTheWeb(URI url) {
        return url.getScheme() != null && SCHEMES.contains(url.getScheme());
    }

    @DeleteMapping("/{slug}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(@PathVariable String slug) {
        links.delete(slug);
    }
}
