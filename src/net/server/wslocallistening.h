// SPDX-License-Identifier: MIT
#ifndef WSLOCALLISTENING_H
#define WSLOCALLISTENING_H

#include <QtCore/qfiledevice.h>
#include <QtCore/qstring.h>

// A Unix domain socket that listens, and its file. QLocalServer stops listening if the system has no
// descriptor left for a client, and cannot pause.
class WsLocalListening
{
public:
    WsLocalListening() = default;
    ~WsLocalListening() { stop(); }
    Q_DISABLE_COPY_MOVE(WsLocalListening)

    // Returns why it cannot listen, or an empty string. Without \a permissions, the file gets those that the
    // umask leaves.
    QString start(const QString &name, QFileDevice::Permissions permissions = {});
    // Takes a socket that listens already. Its file belongs to somebody else.
    void takeOver(qintptr descriptor);
    // Removes the file, unless it is another one by now. No client comes any more.
    void hide();
    void stop();
    bool isListening() const { return m_descriptor >= 0; }
    int descriptor() const { return m_descriptor; }
    QString path() const { return m_path; }

private:
    QString bind(QFileDevice::Permissions permissions);
    QString setUp(QFileDevice::Permissions permissions);

    QString m_path;
    QByteArray m_nativePath;
    int m_descriptor = -1;
    bool m_isHidden = true; // there is no file, or it belongs to somebody else
    quint64 m_device = 0;   // with the next: identify the file
    quint64 m_inode = 0;
};

#endif // WSLOCALLISTENING_H
