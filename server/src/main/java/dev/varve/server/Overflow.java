package dev.varve.server;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Turns away a connection for which there is no place, without reading from it. Confined to the connection's loop. */
final class Overflow extends ChannelInboundHandlerAdapter {

    private static final String BODY = new JsonText()
            .field("type", "urn:varve:error:overloaded")
            .field("title", "Overloaded")
            .field("status", 503)
            .field("detail", "the server has as many connections as it may; try again")
            .field("kind", "overloaded")
            .field("retryable", true)
            .field("outcome", "not_applied")
            .toString();
    private static final byte[] HEAD = HeaderLines.of(
            "HTTP/1.1 503 Service Unavailable",
            "Content-Type: application/problem+json",
            "X-Content-Type-Options: nosniff",
            "Retry-After: 2",
            "Content-Length: " + BODY.length(),
            "Connection: close",
            "");

    private Overflow() {}

    static void refuse(SocketChannel channel) {
        channel.config().setAutoRead(false);
        channel.pipeline().addLast(new Overflow());
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        var _ = ctx.writeAndFlush(Unpooled.wrappedBuffer(HEAD, BODY.getBytes(StandardCharsets.US_ASCII)))
                .addListener(ChannelFutureListener.CLOSE);
    }
}
