package dev.varve.junit;

/** What {@link VarveTest} lets choose. */
record Choices(Lifetime lifetime, String store, boolean onDisk) {

    static final Choices DEFAULT = new Choices(Lifetime.TEST, VarveExtension.STORE, false);

    static Choices of(VarveTest annotation) {
        return new Choices(annotation.lifetime(), annotation.store(), annotation.onDisk());
    }
}
