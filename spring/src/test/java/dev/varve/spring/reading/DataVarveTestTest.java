package dev.varve.spring.reading;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Repository;
import dev.varve.api.Store;
import dev.varve.spring.DataVarveTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;

/** A test of an application's records has these, and nothing else of the application. */
@DataVarveTest
final class DataVarveTestTest {

    @Autowired
    Repository<Link> links;

    @Autowired
    Repository<Note> notes;

    @Autowired
    Store store;

    @Autowired
    ObjectProvider<Titles> titles;

    @Test
    void records_are_kept_in_memory() {
        links.insert(new Link("dust", "Dust"));
        assertThat(links.get("dust").title()).isEqualTo("Dust");
        assertThat(notes.all()).isEmpty();
        assertThat(store.name()).isEqualTo("test/test");
    }

    @Test
    void components_are_left_out() {
        assertThat(titles.getIfAvailable()).isNull();
    }

    @Nested
    @DataVarveTest(properties = "varve.store=own/store")
    final class WithProperties {

        @Test
        void they_go_before(@Autowired Store own) {
            assertThat(own.name()).isEqualTo("own/store");
        }
    }
}
