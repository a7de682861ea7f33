package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Pages of views as such, without a server. */
final class EntryViewsTest {

    private static final String STORE = "acme/pages";
    private static final ViewBounds FEW_PASSED_OVER = new ViewBounds(400, 3_000, 5, 10_000);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
    private final EntryView view = new EntryView(STORE, EntryPath.parse("shown"));
    private int writes;

    @AfterEach
    void stop() {
        threads.close();
        engine.close();
    }

    private EntryViews fresh() {
        return new EntryViews(engine.entries(), FEW_PASSED_OVER, threads);
    }

    private void set(String path, int times) {
        for (int i = 0; i < times; i++) {
            EntryOp op = EntryOp.set(EntryPath.parse(path), EntryValue.of(++writes));
            engine.entries()
                    .write(new EntryWrite(STORE, List.of(op), "device", "op" + writes, false, true))
                    .join();
        }
    }

    private ReadResult.Page read(EntryViews views) {
        Offset from = ViewPosition.after(0).offset();
        return (ReadResult.Page) views.read(view.path(), from, 1_000).join();
    }

    @Test
    void what_was_passed_over_before_does_not_make_another_page() {
        EntryViews views = fresh();
        set("other", 3);
        assertThat(read(views).next()).isEqualTo(ViewPosition.after(3).offset());

        set("other", 4);
        set("shown", 1);
        ReadResult.Page page = read(views);

        assertThat(page.next()).isEqualTo(ViewPosition.after(5).offset());
        assertThat(page.hasMore()).isTrue();
        assertThat(page.data().remaining()).isZero();
        assertThat(read(fresh()).next()).isEqualTo(page.next());
    }
}
