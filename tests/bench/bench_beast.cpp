// SPDX-License-Identifier: MIT

// An echo server on Boost.Beast, asynchronous and with one thread.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include <cstdio>
#include <memory>

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

namespace {
class Session : public std::enable_shared_from_this<Session>
{
public:
    explicit Session(tcp::socket socket) : m_stream(std::move(socket))
    {
        m_stream.next_layer().set_option(tcp::no_delay(true));
        m_stream.auto_fragment(false); // else a message is written in pieces of 4 KiB
    }

    void start()
    {
        m_stream.async_accept([self = shared_from_this()](beast::error_code error) {
            if (!error)
                self->read();
        });
    }

private:
    void read()
    {
        m_stream.async_read(m_buffer, [self = shared_from_this()](beast::error_code error, size_t) {
            if (!error)
                self->write();
        });
    }

    void write()
    {
        m_stream.text(m_stream.got_text());
        m_stream.async_write(m_buffer.data(),
                             [self = shared_from_this()](beast::error_code error, size_t size) {
                                 self->m_buffer.consume(size);
                                 if (!error)
                                     self->read();
                             });
    }

    beast::websocket::stream<tcp::socket> m_stream;
    beast::flat_buffer m_buffer;
};

void acceptNext(tcp::acceptor &acceptor)
{
    acceptor.async_accept([&acceptor](beast::error_code error, tcp::socket socket) {
        if (!error)
            std::make_shared<Session>(std::move(socket))->start();
        acceptNext(acceptor);
    });
}
} // namespace

int main()
{
    asio::io_context context{1};
    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    acceptNext(acceptor);
    std::printf("listening on ws://127.0.0.1:%d\n", int(acceptor.local_endpoint().port()));
    std::fflush(stdout);
    context.run();
}
