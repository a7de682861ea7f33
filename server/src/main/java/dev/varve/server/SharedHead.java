package dev.varve.server;

/**
 * What comes before the payload in messages of live changes: the same for all channels that have joined a store under one
 * topic and with one codec, so that they share whole frames. Immutable.
 *
 * @param index its place among those of the store
 */
record SharedHead(PhoenixCodec codec, String topic, byte[] bytes, int index) {

    /** How many a store has at most: by its name and by its id, for each codec. Channels of other topics share no frames. */
    static final int MAX = 2 * PhoenixCodec.COUNT;
}
