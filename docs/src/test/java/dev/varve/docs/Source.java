package dev.varve.docs;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ReturnTree;
import com.sun.source.tree.StatementTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import javax.lang.model.element.Modifier;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * A class around a block. Its statements become a method, the types that it declares become members, which the blocks below it inherit. A
 * block that is no statements, as methods and static fields are not, is members as a whole.
 */
final class Source extends SimpleJavaFileObject {

    static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();

    /** The method with the statements. */
    private static final String METHOD = "show";

    private static final String BEFORE = "class Block { Object show() {\n";

    /** Stands for the server that a block is run against. */
    private static final String SHOWN_URL = "URI.create(\"http://127.0.0.1:4437\")";

    private static final List<String> IMPORTS = List.of(
            "import static java.nio.charset.StandardCharsets.UTF_8;",
            "import static org.assertj.core.api.Assertions.*;",
            "import dev.varve.api.*;",
            "import dev.varve.client.*;",
            "import dev.varve.docs.Example;",
            "import dev.varve.junit.*;",
            "import java.io.*;",
            "import java.math.*;",
            "import java.net.URI;",
            "import java.net.http.HttpClient;",
            "import java.nio.file.*;",
            "import java.time.*;",
            "import java.util.*;",
            "import java.util.concurrent.*;",
            "import java.util.function.*;",
            "import java.util.stream.*;",
            "import org.jspecify.annotations.Nullable;",
            "import org.junit.jupiter.api.*;",
            "import org.junit.jupiter.api.extension.RegisterExtension;");

    private final Page page;
    private final Page.Block block;
    private final String className;
    private final StringBuilder code = new StringBuilder();

    /** For each line of the code the line of the page that it shows, 0 for others. */
    private final List<Integer> lines = new ArrayList<>();

    private Source(Page page, Page.Block block, String className) {
        super(URI.create("string:///" + className.replace('.', '/') + ".java"), Kind.SOURCE);
        this.page = page;
        this.block = block;
        this.className = className;
    }

    static List<Source> of(Page page, Prelude prelude) throws IOException {
        List<Source> sources = new ArrayList<>();
        List<String> seen = new ArrayList<>();
        String above = "Example";
        for (Page.Block block : page.java()) {
            String name = "Line" + block.number();
            Source source = new Source(page, block, "shown." + page.name() + "." + name);
            boolean first = !seen.contains(block.heading());
            seen.add(block.heading());
            source.write(
                    name,
                    above,
                    prelude.imports(),
                    first ? prelude.members().getOrDefault(block.heading(), List.of()) : List.of());
            sources.add(source);
            above = name;
        }
        return sources;
    }

    private void write(String name, String above, List<String> imports, List<String> members) throws IOException {
        List<String> shown = new ArrayList<>(block.lines());
        add("package " + className.substring(0, className.lastIndexOf('.')) + ";");
        IMPORTS.forEach(this::add);
        imports.forEach(this::add);
        for (int i = 0; i < shown.size(); i++) {
            if (shown.get(i).startsWith("import ")) {
                add(shown.get(i), block.number() + i);
                shown.set(i, "");
            }
        }
        add("public class " + name + " extends " + above + " {");
        members.forEach(this::add);
        shown.replaceAll(line -> line.replace(SHOWN_URL, "url()"));
        String text = String.join("\n", shown) + "\n";
        Parsed parsed = parse(text);
        if (parsed == null) {
            addShown(shown);
        } else {
            addSplit(text, parsed);
        }
        add("}");
    }

    private record Parsed(
            CompilationUnitTree unit, List<? extends StatementTree> statements, SourcePositions positions) {
        int start(Tree tree) {
            return (int) positions.getStartPosition(unit, tree) - BEFORE.length();
        }

        int end(Tree tree) {
            return (int) positions.getEndPosition(unit, tree) - BEFORE.length();
        }
    }

    /** The block as statements, or null when it is none. */
    private static @Nullable Parsed parse(String shown) throws IOException {
        // Types inside of methods cannot be sealed; those that are shown become members, which can. Every place stays
        // what it is.
        String text = shown.replaceAll("(?m)^sealed ", "final  ");
        DiagnosticCollector<JavaFileObject> wrong = new DiagnosticCollector<>();
        SimpleJavaFileObject file = new SimpleJavaFileObject(URI.create("string:///Block.java"), Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return BEFORE + text + "}}";
            }
        };
        JavacTask task = (JavacTask) COMPILER.getTask(null, null, wrong, List.of(), null, List.of(file));
        CompilationUnitTree unit = task.parse().iterator().next();
        if (!wrong.getDiagnostics().isEmpty()) {
            return null;
        }
        ClassTree around = (ClassTree) unit.getTypeDecls().get(0);
        MethodTree method = (MethodTree) around.getMembers().get(0);
        List<? extends StatementTree> statements = method.getBody().getStatements();
        boolean fields = statements.stream()
                .anyMatch(one -> one instanceof VariableTree variable
                        && variable.getModifiers().getFlags().contains(Modifier.STATIC));
        return fields ? null : new Parsed(unit, statements, Trees.instance(task).getSourcePositions());
    }

    /** Types first, each where its lines are known; then the rest with blanks in their place. */
    private void addSplit(String text, Parsed parsed) {
        StringBuilder rest = new StringBuilder(text);
        for (StatementTree statement : parsed.statements()) {
            if (statement instanceof ClassTree) {
                int from = parsed.start(statement);
                int to = parsed.end(statement);
                int number =
                        block.number() + (int) text.substring(0, from).lines().count();
                add("static");
                for (String line : text.substring(from, to).split("\n", -1)) {
                    add(line, number++);
                }
                for (int i = from; i < to; i++) {
                    if (rest.charAt(i) != '\n') {
                        rest.setCharAt(i, ' ');
                    }
                }
            }
        }
        List<? extends StatementTree> others = parsed.statements().stream()
                .filter(one -> !(one instanceof ClassTree))
                .toList();
        if (others.isEmpty()) {
            return;
        }
        boolean returns = others.get(others.size() - 1) instanceof ReturnTree;
        add("public " + (returns ? "Object " : "void ") + METHOD + block.number() + "() throws Exception {");
        addShown(List.of(rest.toString().split("\n", -1)));
        add("}");
    }

    private void addShown(List<String> shown) {
        int number = block.number();
        for (String line : shown) {
            add(line, number++);
        }
    }

    private void add(String line) {
        add(line, 0);
    }

    private void add(String line, int number) {
        code.append(line).append('\n');
        lines.add(number);
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return code;
    }

    Page.Block block() {
        return block;
    }

    String className() {
        return className;
    }

    /** The method's name in the compiled class. */
    String method() {
        return METHOD + block.number();
    }

    /** Where a line of the code is shown. */
    String place(long line) {
        int shown = line < 1 ? 0 : lines.get((int) line - 1);
        return page.file() + ":" + (shown == 0 ? block.number() : shown);
    }
}
