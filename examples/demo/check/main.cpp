// SPDX-License-Identifier: MIT

// wskit_chat_check: the chat server, its page in a headless browser and the command-line tool, each in a
// process of its own; each has to see what the others say.
//
//     wskit_chat_check SERVER TOOL BROWSER        the three programs

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
        : m_serverPath(programs.at(0)), m_toolPath(programs.at(1)), m_browserPath(programs.at(2))
    {
    }

    bool run()
    {
        startServer(QStringLiteral("0"));
        openPage();
        startTool();
        if (m_report.allMet()) {
            exchangeTexts();
            sendPicture();
            leave();
            restartServer();
            endServer();
        }
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
        QUrl url = m_url;
        url.setQuery(QStringLiteral("name=Browser"));
        m_report.expect(m_browser.openPage(url)
                            && m_browser.waitFor(QStringLiteral("app.dataset.state === 'open'")),
                        "the page is served and connects");
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

    // A picture drawn here and given to the file chooser's input, as the chooser itself would.
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
    QUrl m_url;
    Report m_report;
    Browser m_browser;
    Program m_tool;
    std::unique_ptr<Program> m_server;
};
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList programs = application.arguments().mid(1);
    if (programs.size() != 3) {
        std::fputs("Usage: wskit_chat_check SERVER TOOL BROWSER\n", stderr);
        return 1;
    }
    return ChatCheck(programs).run() ? 0 : 1;
}
