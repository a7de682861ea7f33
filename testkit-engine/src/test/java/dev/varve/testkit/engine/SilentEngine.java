package dev.varve.testkit.engine;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** For tests that are about faults: the engine need not warn of each. */
final class SilentEngine implements BeforeEachCallback, AfterEachCallback {

    private final Logger engineLog = Logger.getLogger("dev.varve.engine");

    @Override
    public void beforeEach(ExtensionContext context) {
        engineLog.setLevel(Level.OFF);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        engineLog.setLevel(null);
    }
}
