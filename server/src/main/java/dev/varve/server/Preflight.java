package dev.varve.server;

/** Answers OPTIONS from the route table. Streams are open to pages of every origin, without credentials. */
final class Preflight {

    private static final byte[] ALLOW_ANY = HeaderLines.of(
            "Access-Control-Allow-Origin: *",
            "Access-Control-Allow-Headers: authorization, content-type, if-match, if-none-match, stream-seq,"
                    + " stream-ttl, stream-expires-at, stream-closed, stream-forked-from, stream-fork-offset,"
                    + " stream-fork-sub-offset, stream-retention-age, stream-retention-bytes,"
                    + " stream-retention-messages, producer-id, producer-epoch, producer-seq",
            "Access-Control-Max-Age: 600");
    private static final HeaderName ALLOW_METHODS = new HeaderName("Access-Control-Allow-Methods");

    private Preflight() {}

    static Response answer(Routes.Resource resource) {
        Response response = Response.of(204).header(HeaderName.ALLOW, resource.allow);
        return resource.browsers()
                ? response.header(ALLOW_METHODS, resource.allow).lines(ALLOW_ANY)
                : response;
    }
}
