package dev.varve.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.varve.api.spi.Transport;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of a listing when the store lets go of the moment that it is of. */
final class MomentListingTest {

    private static final int ENTRIES = 3;

    /** How many listings of a moment fail before one does not. */
    private int failures;

    private int pages;
    private ErrorKind kind = ErrorKind.COMPACTED;

    private MomentListing listing() {
        InvocationHandler store = (proxy, method, arguments) -> switch (method.getName()) {
            case "page" -> new EntryPage(List.of(entry(0)), entry(0).path(), ++pages);
            case "listAt" -> listAt((Long) arguments[1]);
            default -> throw new AssertionError(method);
        };
        Entries entries =
                (Entries) Proxy.newProxyInstance(Entries.class.getClassLoader(), new Class<?>[] {Entries.class}, store);
        Transport transport = Transport.http("acme/reading", entries, new RecordFeeds());
        return new MomentListing(() -> transport.list(EntryPattern.ALL).iterator());
    }

    /** Fails after its first entry, or lists the number of the moment. */
    private Stream<Entry> listAt(long storeSeq) {
        boolean fails = failures-- > 0;
        return IntStream.range(0, ENTRIES).mapToObj(i -> {
            if (fails && i > 0) {
                throw new VarveException(kind, "gone");
            }
            return entry(storeSeq);
        });
    }

    private static Entry entry(long number) {
        return new Entry(EntryPath.of("a"), EntryValue.of(number), EntryType.INTEGER, 1);
    }

    private static List<Entry> read(Iterator<Entry> listed) {
        List<Entry> read = new ArrayList<>();
        listed.forEachRemaining(read::add);
        return read;
    }

    @ParameterizedTest
    @EnumSource(
            value = ErrorKind.class,
            names = {"COMPACTED", "NOT_FOUND"})
    void it_is_begun_anew_with_a_later_moment(ErrorKind gone) {
        kind = gone;
        failures = 9;
        assertThat(listing().through(MomentListingTest::read)).containsExactly(entry(10), entry(10), entry(10));
    }

    @Test
    void it_is_not_begun_anew_for_ever() {
        failures = 10;
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> listing().through(MomentListingTest::read))
                .satisfies(thrown -> assertThat(thrown.kind()).isEqualTo(ErrorKind.COMPACTED));
        assertThat(pages).isEqualTo(10);
    }

    @Test
    void it_is_not_begun_anew_for_other_reasons() {
        kind = ErrorKind.UNAVAILABLE;
        failures = 1;
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> listing().through(MomentListingTest::read));
        assertThat(pages).isEqualTo(1);
    }

    @Test
    void what_was_handed_out_is_not_begun_anew() {
        failures = 1;
        Iterator<Entry> listed = listing().iterator();
        assertThat(listed.next()).isEqualTo(entry(1));
        assertThatExceptionOfType(VarveException.class).isThrownBy(() -> read(listed));
        assertThat(pages).isEqualTo(1);
    }
}
