package dev.varve.client.internal;

import dev.varve.api.Varve;
import dev.varve.api.spi.VarveProvider;
import dev.varve.client.VarveClient;
import java.net.URI;

/** Lets {@link Varve#connect(URI)} find the client. Thread-safe. */
public final class ClientProvider implements VarveProvider {

    /** For {@link java.util.ServiceLoader}. */
    public ClientProvider() {}

    @Override
    public boolean embeds() {
        return false;
    }

    @Override
    public Varve connect(URI url) {
        return VarveClient.builder(url).connect();
    }

    @Override
    public Varve connect() {
        return VarveClient.fromEnvironment(System.getenv()).connect();
    }
}
