package dev.varve.cli;

import dev.varve.api.Offset;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The {@code varve} command: the tree of its subcommands. */
@Command(
        name = "varve",
        description = "A durable log server, and the tools to work with one.",
        mixinStandardHelpOptions = true,
        versionProvider = VarveCommand.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%n",
        footer = ExitCode.TEXT,
        subcommands = CommandLine.HelpCommand.class)
final class VarveCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the specification before anything runs
    private VarveCommand() {}

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "say what to do, for example: varve serve");
    }

    /** The whole tree of commands, bound to one world. */
    static CommandLine commandLine(Io io, StorageFactory storages) {
        CommandLine root = new CommandLine(new VarveCommand());
        root.addSubcommand(ServeCommand.commandLine(io, storages));
        root.addSubcommand(StreamCommand.commandLine(io));
        root.addSubcommand(EntryCommand.commandLine(io));
        root.addSubcommand(EventCommand.commandLine(io));
        root.addSubcommand(TransactionCommand.commandLine(io));
        root.addSubcommand(LeaseCommand.commandLine(io));
        root.addSubcommand(StoreCommand.commandLine(io));
        root.addSubcommand(new ChangesCommand(io));
        root.addSubcommand(WebhookCommand.commandLine(io));
        root.addSubcommand(TokenCommand.commandLine(io, storages));
        root.addSubcommand(JournalCommand.commandLine(io));
        root.addSubcommand(StateCommand.commandLine(io));
        root.addSubcommand(new CompletionCommand(io));
        root.addSubcommand(new WarmUpCommand());
        convert(root, Offset.class, Offset::parse);
        convert(root, Duration.class, Durations::parse);
        root.registerConverter(ByteSize.class, ByteSize::parse);
        root.setOut(new PrintWriter(io.out(), true, StandardCharsets.UTF_8));
        root.setErr(new PrintWriter(io.err(), true, StandardCharsets.UTF_8));
        root.setCaseInsensitiveEnumValuesAllowed(true);
        root.setUsageHelpAutoWidth(false);
        root.setParameterExceptionHandler((failure, args) -> {
            io.err().println("varve: " + failure.getMessage());
            CommandLine.UnmatchedArgumentException.printSuggestions(
                    failure, failure.getCommandLine().getErr());
            io.err().println("Try: " + failure.getCommandLine().getCommandSpec().qualifiedName() + " --help");
            return ExitCode.USAGE;
        });
        root.setExecutionExceptionHandler((failure, command, parsed) ->
                Problems.report(io, failure, command.getCommand() instanceof JsonErrors errors && errors.json()));
        return root;
    }

    private static <T> void convert(CommandLine root, Class<T> type, ITypeConverter<T> parser) {
        root.registerConverter(type, text -> {
            try {
                return parser.convert(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        });
    }

    /** The version that the jar was built as. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = VarveCommand.class.getPackage().getImplementationVersion();
            return new String[] {"varve " + (version == null ? "(unpackaged)" : version)};
        }
    }
}
