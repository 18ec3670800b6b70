<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context>
    <name>ClientSession</name>
    <message>
        <source>The proxy %1:%2</source>
        <translation>Der Proxy %1:%2</translation>
    </message>
    <message>
        <source>Messages that may not have arrived: %1</source>
        <translation>Nachrichten, die vielleicht nicht angekommen sind: %1</translation>
    </message>
    <message>
        <source>Connecting to %1</source>
        <translation>Verbindet mit %1</translation>
    </message>
    <message>
        <source>The header %1 or a file with a bearer token, not both</source>
        <translation>Der Header %1 oder eine Datei mit einem Bearer-Token, nicht beides</translation>
    </message>
    <message>
        <source>Header %1: %2</source>
        <translation>Header %1: %2</translation>
    </message>
    <message>
        <source>Closing with code %1</source>
        <translation>Schließt mit Code %1</translation>
    </message>
    <message>
        <source>Redirected to %1</source>
        <translation>Umgeleitet zu %1</translation>
    </message>
    <message>
        <source>Redirected</source>
        <translation>Umgeleitet</translation>
    </message>
    <message>
        <source>Login required</source>
        <translation>Anmeldung verlangt</translation>
    </message>
    <message>
        <source>%1, “%2”</source>
        <translation>%1, „%2“</translation>
    </message>
    <message>
        <source>Logging in</source>
        <translation>Anmeldung als</translation>
    </message>
    <message>
        <source>Reconnecting in %1 s (attempt %2)</source>
        <translation>Neue Verbindung in %1 s (Versuch %2)</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Offen</translation>
    </message>
    <message>
        <source>Open, with the subprotocol %1</source>
        <translation>Offen, mit dem Subprotokoll %1</translation>
    </message>
    <message>
        <source>TLS, ignored: %1</source>
        <translation>TLS, ignoriert: %1</translation>
    </message>
    <message>
        <source>unasked</source>
        <translation>ungefragt</translation>
    </message>
    <message>
        <source>round trip %1 ms</source>
        <translation>Umlaufzeit %1 ms</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Gescheitert</translation>
    </message>
    <message>
        <source>Closed with code %1</source>
        <translation>Geschlossen mit Code %1</translation>
    </message>
    <message>
        <source>Closed, not cleanly, with code %1</source>
        <translation>Nicht sauber geschlossen, mit Code %1</translation>
    </message>
</context>
<context>
    <name>CloseDialog</name>
    <message>
        <source>Close with Code</source>
        <translation>Mit Code schließen</translation>
    </message>
    <message>
        <source>1000 normal</source>
        <translation>1000 normal</translation>
    </message>
    <message>
        <source>1001 going away</source>
        <translation>1001 geht weg</translation>
    </message>
    <message>
        <source>1002 protocol error</source>
        <translation>1002 Protokollfehler</translation>
    </message>
    <message>
        <source>1003 unsupported data</source>
        <translation>1003 Daten nicht unterstützt</translation>
    </message>
    <message>
        <source>1007 invalid payload</source>
        <translation>1007 ungültiger Inhalt</translation>
    </message>
    <message>
        <source>1008 policy violation</source>
        <translation>1008 gegen die Regeln</translation>
    </message>
    <message>
        <source>1009 message too big</source>
        <translation>1009 Nachricht zu groß</translation>
    </message>
    <message>
        <source>1011 internal error</source>
        <translation>1011 interner Fehler</translation>
    </message>
    <message>
        <source>4000 of the application</source>
        <translation>4000 der Anwendung</translation>
    </message>
    <message>
        <source>C&amp;lose</source>
        <translation>Sch&amp;ließen</translation>
    </message>
    <message>
        <source>&amp;Code:</source>
        <translation>&amp;Code:</translation>
    </message>
    <message>
        <source>&amp;Reason:</source>
        <translation>&amp;Grund:</translation>
    </message>
    <message>
        <source>The code has to be one that may be sent: 1000 to 1014 but 1004 to 1006, or 3000 to 4999.</source>
        <translation>Der Code muss einer sein, der gesendet werden darf: 1000 bis 1014 außer 1004 bis 1006, oder 3000 bis 4999.</translation>
    </message>
    <message>
        <source>The reason is too long: %1 of %2 bytes.</source>
        <translation>Der Grund ist zu lang: %1 von %2 Bytes.</translation>
    </message>
</context>
<context>
    <name>ConnectionBar</name>
    <message>
        <source>wss://example.com/socket</source>
        <translation>wss://example.com/socket</translation>
    </message>
    <message>
        <source>U&amp;RL:</source>
        <translation>U&amp;RL:</translation>
    </message>
    <message>
        <source>Connecting</source>
        <translation>Verbindet</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Offen</translation>
    </message>
    <message>
        <source>Closing</source>
        <translation>Schließt</translation>
    </message>
    <message>
        <source>Closed</source>
        <translation>Geschlossen</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Wartet</translation>
    </message>
</context>
<context>
    <name>ConnectionsDialog</name>
    <message>
        <source>&amp;Connect</source>
        <translation>&amp;Verbinden</translation>
    </message>
    <message>
        <source>&amp;Rename</source>
        <translation>&amp;Umbenennen</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>&amp;Löschen</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>&amp;Speichern</translation>
    </message>
    <message>
        <source>Saved Connections</source>
        <translation>Gespeicherte Verbindungen</translation>
    </message>
    <message>
        <source>Save the current one &amp;as:</source>
        <translation>Die jetzige speichern &amp;als:</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>There is another connection of this name.</source>
        <translation>Es gibt eine andere Verbindung dieses Namens.</translation>
    </message>
    <message>
        <source>No connection is saved yet.</source>
        <translation>Noch ist keine Verbindung gespeichert.</translation>
    </message>
    <message>
        <source>Not saved, enter again: %1</source>
        <translation>Nicht gespeichert, bitte neu eingeben: %1</translation>
    </message>
</context>
<context>
    <name>DiffDialog</name>
    <message>
        <source>Compare Messages</source>
        <translation>Nachrichten vergleichen</translation>
    </message>
    <message>
        <source>Differences</source>
        <translation>Unterschiede</translation>
    </message>
    <message>
        <source>− message of %1   + message of %2</source>
        <translation>− Nachricht von %1   + Nachricht von %2</translation>
    </message>
    <message>
        <source>The messages are the same.</source>
        <translation>Die Nachrichten sind gleich.</translation>
    </message>
    <message>
        <source>Only the first %1 are compared.</source>
        <translation>Nur die ersten %1 werden verglichen.</translation>
    </message>
</context>
<context>
    <name>ErrorDetail</name>
    <message>
        <source>The server does not understand the request, or this is no WebSocket URL. Check the path.</source>
        <translation>Der Server versteht die Anfrage nicht, oder dies ist keine WebSocket-URL. Prüfen Sie den Pfad.</translation>
    </message>
    <message>
        <source>A login is needed. Check the name, the password or the token.</source>
        <translation>Eine Anmeldung ist nötig. Prüfen Sie Name, Passwort oder Token.</translation>
    </message>
    <message>
        <source>The server refuses this request. Check the Origin, the Host name and the login.</source>
        <translation>Der Server lehnt diese Anfrage ab. Prüfen Sie Origin, Hostnamen und Anmeldung.</translation>
    </message>
    <message>
        <source>There is nothing at this path. Check the URL.</source>
        <translation>Unter diesem Pfad gibt es nichts. Prüfen Sie die URL.</translation>
    </message>
    <message>
        <source>The server wants another protocol or version. Look at its answer in the tab Handshake.</source>
        <translation>Der Server will ein anderes Protokoll oder eine andere Version. Seine Antwort steht im Reiter Handshake.</translation>
    </message>
    <message>
        <source>The server is busy. Try again later, or switch on &quot;Reconnect automatically&quot;.</source>
        <translation>Der Server ist ausgelastet. Versuchen Sie es später noch einmal, oder schalten Sie „Automatisch wieder verbinden“ ein.</translation>
    </message>
    <message>
        <source>The server redirects. Switch on &quot;Follow redirects&quot;, or enter the other URL.</source>
        <translation>Der Server leitet um. Schalten Sie „Umleitungen folgen“ ein, oder geben Sie die andere URL ein.</translation>
    </message>
    <message>
        <source>Look at the answer of the server in the tab Handshake.</source>
        <translation>Die Antwort des Servers steht im Reiter Handshake.</translation>
    </message>
    <message>
        <source>Nothing listens there. Check the host and the port, and whether the server runs.</source>
        <translation>Dort nimmt niemand Verbindungen an. Prüfen Sie Host und Port, und ob der Server läuft.</translation>
    </message>
    <message>
        <source>The name of the host is not known. Check its spelling and the network.</source>
        <translation>Der Name des Hosts ist unbekannt. Prüfen Sie die Schreibweise und das Netz.</translation>
    </message>
    <message>
        <source>The peer ended the connection. Its log may tell why; a proxy may have a time limit.</source>
        <translation>Die Gegenstelle hat die Verbindung beendet. Ihr Protokoll kann sagen, warum; ein Proxy kann ein Zeitlimit haben.</translation>
    </message>
    <message>
        <source>Check the network, the URL and the proxy.</source>
        <translation>Prüfen Sie das Netz, die URL und den Proxy.</translation>
    </message>
    <message>
        <source>If you know the server, give its CA file in the tab Request, or ignore errors of the certificate. A server without TLS needs ws instead of wss.</source>
        <translation>Wenn Sie den Server kennen, geben Sie seine CA-Datei im Reiter Anfrage an, oder ignorieren Sie Fehler des Zertifikats. Ein Server ohne TLS braucht ws statt wss.</translation>
    </message>
    <message>
        <source>Check the proxy in the tab Request; &quot;none&quot; connects without one.</source>
        <translation>Prüfen Sie den Proxy im Reiter Anfrage; „none“ verbindet ohne Proxy.</translation>
    </message>
    <message>
        <source>This is no WebSocket server, or wss is needed instead of ws.</source>
        <translation>Dies ist kein WebSocket-Server, oder er braucht wss statt ws.</translation>
    </message>
    <message>
        <source>The peer does not answer. Check the address, a firewall, and whether the server is busy.</source>
        <translation>Die Gegenstelle antwortet nicht. Prüfen Sie die Adresse, eine Firewall, und ob der Server ausgelastet ist.</translation>
    </message>
    <message>
        <source>The peer broke the protocol. This is an error of its program.</source>
        <translation>Die Gegenstelle hat gegen das Protokoll verstoßen. Das ist ein Fehler ihres Programms.</translation>
    </message>
    <message>
        <source>The message is larger than is allowed here.</source>
        <translation>Die Nachricht ist größer, als hier erlaubt ist.</translation>
    </message>
    <message>
        <source>TLS: %1</source>
        <translation>TLS: %1</translation>
    </message>
    <message>
        <source> (certificate of “%1”, issued by “%2”)</source>
        <translation> (Zertifikat von „%1“, ausgestellt von „%2“)</translation>
    </message>
    <message>
        <source>Kind: %1</source>
        <translation>Art: %1</translation>
    </message>
    <message>
        <source>Close code: %1</source>
        <translation>Schließcode: %1</translation>
    </message>
    <message>
        <source>HTTP status: %1</source>
        <translation>HTTP-Status: %1</translation>
    </message>
    <message>
        <source>Socket: %1</source>
        <translation>Socket: %1</translation>
    </message>
    <message>
        <source>What to try: %1</source>
        <translation>Was hilft: %1</translation>
    </message>
    <message>
        <source>Body of the answer:</source>
        <translation>Inhalt der Antwort:</translation>
    </message>
</context>
<context>
    <name>FileField</name>
    <message>
        <source>Choose a file</source>
        <translation>Eine Datei wählen</translation>
    </message>
</context>
<context>
    <name>FindBar</name>
    <message>
        <source>Find</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Find in the log</source>
        <translation>Im Protokoll suchen</translation>
    </message>
    <message>
        <source>Previous match</source>
        <translation>Vorige Fundstelle</translation>
    </message>
    <message>
        <source>Next match</source>
        <translation>Nächste Fundstelle</translation>
    </message>
    <message>
        <source>Close the search</source>
        <translation>Die Suche schließen</translation>
    </message>
    <message>
        <source>From the other end</source>
        <translation>Vom anderen Ende</translation>
    </message>
    <message>
        <source>Not found</source>
        <translation>Nicht gefunden</translation>
    </message>
</context>
<context>
    <name>HandshakeView</name>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Handshake</source>
        <translation>Handshake</translation>
    </message>
    <message>
        <source>&amp;Copy the Value</source>
        <translation>Den Wert &amp;kopieren</translation>
    </message>
    <message>
        <source>Copy &amp;All</source>
        <translation>&amp;Alles kopieren</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>Verbindung</translation>
    </message>
    <message>
        <source>URL</source>
        <translation>URL</translation>
    </message>
    <message>
        <source>Peer</source>
        <translation>Gegenstelle</translation>
    </message>
    <message>
        <source>Local address</source>
        <translation>Eigene Adresse</translation>
    </message>
    <message>
        <source>Subprotocol</source>
        <translation>Subprotokoll</translation>
    </message>
    <message>
        <source>Extensions</source>
        <translation>Erweiterungen</translation>
    </message>
    <message>
        <source>TLS</source>
        <translation>TLS</translation>
    </message>
    <message>
        <source>Protocol</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Cipher</source>
        <translation>Verschlüsselung</translation>
    </message>
    <message>
        <source>Certificate of</source>
        <translation>Zertifikat von</translation>
    </message>
    <message>
        <source>Issued by</source>
        <translation>Ausgestellt von</translation>
    </message>
    <message>
        <source>Valid until</source>
        <translation>Gültig bis</translation>
    </message>
    <message>
        <source>SHA-256</source>
        <translation>SHA-256</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>Anfrage</translation>
    </message>
    <message>
        <source>Response</source>
        <translation>Antwort</translation>
    </message>
    <message>
        <source>Opening</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Opening, attempt %1</source>
        <translation>Öffnen, Versuch %1</translation>
    </message>
    <message>
        <source>Earlier openings</source>
        <translation>Frühere Versuche</translation>
    </message>
    <message>
        <source>Attempt %1</source>
        <translation>Versuch %1</translation>
    </message>
    <message>
        <source>Pin of the key</source>
        <translation>Pin des Schlüssels</translation>
    </message>
    <message>
        <source>(sent after)</source>
        <translation>(gesendet nach)</translation>
    </message>
    <message>
        <source>(received after)</source>
        <translation>(erhalten nach)</translation>
    </message>
    <message>
        <source>(body, %1)</source>
        <translation>(Inhalt, %1)</translation>
    </message>
</context>
<context>
    <name>HeaderTable</name>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Headers of the request</source>
        <translation>Header der Anfrage</translation>
    </message>
</context>
<context>
    <name>LogEntry</name>
    <message>
        <source>Text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>Binary</source>
        <translation>Binär</translation>
    </message>
    <message>
        <source>Ping</source>
        <translation>Ping</translation>
    </message>
    <message>
        <source>Pong</source>
        <translation>Pong</translation>
    </message>
    <message>
        <source>Event</source>
        <translation>Ereignis</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>Fehler</translation>
    </message>
</context>
<context>
    <name>LogList</name>
    <message>
        <source>Filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>Alles</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>Nachrichten</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>Empfangen</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Gesendet</translation>
    </message>
    <message>
        <source>What is shown</source>
        <translation>Was gezeigt wird</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>, %1 older removed</source>
        <translation>, %1 ältere entfernt</translation>
    </message>
    <message>
        <source>The log keeps at most %1 rows and %2.</source>
        <translation>Das Protokoll behält höchstens %1 Zeilen und %2.</translation>
    </message>
</context>
<context>
    <name>LogModel</name>
    <message>
        <source>Received</source>
        <translation>Empfangen</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Gesendet</translation>
    </message>
    <message>
        <source>%1 bytes</source>
        <translation>%1 Bytes</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Content</source>
        <translation>Inhalt</translation>
    </message>
</context>
<context>
    <name>LogView</name>
    <message>
        <source>Messages</source>
        <translation>Nachrichten</translation>
    </message>
</context>
<context>
    <name>LoginDialog</name>
    <message>
        <source>Log In</source>
        <translation>Anmelden</translation>
    </message>
    <message>
        <source>%1 asks for a name and a password.</source>
        <translation>%1 verlangt einen Namen und ein Passwort.</translation>
    </message>
    <message>
        <source>%1 asks for a name and a password: “%2”</source>
        <translation>%1 verlangt einen Namen und ein Passwort: „%2“</translation>
    </message>
    <message>
        <source>&amp;Log In</source>
        <translation>&amp;Anmelden</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>&amp;Name:</translation>
    </message>
    <message>
        <source>&amp;Password:</source>
        <translation>&amp;Passwort:</translation>
    </message>
</context>
<context>
    <name>Main</name>
    <message>
        <source>Opens a WebSocket connection, shows every message, and sends messages.</source>
        <translation>Öffnet eine WebSocket-Verbindung, zeigt jede Nachricht und sendet Nachrichten.</translation>
    </message>
    <message>
        <source>Connects to this URL; of a file, shows the session in it.</source>
        <translation>Verbindet mit dieser URL; von einer Datei wird die Sitzung darin gezeigt.</translation>
    </message>
    <message>
        <source>WebSocket Inspector</source>
        <translation>WebSocket-Inspektor</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>WebSocket Inspector</source>
        <translation>WebSocket-Inspektor</translation>
    </message>
    <message>
        <source>Re&amp;quest</source>
        <translation>An&amp;frage</translation>
    </message>
    <message>
        <source>&amp;Message</source>
        <translation>&amp;Nachricht</translation>
    </message>
    <message>
        <source>Disconnect first.</source>
        <translation>Erst die Verbindung trennen.</translation>
    </message>
    <message>
        <source>↓ %1 (%2)   ↑ %3 (%4)</source>
        <translation>↓ %1 (%2)   ↑ %3 (%4)</translation>
    </message>
    <message>
        <source>   round trip %1 ms</source>
        <translation>   Umlaufzeit %1 ms</translation>
    </message>
    <message>
        <source>Saved %1</source>
        <translation>%1 gespeichert</translation>
    </message>
    <message>
        <source>Connec&amp;t</source>
        <translation>Ver&amp;binden</translation>
    </message>
    <message>
        <source>C&amp;lose with Code…</source>
        <translation>Mit Code schl&amp;ießen…</translation>
    </message>
    <message>
        <source>S&amp;end</source>
        <translation>S&amp;enden</translation>
    </message>
    <message>
        <source>Send &amp;File…</source>
        <translation>&amp;Datei senden…</translation>
    </message>
    <message>
        <source>&amp;Ping</source>
        <translation>&amp;Ping</translation>
    </message>
    <message>
        <source>&amp;Connection</source>
        <translation>&amp;Verbindung</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>B&amp;eenden</translation>
    </message>
    <message>
        <source>&amp;Log</source>
        <translation>&amp;Protokoll</translation>
    </message>
    <message>
        <source>&amp;Save…</source>
        <translation>&amp;Speichern…</translation>
    </message>
    <message>
        <source>&amp;Clear</source>
        <translation>&amp;Leeren</translation>
    </message>
    <message>
        <source>&amp;Keep at Most</source>
        <translation>&amp;Höchstens behalten</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;URL</source>
        <translation>&amp;URL</translation>
    </message>
    <message>
        <source>&amp;Handshake</source>
        <translation>&amp;Handshake</translation>
    </message>
    <message>
        <source>&amp;Colors</source>
        <translation>Far&amp;ben</translation>
    </message>
    <message>
        <source>Of the &amp;System</source>
        <translation>Des &amp;Systems</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>&amp;Hell</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>&amp;Dunkel</translation>
    </message>
    <message>
        <source>%1 Rows</source>
        <translation>%1 Zeilen</translation>
    </message>
    <message>
        <source>Send a File as Binary</source>
        <translation>Eine Datei binär senden</translation>
    </message>
    <message>
        <source>Abor&amp;t</source>
        <translation>A&amp;bbrechen</translation>
    </message>
    <message>
        <source>Disconnec&amp;t</source>
        <translation>Ver&amp;bindung trennen</translation>
    </message>
    <message>
        <source>&amp;Reconnect Now</source>
        <translation>Jetzt &amp;neu verbinden</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Replayed messages: %1</source>
        <translation>Wiederholte Nachrichten: %1</translation>
    </message>
    <message>
        <source>Enter again, then connect: %1</source>
        <translation>Neu eingeben, dann verbinden: %1</translation>
    </message>
    <message>
        <source>Copied: %1</source>
        <translation>Kopiert: %1</translation>
    </message>
    <message>
        <source>&amp;Copy the Content</source>
        <translation>Den Inhalt &amp;kopieren</translation>
    </message>
    <message>
        <source>Copy as &amp;JSON</source>
        <translation>Als &amp;JSON kopieren</translation>
    </message>
    <message>
        <source>E&amp;dit and Send Again</source>
        <translation>Bea&amp;rbeiten und erneut senden</translation>
    </message>
    <message>
        <source>Co&amp;mpare Two Messages</source>
        <translation>&amp;Zwei Nachrichten vergleichen</translation>
    </message>
    <message>
        <source>Saved Co&amp;nnections…</source>
        <translation>&amp;Gespeicherte Verbindungen…</translation>
    </message>
    <message>
        <source>&amp;Save This Connection…</source>
        <translation>Diese Verbindung &amp;speichern…</translation>
    </message>
    <message>
        <source>Copy as Command for &amp;wskit</source>
        <translation>Als Befehl für &amp;wskit kopieren</translation>
    </message>
    <message>
        <source>Messa&amp;ge</source>
        <translation>&amp;Nachricht</translation>
    </message>
    <message>
        <source>&amp;Templates…</source>
        <translation>&amp;Vorlagen…</translation>
    </message>
    <message>
        <source>&amp;Save as Template…</source>
        <translation>&amp;Als Vorlage speichern…</translation>
    </message>
    <message>
        <source>Sho&amp;w Part of the JSON</source>
        <translation>&amp;Teil des JSON zeigen</translation>
    </message>
    <message>
        <source>&amp;Replay Sent Messages</source>
        <translation>Gesendete &amp;wiederholen</translation>
    </message>
    <message>
        <source>Replay &amp;without Pauses</source>
        <translation>&amp;Ohne Pausen wiederholen</translation>
    </message>
    <message>
        <source>&amp;Open…</source>
        <translation>Ö&amp;ffnen…</translation>
    </message>
    <message>
        <source>&amp;Find…</source>
        <translation>S&amp;uchen…</translation>
    </message>
    <message>
        <source>Find &amp;Next</source>
        <translation>&amp;Nächste Fundstelle</translation>
    </message>
    <message>
        <source>Find &amp;Previous</source>
        <translation>&amp;Vorige Fundstelle</translation>
    </message>
    <message>
        <source>F&amp;ilter</source>
        <translation>F&amp;iltern</translation>
    </message>
    <message>
        <source>Message to &amp;Send</source>
        <translation>&amp;Zu sendende Nachricht</translation>
    </message>
    <message>
        <source>&amp;Request</source>
        <translation>&amp;Anfrage</translation>
    </message>
    <message>
        <source>S&amp;ide Panel</source>
        <translation>&amp;Seitenleiste</translation>
    </message>
    <message>
        <source>He&amp;lp</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>&amp;Keyboard Shortcuts</source>
        <translation>&amp;Tastenkürzel</translation>
    </message>
    <message>
        <source>&amp;About</source>
        <translation>&amp;Info</translation>
    </message>
    <message>
        <source>Stop the &amp;Replay</source>
        <translation>&amp;Wiederholung beenden</translation>
    </message>
    <message>
        <source>About WebSocket Inspector</source>
        <translation>Über den WebSocket-Inspektor</translation>
    </message>
    <message>
        <source>WebSocket Inspector %1

Opens a WebSocket connection, shows every message, and sends messages. A part of WsKit, under the MIT license.</source>
        <translation>WebSocket-Inspektor %1

Öffnet eine WebSocket-Verbindung, zeigt jede Nachricht und sendet Nachrichten. Ein Teil von WsKit, unter der MIT-Lizenz.</translation>
    </message>
    <message>
        <source>Open a Session</source>
        <translation>Eine Sitzung öffnen</translation>
    </message>
    <message>
        <source>Sessions (*.jsonl *.har);;All files (*)</source>
        <translation>Sitzungen (*.jsonl *.har);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>%1 is no session: %2</source>
        <translation>%1 ist keine Sitzung: %2</translation>
    </message>
    <message>
        <source>Opened %1, events: %2</source>
        <translation>%1 geöffnet, Ereignisse: %2</translation>
    </message>
    <message>
        <source>Save the Session</source>
        <translation>Die Sitzung speichern</translation>
    </message>
    <message>
        <source>Session, one JSON object a line (*.jsonl);;HTTP archive (*.har);;Text (*.txt)</source>
        <translation>Sitzung, ein JSON-Objekt je Zeile (*.jsonl);;HTTP-Archiv (*.har);;Text (*.txt)</translation>
    </message>
    <message>
        <source>Replaying…</source>
        <translation>Wird wiederholt…</translation>
    </message>
    <message>
        <source>There is no sent message to replay.</source>
        <translation>Es gibt keine gesendete Nachricht zum Wiederholen.</translation>
    </message>
    <message>
        <source>Handshake</source>
        <translation>Handshake</translation>
    </message>
    <message>
        <source>&amp;Session</source>
        <translation>&amp;Sitzung</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Nachricht</translation>
    </message>
    <message>
        <source>, without older rows: %1</source>
        <translation>, ohne ältere Zeilen: %1</translation>
    </message>
</context>
<context>
    <name>MessageView</name>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>JSON</source>
        <translation>JSON</translation>
    </message>
    <message>
        <source>Hex</source>
        <translation>Hex</translation>
    </message>
    <message>
        <source>Vie&amp;w as:</source>
        <translation>Anzei&amp;gen als:</translation>
    </message>
    <message>
        <source>Save Pa&amp;yload…</source>
        <translation>Inhal&amp;t speichern…</translation>
    </message>
    <message>
        <source>Content of the selected message</source>
        <translation>Inhalt der gewählten Nachricht</translation>
    </message>
    <message>
        <source>Select a message to see what is in it.</source>
        <translation>Eine Nachricht wählen, um ihren Inhalt zu sehen.</translation>
    </message>
    <message>
        <source>Not JSON at byte %1: %2</source>
        <translation>Kein JSON, bei Byte %1: %2</translation>
    </message>
    <message>
        <source>… and %1 more</source>
        <translation>… und noch %1</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Gesendet</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>Empfangen</translation>
    </message>
    <message>
        <source>Save Payload</source>
        <translation>Inhalt speichern</translation>
    </message>
    <message>
        <source>JSON path: .items[0]</source>
        <translation>JSON-Pfad: .items[0]</translation>
    </message>
    <message>
        <source>Path of the JSON values that are shown</source>
        <translation>Pfad der JSON-Werte, die gezeigt werden</translation>
    </message>
    <message>
        <source>Shows only a part: .name, [0], .*, or ..name for a name at any depth.</source>
        <translation>Zeigt nur einen Teil: .name, [0], .*, oder ..name für einen Namen in jeder Tiefe.</translation>
    </message>
    <message>
        <source>Wrong path: %1</source>
        <translation>Falscher Pfad: %1</translation>
    </message>
    <message>
        <source>Nothing at this path.</source>
        <translation>Nichts unter diesem Pfad.</translation>
    </message>
</context>
<context>
    <name>OpeningLog</name>
    <message>
        <source>Name resolved</source>
        <translation>Name aufgelöst</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>Verbunden</translation>
    </message>
    <message>
        <source>TLS established</source>
        <translation>TLS steht</translation>
    </message>
    <message>
        <source>Request sent</source>
        <translation>Anfrage gesendet</translation>
    </message>
    <message>
        <source>Answer received</source>
        <translation>Antwort erhalten</translation>
    </message>
</context>
<context>
    <name>RequestPanel</name>
    <message>
        <source>chat.v2, chat.v1</source>
        <translation>chat.v2, chat.v1</translation>
    </message>
    <message>
        <source>https://example.com</source>
        <translation>https://example.com</translation>
    </message>
    <message>
        <source>&amp;Headers:</source>
        <translation>Header:</translation>
    </message>
    <message>
        <source>S&amp;ubprotocols:</source>
        <translation>S&amp;ubprotokolle:</translation>
    </message>
    <message>
        <source>&amp;Origin:</source>
        <translation>&amp;Origin:</translation>
    </message>
</context>
<context>
    <name>RoutePanel</name>
    <message>
        <source>Connection</source>
        <translation>Verbindung</translation>
    </message>
    <message>
        <source>Reconnect automaticall&amp;y</source>
        <translation>Automatisch &amp;wieder verbinden</translation>
    </message>
    <message>
        <source>Follow re&amp;directs</source>
        <translation>U&amp;mleitungen folgen</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message>
        <source>For the Host header, and the name that the server’s certificate must have.</source>
        <translation>Für den Header Host, und der Name, den das Zertifikat des Servers haben muss.</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>Connects to this socket. The URL only names the host and the path.</source>
        <translation>Verbindet mit diesem Socket. Die URL nennt nur den Host und den Pfad.</translation>
    </message>
    <message>
        <source>The token in this file is sent to log in. It is read again for each attempt.</source>
        <translation>Das Token in dieser Datei wird zur Anmeldung gesendet. Es wird für jeden Versuch neu gelesen.</translation>
    </message>
    <message>
        <source>Pro&amp;xy:</source>
        <translation>Pro&amp;xy:</translation>
    </message>
    <message>
        <source>Host name:</source>
        <translation>Hostname:</translation>
    </message>
    <message>
        <source>Local socket:</source>
        <translation>Lokaler Socket:</translation>
    </message>
    <message>
        <source>&amp;Bearer token:</source>
        <translation>Bearer-&amp;Token:</translation>
    </message>
    <message>
        <source>that of the system</source>
        <translation>wie im System eingestellt</translation>
    </message>
    <message>
        <source>A URL, http://host:3128 or socks5://host:1080; or none.</source>
        <translation>Eine URL, http://host:3128 oder socks5://host:1080; oder none für keinen.</translation>
    </message>
    <message>
        <source>that of the URL</source>
        <translation>wie in der URL</translation>
    </message>
    <message>
        <source>Compress messages</source>
        <translation>Nachrichten komprimieren</translation>
    </message>
    <message>
        <source>Offers permessage-deflate to the server.</source>
        <translation>Bietet dem Server permessage-deflate an.</translation>
    </message>
</context>
<context>
    <name>SendPanel</name>
    <message>
        <source>Message to send</source>
        <translation>Zu sendende Nachricht</translation>
    </message>
    <message>
        <source>Message to send (%1)</source>
        <translation>Zu sendende Nachricht (%1)</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>JSON</source>
        <translation>JSON</translation>
    </message>
    <message>
        <source>Type of the message to send</source>
        <translation>Art der zu sendenden Nachricht</translation>
    </message>
    <message>
        <source>Byte %1: %2</source>
        <translation>Byte %1: %2</translation>
    </message>
    <message>
        <source>Valid JSON</source>
        <translation>Gültiges JSON</translation>
    </message>
</context>
<context>
    <name>SessionFile</name>
    <message>
        <source>Session with %1</source>
        <translation>Sitzung mit %1</translation>
    </message>
    <message>
        <source>Closed with code %1</source>
        <translation>Geschlossen mit Code %1</translation>
    </message>
    <message>
        <source>The file is larger than %1.</source>
        <translation>Die Datei ist größer als %1.</translation>
    </message>
</context>
<context>
    <name>ShortcutsDialog</name>
    <message>
        <source>Keyboard Shortcuts</source>
        <translation>Tastenkürzel</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>Shortcut</source>
        <translation>Kürzel</translation>
    </message>
</context>
<context>
    <name>TemplatesDialog</name>
    <message>
        <source>S&amp;ave</source>
        <translation>&amp;Speichern</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>&amp;Löschen</translation>
    </message>
    <message>
        <source>&amp;Insert</source>
        <translation>&amp;Einfügen</translation>
    </message>
    <message>
        <source>&amp;Send</source>
        <translation>Se&amp;nden</translation>
    </message>
    <message>
        <source>Message Templates</source>
        <translation>Nachrichtenvorlagen</translation>
    </message>
    <message>
        <source>{{name}} is a variable. Built in: %1</source>
        <translation>{{name}} ist eine Variable. Eingebaut: %1</translation>
    </message>
    <message>
        <source>Variables</source>
        <translation>Variablen</translation>
    </message>
    <message>
        <source>Variable</source>
        <translation>Variable</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>N&amp;ame:</translation>
    </message>
    <message>
        <source>&amp;Text:</source>
        <translation>&amp;Text:</translation>
    </message>
    <message>
        <source>&amp;Variables:</source>
        <translation>&amp;Variablen:</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>TlsPanel</name>
    <message>
        <source>TLS (wss)</source>
        <translation>TLS (wss)</translation>
    </message>
    <message>
        <source>PEM files (*.pem *.crt *.cer *.key);;All files (*)</source>
        <translation>PEM-Dateien (*.pem *.crt *.cer *.key);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>the authorities of the system</source>
        <translation>die Stellen des Systems</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keines</translation>
    </message>
    <message>
        <source>in the file of the certificate</source>
        <translation>in der Datei des Zertifikats</translation>
    </message>
    <message>
        <source>&amp;Ignore errors of the server&apos;s certificate</source>
        <translation>Fehler des Server-Zertifikats &amp;ignorieren</translation>
    </message>
    <message>
        <source>Anybody on the way can then read and change everything.</source>
        <translation>Wer dazwischen sitzt, kann dann alles lesen und ändern.</translation>
    </message>
    <message>
        <source>C&amp;A file:</source>
        <translation>&amp;CA-Datei:</translation>
    </message>
    <message>
        <source>Clie&amp;nt certificate:</source>
        <translation>Client-&amp;Zertifikat:</translation>
    </message>
    <message>
        <source>Private &amp;key:</source>
        <translation>Privater Sch&amp;lüssel:</translation>
    </message>
    <message>
        <source>SHA-256 of the keys that the server may have, in Base64, with blanks between them.</source>
        <translation>SHA-256 der Schlüssel, die der Server haben darf, in Base64, mit Leerzeichen dazwischen.</translation>
    </message>
    <message>
        <source>Pins of the key:</source>
        <translation>Schlüssel-Pins:</translation>
    </message>
</context>
</TS>
