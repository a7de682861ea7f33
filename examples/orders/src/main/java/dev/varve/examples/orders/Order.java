package dev.varve.examples.orders;

/** As much of an order as commands depend on. */
record Order(Status status, int articles, long total) {

    static final Order NONE = new Order(Status.NONE, 0, 0);

    /** How far an order has come. */
    enum Status {
        NONE,
        OPEN,
        PAID,
        SHIPPED,
        CANCELLED
    }

    Order with(Status other) {
        return new Order(other, articles, total);
    }
}
