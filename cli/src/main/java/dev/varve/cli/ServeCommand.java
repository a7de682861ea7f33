package dev.varve.cli;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code varve serve} as picocli knows it. A plain one does not come here: {@link ServeLine}. */
@Command(
        name = "serve",
        description = "Serve streams, entries and events over HTTP until SIGTERM or Ctrl-C.",
        footerHeading = "%n",
        footer = {
            "Each option can also be set by the environment variable in brackets or by",
            "a line in the configuration file: long-poll-timeout = 500ms",
            "The first signal ends the server when the requests under way are answered,",
            "the second at once. See docs/configuration.md.",
            ExitCode.TEXT
        })
final class ServeCommand implements Callable<Integer> {

    private final Io io;
    private final StorageFactory storages;

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean help;

    @SuppressWarnings("NullAway.Init") // picocli sets the specification before anything runs
    private ServeCommand(Io io, StorageFactory storages) {
        this.io = io;
        this.storages = storages;
    }

    static CommandLine commandLine(Io io, StorageFactory storages) {
        CommandLine serve = new CommandLine(new ServeCommand(io, storages));
        serve.getCommandSpec()
                .addOption(OptionSpec.builder(ServeConfig.FILE_OPTION)
                        .type(String.class)
                        .paramLabel("FILE")
                        .description("The configuration file. [" + ServeConfig.FILE_VARIABLE + "]")
                        .build());
        for (Setting<?> setting : ServeSettings.ALL) {
            serve.getCommandSpec().addOption(option(setting));
        }
        return serve;
    }

    /** All options are texts here: the table reads them, as it reads the file and the environment. */
    private static OptionSpec option(Setting<?> setting) {
        String byDefault = setting.byDefault() == null ? "" : " Default: " + setting.byDefault() + ".";
        OptionSpec.Builder option = OptionSpec.builder(setting.option())
                .type(String.class)
                .paramLabel(setting.type().placeholder())
                .description(
                        setting.description() + (setting.isFlag() ? "" : byDefault) + " [" + setting.variable() + "]");
        return (setting.isFlag() ? option.arity("0..1").fallbackValue("true") : option).build();
    }

    @Override
    public Integer call() throws IOException {
        return new Serving(io, storages).run(this::typed);
    }

    private Optional<String> typed(String option) {
        return Optional.ofNullable(spec.commandLine().getParseResult().matchedOptionValue(option, null));
    }
}
