package dev.varve.bench.histories;

import dev.varve.testkit.history.Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Histories as text, one operation a line, to be read by people and read back by the checker:
 *
 * <pre>
 * 3 1705100 1821300 append t0 12:40 producer=p3/0/5 if-match=120 -> written next=160 new producer=p3/0/5
 * 1 1705900 ? append t0 13:22 close -> ?
 * </pre>
 *
 * Client, times of invocation and of return in nanoseconds, request, answer. Lines that start with {@code #} are remarks. Immutable.
 *
 * @param <Q> the type of requests
 * @param <A> the type of answers
 */
final class HistoryText<Q, A> {

    private static final String ARROW = " -> ";

    private final Subject<?, Q, A> subject;

    HistoryText(Subject<?, Q, A> subject) {
        this.subject = subject;
    }

    void write(Path file, List<String> remarks, List<Operation<Q, A>> history) throws IOException {
        List<String> lines = new ArrayList<>();
        remarks.forEach(remark -> lines.add("# " + remark));
        sorted(history).forEach(operation -> lines.add(line(operation)));
        Files.write(file, lines);
    }

    List<Operation<Q, A>> read(Path file) throws IOException {
        List<Operation<Q, A>> history = new ArrayList<>();
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                try {
                    history.add(operation(line));
                } catch (RuntimeException e) {
                    throw new IOException(
                            file + ", line " + (i + 1) + " is no operation: " + line + " (" + e.getMessage() + ")", e);
                }
            }
        }
        return history;
    }

    static <Q, A> List<Operation<Q, A>> sorted(List<Operation<Q, A>> history) {
        return history.stream()
                .sorted(Comparator.comparingLong(Operation::invoked))
                .toList();
    }

    String line(Operation<Q, A> operation) {
        A answer = operation.output();
        return operation.client() + " " + operation.invoked() + " "
                + (answer == null ? "?" : Long.toString(operation.returned())) + " "
                + subject.requestText(operation.input()) + ARROW
                + (answer == null ? "?" : subject.answerText(answer));
    }

    Operation<Q, A> operation(String line) {
        int arrow = line.indexOf(ARROW);
        String[] head = line.substring(0, arrow).split(" ", 4);
        String answer = line.substring(arrow + ARROW.length());
        boolean open = answer.equals("?");
        return new Operation<>(
                Integer.parseInt(head[0]),
                Long.parseLong(head[1]),
                open ? Operation.OPEN : Long.parseLong(head[2]),
                subject.request(head[3]),
                open ? null : subject.answer(answer));
    }
}
