#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the page that compares QtWebSockets with WsKit, name by name.

    parity.py PAGE QTWEBSOCKETS_HEADERS WSKIT_HEADERS [QMLTYPES]
    parity.py --compat QTWEBSOCKETS_HEADERS WSKITCOMPAT_HEADERS

Fails if a public function, signal or enumerator in the headers of QtWebSockets, or a member of its QML types, has no
row, if a name has two rows or does not exist, if a row has neither an equivalent nor a reason, or if an equivalent is
not declared in WsKit's headers. Prints how many rows there are.

With --compat compares the headers of QtWebSockets with those of WsKit::Compat, declaration by declaration: fails if one
of the former is missing or differs, be it in a default argument, or if one of the latter is not expected. Prints how
many there are.
"""

import re
import sys
from pathlib import Path

# What Qt 6.5 to 6.10 added to 6.4, and the members of the QML types that the qmltypes file of 6.4 leaves out.
NEWER = """
QWebSocket::errorOccurred(QAbstractSocket::SocketError)
QWebSocket::authenticationRequired(QAuthenticator *)
WebSocket.urlChanged
WebSocket.ping
WebSocket.pong
WebSocket.requestedSubprotocols
WebSocket.negotiatedSubprotocol
WebSocket.requestedSubprotocolsChanged
WebSocket.negotiatedSubprotocolChanged
WebSocketServer.supportedSubprotocols
WebSocketServer.supportedSubprotocolsChanged
""".strip().splitlines()

# What Qt added after 6.8, whose interface WsKit::Compat has.
LATER = ["QWebSocketServer: signals void sslErrorsOccurred(QSslSocket* socket, const QList<QSslError>& errors)"]

# What a program can call on WsKit::Compat alone.
ADDED = ["QWebSocket: WsConnection* connection() const", "QWebSocketServer: WsServer* server() const"]

# Headers that no program includes.
NO_HEADERS = {"qtwebsocketsexports.h", "qtwebsockets-config.h"}

CLASSES = ["QMaskGenerator", "QWebSocket", "QWebSocketCorsAuthenticator", "QWebSocketHandshakeOptions",
           "QWebSocketServer"]
SECTION = re.compile(r"^\s*(public|protected|private|public Q_SLOTS|private Q_SLOTS|Q_SIGNALS)\s*:\s*$", re.M)
MACRO = re.compile(r"\b(Q_OBJECT|Q_DISABLE_COPY|Q_DECLARE_PRIVATE|Q_ENUM|QT_DEPRECATED_VERSION_X_6_\d|"
                   r"QT_MOVE_ASSIGNMENT_OPERATOR_IMPL_VIA_PURE_SWAP|Q_PROPERTY)\b(\s*\([^()]*\))?")


def without_comments(text):
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)
    return re.sub(r"^\s*#[^\n]*(\\\n[^\n]*)*", "", text, flags=re.M)


def block(text, start):
    """What stands between the brace at or after start and the one that closes it."""
    begin = text.index("{", start)
    depth = 0
    for position in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return text[begin + 1:position]
    raise ValueError("a brace is not closed")


def without_bodies(text):
    """Each body of a function or enumeration becomes a semicolon."""
    while True:
        shorter = re.sub(r"\{[^{}]*\}\s*;?", ";", text)
        if shorter == text:
            return text
        text = shorter


def enumerations(text, scope):
    names = []
    for match in re.finditer(r"\benum\s+(?:class\s+)?(\w+)[^{;]*\{([^}]*)\}", text):
        names.append(f"{scope}::{match[1]}")
        names += [f"{scope}::{value}" for value in re.findall(r"(\w+)\s*(?:=[^,]*)?(?:,|$)", match[2].strip())]
    return names


def parameter_type(parameter):
    parameter = re.sub(r"\s*=.*$", "", parameter.strip(), flags=re.S)
    match = re.fullmatch(r"(.*?[\w>&*])(\s+|(?<=[&*]))(\w+)", parameter, flags=re.S)
    if match and match[1].strip() not in ("const", "unsigned"):
        parameter = match[1]
    return re.sub(r"\s+", " ", re.sub(r"\s*([&*]+)\s*$", r" \1", parameter)).strip()


def parameters(text):
    parts, depth, current = [], 0, ""
    for character in text:
        depth += {"<": 1, "(": 1, ">": -1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += character
    return [parameter_type(part) for part in parts + [current] if part.strip()]


def functions(text, scope):
    names = []
    for statement in re.split(r";|(?<=>)\s*(?=enum)", text):
        match = re.search(r"([~\w]+|operator\s*\S+?)\s*\((.*)\)[^()]*$", statement.strip(), flags=re.S)
        if not match or statement.strip().startswith(("enum", "template", "using")):
            continue
        types = ", ".join(parameters(match[2]))
        # An enumeration of the class itself is written without its scope in the header.
        types = re.sub(r"(?<!:)\bSslMode\b", f"{scope}::SslMode", types)
        names.append(f"{scope}::{re.sub(r' ', '', match[1])}({types})")
    return names


def members_of_class(text, name):
    match = re.search(rf"\bclass\s+(?:\w+_EXPORT\s+)?{name}\b[^;{{]*\{{", text)
    body = block(text, match.start())
    names = []
    moves = re.search(r"QT_MOVE_ASSIGNMENT_OPERATOR_IMPL_VIA_PURE_SWAP\(", body)
    friends = re.findall(rf"friend\s+bool\s+(operator..)\s*\(const {name} &", body)
    sections = SECTION.split(body)[1:]
    for section, content in zip(sections[::2], sections[1::2]):
        if section in ("public", "public Q_SLOTS", "Q_SIGNALS"):
            names += enumerations(content, name)
            names += functions(without_bodies(MACRO.sub("", content)), name)
    names += [f"{name}::{operator}(const {name} &, const {name} &)" for operator in friends]
    return names + ([f"{name}::operator=({name} &&)"] if moves else [])


def qtwebsockets(headers):
    texts = {path.name: without_comments(path.read_text()) for path in Path(headers).glob("q*.h")}
    names = [member for name in CLASSES for member in members_of_class(texts[name.lower() + ".h"], name)]
    return names + enumerations(block(texts["qwebsocketprotocol.h"], texts["qwebsocketprotocol.h"].index(
        "namespace QWebSocketProtocol")), "QWebSocketProtocol")


def qmltypes(path):
    names = []
    for component in Path(path).read_text().split("Component {")[1:]:
        exported = re.search(r'exports: \["QtWebSockets/(\w+) ', component)
        if not exported:
            continue
        kind = exported[1]
        names += [f"{kind}.{name}" for name in re.findall(r'(?:Property|Signal|Method|Enum) \{\s*name: "(\w+)"',
                                                          component)]
        for values in re.findall(r"values: [\[{](.*?)[\]}]", component, flags=re.S):
            names += [f"{kind}.{value}" for value in re.findall(r'"(\w+)"', values)]
    return names


def rows(page):
    """Of each row of the tables: the name, and what stands beside it."""
    found = []
    for row in Path(page).read_text().split("\\row")[1:]:
        items = [re.sub(r"\s+", " ", item).strip() for item in row.split("\\endtable")[0].split("\\li")[1:]]
        found.append((re.fullmatch(r"\\c \{?(.*?)\}?", items[0])[1], items[1]))
    return found


def declared(headers):
    """The names that WsKit's headers declare."""
    text = "\n".join(without_comments(path.read_text()) for path in Path(headers).glob("*.h"))
    return set(re.findall(r"operator=|~?\b\w+", text))


def check(page, qt_headers, wskit_headers, types=None):
    """The mistakes, the number of rows with an equivalent, and the number of those with a reason."""
    table = rows(page)
    names = [name for name, _ in table]
    expected = dict.fromkeys(qtwebsockets(qt_headers) + NEWER + (qmltypes(types) if types else []))
    mistakes = [f"no row for {name}" for name in expected if name not in names]
    mistakes += [f"QtWebSockets does not have {name}" for name in names if name not in expected
                 and (types or "::" in name)]
    mistakes += [f"two rows for {name}" for name in dict.fromkeys(names) if names.count(name) > 1]
    known = declared(wskit_headers)
    equivalents = reasons = 0
    for name, text in table:
        if re.match(r"not offered, because \S+ \S+", text):
            reasons += 1
        elif not text.startswith("not offered") and re.search(r"\bWs\w*(::|\.)~?\w+", text):
            equivalents += 1
            for used in re.findall(r"\bWs\w*::(operator=|~?\w+)", text):
                if used not in known:
                    mistakes.append(f"{name}: WsKit does not declare {used}")
        else:
            mistakes.append(f"neither an equivalent nor a reason for {name}")
    return mistakes, equivalents, reasons


def written_alike(statement):
    """The same text for the same declaration."""
    text = re.sub(r"\s+", " ", statement).strip()
    text = re.sub(r"\s*([(),&*=])\s*", r"\1", text.replace("operator =", "operator="))
    text = re.sub(r"(=default|(?<=\)):(?!:).*)$", "", text)  # the initializers of an inline constructor
    text = re.sub(r"\)(?=\w)", ") ", text)
    return re.sub(r"([&*]+|,|=)(?=\w)", r"\1 ", text).replace(" *", "*").replace(" &", "&").strip()


def enumerators(text):
    """The values of each enumeration, as they are written."""
    for match in re.finditer(r"\benum\s+(?:class\s+)?(\w+)[^{;]*\{([^}]*)\}", text):
        yield f"enum {match[1]}"
        yield from (f"{match[1]}: {written_alike(value)}" for value in match[2].split(",") if value.strip())


def declarations_of_class(text, name):
    """What a program can use, in full: return types, default arguments, explicit, virtual, const and noexcept."""
    body = block(text, re.search(rf"\bclass\s+(?:\w+_EXPORT\s+)?{name}\b[^;{{]*\{{", text).start())
    found = [f"friend operator{sign}" for sign in re.findall(rf"friend\s+bool\s+operator(..)\s*\(const {name} &", body)]
    if "QT_MOVE_ASSIGNMENT_OPERATOR_IMPL_VIA_PURE_SWAP(" in body:
        found.append(written_alike(f"{name} &operator=({name} &&other) noexcept"))
    sections = SECTION.split(body)[1:]
    for section, content in zip(sections[::2], sections[1::2]):
        if section not in ("public", "public Q_SLOTS", "Q_SIGNALS"):
            continue
        kind = "" if section == "public" else section.split("_")[-1].lower() + " "
        content = MACRO.sub("", content)
        found += list(enumerators(content))
        statements = [written_alike(part) for part in without_bodies(content).split(";")]
        found += [kind + part for part in statements if "(" in part]
    return [f"{name}: {declaration}" for declaration in found]


def declarations(headers):
    texts = {path.name: without_comments(path.read_text()) for path in Path(headers).glob("q*.h")}
    found = [each for name in CLASSES for each in declarations_of_class(texts[name.lower() + ".h"], name)]
    protocol = texts["qwebsocketprotocol.h"]
    values = enumerators(block(protocol, protocol.index("namespace QWebSocketProtocol")))
    return found + [f"QWebSocketProtocol: {value}" for value in values]


def compare(qt_headers, compat_headers):
    """The mistakes, the declarations of Qt that are expected here, and those here that this Qt does not have yet."""
    ours = declarations(compat_headers)
    theirs = [each for each in declarations(qt_headers) if each not in LATER]
    mistakes = [f"missing: {each}" for each in theirs if each not in ours]
    newer = []
    signals = [re.sub(r"\(.*", "", name).replace("::", ": signals void ") for name in NEWER]
    for each in ours:
        if each not in theirs + ADDED:
            if each.split("(")[0] in signals:
                newer.append(each)
            else:
                mistakes.append(f"only here: {each}")
    files = {path.name for path in Path(qt_headers).iterdir() if path.is_file()}
    files -= {path.name for path in Path(compat_headers).iterdir()} | NO_HEADERS
    mistakes += [f"no header {name}" for name in sorted(files)]
    return mistakes, theirs, newer


def compare_compat(qt_headers, compat_headers):
    mistakes, theirs, newer = compare(qt_headers, compat_headers)
    version = re.search(r'VERSION_STR "(.*)"', Path(qt_headers, "qtwebsocketsversion.h").read_text())[1]
    missing = sum(mistake.startswith("missing: ") for mistake in mistakes)
    print(f"{len(theirs)} members of QtWebSockets {version}: {len(theirs) - missing} are here, {missing} are missing; "
          f"{len(newer)} of a newer QtWebSockets are here")
    print("\n".join(mistakes))
    return 1 if mistakes else 0


def main():
    if sys.argv[1] == "--compat":
        return compare_compat(*sys.argv[2:])
    mistakes, equivalents, reasons = check(*sys.argv[1:])
    print(f"{equivalents + reasons} rows: {equivalents} with an equivalent, {reasons} with a reason")
    print("\n".join(mistakes))
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
