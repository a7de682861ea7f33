package dev.varve.server;

import dev.varve.api.ErrorKind;

/** Carries a {@link Problem} out of the checks of a request. Has no stack trace: it is an answer, not a fault. */
final class HttpProblem extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    HttpProblem(Problem problem) {
        super(problem.detail(), null, false, false);
        this.problem = problem;
    }

    static HttpProblem of(ErrorKind kind, String detail) {
        return new HttpProblem(Problem.of(kind, detail));
    }

    static HttpProblem invalid(String detail) {
        return of(ErrorKind.INVALID_PARAMS, detail);
    }

    /** A request whose framing cannot be trusted: answered and then closed. */
    static HttpProblem framing(String detail) {
        return new HttpProblem(Problem.of(ErrorKind.INVALID_PARAMS, detail).closing());
    }

    Problem problem() {
        return problem;
    }
}
