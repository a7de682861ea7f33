package dev.varve.examples.live;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** A reading list whose page shows at once what anybody changes. */
@SpringBootApplication
public class ReadingListApplication {

    /**
     * Starts it.
     *
     * @param arguments as Spring Boot has them
     */
    public static void main(String[] arguments) {
        SpringApplication.run(ReadingListApplication.class, arguments);
    }
}
