package dev.varve.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.lang.model.element.Modifier;
import javax.tools.StandardJavaFileManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whoever meets a type in their program sees in its Javadoc how: {@link SnippetsTest} runs what is shown there. */
final class JavadocTest {

    /** Names of types, or ends of names, and why no program meets them. */
    private static final List<String> NOT_MET = List.of(
            "dev.varve.client.internal.ClientProvider", // a ServiceLoader finds it
            "AutoConfiguration"); // Spring Boot finds them

    /** A public type on the top level of a file. */
    private record Type(String name, @Nullable String javadoc) {

        boolean isMet() {
            return NOT_MET.stream().noneMatch(name::endsWith);
        }

        boolean isShown() {
            return javadoc != null && javadoc.contains(Page.JAVADOC_BLOCK);
        }
    }

    @Test
    void every_public_type_of_what_programs_use_shows_how() throws IOException {
        List<Type> types = types();
        assertThat(types).hasSizeGreaterThan(100);
        assertThat(types.stream().filter(type -> type.isMet() && !type.isShown()))
                .extracting(Type::name)
                .as("public types whose Javadoc has no " + Page.JAVADOC_BLOCK)
                .isEmpty();
    }

    @Test
    void no_exception_is_made_for_a_type_that_is_not_there() throws IOException {
        List<Type> types = types();
        assertThat(NOT_MET)
                .allSatisfy(
                        end -> assertThat(types).anyMatch(type -> type.name().endsWith(end) && !type.isShown()));
    }

    private static List<Type> types() throws IOException {
        List<Path> files = Page.javadoc().stream()
                .map(page -> Page.ROOT.resolve(page.file()))
                .toList();
        try (StandardJavaFileManager manager = Source.COMPILER.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask) Source.COMPILER.getTask(
                    null, manager, null, List.of("-proc:none"), null, manager.getJavaFileObjectsFromPaths(files));
            DocTrees trees = DocTrees.instance(task);
            List<Type> types = new ArrayList<>();
            for (CompilationUnitTree unit : task.parse()) {
                for (Tree tree : unit.getTypeDecls()) {
                    if (tree instanceof ClassTree type
                            && type.getModifiers().getFlags().contains(Modifier.PUBLIC)) {
                        types.add(new Type(
                                unit.getPackageName() + "." + type.getSimpleName(),
                                trees.getDocComment(TreePath.getPath(unit, type))));
                    }
                }
            }
            return types;
        }
    }
}
