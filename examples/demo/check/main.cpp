// SPDX-License-Identifier: MIT

// wskit_chat_check: runs the chat server, its page in a headless browser, the command-line tool, and the QML
// window without a display, each in a process of its own. Each must receive the messages of the others. Then
// the window hosts the chat.
//
//     wskit_chat_check SERVER TOOL BROWSER [WINDOW]        the programs; the window is optional

#include "browser.h"
#include "program.h"

#include <QtCore/qcoreapplication.h>

#include <cstdio>

namespace {
// Prints one line for each expectation and remembers whether all were met.
class Report
{
public:
    void expect(bool isMet, const char *what)
    {
        std::printf("%s  %s\n", isMet ? "ok    " : "FAILED", what);
        std::fflush(stdout);
        m_allMet = m_allMet && isMet;
    }
    bool allMet() const { return m_allMet; }

private:
    bool m_allMet = true;
};

class ChatCheck
{
public:
    explicit ChatCheck(const QStringList &programs)
        : m_serverPath(programs.at(0)), m_toolPath(programs.at(1)), m_browserPath(programs.at(2)),
          m_windowPath(programs.value(3))
    {
    }

    bool run()
    {
        startServer(QStringLiteral("0"));
        openPage();
        startTool();
        if (hasWindow())
            startWindow();
        if (m_report.allMet()) {
            exchangeTexts();
            sendPicture();
            if (hasWindow())
                exchangeWithWindow();
            leave();
            restartServer();
            if (hasWindow())
                leaveWindow();
            endServer();
        }
        if (hasWindow() && m_report.allMet())
            hostInWindow();
        return m_report.allMet();
    }

private:
    void startServer(const QString &port)
    {
        m_server = std::make_unique<Program>();
        m_server->start(m_serverPath, {QStringLiteral("--port"), port});
        m_url = QUrl(m_server->waitForLine(QStringLiteral("chat page: ")).section(u' ', -1));
        m_report.expect(m_url.isValid() && m_url.port() > 0, "the server listens");
    }

    void openPage()
    {
        m_report.expect(m_browser.start(m_browserPath), "the browser answers on its DevTools WebSocket");
        m_report.expect(reopenPage(), "the page is served and connects");
    }

    bool reopenPage()
    {
        QUrl url = m_url;
        url.setQuery(QStringLiteral("name=Browser"));
        return m_browser.openPage(url) && m_browser.waitFor(QStringLiteral("app.dataset.state === 'open'"));
    }

    void startTool()
    {
        QUrl url = m_url;
        url.setScheme(QStringLiteral("ws"));
        url.setPath(QStringLiteral("/chat"));
        url.setQuery(QStringLiteral("name=Terminal"));
        m_tool.start(m_toolPath, {QStringLiteral("connect"), QStringLiteral("--subprotocol"),
                                  QStringLiteral("chat.text"), url.toString()});
        m_report.expect(m_tool.waitForLine(QStringLiteral("* welcome, Terminal")).contains(u"Browser"),
                        "the command line joins and is told that the page is there");
        m_report.expect(pageShows(QStringLiteral(".event"), QStringLiteral("Terminal has joined")),
                        "the page sees the command line join");
    }

    bool hasWindow() const { return !m_windowPath.isEmpty(); }

    void startWindow()
    {
        m_window.start(m_windowPath, {QStringLiteral("-platform"), QStringLiteral("offscreen"),
                                      QStringLiteral("--terminal"), QStringLiteral("--name"),
                                      QStringLiteral("Window"), QStringLiteral("--url"), m_url.toString()});
        m_report.expect(!m_tool.waitForLine(QStringLiteral("* Window has joined")).isEmpty()
                            && pageShows(QStringLiteral(".event"), QStringLiteral("Window has joined")),
                        "the command line and the page see the window join");
    }

    void exchangeWithWindow()
    {
        m_report.expect(windowShows(QStringLiteral("Terminal: Hello from the terminal, äöü!")),
                        "the window shows what the command line says");
        m_report.expect(windowShows(QStringLiteral("Browser: Hello from the page 🎉")),
                        "the window shows what the page says");
        m_report.expect(windowShows(QStringLiteral("Browser: [flag.png 60x40]")),
                        "the window shows the picture of the page");
        m_window.write("Hello from the window \xf0\x9f\x90\xa7\n");
        m_report.expect(!m_tool.waitForLine(QStringLiteral("Window: Hello from the window 🐧")).isEmpty(),
                        "the command line shows what the window says");
        m_report.expect(pageShows(QStringLiteral(".bubble"), QStringLiteral("Hello from the window 🐧")),
                        "the page shows what the window says");
        m_report.expect(windowShows(QStringLiteral("Window: Hello from the window 🐧")),
                        "the window shows its own text once the server has it");
    }

    void leaveWindow()
    {
        m_window.write("Back again\n");
        m_report.expect(pageShows(QStringLiteral(".bubble"), QStringLiteral("Back again")),
                        "the window reconnects by itself");
        m_window.closeInput();
        m_report.expect(m_window.waitForExit() == 0
                            && pageShows(QStringLiteral(".event"), QStringLiteral("Window has left")),
                        "the window ends with its input, and the page sees it leave");
    }

    // The page reconnects to the port of the server that has ended, whoever listens there.
    void hostInWindow()
    {
        Program host;
        host.start(m_windowPath,
                   {QStringLiteral("-platform"), QStringLiteral("offscreen"), QStringLiteral("--terminal"),
                    QStringLiteral("--name"), QStringLiteral("Host"), QStringLiteral("--host"), m_url.host(),
                    QStringLiteral("--port"), QString::number(m_url.port())});
        m_report.expect(!host.waitForLine(QStringLiteral("* Browser has joined")).isEmpty(),
                        "the window hosts, and the page joins it");
        m_report.expect(reopenPage(), "the window serves the page, which joins again");
        host.write("Welcome to my window\n");
        m_report.expect(pageShows(QStringLiteral(".bubble"), QStringLiteral("Welcome to my window")),
                        "the page shows what the host says");
        host.closeInput();
        m_report.expect(host.waitForExit() == 0, "the window ends with its input while it hosts");
    }

    bool windowShows(const QString &line) { return !m_window.waitForLine(line).isEmpty(); }

    void exchangeTexts()
    {
        m_tool.write("Hello from the terminal, \xc3\xa4\xc3\xb6\xc3\xbc!\n");
        m_report.expect(pageShows(QStringLiteral(".bubble"), QStringLiteral("Hello from the terminal, äöü!")),
                        "the page shows what the command line says");
        m_browser.evaluate(QStringLiteral(
            "text.value = 'Hello from the page 🎉'; fitText(); document.getElementById('send').click()"));
        m_report.expect(!m_tool.waitForLine(QStringLiteral("Browser: Hello from the page 🎉")).isEmpty(),
                        "the command line shows what the page says");
        m_report.expect(pageShows(QStringLiteral(".own .bubble"), QStringLiteral("Hello from the page 🎉")),
                        "the page shows its own text once the server has it");
    }

    // Draws a picture and passes it to the input element of the file chooser, as the chooser itself would.
    void sendPicture()
    {
        m_browser.evaluate(QStringLiteral(
            "new Promise(resolve => {"
            "  const canvas = document.createElement('canvas'); canvas.width = 60; canvas.height = 40;"
            "  canvas.getContext('2d').fillRect(0, 0, 30, 40);"
            "  canvas.toBlob(blob => {"
            "    const transfer = new DataTransfer();"
            "    transfer.items.add(new File([blob], 'flag.png', {type: 'image/png'}));"
            "    const input = document.getElementById('file');"
            "    input.files = transfer.files; input.dispatchEvent(new Event('change')); resolve();"
            "  });"
            "})"));
        m_report.expect(!m_tool.waitForLine(QStringLiteral("* Browser sends a picture: flag.png")).isEmpty(),
                        "the command line is told of the picture");
        m_report.expect(m_browser.waitFor(QStringLiteral(
                            "document.querySelector('.own .picture img').naturalWidth === 60")),
                        "the page shows the picture that came back as a binary message");
    }

    void leave()
    {
        m_tool.closeInput();
        m_report.expect(m_tool.waitForExit() == 0, "the command line closes cleanly at the end of its input");
        m_report.expect(pageShows(QStringLiteral(".event"), QStringLiteral("Terminal has left")),
                        "the page sees it leave");
    }

    void restartServer()
    {
        const QString port = QString::number(m_url.port());
        endServer();
        m_report.expect(m_browser.waitFor(QStringLiteral("app.dataset.state !== 'open'")),
                        "the page notices that the server is gone");
        startServer(port);
        m_report.expect(m_browser.waitFor(QStringLiteral("app.dataset.state === 'open'")),
                        "the page reconnects by itself");
    }

    void endServer()
    {
        m_server->terminate();
        m_report.expect(m_server->waitForExit() == 0, "the server ends cleanly when it is told to");
    }

    bool pageShows(const QString &selector, const QString &text)
    {
        return m_browser.waitFor(
            QStringLiteral(
                "[...document.querySelectorAll('%1')].some(node => node.textContent.includes('%2'))")
                .arg(selector, text));
    }

    QString m_serverPath;
    QString m_toolPath;
    QString m_browserPath;
    QString m_windowPath; // empty if Qt Quick is missing
    QUrl m_url;
    Report m_report;
    Browser m_browser;
    Program m_tool;
    Program m_window;
    std::unique_ptr<Program> m_server;
};
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList programs = application.arguments().mid(1);
    if (programs.size() < 3 || programs.size() > 4) {
        std::fputs("Usage: wskit_chat_check SERVER TOOL BROWSER [WINDOW]\n", stderr);
        return 1;
    }
    return ChatCheck(programs).run() ? 0 : 1;
}
