package dev.varve.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code varve completion}. */
@Command(
        name = "completion",
        description = "Write a script that teaches a shell to complete varve commands.",
        footer = {"", "For bash: source <(varve completion bash)", "For zsh:  source <(varve completion zsh)"})
final class CompletionCommand implements Callable<Integer> {

    /** The shells that can be taught. */
    enum Shell {
        bash,
        zsh
    }

    private final Io io;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
    private Shell shell = Shell.bash;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean help;

    @SuppressWarnings("NullAway.Init") // picocli sets the specification before anything runs
    CompletionCommand(Io io) {
        this.io = io;
    }

    @Override
    public Integer call() throws IOException {
        String script = AutoComplete.bash("varve", spec.root().commandLine());
        if (shell == Shell.zsh) {
            script = "autoload -U +X compinit && compinit\n" + script;
        }
        new Output(io).line(script);
        return ExitCode.OK;
    }
}
