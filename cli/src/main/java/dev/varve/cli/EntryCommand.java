package dev.varve.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code varve entry}: the commands that work with the entries of a store. */
@Command(
        name = "entry",
        description = "Read, write and follow the entries of a store.",
        footerHeading = "%n",
        footer = {
            "Paths are segments with slashes between them, for example links/dust/title; ~1 is a slash inside a",
            "segment, ~0 a tilde. In patterns * is one segment and ** at the end one or more.",
            ExitCode.TEXT
        })
final class EntryCommand extends CommandGroup {

    private EntryCommand() {
        super("say what to do with which entry, for example: varve entry get links/dust");
    }

    static CommandLine commandLine(Io io) {
        CommandLine entry = new CommandLine(new EntryCommand());
        entry.addSubcommand(new EntryReads.Get(io));
        entry.addSubcommand(new EntryReads.GetMany(io));
        entry.addSubcommand(new EntryReads.ListEntries(io));
        entry.addSubcommand(new EntryReads.Range(io));
        entry.addSubcommand(new EntryWrites.Put(io));
        entry.addSubcommand(new EntryWrites.Merge(io));
        entry.addSubcommand(new EntryWrites.Delete(io));
        entry.addSubcommand(new EntryWrites.Increment(io));
        entry.addSubcommand(new EntryWrites.Add(io));
        entry.addSubcommand(new EntryWrites.Remove(io));
        entry.addSubcommand(new EntryFiles.Put(io));
        entry.addSubcommand(new EntryFiles.Fetch(io));
        entry.addSubcommand(new EntryWatch(io));
        entry.addSubcommand(new EntryLife.Log(io));
        entry.addSubcommand(new EntryLife.Diff(io));
        entry.addSubcommand(new EntryLife.Rollback(io));
        entry.addSubcommand(new EntryLife.Export(io));
        entry.addSubcommand(new EntryLife.Import(io));
        return entry;
    }
}
