/**
 * Varve in Spring Boot applications: with {@code varve-spring-boot-starter} on the class path a {@link dev.varve.api.Varve}, a {@link
 * dev.varve.api.Store} and a {@link dev.varve.api.Repository} for every record with {@link dev.varve.api.Schema} can be injected,
 * and changes of records are told as application events.
 */
@NullMarked
package dev.varve.spring;

import org.jspecify.annotations.NullMarked;
