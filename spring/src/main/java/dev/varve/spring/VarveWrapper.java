package dev.varve.spring;

import dev.varve.api.Varve;
import dev.varve.api.spi.Transport;

/** Has a look at what goes by the Varve of an application. */
@FunctionalInterface
interface VarveWrapper {

    /**
     * What the application gets in its place.
     *
     * @param varve what the properties describe
     * @param transport how its streams are reached
     */
    Varve wrap(Varve varve, Transport.Kind transport);
}
