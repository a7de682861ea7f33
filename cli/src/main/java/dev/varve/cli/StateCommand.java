package dev.varve.cli;

import dev.varve.engine.files.BlobInspector;
import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.journal.JournalInspector;
import dev.varve.engine.shard.ShardInspector;
import dev.varve.engine.state.StateInspector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code varve state}: looks at the checkpoints of a server that is not running. */
@Command(name = "state", description = "Look at the checkpoints of a server that is not running.")
final class StateCommand extends CommandGroup {

    private StateCommand() {
        super("say what to do, for example: varve state verify varve-data");
    }

    static CommandLine commandLine(Io io) {
        CommandLine state = new CommandLine(new StateCommand());
        state.addSubcommand(new Inspect(io));
        state.addSubcommand(new Verify(io));
        return state;
    }

    @Command(
            name = "inspect",
            description = "Show the checkpoints and check their lists of files.",
            footerHeading = "%n",
            footer = OfflineCommand.EXIT_TEXT)
    private static final class Inspect extends OfflineCommand {
        Inspect(Io io) {
            super(io);
        }

        @Override
        String name() {
            return "state";
        }

        @Override
        Findings look(Path looked) throws IOException {
            return findings(looked, StateInspector.list(looked));
        }
    }

    @Command(
            name = "verify",
            description =
                    "Do the same, read every file through, those that entries refer to, too, and compare with the journal"
                            + " beside it.",
            footerHeading = "%n",
            footer = OfflineCommand.EXIT_TEXT)
    private static final class Verify extends OfflineCommand {
        Verify(Io io) {
            super(io);
        }

        @Override
        String name() {
            return "state";
        }

        @Override
        Findings look(Path looked) throws IOException {
            StateInspector.Report report = StateInspector.verify(looked);
            String apart = apart(looked, report);
            if (apart != null) {
                report = report.with(looked, apart);
            }
            for (BlobInspector.Problem problem :
                    BlobInspector.verify(new SystemDisk(), looked.resolveSibling("files"))) {
                report = report.with(problem.file(), problem.what());
            }
            return findings(looked, report);
        }

        /** What is wrong between the state and the journal beside it; null for nothing, or when there is none. */
        private static @Nullable String apart(Path state, StateInspector.Report report) throws IOException {
            Path journal = state.resolveSibling("journal");
            return Files.isDirectory(journal)
                    ? ShardInspector.mismatch(JournalInspector.inspect(new SystemDisk(), journal), report)
                    : null;
        }
    }

    private static OfflineCommand.Findings findings(Path looked, StateInspector.Report report) {
        return new OfflineCommand.Findings(report.sound(), text(looked, report), json(looked, report));
    }

    private static String text(Path looked, StateInspector.Report report) {
        StringBuilder text = new StringBuilder("state: ").append(looked).append('\n');
        UUID store = report.store();
        text.append("store: ").append(store == null ? "cannot be told" : store).append('\n');
        text.append("newest checkpoint: ").append(report.newest() == 0 ? "none" : report.newest());
        for (StateInspector.CheckpointReport checkpoint : report.checkpoints()) {
            text.append("\ncheckpoint ").append(checkpoint.number());
            text.append(": replay from ").append(checkpoint.replayFrom());
            text.append(", ").append(checkpoint.files()).append(" files, ");
            text.append(Sizes.show(checkpoint.bytes()));
        }
        report.unfinished()
                .forEach(path -> text.append("\nnote: ").append(path).append(" is unfinished, as after a crash"));
        report.problems().forEach(problem -> text.append("\nproblem: ").append(problem));
        return text.append(report.sound() ? "\nsound" : "\nNOT SOUND").toString();
    }

    private static String json(Path looked, StateInspector.Report report) {
        ObjectNode node = Json.object();
        node.put("directory", looked.toString());
        UUID store = report.store();
        if (store != null) {
            node.put("store", store.toString());
        }
        node.put("sound", report.sound());
        node.put("newest_checkpoint", report.newest());
        ArrayNode checkpoints = node.putArray("checkpoints");
        for (StateInspector.CheckpointReport checkpoint : report.checkpoints()) {
            checkpoints
                    .addObject()
                    .put("number", checkpoint.number())
                    .put("replay_from", checkpoint.replayFrom())
                    .put("files", checkpoint.files())
                    .put("bytes", checkpoint.bytes());
        }
        ArrayNode unfinished = node.putArray("unfinished");
        report.unfinished().forEach(path -> unfinished.add(path.toString()));
        ArrayNode problems = node.putArray("problems");
        for (StateInspector.Problem problem : report.problems()) {
            problems.addObject().put("file", problem.file().toString()).put("what", problem.what());
        }
        return Json.text(node);
    }
}
