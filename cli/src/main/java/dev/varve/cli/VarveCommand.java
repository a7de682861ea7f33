package dev.varve.cli;

import dev.varve.api.Offset;
import dev.varve.api.VarveException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The {@code varve} command: the tree of its subcommands, and how any of them ends. */
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

    /** Runs one command line and says how it ended. */
    static int run(Io io, String... args) {
        return run(io, new EngineStorage(), args);
    }

    static int run(Io io, StorageFactory storages, String... args) {
        return commandLine(io, storages).execute(args);
    }

    /** The whole tree of commands, bound to one world. */
    static CommandLine commandLine(Io io, StorageFactory storages) {
        CommandLine root = new CommandLine(new VarveCommand());
        root.addSubcommand(ServeCommand.commandLine(io, storages));
        root.addSubcommand(StreamCommand.commandLine(io));
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
        root.setExecutionExceptionHandler((failure, command, parsed) -> failed(io, failure, command));
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

    private static int failed(Io io, Exception failure, CommandLine command) {
        return switch (failure) {
            case UsageException usage -> {
                io.err().println("varve: " + usage.getMessage());
                yield ExitCode.USAGE;
            }
            case VarveException known -> {
                boolean json = command.getCommand() instanceof JsonErrors errors && errors.json();
                io.err().println(json ? Json.problem(known) : Problems.line(known));
                yield ExitCode.of(known);
            }
            // Whoever read standard output has had enough, as in `varve stream read log | head`.
            case IOException broken when Output.readerHasGone(broken) -> ExitCode.OK;
            case IOException broken -> {
                io.err().println("varve: io: " + Problems.sentence(broken));
                yield ExitCode.FAILED;
            }
            default -> {
                io.err().println("varve: internal: this should not have happened, please report it:");
                failure.printStackTrace(io.err());
                yield ExitCode.FAILED;
            }
        };
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
