package dev.varve.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code varve event}: the commands that work with the events of a store. */
@Command(
        name = "event",
        description = "Append, read and follow the events of a store.",
        footerHeading = "%n",
        footer = {
            "A store is written organisation/name, an aggregate type/id, for example order/4711. Positions count the",
            "events of a store from 0, versions those of an aggregate.",
            ExitCode.TEXT
        })
final class EventCommand extends CommandGroup {

    private EventCommand() {
        super("say what to do with which events, for example: varve event read acme/orders order/4711");
    }

    static CommandLine commandLine(Io io) {
        CommandLine event = new CommandLine(new EventCommand());
        event.addSubcommand(new EventWrites.Append(io));
        event.addSubcommand(new EventReads.Read(io));
        event.addSubcommand(new EventReads.Follow(io));
        event.addSubcommand(new EventReads.Ends(io));
        event.addSubcommand(new EventAggregates.ListAll(io));
        event.addSubcommand(new EventAggregates.Configure(io));
        event.addSubcommand(EventSnapshots.commandLine(io));
        event.addSubcommand(EventSubscriptionCommands.commandLine(io));
        event.addSubcommand(new EventTransfer.Export(io));
        event.addSubcommand(new EventTransfer.Import(io));
        event.addSubcommand(new EventWrites.Delete(io));
        event.addSubcommand(new EventWrites.DeleteAt(io));
        event.addSubcommand(new EventWrites.Redact(io));
        event.addSubcommand(new EventWrites.Scavenge(io));
        return event;
    }
}
