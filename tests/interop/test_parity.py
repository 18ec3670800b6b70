#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests parity.py: what it reads in a header, and that it finds each kind of mistake."""

import tempfile
import unittest
from pathlib import Path

import parity

HEADER = """
class Q_WEBSOCKETS_EXPORT QWebSocket : public QObject
{
    Q_OBJECT
public:
    enum Mode { Fast = 0, Slow };
    explicit QWebSocket(const QString &origin = QString(), QObject *parent = nullptr);
    ~QWebSocket() override;
    bool flush(); // at once
    const QList<int> *list(const QMap<int, QString> &map, qint64 size = 1) const;
    void inlined(int msec) { inlined(std::chrono::milliseconds(msec)); }
#if QT_DEPRECATED_SINCE(6, 2)
    QT_DEPRECATED_VERSION_X_6_2("Use something else")
    qintptr old() const { return 0; }
#endif
public Q_SLOTS:
    void close(QWebSocketProtocol::CloseCode code = QWebSocketProtocol::CloseCodeNormal,
               const QString &reason = QString());
Q_SIGNALS:
    void connected();
private:
    void hidden();
};
"""
NAMES = ["QWebSocket::Mode", "QWebSocket::Fast", "QWebSocket::Slow", "QWebSocket::QWebSocket(const QString &, QObject *)",
         "QWebSocket::~QWebSocket()", "QWebSocket::flush()",
         "QWebSocket::list(const QMap<int, QString> &, qint64)", "QWebSocket::inlined(int)", "QWebSocket::old()",
         "QWebSocket::close(QWebSocketProtocol::CloseCode, const QString &)", "QWebSocket::connected()"]


class Parity(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.folder = Path(directory.name)
        (self.folder / "wskit").mkdir()
        (self.folder / "wskit" / "wsclient.h").write_text("class WsClient { void abort(); };")
        (self.folder / "qwebsocket.h").write_text(HEADER)
        (self.folder / "qwebsocketprotocol.h").write_text("namespace QWebSocketProtocol { enum Code { Normal = 1 }; }")
        self.addCleanup(setattr, parity, "CLASSES", parity.CLASSES)
        self.addCleanup(setattr, parity, "NEWER", parity.NEWER)
        parity.CLASSES = ["QWebSocket"]
        parity.NEWER = ["QWebSocket::newer()"]
        self.names = NAMES + ["QWebSocketProtocol::Code", "QWebSocketProtocol::Normal", "QWebSocket::newer()"]

    def check(self, texts=None):
        texts = texts or {name: "WsClient::abort()" for name in self.names}
        page = self.folder / "page.qdoc"
        page.write_text("".join(f"\\row\n \\li \\c {{{name}}}\n \\li {text}\n \\li\n" for name, text in texts.items()))
        return parity.check(page, self.folder, self.folder / "wskit")

    def test_reads_what_is_public(self):
        self.assertEqual(parity.members_of_class(parity.without_comments(HEADER), "QWebSocket"), NAMES)

    def test_counts_rows(self):
        texts = {name: "WsClient::abort()" for name in self.names}
        texts["QWebSocket::flush()"] = "not offered, because it\n  is not needed"
        self.assertEqual(self.check(texts), ([], len(self.names) - 1, 1))

    def test_finds_a_missing_name(self):
        for name in self.names:
            texts = {other: "WsClient::abort()" for other in self.names if other != name}
            self.assertEqual(self.check(texts)[0], [f"no row for {name}"])

    def test_finds_a_name_that_does_not_exist(self):
        self.names.append("QWebSocket::typo()")
        self.assertEqual(self.check()[0], ["QtWebSockets does not have QWebSocket::typo()"])

    def test_finds_an_empty_row(self):
        texts = {name: "WsClient::abort()" for name in self.names}
        for text in ("", "not offered", "not offered: WsClient::abort()", "nothing"):
            texts["QWebSocket::flush()"] = text
            self.assertEqual(self.check(texts)[0], ["neither an equivalent nor a reason for QWebSocket::flush()"])

    def test_finds_an_equivalent_that_is_not_declared(self):
        texts = {name: "WsClient::abort()" for name in self.names}
        texts["QWebSocket::flush()"] = "WsClient::flush()"
        self.assertEqual(self.check(texts)[0], ["QWebSocket::flush(): WsKit does not declare flush"])

    def compare(self, change=lambda text: text, added=""):
        """What is found if the headers of WsKit::Compat are those above, changed."""
        compat = self.folder / "compat"
        compat.mkdir(exist_ok=True)
        (compat / "qwebsocket.h").write_text(change(HEADER.replace("private:", added + "private:")))
        (compat / "qwebsocketprotocol.h").write_text(
            change("namespace QWebSocketProtocol { enum Code { Normal = 1 }; }"))
        mistakes, theirs, newer = parity.compare(self.folder, compat)
        self.assertEqual(len(theirs), 13)
        return mistakes, newer

    def test_accepts_the_same_declarations(self):
        self.assertEqual(self.compare(), ([], []))
        self.assertEqual(self.compare(lambda text: text.replace("&origin =", "& origin=")), ([], []))
        self.assertEqual(self.compare(lambda text: text.replace("parent = nullptr);", "parent = nullptr) : Q(1) { }")),
                         ([], []))

    def test_finds_each_difference(self):
        for old, new in (("bool flush", "void flush"), ("size = 1", "size = 2"), ("explicit ", ""), ("(int msec)",
                         "(int ms)"), ("override", ""), ("map, qint64 size = 1) const", "map, qint64 size = 1)"),
                         ("Slow", "Slower"), ("Fast = 0", "Fast = 1"), ("Normal = 1", "Normal = 2")):
            mistakes, _ = self.compare(lambda text: text.replace(old, new))
            self.assertEqual(len(mistakes), 2, mistakes)  # what is missing, and what is there instead
            self.assertIn("missing: ", mistakes[0])

    def test_finds_what_is_only_here(self):
        self.assertEqual(self.compare(added="void more();\n")[0], ["only here: QWebSocket: signals void more()"])
        self.assertEqual(self.compare(added="void newer();\n"), ([], ["QWebSocket: signals void newer()"]))

    def test_reads_qmltypes(self):
        types = self.folder / "plugins.qmltypes"
        types.write_text('Module { Component { exports: ["QtWebSockets/WebSocket 1.0"]\n'
                         'Enum { name: "Status"; values: { "Open": 1, "Closed": 3 } }\n'
                         'Property { name: "url"; type: "QUrl" } Signal { name: "sent" } }\n'
                         'Component { name: "Inner"; Property { name: "hidden" } } }')
        self.assertEqual(sorted(parity.qmltypes(types)), sorted(
            ["WebSocket.url", "WebSocket.sent", "WebSocket.Status", "WebSocket.Open", "WebSocket.Closed"]))


if __name__ == "__main__":
    unittest.main()
