package dev.varve.bench;

import dev.varve.bench.client.AnyServerTest;
import dev.varve.bench.client.ProducerCrashTest;
import dev.varve.bench.corrupt.CorruptTest;
import dev.varve.bench.crowds.CrowdsTest;
import dev.varve.bench.entries.EntryCrashTest;
import dev.varve.bench.entries.EntryWatchTest;
import dev.varve.bench.events.EventCrashTest;
import dev.varve.bench.faults.FaultsTest;
import dev.varve.bench.histories.HistoriesTest;
import dev.varve.bench.live.LiveSyncTest;
import java.io.IOException;
import java.util.List;

/** Entry point of {@code varve bench}: load and crash tests against a server in a process of its own. */
public final class Bench {

    private static final String USAGE = """
            usage: varve bench streams [--peer NAME[=PATH]]... [--connections N] [--streams N] [--bytes N] [--seconds S] ...
                   varve bench reads [--peer NAME[=PATH]]... [--mebibytes N] ...
                   varve bench sse [--peer NAME[=PATH]]... [--readers N,N,...] ...
                   varve bench entries [--peer NAME[=PATH]]... [--connections N] [--bytes N] [--seconds S] ...
                   varve bench entries delivery [--subscribers N,N,...] [--seconds S] [--rounds N] ...
                   varve bench entries idle [--sockets N]
                   varve bench entries large [--entries N] [--data DIR] [--queries N] [--limit N] ...
                   varve bench events [--peer NAME[=PATH]]... [--connections N] [--bytes N] [--seconds S] ...
                   varve bench events replay [--events N] [--times N] ...
                   varve bench events log [--events N] [--page N] [--data DIR] ...
                   varve bench events conditions [--events N] [--data DIR] [--connections N] [--seconds S] ...
                   varve bench events delivery [--subscribers N,N,...] [--seconds S] [--rounds N] ...
                   varve bench events aggregates [--aggregates N] [--step N] [--connections N] ...
                   varve bench pekko [--peer NAME[=PATH]]... [--actors N] [--bytes N] [--seconds S] ...
                   varve bench pekko replay [--peer NAME[=PATH]]... [--events N] [--bytes N] [--seconds S] ...
                   varve bench crash [--cycles N] [--seconds-per-cycle S] [--seed N] ...
                   varve bench crash-entries [--cycles N] [--writers N] [--seconds-per-cycle S] [--seed N] [--keep]
                   varve bench crash-events [--cycles N] [--writers N] [--stores N] [--seconds-per-cycle S] [--seed N] [--keep]
                   varve bench faults [--size small|large] [--only NAME,...] [--sweep WORDS] [--seed N] [--keep]
                   varve bench corrupt [--sample N] [--seed N] [--files PATTERN] [--only KIND] [--repeat CASE] ...
                   varve bench histories [--entries|--events] [--histories N] [--where memory,disk,server] [--seed N] [--check FILE] ...
                   varve bench soak [--minutes N] [--pause-millis N] [--readers N] [--seed N] ...
                   varve bench crowds [--large] [--parts idle,slow,stalled,overload] [--heap 128m] ...
                   varve bench watch [--seconds S] [--readers N] [--kills N] [--seed N] ...
                   varve bench watch-entries [--seconds S] [--readers N] [--kills N] [--restarts N] [--seed N] ...
                   varve bench live [--seconds S] [--readers N] [--bytes-per-cut N] [--reopen-every S] [--kills N] [--seed N] ...
                   varve bench library [--items N] [--bytes N] [--rounds N] [--subscriptions N]
                   varve bench producer [--kills N] [--server-kill-every N] [--longest-millis N] [--seed N] [--keep]
                   varve bench any-server [--command 'WORDS {port} {data}'] [--name NAME]
                   varve bench micro [PATTERN] [--seconds S] [--rounds N] [--forks N]
            docs/performance.md says more.""";

    private Bench() {}

    /**
     * Runs one of the tests.
     *
     * @param args its name and its options
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        System.exit(run(List.of(args)));
    }

    private static int run(List<String> args) throws IOException, InterruptedException {
        String name = args.isEmpty() ? "" : args.getFirst();
        List<String> rest = args.isEmpty() ? args : args.subList(1, args.size());
        try {
            return switch (name) {
                case "streams" -> StreamsBench.main(rest);
                case "reads" -> ReadsBench.main(rest);
                case "sse" -> SseBench.main(rest);
                case "entries" -> EntriesBench.main(rest);
                case "events" -> EventsBench.main(rest);
                case "pekko" -> PekkoBench.main(rest);
                case "watch" -> WatchTest.main(rest);
                case "watch-entries" -> EntryWatchTest.main(rest);
                case "library" -> LibraryBench.main(rest);
                case "live" -> LiveSyncTest.main(rest);
                case "crowds" -> CrowdsTest.main(rest);
                case "histories" -> HistoriesTest.main(rest);
                case "soak" -> SoakTest.main(rest);
                case "faults" -> FaultsTest.main(rest);
                case "corrupt" -> CorruptTest.main(rest);
                case "crash" -> CrashTest.main(rest);
                case "crash-entries" -> EntryCrashTest.main(rest);
                case "crash-events" -> EventCrashTest.main(rest);
                case "producer" -> ProducerCrashTest.main(rest);
                case "any-server" -> AnyServerTest.main(rest);
                case "micro" -> MicroBench.main(rest);
                default -> throw new Options.UsageException("there is no test " + name + "\n" + USAGE);
            };
        } catch (Options.UsageException e) {
            System.err.println("varve bench: " + e.getMessage());
            return 64;
        }
    }
}
