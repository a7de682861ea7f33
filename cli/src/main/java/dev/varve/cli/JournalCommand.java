package dev.varve.cli;

import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.journal.Journal.Snapshot;
import dev.varve.engine.journal.JournalInspector;
import dev.varve.engine.journal.JournalReport;
import dev.varve.engine.journal.JournalReport.DurableMark;
import dev.varve.engine.journal.JournalReport.Finding;
import dev.varve.engine.journal.JournalReport.SegmentReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code varve journal}: reads the journal of a server that is not running. */
@Command(name = "journal", description = "Read the journal of a server that is not running.")
final class JournalCommand extends CommandGroup {

    private JournalCommand() {
        super("say what to do, for example: varve journal verify varve-data");
    }

    static CommandLine commandLine(Io io) {
        CommandLine journal = new CommandLine(new JournalCommand());
        journal.addSubcommand(new Inspect(io));
        journal.addSubcommand(new Verify(io));
        return journal;
    }

    @Command(
            name = "inspect",
            description = "Read it through and show what it holds: durable mark, snapshot, segments.",
            footerHeading = "%n",
            footer = OfflineCommand.EXIT_TEXT)
    private static final class Inspect extends OfflineCommand {
        Inspect(Io io) {
            super(io);
        }

        @Override
        String name() {
            return "journal";
        }

        @Override
        Findings look(Path looked) throws IOException {
            JournalReport report = JournalInspector.inspect(new SystemDisk(), looked);
            return new Findings(report.sound(), whole(report), json(report, true));
        }
    }

    @Command(
            name = "verify",
            description = "Read it through and tell only what is wrong.",
            footerHeading = "%n",
            footer = OfflineCommand.EXIT_TEXT)
    private static final class Verify extends OfflineCommand {
        Verify(Io io) {
            super(io);
        }

        @Override
        String name() {
            return "journal";
        }

        @Override
        Findings look(Path looked) throws IOException {
            JournalReport report = JournalInspector.inspect(new SystemDisk(), looked);
            return new Findings(report.sound(), verdict(report), json(report, false));
        }
    }

    private static String whole(JournalReport report) {
        StringBuilder text =
                new StringBuilder("journal: ").append(report.directory()).append('\n');
        UUID store = report.store();
        text.append("store: ").append(store == null ? "cannot be told" : store).append('\n');
        DurableMark mark = report.mark();
        if (mark == null) {
            text.append("durable mark: cannot be read\n");
        } else {
            text.append("durable mark: position ")
                    .append(mark.position())
                    .append(", epoch ")
                    .append(mark.epoch());
            text.append(", held from ").append(mark.start());
            text.append(mark.closedCleanly() ? ", closed cleanly\n" : ", not closed\n");
        }
        Snapshot snapshot = report.snapshot();
        text.append("snapshot: ");
        text.append(snapshot == null ? "none" : "position " + snapshot.position() + ", " + snapshot.name())
                .append('\n');
        text.append("end: ")
                .append(report.end() < 0 ? "cannot be told" : report.end())
                .append('\n');
        for (SegmentReport segment : report.segments()) {
            text.append(segment.file().getFileName()).append(": ").append(state(segment));
            if (segment.base() >= 0) {
                text.append(", from ").append(segment.base());
            }
            text.append(", ").append(Sizes.show(Math.max(0, segment.usedBytes())));
            text.append(" of ")
                    .append(Sizes.show(Math.max(0, segment.sizeBytes())))
                    .append(" used, ");
            text.append(segment.frames())
                    .append(" frames in ")
                    .append(segment.groups())
                    .append(" groups\n");
        }
        return text + verdict(report);
    }

    private static String verdict(JournalReport report) {
        StringBuilder text = new StringBuilder();
        add(text, "note", report.notes());
        add(text, "problem", report.problems());
        long frames =
                report.segments().stream().mapToLong(SegmentReport::frames).sum();
        return text.append(report.sound() ? "sound: " : "NOT SOUND: ")
                .append(report.segments().size())
                .append(" segments, ")
                .append(frames)
                .append(" frames, ")
                .append(report.problems().size())
                .append(" problems")
                .toString();
    }

    private static void add(StringBuilder text, String name, List<Finding> findings) {
        for (Finding finding : findings) {
            text.append(name)
                    .append(": ")
                    .append(finding.file())
                    .append(" at offset ")
                    .append(finding.offset());
            text.append(": ").append(finding.what()).append('\n');
        }
    }

    private static String state(SegmentReport segment) {
        return segment.state().name().toLowerCase(Locale.ROOT);
    }

    private static String json(JournalReport report, boolean whole) {
        ObjectNode node = Json.object();
        node.put("directory", report.directory().toString());
        UUID store = report.store();
        if (store != null) {
            node.put("store", store.toString());
        }
        node.put("sound", report.sound());
        if (whole) {
            addWhole(node, report);
        }
        addJson(node.putArray("notes"), report.notes());
        addJson(node.putArray("problems"), report.problems());
        return Json.text(node);
    }

    private static void addWhole(ObjectNode node, JournalReport report) {
        DurableMark mark = report.mark();
        if (mark != null) {
            node.putObject("durable_mark")
                    .put("position", mark.position())
                    .put("epoch", mark.epoch())
                    .put("start", mark.start())
                    .put("sequence", mark.sequence())
                    .put("closed_cleanly", mark.closedCleanly());
        }
        Snapshot snapshot = report.snapshot();
        if (snapshot != null) {
            node.putObject("snapshot").put("position", snapshot.position()).put("name", snapshot.name());
        }
        if (report.end() >= 0) {
            node.put("end", report.end());
        }
        ArrayNode segments = node.putArray("segments");
        for (SegmentReport segment : report.segments()) {
            segments.addObject()
                    .put("file", segment.file().toString())
                    .put("state", state(segment))
                    .put("number", segment.number())
                    .put("base", segment.base())
                    .put("size_bytes", segment.sizeBytes())
                    .put("used_bytes", segment.usedBytes())
                    .put("frames", segment.frames())
                    .put("groups", segment.groups())
                    .put("first_sequence", segment.firstSequence())
                    .put("last_sequence", segment.lastSequence());
        }
    }

    private static void addJson(ArrayNode array, List<Finding> findings) {
        for (Finding finding : findings) {
            array.addObject()
                    .put("file", finding.file().toString())
                    .put("offset", finding.offset())
                    .put("what", finding.what());
        }
    }
}
