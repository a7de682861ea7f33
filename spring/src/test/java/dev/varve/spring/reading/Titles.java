package dev.varve.spring.reading;

import dev.varve.api.Repository;
import java.util.List;
import org.springframework.stereotype.Component;

/** A component that needs the records. */
@Component
public class Titles {

    private final Repository<Link> links;

    public Titles(Repository<Link> links) {
        this.links = links;
    }

    public List<String> all() {
        return links.all().stream().map(Link::title).toList();
    }
}
