package dev.varve.api;

/** Another Varve, with one of its stores as the configured one. Thread-safe. */
final class ConfiguredVarve implements Varve {

    private final Varve varve;
    private final Store store;

    ConfiguredVarve(Varve varve, String storeName) {
        this.varve = varve;
        this.store = varve.store(storeName);
    }

    @Override
    public Streams streams() {
        return varve.streams();
    }

    @Override
    public Store store(String name) {
        return varve.store(name);
    }

    @Override
    public Store store() {
        return store;
    }

    @Override
    public Varve withStore(String name) {
        return varve.withStore(name);
    }

    @Override
    public void close() {
        varve.close();
    }
}
