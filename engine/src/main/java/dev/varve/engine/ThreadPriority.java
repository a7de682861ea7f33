package dev.varve.engine;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.System.Logger;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;

/**
 * Tells the operating system which threads may wait. Java's own priorities do not reach Linux without flags. On other
 * systems nothing happens, which costs speed under load and nothing else. Stateless.
 */
final class ThreadPriority {

    private static final Logger LOG = System.getLogger(ThreadPriority.class.getName());

    /** PRIO_PROCESS of setpriority(2); with 0 for the process, Linux takes it for the calling thread alone. */
    private static final int PRIO_PROCESS = 0;

    /** About a tenth of the processor beside a busy thread, all of it beside an idle one. */
    private static final int NICE = 10;

    private ThreadPriority() {}

    /** Has the calling thread step back whenever another one wants its processor. */
    @SuppressWarnings("restricted") // a native call with the signature of setpriority(2), which takes no memory
    static void lower() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return;
        }
        try {
            Linker linker = Linker.nativeLinker();
            var setPriority = linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("setpriority"),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
            int result = (int) setPriority.invokeExact(PRIO_PROCESS, 0, NICE);
            if (result != 0) {
                LOG.log(Logger.Level.DEBUG, "the priority of a background thread stays as it is");
            }
        } catch (Throwable e) { // whatever the system does not offer, we can do without
            LOG.log(Logger.Level.DEBUG, "the priority of a background thread stays as it is", e);
        }
    }
}
