package dev.varve.spring;

import dev.varve.client.VarveClient;

/**
 * Has a say in how the connection to the server is made, for what no property can say: a proxy, TLS, a token that is renewed.
 * Every bean of this type is asked once, in the order that {@link org.springframework.core.annotation.Order} gives them, when the
 * {@link dev.varve.api.Varve} of the application is made. Not asked without a server.
 *
 * <pre>{@code
 * @Bean
 * VarveClientCustomizer throughProxy() {
 *     HttpClient proxied = HttpClient.newBuilder().proxy(ProxySelector.getDefault()).build();
 *     return client -> client.httpClient(proxied);
 * }
 * }</pre>
 */
@FunctionalInterface
public interface VarveClientCustomizer {

    /**
     * Changes what the properties say.
     *
     * @param builder the connection as the properties describe it
     */
    void customize(VarveClient.Builder builder);
}
