package dev.varve.engine.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Memory for reads: lent, counted, bounded, given back. */
final class ReadMemoryTest {

    private static final int MEBIBYTE = 1 << 20;

    private final ReadMemory memory = new ReadMemory(8 * MEBIBYTE);

    private ReadMemory.Lease lease(long bytes) {
        ReadMemory.Lease lease = memory.tryLease(bytes);
        assertThat(lease).isNotNull();
        return lease;
    }

    @Test
    void a_buffer_has_the_asked_size_and_lies_outside_the_heap() {
        for (int bytes : new int[] {0, 1, 4_096, 80 << 10, (80 << 10) + 1, 3 * MEBIBYTE}) {
            try (ReadMemory.Lease lease = memory.lease()) {
                ByteBuffer buffer = lease.take(bytes);
                assertThat(buffer.remaining()).isEqualTo(bytes);
                assertThat(buffer.position()).isZero();
                assertThat(buffer.isDirect()).isTrue();
            }
        }
    }

    @Test
    void what_is_reserved_and_taken_is_counted_until_it_is_given_back() {
        ReadMemory.Lease lease = lease(MEBIBYTE);
        assertThat(memory.usedBytes()).isEqualTo(MEBIBYTE);
        lease.take(100 << 10);
        assertThat(memory.usedBytes()).isEqualTo(MEBIBYTE);
        lease.settle();
        assertThat(memory.usedBytes()).isEqualTo(160 << 10);
        lease.take(2 * MEBIBYTE);
        assertThat(memory.usedBytes()).isGreaterThan(2 * MEBIBYTE);
        lease.close();
        lease.close();
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void it_is_short_of_what_it_would_refuse() {
        assertThat(memory.isShortOf(20 * MEBIBYTE)).isFalse();
        ReadMemory.Lease most = lease(7 * MEBIBYTE);
        assertThat(memory.isShortOf(MEBIBYTE)).isFalse();
        assertThat(memory.isShortOf(MEBIBYTE + 1)).isTrue();
        memory.lease(2 * MEBIBYTE, ReadMemory.Lease::close);
        assertThat(memory.isShortOf(1)).isTrue();
        most.close();
        assertThat(memory.isShortOf(20 * MEBIBYTE)).isFalse();
    }

    @Test
    void beyond_the_bound_nothing_is_lent_but_to_somebody_who_has_it_all() {
        ReadMemory.Lease all = lease(20 * MEBIBYTE);
        assertThat(memory.tryLease(1)).isNull();
        all.close();
        ReadMemory.Lease most = lease(7 * MEBIBYTE);
        assertThat(memory.tryLease(2 * MEBIBYTE)).isNull();
        lease(MEBIBYTE).close();
        most.close();
    }

    @Test
    void those_who_wait_are_served_in_order_and_before_others() {
        List<String> served = new ArrayList<>();
        List<ReadMemory.Lease> leases = new ArrayList<>();
        ReadMemory.Lease first = lease(6 * MEBIBYTE);
        for (String name : List.of("a", "b", "c")) {
            memory.lease(4 * MEBIBYTE, lease -> {
                served.add(name);
                leases.add(lease);
            });
        }
        assertThat(served).isEmpty();
        // There would be room, but others were first.
        assertThat(memory.tryLease(MEBIBYTE)).isNull();
        first.close();
        assertThat(served).containsExactly("a", "b");
        leases.getFirst().close();
        assertThat(served).containsExactly("a", "b", "c");
        leases.forEach(ReadMemory.Lease::close);
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void memory_is_used_again_and_only_some_of_it_is_kept() {
        ByteBuffer first;
        try (ReadMemory.Lease lease = memory.lease()) {
            first = lease.take(MEBIBYTE);
            first.putLong(0, 42);
        }
        assertThat(memory.keptBytes()).isGreaterThanOrEqualTo(MEBIBYTE);
        try (ReadMemory.Lease lease = memory.lease()) {
            assertThat(lease.take(MEBIBYTE).getLong(0)).isEqualTo(42);
            for (int i = 0; i < 6; i++) {
                lease.take(MEBIBYTE);
            }
        }
        assertThat(memory.keptBytes()).isLessThanOrEqualTo(2 * MEBIBYTE);
    }

    @Test
    void two_leases_never_share_memory() {
        try (ReadMemory.Lease one = memory.lease();
                ReadMemory.Lease other = memory.lease()) {
            ByteBuffer a = one.take(1_000);
            ByteBuffer b = one.take(1_000);
            ByteBuffer c = other.take(1_000);
            a.putInt(0, 1);
            b.putInt(0, 2);
            c.putInt(0, 3);
            assertThat(List.of(a.getInt(0), b.getInt(0), c.getInt(0))).containsExactly(1, 2, 3);
        }
    }

    @Test
    void taking_instead_uses_the_same_memory_while_it_fits() {
        try (ReadMemory.Lease lease = memory.lease()) {
            lease.takeInstead(100).putInt(0, 7);
            assertThat(lease.takeInstead(200).getInt(0)).isEqualTo(7);
            lease.takeInstead(MEBIBYTE);
            assertThat(memory.usedBytes()).isLessThan(2 * MEBIBYTE);
        }
    }

    @Test
    void after_closing_lent_memory_stays_valid_and_is_freed_when_it_comes_back() {
        ReadMemory.Lease lease = memory.lease();
        ByteBuffer buffer = lease.take(1_000);
        memory.close();
        buffer.putInt(0, 5);
        assertThat(buffer.getInt(0)).isEqualTo(5);
        lease.close();
        assertThatThrownBy(() -> buffer.getInt(0)).isInstanceOf(IllegalStateException.class);
        assertThat(memory.keptBytes()).isZero();
    }
}
