// SPDX-License-Identifier: MIT

// Boost.Beast, asynchronous and with one thread. Takes the arguments of wskit_testee:
//   server [--mode echo|fan] [--tls CERT KEY] [--deflate], client URL

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <queue>
#include <string>
#include <type_traits>
#include <unordered_set>
#include <vector>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using TlsStream = asio::ssl::stream<tcp::socket>;

namespace {
struct Settings
{
    bool fansOut = false;
    bool isDeflated = false;
    std::string certificate;
    std::string key;
};

template <typename Stream>
class Session : public std::enable_shared_from_this<Session<Stream>>
{
public:
    using Sessions = std::unordered_set<Session *>;

    Session(Stream stream, const Settings &settings, Sessions &all)
        : m_stream(std::move(stream)), m_all(all), m_fansOut(settings.fansOut)
    {
        beast::get_lowest_layer(m_stream).set_option(tcp::no_delay(true));
        m_stream.auto_fragment(false); // else a message is written in pieces of 4 KiB
        if (settings.isDeflated) {
            // What zlib does by default.
            websocket::permessage_deflate deflate;
            deflate.server_enable = true;
            deflate.compLevel = 6;
            deflate.memLevel = 8;
            m_stream.set_option(deflate);
        }
    }
    ~Session() { m_all.erase(this); }

    void startServer()
    {
        if constexpr (std::is_same_v<Stream, TlsStream>) {
            m_stream.next_layer().async_handshake(asio::ssl::stream_base::server,
                                                  [self = this->shared_from_this()](beast::error_code error) {
                                                      if (!error)
                                                          self->accept();
                                                  });
        } else {
            accept();
        }
    }

    void startClient(const std::string &host)
    {
        m_stream.async_handshake(host, "/", [self = this->shared_from_this()](beast::error_code error) {
            if (!error)
                self->read();
        });
    }

private:
    void accept()
    {
        m_stream.async_accept([self = this->shared_from_this()](beast::error_code error) {
            if (error)
                return;
            self->m_all.insert(self.get());
            self->read();
        });
    }

    void read()
    {
        m_stream.async_read(m_buffer, [self = this->shared_from_this()](beast::error_code error, size_t) {
            if (error)
                return;
            if (self->m_fansOut)
                self->fanOut();
            else
                self->echo();
        });
    }

    void echo()
    {
        m_stream.text(m_stream.got_text());
        m_stream.async_write(m_buffer.data(),
                             [self = this->shared_from_this()](beast::error_code error, size_t size) {
                                 self->m_buffer.consume(size);
                                 if (!error)
                                     self->read();
                             });
    }

    void fanOut()
    {
        const auto message = std::make_shared<const std::string>(beast::buffers_to_string(m_buffer.data()));
        m_buffer.consume(m_buffer.size());
        for (Session *other : m_all) {
            if (other != this)
                other->queue(message);
        }
        read();
    }

    void queue(const std::shared_ptr<const std::string> &message)
    {
        m_queue.push(message);
        if (m_queue.size() == 1)
            writeQueue();
    }

    void writeQueue()
    {
        m_stream.text(true);
        m_stream.async_write(asio::buffer(*m_queue.front()),
                             [self = this->shared_from_this()](beast::error_code error, size_t) {
                                 self->m_queue.pop();
                                 if (!error && !self->m_queue.empty())
                                     self->writeQueue();
                             });
    }

    websocket::stream<Stream> m_stream;
    beast::flat_buffer m_buffer;
    std::queue<std::shared_ptr<const std::string>> m_queue;
    Sessions &m_all;
    bool m_fansOut;
};

template <typename Stream, typename MakeStream>
void acceptNext(tcp::acceptor &acceptor, const Settings &settings, typename Session<Stream>::Sessions &all,
                MakeStream makeStream)
{
    acceptor.async_accept([&acceptor, &settings, &all, makeStream](beast::error_code error,
                                                                   tcp::socket socket) {
        if (!error)
            std::make_shared<Session<Stream>>(makeStream(std::move(socket)), settings, all)->startServer();
        acceptNext<Stream>(acceptor, settings, all, makeStream);
    });
}

void runServer(const Settings &settings)
{
    asio::ssl::context tls{asio::ssl::context::tls_server};
    Session<tcp::socket>::Sessions plainSessions;
    Session<TlsStream>::Sessions tlsSessions;
    asio::io_context context{1};
    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    if (settings.certificate.empty()) {
        acceptNext<tcp::socket>(acceptor, settings, plainSessions, [](tcp::socket socket) { return socket; });
    } else {
        tls.use_certificate_chain_file(settings.certificate);
        tls.use_private_key_file(settings.key, asio::ssl::context::pem);
        acceptNext<TlsStream>(acceptor, settings, tlsSessions,
                              [&tls](tcp::socket socket) { return TlsStream(std::move(socket), tls); });
    }
    std::printf("listening on ws://127.0.0.1:%d\n", int(acceptor.local_endpoint().port()));
    std::fflush(stdout);
    context.run();
}

void runClient(const std::string &url)
{
    const std::string host = url.substr(url.find("//") + 2);
    const auto port = static_cast<unsigned short>(std::stoi(host.substr(host.find(':') + 1)));
    asio::io_context context{1};
    Session<tcp::socket>::Sessions all;
    tcp::socket socket{context};
    socket.connect({asio::ip::address_v4::loopback(), port});
    std::make_shared<Session<tcp::socket>>(std::move(socket), Settings(), all)->startClient(host);
    context.run();
}
} // namespace

int main(int argc, char **argv)
{
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() == 2 && arguments[0] == "client") {
        runClient(arguments[1]);
        return 0;
    }
    const auto find = [&arguments](const char *name) {
        return std::find(arguments.begin(), arguments.end(), name);
    };
    Settings settings;
    settings.fansOut = find("fan") != arguments.end();
    settings.isDeflated = find("--deflate") != arguments.end();
    if (const auto tls = find("--tls"); arguments.end() - tls > 2) {
        settings.certificate = tls[1];
        settings.key = tls[2];
    }
    runServer(settings);
}
