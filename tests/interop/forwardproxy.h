// SPDX-License-Identifier: MIT
#ifndef FORWARDPROXY_H
#define FORWARDPROXY_H

#include "../heldport.h"

#include <QtCore/qprocess.h>
#include <QtCore/qtemporarydir.h>
#include <QtNetwork/qnetworkproxy.h>

// A proxy of Debian that clients connect through. Those that ask accept "user" with "secret".
class ForwardProxy
{
public:
    enum class Program {
        Tinyproxy,
        TinyproxyBasic,
        SquidBasic,
        SquidDigest,
        Microsocks,
        MicrosocksPassword,
        Dante
    };

    explicit ForwardProxy(Program program) : m_program(program) { }
    ~ForwardProxy();
    Q_DISABLE_COPY_MOVE(ForwardProxy)

    // Returns when it listens.
    bool start();
    // Ends it as a crash does.
    void kill();
    bool asks() const;
    QNetworkProxy proxy(const QString &user = {}, const QString &password = {}) const;

private:
    bool prepare();
    bool prepareTinyproxy();
    bool prepareSquid();
    bool prepareDante();
    bool write(const QString &name, const QByteArray &text);
    quint16 port() const { return m_port.number(); }

    const Program m_program;
    QTemporaryDir m_directory;
    QProcess m_process;
    const HeldPort m_port; // none of the programs takes over a socket that listens already
};

#endif // FORWARDPROXY_H
