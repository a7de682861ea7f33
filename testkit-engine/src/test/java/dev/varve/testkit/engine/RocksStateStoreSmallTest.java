package dev.varve.testkit.engine;

import dev.varve.engine.state.StateOptions;

/** The contract, by the store on disk with so little memory that everything goes to files early and often. */
final class RocksStateStoreSmallTest extends RocksStateStoreTest {

    @Override
    StateOptions options() {
        return super.options()
                .withBlockCacheBytes(1 << 20)
                .withMemtableBytes(1 << 20)
                .withBatchBytes(1 << 10)
                .withValueFileBytes(16 << 10)
                .withOpenFiles(2);
    }
}
