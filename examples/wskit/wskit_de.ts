<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context>
    <name>QCommandLineParser</name>
    <message>
        <source>Arguments:</source>
        <translation>Argumente:</translation>
    </message>
    <message>
        <source>Options:</source>
        <translation>Optionen:</translation>
    </message>
    <message>
        <source>Missing value after &apos;%1&apos;.</source>
        <translation>Fehlender Wert nach „%1“.</translation>
    </message>
    <message>
        <source>Unexpected value after &apos;%1&apos;.</source>
        <translation>Unerwarteter Wert nach „%1“.</translation>
    </message>
    <message>
        <source>Unknown option &apos;%1&apos;.</source>
        <translation>Unbekannte Option „%1“.</translation>
    </message>
    <message>
        <source>Unknown options: %1.</source>
        <translation>Unbekannte Optionen: %1.</translation>
    </message>
</context>
<context>
    <name>wskit</name>
    <message>
        <source>what came is not an echo of what was sent</source>
        <translation>die Antwort ist kein Echo des Gesendeten</translation>
    </message>
    <message>
        <source>no echo for %1 s</source>
        <translation>kein Echo seit %1 s</translation>
    </message>
    <message>
        <source>How many clients connect (10).</source>
        <translation>Wie viele Clients sich verbinden (10).</translation>
    </message>
    <message>
        <source>count</source>
        <translation>Anzahl</translation>
    </message>
    <message>
        <source>The size of a message (64).</source>
        <translation>Größe einer Nachricht (64).</translation>
    </message>
    <message>
        <source>bytes</source>
        <translation>Bytes</translation>
    </message>
    <message>
        <source>How many messages of each client are on their way at a time (1).</source>
        <translation>Wie viele Nachrichten jedes Clients zugleich unterwegs sind (1).</translation>
    </message>
    <message>
        <source>How long to measure: 10, or with --messages without a limit.</source>
        <translation>Wie lange gemessen wird: 10, oder mit --messages unbegrenzt.</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>Sekunden</translation>
    </message>
    <message>
        <source>End after this many echoes, of all clients together.</source>
        <translation>Nach so vielen Echos aller Clients zusammen enden.</translation>
    </message>
    <message>
        <source>Send this many messages a second, of all clients together; one that has to wait for echoes counts from when it was due. Without it a client sends the next one as soon as an echo is there.</source>
        <translation>So viele Nachrichten pro Sekunde senden, alle Clients zusammen; muss eine auf Echos warten, zählt ihre Zeit ab dem Moment, in dem sie fällig war. Ohne diese Option sendet ein Client die nächste, sobald ein Echo da ist.</translation>
    </message>
    <message>
        <source>Send text messages, which is the default.</source>
        <translation>Textnachrichten senden, die Voreinstellung.</translation>
    </message>
    <message>
        <source>Send binary messages.</source>
        <translation>Binärnachrichten senden.</translation>
    </message>
    <message>
        <source>Send this message, a template whose {{$uuid}}, {{$counter}} and others differ each time, in place of --size characters.</source>
        <translation>Diese Nachricht senden, eine Vorlage, deren {{$uuid}}, {{$counter}} und so weiter jedes Mal anders sind, anstelle von --size Zeichen.</translation>
    </message>
    <message>
        <source>text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>Measure one stage after the other, which this JSON file describes: {&quot;stages&quot;: [{&quot;name&quot;, &quot;clients&quot;, &quot;seconds&quot;, &quot;messages&quot;, &quot;rate&quot;, &quot;inFlight&quot;, &quot;size&quot;, &quot;message&quot;, &quot;binary&quot;}]}. The options are for what a stage does not contain.</source>
        <translation>Die Stufen nacheinander messen, die diese JSON-Datei beschreibt: {&quot;stages&quot;: [{&quot;name&quot;, &quot;clients&quot;, &quot;seconds&quot;, &quot;messages&quot;, &quot;rate&quot;, &quot;inFlight&quot;, &quot;size&quot;, &quot;message&quot;, &quot;binary&quot;}]}. Die Optionen gelten für alles, was eine Stufe nicht enthält.</translation>
    </message>
    <message>
        <source>file</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Print the figures as JSON.</source>
        <translation>Die Zahlen als JSON ausgeben.</translation>
    </message>
    <message>
        <source>--clients needs a number of clients</source>
        <translation>--clients braucht eine Anzahl von Clients</translation>
    </message>
    <message>
        <source>--size needs a number of bytes, 1 GiB at most</source>
        <translation>--size braucht eine Anzahl von Bytes, höchstens 1 GiB</translation>
    </message>
    <message>
        <source>--in-flight needs a number of messages</source>
        <translation>--in-flight braucht eine Anzahl von Nachrichten</translation>
    </message>
    <message>
        <source>--messages needs a number of messages</source>
        <translation>--messages braucht eine Anzahl von Nachrichten</translation>
    </message>
    <message>
        <source>--rate needs a number of messages a second</source>
        <translation>--rate braucht eine Anzahl von Nachrichten pro Sekunde</translation>
    </message>
    <message>
        <source>--seconds needs a number of seconds, a day at most</source>
        <translation>--seconds braucht eine Anzahl von Sekunden, höchstens einen Tag</translation>
    </message>
    <message>
        <source>--text or --binary, not both</source>
        <translation>--text oder --binary, nicht beides</translation>
    </message>
    <message>
        <source>wskit bench [options] URL</source>
        <translation>wskit bench [Optionen] URL</translation>
    </message>
    <message>
        <source>Measure a WebSocket server that echoes: connect clients, keep messages on their way,
and tell how many came back a second and after which time. Ctrl-C ends it early,
with the figures so far.</source>
        <translation>Einen WebSocket-Server messen, der Echos sendet: Clients verbinden, Nachrichten unterwegs
halten und sagen, wie viele pro Sekunde zurückkamen und nach welcher Zeit. Strg-C beendet
die Messung vorzeitig, mit den Zahlen bis dahin.</translation>
    </message>
    <message>
        <source>Examples:
</source>
        <translation>Beispiele:
</translation>
    </message>
    <message>
        <source>Exit status: 0 all clients were served, 1 wrong usage, 2 none could connect, 3 some
were not served.
</source>
        <translation>Rückgabewert: 0 alle Clients wurden bedient, 1 falscher Aufruf, 2 keiner konnte sich
verbinden, 3 manche wurden nicht bedient.
</translation>
    </message>
    <message>
        <source>is not a text</source>
        <translation>ist kein Text</translation>
    </message>
    <message>
        <source>is not a number of clients</source>
        <translation>ist keine Anzahl von Clients</translation>
    </message>
    <message>
        <source>is not a number of seconds, a day at most</source>
        <translation>ist keine Anzahl von Sekunden, höchstens ein Tag</translation>
    </message>
    <message>
        <source>is not a number of messages</source>
        <translation>ist keine Anzahl von Nachrichten</translation>
    </message>
    <message>
        <source>is not a number of messages a second</source>
        <translation>ist keine Anzahl von Nachrichten pro Sekunde</translation>
    </message>
    <message>
        <source>is not a number of bytes, 1 GiB at most</source>
        <translation>ist keine Anzahl von Bytes, höchstens 1 GiB</translation>
    </message>
    <message>
        <source>is not true or false</source>
        <translation>ist nicht true oder false</translation>
    </message>
    <message>
        <source>is unknown</source>
        <translation>ist unbekannt</translation>
    </message>
    <message>
        <source>stage %1 is not an object</source>
        <translation>Stufe %1 ist kein Objekt</translation>
    </message>
    <message>
        <source>stage %1</source>
        <translation>Stufe %1</translation>
    </message>
    <message>
        <source>stage %1: “%2”: %3</source>
        <translation>Stufe %1: „%2“: %3</translation>
    </message>
    <message>
        <source>%1: there is no array “stages” of at least one stage</source>
        <translation>%1: es gibt kein Array „stages“ mit mindestens einer Stufe</translation>
    </message>
    <message>
        <source>no echo came</source>
        <translation>es kam kein Echo</translation>
    </message>
    <message>
        <source>failed     %1: %2
</source>
        <translation>Fehler       %1: %2
</translation>
    </message>
    <message>
        <source>%1 s: %2 messages a second, half of them within %3</source>
        <translation>%1 s: %2 Nachrichten pro Sekunde, die Hälfte davon binnen %3</translation>
    </message>
    <message>
        <source>messages   %1 of %2 B, %3, in %4 s: %5 a second, %6 MB a second each way
latency    %7
clients    %8 of %9 served, %10 in flight each
</source>
        <translation>Nachrichten  %1 zu %2 B, %3, in %4 s: %5 pro Sekunde, %6 MB pro Sekunde je Richtung
Latenz       %7
Clients      %8 von %9 bedient, je %10 Nachrichten unterwegs
</translation>
    </message>
    <message>
        <source>Send this header with the request. May be repeated.</source>
        <translation>Diesen Header mit der Anfrage senden. Mehrfach möglich.</translation>
    </message>
    <message>
        <source>Name: value</source>
        <translation>Name: Wert</translation>
    </message>
    <message>
        <source>Offer this subprotocol. May be repeated, the preferred one first.</source>
        <translation>Dieses Subprotokoll anbieten. Mehrfach möglich, das bevorzugte zuerst.</translation>
    </message>
    <message>
        <source>name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Send this Origin, as a page of that site would.</source>
        <translation>Diesen Origin senden, wie es eine Seite von dort täte.</translation>
    </message>
    <message>
        <source>origin</source>
        <translation>Origin</translation>
    </message>
    <message>
        <source>Log in with this name, by Basic or Digest. Without the password, it is asked for on the terminal; on the command line, other users of this machine can read it.</source>
        <translation>Mit diesem Namen anmelden, per Basic oder Digest. Ohne Passwort wird es auf dem Terminal erfragt; auf der Kommandozeile können es andere Benutzer dieses Rechners lesen.</translation>
    </message>
    <message>
        <source>name[:password]</source>
        <translation>Name[:Passwort]</translation>
    </message>
    <message>
        <source>Log in with the token in this file. It is read again for each attempt.</source>
        <translation>Mit dem Token in dieser Datei anmelden. Sie wird bei jedem Versuch neu gelesen.</translation>
    </message>
    <message>
        <source>Offer to compress messages (permessage-deflate).</source>
        <translation>Anbieten, Nachrichten zu komprimieren (permessage-deflate).</translation>
    </message>
    <message>
        <source>Connect through this proxy, http://host:3128 or socks5://host:1080, or through none. The default is the system&apos;s proxy. Other users of this machine can read a password in the URL; of http://user@host:3128, it is asked for on the terminal.</source>
        <translation>Über diesen Proxy verbinden, http://host:3128 oder socks5://host:1080, oder mit none über keinen. Voreinstellung ist der Proxy des Systems. Ein Passwort in der URL können andere Benutzer dieses Rechners lesen; bei http://user@host:3128 wird es auf dem Terminal erfragt.</translation>
    </message>
    <message>
        <source>URL|none</source>
        <translation>URL|none</translation>
    </message>
    <message>
        <source>Follow at most this many redirects: 10 without a number, none without this option.</source>
        <translation>Höchstens so vielen Umleitungen folgen: 10 ohne Zahl, keiner ohne diese Option.</translation>
    </message>
    <message>
        <source>Connect to this local socket. The URL only names the host and the path.</source>
        <translation>Mit diesem lokalen Socket verbinden. Die URL nennt nur Host und Pfad.</translation>
    </message>
    <message>
        <source>path</source>
        <translation>Pfad</translation>
    </message>
    <message>
        <source>Send this Host header, and expect a certificate of this name.</source>
        <translation>Diesen Host-Header senden und ein Zertifikat dieses Namens erwarten.</translation>
    </message>
    <message>
        <source>name[:port]</source>
        <translation>Name[:Port]</translation>
    </message>
    <message>
        <source>Give up if there is no connection to the host after this time.</source>
        <translation>Aufgeben, wenn nach dieser Zeit keine Verbindung zum Host besteht.</translation>
    </message>
    <message>
        <source>Accept messages of at most this size: 16 MiB without this option.</source>
        <translation>Nachrichten bis zu dieser Größe annehmen: 16 MiB ohne diese Option.</translation>
    </message>
    <message>
        <source>Trust the authorities in this PEM file, instead of the system&apos;s.</source>
        <translation>Den Zertifizierungsstellen in dieser PEM-Datei vertrauen statt denen des Systems.</translation>
    </message>
    <message>
        <source>Show the server this certificate chain, a PEM file.</source>
        <translation>Dem Server diese Zertifikatskette vorlegen, eine PEM-Datei.</translation>
    </message>
    <message>
        <source>The private key of --cert, a PEM file. The default is the same file.</source>
        <translation>Der private Schlüssel zu --cert, eine PEM-Datei. Voreinstellung ist dieselbe Datei.</translation>
    </message>
    <message>
        <source>The pass phrase of an encrypted key is the first line of this file.</source>
        <translation>Die Passphrase eines verschlüsselten Schlüssels ist die erste Zeile dieser Datei.</translation>
    </message>
    <message>
        <source>Accept only a server whose public key has this SHA-256 in Base64. May be repeated.</source>
        <translation>Nur einen Server annehmen, dessen öffentlicher Schlüssel diesen SHA-256 in Base64 hat. Mehrfach möglich.</translation>
    </message>
    <message>
        <source>Accept any certificate, whoever it belongs to.</source>
        <translation>Jedes Zertifikat annehmen, wem es auch gehört.</translation>
    </message>
    <message>
        <source>ws://host:port/path, wss://…, ws+unix:///socket:/path, host:port for ws://host:port, or the name of a saved connection</source>
        <translation>ws://host:port/pfad, wss://…, ws+unix:///socket:/pfad, host:port für ws://host:port, oder der Name einer gespeicherten Verbindung</translation>
    </message>
    <message>
        <source>“%1” is no URL of a WebSocket</source>
        <translation>„%1“ ist keine WebSocket-URL</translation>
    </message>
    <message>
        <source>“%1” is saved without its secrets, which have to be given again: %2</source>
        <translation>„%1“ ist ohne Geheimnisse gespeichert, die neu anzugeben sind: %2</translation>
    </message>
    <message>
        <source>“%1” is neither a URL nor the name of a saved connection</source>
        <translation>„%1“ ist weder eine URL noch der Name einer gespeicherten Verbindung</translation>
    </message>
    <message>
        <source>--unix goes with a URL of the scheme ws</source>
        <translation>--unix braucht eine URL mit dem Schema ws</translation>
    </message>
    <message>
        <source>--unix or --proxy, not both</source>
        <translation>--unix oder --proxy, nicht beides</translation>
    </message>
    <message>
        <source>--header needs “Name: value”</source>
        <translation>--header braucht „Name: Wert“</translation>
    </message>
    <message>
        <source>%1 needs a password, because there is no terminal to ask on</source>
        <translation>%1 braucht ein Passwort, denn es gibt kein Terminal, um es zu erfragen</translation>
    </message>
    <message>
        <source>Password of %1: </source>
        <translation>Passwort von %1: </translation>
    </message>
    <message>
        <source>no password was given</source>
        <translation>es wurde kein Passwort angegeben</translation>
    </message>
    <message>
        <source>--user or --bearer-file, not both</source>
        <translation>--user oder --bearer-file, nicht beides</translation>
    </message>
    <message>
        <source>--user or --header Authorization, not both</source>
        <translation>--user oder --header Authorization, nicht beides</translation>
    </message>
    <message>
        <source>--bearer-file or --header Authorization, not both</source>
        <translation>--bearer-file oder --header Authorization, nicht beides</translation>
    </message>
    <message>
        <source>the saved user</source>
        <translation>der gespeicherte Benutzer</translation>
    </message>
    <message>
        <source>--user needs a name</source>
        <translation>--user braucht einen Namen</translation>
    </message>
    <message>
        <source>--max-message needs a number of bytes, 1 GiB at most</source>
        <translation>--max-message braucht eine Anzahl von Bytes, höchstens 1 GiB</translation>
    </message>
    <message>
        <source>--follow needs a number of redirects, 1000 at most</source>
        <translation>--follow braucht eine Anzahl von Umleitungen, höchstens 1000</translation>
    </message>
    <message>
        <source>--connect-timeout needs a number of seconds, a day at most</source>
        <translation>--connect-timeout braucht eine Anzahl von Sekunden, höchstens einen Tag</translation>
    </message>
    <message>
        <source>%1: contains no pass phrase</source>
        <translation>%1: enthält keine Passphrase</translation>
    </message>
    <message>
        <source>--%1 needs --cert</source>
        <translation>--%1 braucht --cert</translation>
    </message>
    <message>
        <source>--pin or --insecure, not both</source>
        <translation>--pin oder --insecure, nicht beides</translation>
    </message>
    <message>
        <source>not a header that can be set: %1</source>
        <translation>kein Header, der gesetzt werden kann: %1</translation>
    </message>
    <message>
        <source>“%1” is no name of a host</source>
        <translation>„%1“ ist kein Hostname</translation>
    </message>
    <message>
        <source>Close with this code, 1000 without this option. 3000 to 4999 are free.</source>
        <translation>Mit diesem Code schließen, 1000 ohne diese Option. 3000 bis 4999 sind frei.</translation>
    </message>
    <message>
        <source>code</source>
        <translation>Code</translation>
    </message>
    <message>
        <source>Close with this reason, of at most 123 bytes.</source>
        <translation>Mit dieser Begründung schließen, höchstens 123 Bytes.</translation>
    </message>
    <message>
        <source>--close-code and --close-reason: </source>
        <translation>--close-code und --close-reason: </translation>
    </message>
    <message>
        <source>“%1” is no close code that may be sent</source>
        <translation>„%1“ ist kein Close-Code, der gesendet werden darf</translation>
    </message>
    <message>
        <source>the reason is longer than %1 bytes</source>
        <translation>die Begründung ist länger als %1 Bytes</translation>
    </message>
    <message>
        <source>Show this help.</source>
        <translation>Diese Hilfe zeigen.</translation>
    </message>
    <message>
        <source>an argument is missing</source>
        <translation>ein Argument fehlt</translation>
    </message>
    <message>
        <source>unexpected argument “%1”</source>
        <translation>unerwartetes Argument „%1“</translation>
    </message>
    <message>
        <source>Usage: </source>
        <translation>Aufruf: </translation>
    </message>
    <message>
        <source>See --help for more.</source>
        <translation>Mehr mit --help.</translation>
    </message>
    <message>
        <source> (if it speaks TLS, use wss://)</source>
        <translation> (wenn er TLS spricht, wss:// nehmen)</translation>
    </message>
    <message>
        <source>1 line</source>
        <translation>1 Zeile</translation>
    </message>
    <message>
        <source>%1 lines</source>
        <translation>%1 Zeilen</translation>
    </message>
    <message>
        <source>redirected to %1</source>
        <translation>umgeleitet zu %1</translation>
    </message>
    <message>
        <source>the record ends here: </source>
        <translation>die Aufzeichnung endet hier: </translation>
    </message>
    <message>
        <source>not added to the history: </source>
        <translation>nicht in den Verlauf aufgenommen: </translation>
    </message>
    <message>
        <source>reconnected to %1</source>
        <translation>wieder verbunden mit %1</translation>
    </message>
    <message>
        <source>connected to %1</source>
        <translation>verbunden mit %1</translation>
    </message>
    <message>
        <source>, subprotocol %1</source>
        <translation>, Subprotokoll %1</translation>
    </message>
    <message>
        <source>, extensions %1</source>
        <translation>, Erweiterungen %1</translation>
    </message>
    <message>
        <source>reconnecting in %1 s (attempt %2)</source>
        <translation>neue Verbindung in %1 s (Versuch %2)</translation>
    </message>
    <message>
        <source>%1 not sent</source>
        <translation>%1 nicht gesendet</translation>
    </message>
    <message>
        <source>the last lines may not have arrived</source>
        <translation>die letzten Zeilen sind vielleicht nicht angekommen</translation>
    </message>
    <message>
        <source>%1 may not have arrived</source>
        <translation>%1 vielleicht nicht angekommen</translation>
    </message>
    <message>
        <source>line %1 waits for the connection</source>
        <translation>Zeile %1 wartet auf die Verbindung</translation>
    </message>
    <message>
        <source>line %1 was not sent: %2</source>
        <translation>Zeile %1 wurde nicht gesendet: %2</translation>
    </message>
    <message>
        <source>/close [CODE [REASON]], /diff (of the last two messages), /ping [TEXT], /send TEMPLATE [NAME=VALUE]…; //text sends /text</source>
        <translation>/close [CODE [GRUND]], /diff (der letzten zwei Nachrichten), /ping [TEXT], /send VORLAGE [NAME=WERT]…; //text sendet /text</translation>
    </message>
    <message>
        <source>no difference</source>
        <translation>kein Unterschied</translation>
    </message>
    <message>
        <source>pong after %1 ms</source>
        <translation>Pong nach %1 ms</translation>
    </message>
    <message>
        <source>error: </source>
        <translation>Fehler: </translation>
    </message>
    <message>
        <source>could not connect: </source>
        <translation>keine Verbindung: </translation>
    </message>
    <message>
        <source>Write the session to this file, for wskit replay and wskit export.</source>
        <translation>Die Sitzung in diese Datei schreiben, für wskit replay und wskit export.</translation>
    </message>
    <message>
        <source>Keep passwords, tokens and cookies of the handshake in the record, and with --save in the saved connection.</source>
        <translation>Passwörter, Tokens und Cookies des Handshakes in der Aufzeichnung behalten, und mit --save in der gespeicherten Verbindung.</translation>
    </message>
    <message>
        <source>Save the connection by this name, as wskit save does, and connect.</source>
        <translation>Die Verbindung unter diesem Namen speichern, wie wskit save, und verbinden.</translation>
    </message>
    <message>
        <source>Do not add the URL to the history (see wskit saved --history), as is done on a terminal.</source>
        <translation>Die URL nicht in den Verlauf aufnehmen (siehe wskit saved --history), wie es auf einem Terminal geschieht.</translation>
    </message>
    <message>
        <source>Take lines that begin with a slash for commands, as on a terminal: /help lists them.</source>
        <translation>Zeilen, die mit einem Schrägstrich beginnen, als Befehle nehmen, wie auf einem Terminal: /help zählt sie auf.</translation>
    </message>
    <message>
        <source>Ping the peer at this interval and print the round trips.</source>
        <translation>In diesem Abstand Pings senden und die Umlaufzeiten ausgeben.</translation>
    </message>
    <message>
        <source>Send the lines as binary messages instead of text.</source>
        <translation>Die Zeilen als Binärnachrichten senden statt als Text.</translation>
    </message>
    <message>
        <source>Close after this many messages have come.</source>
        <translation>Schließen, sobald so viele Nachrichten gekommen sind.</translation>
    </message>
    <message>
        <source>messages</source>
        <translation>Nachrichten</translation>
    </message>
    <message>
        <source>Once the input has ended, close when the peer has read it all and was quiet for this time: 0.5 seconds, or for ever (“inf”) with --count.</source>
        <translation>Nach dem Ende der Eingabe schließen, sobald die Gegenstelle alles gelesen hat und so lange still war: 0.5 Sekunden, oder unbegrenzt („inf“) mit --count.</translation>
    </message>
    <message>
        <source>Print time and size with each message: always, never, or auto, which is where they go to a terminal.</source>
        <translation>Zu jeder Nachricht Zeit und Größe ausgeben: always (immer), never (nie), oder auto, das heißt auf einem Terminal.</translation>
    </message>
    <message>
        <source>when</source>
        <translation>wann</translation>
    </message>
    <message>
        <source>Connect again after the connection is lost or refused for now, at growing intervals. What is typed in between waits.</source>
        <translation>Neu verbinden, wenn die Verbindung verloren geht oder vorerst abgelehnt wird, in wachsenden Abständen. Was inzwischen getippt wird, wartet.</translation>
    </message>
    <message>
        <source>Print the steps of each opening, and when they were done.</source>
        <translation>Die Schritte jedes Verbindungsaufbaus ausgeben, und wann sie getan waren.</translation>
    </message>
    <message>
        <source>Write the bytes of the messages and nothing else, binary messages not as a hex dump.</source>
        <translation>Die Bytes der Nachrichten ausgeben und sonst nichts, Binärnachrichten nicht als Hexdump.</translation>
    </message>
    <message>
        <source>--ping needs a number of seconds</source>
        <translation>--ping braucht eine Anzahl von Sekunden</translation>
    </message>
    <message>
        <source>--count needs a number of messages</source>
        <translation>--count braucht eine Anzahl von Nachrichten</translation>
    </message>
    <message>
        <source>--wait needs a number of seconds, or inf</source>
        <translation>--wait braucht eine Anzahl von Sekunden, oder inf</translation>
    </message>
    <message>
        <source>--details is always, never or auto</source>
        <translation>--details ist always, never oder auto</translation>
    </message>
    <message>
        <source>Exit status: 0 closed cleanly, 1 wrong usage or a line that was not sent or may not
have arrived, 2 could not connect, 3 closed uncleanly.
</source>
        <translation>Rückgabewert: 0 sauber geschlossen, 1 falscher Aufruf oder eine Zeile, die nicht gesendet
wurde oder vielleicht nicht angekommen ist, 2 keine Verbindung, 3 unsauber geschlossen.
</translation>
    </message>
    <message>
        <source>wskit connect [options] URL</source>
        <translation>wskit connect [Optionen] URL</translation>
    </message>
    <message>
        <source>Talk to a WebSocket server: each line typed or piped in goes out as a message, each
message that comes is printed, text as it is and binary as a hex dump. Messages go to
the standard output and notices to the standard error. Ctrl-C and the end of the input
close politely, with 1000.</source>
        <translation>Mit einem WebSocket-Server sprechen: Jede Zeile, die getippt wird oder durch eine Pipe
kommt, geht als Nachricht hinaus; jede Nachricht, die kommt, wird ausgegeben, Text wie er
ist und Binäres als Hexdump. Nachrichten gehen auf die Standardausgabe, Hinweise auf die
Standardfehlerausgabe. Strg-C und das Ende der Eingabe schließen höflich, mit 1000.</translation>
    </message>
    <message>
        <source>wskit record [options] FILE URL</source>
        <translation>wskit record [Optionen] DATEI URL</translation>
    </message>
    <message>
        <source>As wskit connect, and write the session to a file: JSON Lines, one for each message,
ping, pong and Close. wskit replay sends it again, wskit export converts it.</source>
        <translation>Wie wskit connect, dazu die Sitzung in eine Datei schreiben: JSON Lines, eine Zeile je
Nachricht, Ping, Pong und Close. wskit replay sendet sie wieder, wskit export wandelt um.</translation>
    </message>
    <message>
        <source>FILE</source>
        <translation>DATEI</translation>
    </message>
    <message>
        <source>The file, which is replaced.</source>
        <translation>Die Datei; sie wird ersetzt.</translation>
    </message>
    <message>
        <source>the file is an argument, not --record</source>
        <translation>die Datei ist ein Argument, nicht --record</translation>
    </message>
    <message>
        <source>closed: %1</source>
        <translation>geschlossen: %1</translation>
    </message>
    <message>
        <source>closed uncleanly: %1</source>
        <translation>unsauber geschlossen: %1</translation>
    </message>
    <message>
        <source>%1: contains no WebSocket</source>
        <translation>%1: enthält keinen WebSocket</translation>
    </message>
    <message>
        <source>wskit export [options] FILE</source>
        <translation>wskit export [Optionen] DATEI</translation>
    </message>
    <message>
        <source>Convert a record of wskit record, or an HTTP Archive of a browser (FILE.har), and
print it. Passwords, tokens and cookies of the handshake are left out, unless
--with-secrets is given; they may be in the messages.</source>
        <translation>Eine Aufzeichnung von wskit record oder das HTTP-Archiv eines Browsers (DATEI.har)
umwandeln und ausgeben. Passwörter, Tokens und Cookies des Handshakes bleiben weg, außer
mit --with-secrets; in den Nachrichten können sie stehen.</translation>
    </message>
    <message>
        <source>Exit status: 0 done, 1 wrong usage, or a file that cannot be read or written.
</source>
        <translation>Rückgabewert: 0 erledigt, 1 falscher Aufruf oder eine Datei, die nicht les- oder schreibbar
ist.
</translation>
    </message>
    <message>
        <source>The record, or an HTTP Archive.</source>
        <translation>Die Aufzeichnung, oder ein HTTP-Archiv.</translation>
    </message>
    <message>
        <source>As an HTTP Archive, which is the default.</source>
        <translation>Als HTTP-Archiv, die Voreinstellung.</translation>
    </message>
    <message>
        <source>As a record, for wskit replay.</source>
        <translation>Als Aufzeichnung, für wskit replay.</translation>
    </message>
    <message>
        <source>The number of the WebSocket in an archive, for --jsonl (1).</source>
        <translation>Die Nummer des WebSockets in einem Archiv, für --jsonl (1).</translation>
    </message>
    <message>
        <source>number</source>
        <translation>Nummer</translation>
    </message>
    <message>
        <source>Keep passwords, tokens and cookies.</source>
        <translation>Passwörter, Tokens und Cookies behalten.</translation>
    </message>
    <message>
        <source>--har or --jsonl, not both</source>
        <translation>--har oder --jsonl, nicht beides</translation>
    </message>
    <message>
        <source>there is no session “%1”, only %2</source>
        <translation>es gibt keine Sitzung „%1“, nur %2</translation>
    </message>
    <message>
        <source>%1 port %2</source>
        <translation>%1 Port %2</translation>
    </message>
    <message>
        <source>the local socket</source>
        <translation>dem lokalen Socket</translation>
    </message>
    <message>
        <source>%1 from %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>%1 ended: %2</source>
        <translation>%1 beendet: %2</translation>
    </message>
    <message>
        <source>%1 failed: %2; %3</source>
        <translation>%1 gescheitert: %2; %3</translation>
    </message>
    <message>
        <source>cannot listen on %1: %2</source>
        <translation>kann auf %1 nicht lauschen: %2</translation>
    </message>
    <message>
        <source>listening on %1, forwarding to %2</source>
        <translation>lauscht auf %1, leitet weiter an %2</translation>
    </message>
    <message>
        <source>rejected %1: %2</source>
        <translation>Verbindung von %1 abgelehnt: %2</translation>
    </message>
    <message>
        <source>cannot listen: %1</source>
        <translation>kann nicht lauschen: %1</translation>
    </message>
    <message>
        <source>The most tunnels at a time; 100 by default. Each takes at most about 2 MiB of memory.</source>
        <translation>Höchstzahl gleichzeitiger Tunnel; 100 ohne diese Option. Jeder braucht höchstens etwa 2 MiB Speicher.</translation>
    </message>
    <message>
        <source>Connect each WebSocket to this TCP server, and to no other.</source>
        <translation>Jeden WebSocket mit diesem TCP-Server verbinden, und mit keinem anderen.</translation>
    </message>
    <message>
        <source>host:port</source>
        <translation>Host:Port</translation>
    </message>
    <message>
        <source>The port of the WebSocket server; 0, the default, takes a free one.</source>
        <translation>Der Port des WebSocket-Servers; 0, die Voreinstellung, nimmt einen freien.</translation>
    </message>
    <message>
        <source>port</source>
        <translation>Port</translation>
    </message>
    <message>
        <source>address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Listen on this local socket instead of a port.</source>
        <translation>Auf diesem lokalen Socket lauschen statt auf einem Port.</translation>
    </message>
    <message>
        <source>Accept only requests for this path; others get 404.</source>
        <translation>Nur Anfragen nach diesem Pfad annehmen; andere bekommen 404.</translation>
    </message>
    <message>
        <source>/path</source>
        <translation>/Pfad</translation>
    </message>
    <message>
        <source>Let in the pages of this origin, “https://example.com”, or of any: “*”. May be repeated. Clients that are no browsers need none.</source>
        <translation>Die Seiten dieses Origins einlassen, „https://example.com“, oder aller: „*“. Mehrfach möglich. Clients, die keine Browser sind, brauchen keinen.</translation>
    </message>
    <message>
        <source>--%1 needs [address:]port, not “%2”</source>
        <translation>--%1 braucht [Adresse:]Port, nicht „%2“</translation>
    </message>
    <message>
        <source>wskit forward --listen [ADDRESS:]PORT [options] URL</source>
        <translation>wskit forward --listen [ADRESSE:]PORT [Optionen] URL</translation>
    </message>
    <message>
        <source>Forward TCP connections through a WebSocket: open a WebSocket to URL for each
connection to a local port. At the other end is `wskit forward --to`, websockify
or any server that takes bytes in binary messages. Ctrl-C closes every tunnel.
The other direction is `wskit forward --to HOST:PORT`; see its --help.</source>
        <translation>TCP-Verbindungen durch einen WebSocket leiten: für jede Verbindung zu einem lokalen Port
einen WebSocket zur URL öffnen. Am anderen Ende steht „wskit forward --to“, websockify oder
ein Server, der Bytes in Binärnachrichten annimmt. Strg-C schließt alle Tunnel.
Die andere Richtung ist „wskit forward --to HOST:PORT“; siehe dessen --help.</translation>
    </message>
    <message>
        <source>Exit status: 0 ended by a signal, 1 wrong usage, 2 could not listen, 3
ended by a second signal.
</source>
        <translation>Rückgabewert: 0 durch ein Signal beendet, 1 falscher Aufruf, 2 konnte nicht lauschen, 3
durch ein zweites Signal beendet.
</translation>
    </message>
    <message>
        <source>Accept TCP connections on this port, of 127.0.0.1 if no address is given. Port 0 takes a free one.</source>
        <translation>TCP-Verbindungen auf diesem Port annehmen, ohne Adresse auf 127.0.0.1. Port 0 nimmt einen freien.</translation>
    </message>
    <message>
        <source>[address:]port</source>
        <translation>[Adresse:]Port</translation>
    </message>
    <message>
        <source>--listen PORT or --to HOST:PORT is missing</source>
        <translation>--listen PORT oder --to HOST:PORT fehlt</translation>
    </message>
    <message>
        <source>--max-connections needs a number from 1</source>
        <translation>--max-connections braucht eine Zahl ab 1</translation>
    </message>
    <message>
        <source>--port needs a number from 0 to 65535</source>
        <translation>--port braucht eine Zahl von 0 bis 65535</translation>
    </message>
    <message>
        <source>--unix goes without --port, --host and --tls</source>
        <translation>--unix geht nicht mit --port, --host und --tls</translation>
    </message>
    <message>
        <source>--path begins with “/”</source>
        <translation>--path beginnt mit „/“</translation>
    </message>
    <message>
        <source>wskit forward --to HOST:PORT [options]</source>
        <translation>wskit forward --to HOST:PORT [Optionen]</translation>
    </message>
    <message>
        <source>Be a WebSocket server that forwards each connection to one TCP server. The client is
`wskit forward --listen`, noVNC, websockify&apos;s wstelnet or any that sends bytes in
binary messages. Ctrl-C closes every tunnel.</source>
        <translation>Ein WebSocket-Server sein, der jede Verbindung an einen TCP-Server weiterleitet. Der Client
ist „wskit forward --listen“, noVNC, wstelnet von websockify oder einer, der Bytes in
Binärnachrichten sendet. Strg-C schließt alle Tunnel.</translation>
    </message>
    <message>
        <source>Exit status: 0 ended by a signal, 1 wrong usage, 2 could not listen, 3 ended by a
second signal.
</source>
        <translation>Rückgabewert: 0 durch ein Signal beendet, 1 falscher Aufruf, 2 konnte nicht lauschen,
3 durch ein zweites Signal beendet.
</translation>
    </message>
    <message>
        <source>%1 connected from %2, %3</source>
        <translation>%1 verbunden von %2, %3</translation>
    </message>
    <message>
        <source>, origin %1</source>
        <translation>, Origin %1</translation>
    </message>
    <message>
        <source>rejected %1: </source>
        <translation>Verbindung von %1 abgelehnt: </translation>
    </message>
    <message>
        <source>--client-ca needs --tls</source>
        <translation>--client-ca braucht --tls</translation>
    </message>
    <message>
        <source>listening on %1</source>
        <translation>lauscht auf %1</translation>
    </message>
    <message>
        <source>the line was not sent: it is no UTF-8</source>
        <translation>die Zeile wurde nicht gesendet: sie ist kein UTF-8</translation>
    </message>
    <message>
        <source>sent to %1 of %2 clients</source>
        <translation>an %1 von %2 Clients gesendet</translation>
    </message>
    <message>
        <source>Let in only clients with a certificate of the authorities in this PEM file.</source>
        <translation>Nur Clients mit einem Zertifikat der Zertifizierungsstellen in dieser PEM-Datei einlassen.</translation>
    </message>
    <message>
        <source>Let in at most this many clients at a time.</source>
        <translation>Höchstens so viele Clients zugleich einlassen.</translation>
    </message>
    <message>
        <source>The port; 0, the default, takes a free one.</source>
        <translation>Der Port; 0, die Voreinstellung, nimmt einen freien.</translation>
    </message>
    <message>
        <source>Send each message back to its sender.</source>
        <translation>Jede Nachricht an ihren Absender zurücksenden.</translation>
    </message>
    <message>
        <source>Send each message to all the other clients.</source>
        <translation>Jede Nachricht an alle anderen Clients senden.</translation>
    </message>
    <message>
        <source>Compress messages for clients that offer it (permessage-deflate).</source>
        <translation>Nachrichten für Clients komprimieren, die es anbieten (permessage-deflate).</translation>
    </message>
    <message>
        <source>Speak this subprotocol. May be repeated, the preferred one first.</source>
        <translation>Dieses Subprotokoll sprechen. Mehrfach möglich, das bevorzugte zuerst.</translation>
    </message>
    <message>
        <source>Print time, sender and size with each message: always, never, or auto, which is where they go to a terminal.</source>
        <translation>Zu jeder Nachricht Zeit, Absender und Größe ausgeben: always (immer), never (nie), oder auto, das heißt auf einem Terminal.</translation>
    </message>
    <message>
        <source>--max-clients needs a number of clients</source>
        <translation>--max-clients braucht eine Anzahl von Clients</translation>
    </message>
    <message>
        <source>--echo or --broadcast, not both</source>
        <translation>--echo oder --broadcast, nicht beides</translation>
    </message>
    <message>
        <source>wskit listen [options]</source>
        <translation>wskit listen [Optionen]</translation>
    </message>
    <message>
        <source>Exit status: 0 closed cleanly, 1 wrong usage, or a message that could not be
printed, 2 could not listen, 3 ended by a second signal.
</source>
        <translation>Rückgabewert: 0 sauber geschlossen, 1 falscher Aufruf oder eine Nachricht, die nicht
ausgegeben werden konnte, 2 konnte nicht lauschen, 3 durch ein zweites Signal beendet.
</translation>
    </message>
    <message>
        <source>Exit status: 0 closed cleanly, 1 wrong usage, or a message that could not be
printed or recorded, 2 could not listen, 3 ended by a second signal.
</source>
        <translation>Rückgabewert: 0 sauber geschlossen, 1 falscher Aufruf oder eine Nachricht, die nicht
ausgegeben oder aufgezeichnet werden konnte, 2 konnte nicht lauschen, 3 durch ein zweites
Signal beendet.
</translation>
    </message>
    <message>
        <source>Talk to a WebSocket server: lines out, messages in.</source>
        <translation>Mit einem WebSocket-Server sprechen: Zeilen hinaus, Nachrichten herein.</translation>
    </message>
    <message>
        <source>Be a WebSocket server that prints, echoes or relays.</source>
        <translation>Ein WebSocket-Server sein, der ausgibt, zurücksendet oder verteilt.</translation>
    </message>
    <message>
        <source>Tunnel TCP connections through WebSockets, at either end.</source>
        <translation>TCP-Verbindungen durch WebSockets tunneln, an beiden Enden.</translation>
    </message>
    <message>
        <source>Measure an echo server: messages a second and latencies.</source>
        <translation>Einen Echo-Server messen: Nachrichten pro Sekunde und Latenzen.</translation>
    </message>
    <message>
        <source>Stand between clients and a server: show, delay or drop messages.</source>
        <translation>Zwischen Clients und einem Server stehen: zeigen, verzögern, verwerfen.</translation>
    </message>
    <message>
        <source>Connect, and write the session to a file.</source>
        <translation>Verbinden und die Sitzung in eine Datei schreiben.</translation>
    </message>
    <message>
        <source>Send what a record has sent, and compare the answers.</source>
        <translation>Senden, was eine Aufzeichnung gesendet hat, und Antworten vergleichen.</translation>
    </message>
    <message>
        <source>Convert a record, for example to an HTTP Archive (HAR).</source>
        <translation>Eine Aufzeichnung umwandeln, etwa in ein HTTP-Archiv (HAR).</translation>
    </message>
    <message>
        <source>Save a connection or a message template by a name.</source>
        <translation>Eine Verbindung oder eine Vorlage unter einem Namen speichern.</translation>
    </message>
    <message>
        <source>List or remove what is saved, and the history.</source>
        <translation>Gespeichertes und den Verlauf auflisten oder entfernen.</translation>
    </message>
    <message>
        <source>Usage: wskit COMMAND [options]
WebSockets from the command line.

Commands:
</source>
        <translation>Aufruf: wskit BEFEHL [Optionen]
WebSockets auf der Kommandozeile.

Befehle:
</translation>
    </message>
    <message>
        <source>
Options:
  -h, --help     Show this help; `wskit COMMAND --help` that of a command.
  -V, --version  Show the version.
</source>
        <translation>
Optionen:
  -h, --help     Diese Hilfe zeigen; „wskit BEFEHL --help“ die eines Befehls.
  -V, --version  Die Version zeigen.
</translation>
    </message>
    <message>
        <source>there is no command “%1”</source>
        <translation>es gibt keinen Befehl „%1“</translation>
    </message>
    <message>
        <source>Print JSON messages indented.</source>
        <translation>JSON-Nachrichten eingerückt ausgeben.</translation>
    </message>
    <message>
        <source>Print only these values of JSON messages: a path such as $.a.b[0], $..name or $.list[*].</source>
        <translation>Nur diese Werte von JSON-Nachrichten ausgeben: ein Pfad wie $.a.b[0], $..name oder $.list[*].</translation>
    </message>
    <message>
        <source>Print only text messages that this regular expression matches.</source>
        <translation>Nur Textnachrichten ausgeben, auf die dieser reguläre Ausdruck passt.</translation>
    </message>
    <message>
        <source>pattern</source>
        <translation>Muster</translation>
    </message>
    <message>
        <source>Print text messages as a hex dump too.</source>
        <translation>Auch Textnachrichten als Hexdump ausgeben.</translation>
    </message>
    <message>
        <source>--hex goes without --pretty and --filter</source>
        <translation>--hex geht nicht mit --pretty und --filter</translation>
    </message>
    <message>
        <source>--grep: “%1”: %2</source>
        <translation>--grep: „%1“: %2</translation>
    </message>
    <message>
        <source>“%1” is not name=value</source>
        <translation>„%1“ ist nicht Name=Wert</translation>
    </message>
    <message>
        <source>there is no saved template “%1”</source>
        <translation>es gibt keine gespeicherte Vorlage „%1“</translation>
    </message>
    <message>
        <source>Send this message when the connection is open. {{name}} is a variable of --var; {{$uuid}}, {{$timestamp}}, {{$isoTime}}, {{$counter}}, {{$randomInt}} and {{$env.NAME}} are built in. May be repeated.</source>
        <translation>Diese Nachricht senden, sobald die Verbindung offen ist. {{name}} ist eine Variable von --var; {{$uuid}}, {{$timestamp}}, {{$isoTime}}, {{$counter}}, {{$randomInt}} und {{$env.NAME}} sind eingebaut. Mehrfach möglich.</translation>
    </message>
    <message>
        <source>Send this saved message template (see wskit save). May be repeated.</source>
        <translation>Diese gespeicherte Nachrichtenvorlage senden (siehe wskit save). Mehrfach möglich.</translation>
    </message>
    <message>
        <source>The value of a variable of templates. May be repeated.</source>
        <translation>Der Wert einer Variablen von Vorlagen. Mehrfach möglich.</translation>
    </message>
    <message>
        <source>name=value</source>
        <translation>Name=Wert</translation>
    </message>
    <message>
        <source>server: </source>
        <translation>Server: </translation>
    </message>
    <message>
        <source>from %1, %2</source>
        <translation>von %1, %2</translation>
    </message>
    <message>
        <source>client: </source>
        <translation>Client: </translation>
    </message>
    <message>
        <source> not sent: </source>
        <translation> nicht gesendet: </translation>
    </message>
    <message>
        <source>server </source>
        <translation>Server </translation>
    </message>
    <message>
        <source>client </source>
        <translation>Client </translation>
    </message>
    <message>
        <source>listening on %1 for %2</source>
        <translation>lauscht auf %1 für %2</translation>
    </message>
    <message>
        <source>Delay each message by this time: 200 or 200ms, or 0.2s.</source>
        <translation>Jede Nachricht um diese Zeit verzögern: 200 oder 200ms, oder 0.2s.</translation>
    </message>
    <message>
        <source>milliseconds</source>
        <translation>Millisekunden</translation>
    </message>
    <message>
        <source>Add a random time, of at most this, to the delay.</source>
        <translation>Zur Verzögerung eine zufällige Zeit bis zu dieser hinzufügen.</translation>
    </message>
    <message>
        <source>Drop this share of the messages at random: 0.1 is every tenth.</source>
        <translation>Diesen Anteil der Nachrichten zufällig verwerfen: 0.1 ist jede zehnte.</translation>
    </message>
    <message>
        <source>share</source>
        <translation>Anteil</translation>
    </message>
    <message>
        <source>Let through at most this many messages a second; the others wait.</source>
        <translation>Höchstens so viele Nachrichten pro Sekunde durchlassen; die anderen warten.</translation>
    </message>
    <message>
        <source>Drop the text messages that this regular expression matches.</source>
        <translation>Die Textnachrichten verwerfen, auf die dieser reguläre Ausdruck passt.</translation>
    </message>
    <message>
        <source>Which messages --delay, --jitter, --drop, --limit and --block concern: up (to the server), down, or both.</source>
        <translation>Welche Nachrichten --delay, --jitter, --drop, --limit und --block betreffen: up (zum Server), down (zum Client) oder both (beide).</translation>
    </message>
    <message>
        <source>which</source>
        <translation>welche</translation>
    </message>
    <message>
        <source>The server, or the name of a saved connection. Without a path, the client&apos;s path and query are requested.</source>
        <translation>Der Server, oder der Name einer gespeicherten Verbindung. Ohne Pfad werden Pfad und Query des Clients angefragt.</translation>
    </message>
    <message>
        <source>The port to listen on; 0, the default, takes a free one.</source>
        <translation>Der Port, auf dem gelauscht wird; 0, die Voreinstellung, nimmt einen freien.</translation>
    </message>
    <message>
        <source>The IP address to listen on, 127.0.0.1 without this option.</source>
        <translation>Die IP-Adresse, auf der gelauscht wird, 127.0.0.1 ohne diese Option.</translation>
    </message>
    <message>
        <source>Let in the pages of this origin, or of any: “*”. May be repeated.</source>
        <translation>Die Seiten dieses Origins einlassen, oder aller: „*“. Mehrfach möglich.</translation>
    </message>
    <message>
        <source>Let in at most this many clients at a time (100).</source>
        <translation>Höchstens so viele Clients zugleich einlassen (100).</translation>
    </message>
    <message>
        <source>Compress messages for clients that offer it; --compress is for the server.</source>
        <translation>Nachrichten für Clients komprimieren, die es anbieten; --compress gilt für den Server.</translation>
    </message>
    <message>
        <source>Write each session to a file in this directory: session-0001.jsonl, or what follows the last one that is there.</source>
        <translation>Jede Sitzung in eine Datei in diesem Verzeichnis schreiben: session-0001.jsonl, oder was auf die letzte folgt, die schon da ist.</translation>
    </message>
    <message>
        <source>directory</source>
        <translation>Verzeichnis</translation>
    </message>
    <message>
        <source>Keep passwords, tokens and cookies of the handshake in the records.</source>
        <translation>Passwörter, Tokens und Cookies des Handshakes in den Aufzeichnungen behalten.</translation>
    </message>
    <message>
        <source>Print time, direction and size with each message: always, which is the default, never, or auto, which is where they go to a terminal.</source>
        <translation>Zu jeder Nachricht Zeit, Richtung und Größe ausgeben: always (immer), die Voreinstellung, never (nie), oder auto, das heißt auf einem Terminal.</translation>
    </message>
    <message>
        <source>--delay and --jitter need a time such as 200ms or 1.5s, an hour at most</source>
        <translation>--delay und --jitter brauchen eine Zeit wie 200ms oder 1.5s, höchstens eine Stunde</translation>
    </message>
    <message>
        <source>--drop needs a number from 0 to 1</source>
        <translation>--drop braucht eine Zahl von 0 bis 1</translation>
    </message>
    <message>
        <source>--limit needs a number of messages a second</source>
        <translation>--limit braucht eine Anzahl von Nachrichten pro Sekunde</translation>
    </message>
    <message>
        <source>--block: “%1”: %2</source>
        <translation>--block: „%1“: %2</translation>
    </message>
    <message>
        <source>--direction is up, down or both, not “%1”</source>
        <translation>--direction ist up, down oder both, nicht „%1“</translation>
    </message>
    <message>
        <source>--listen needs an IP address</source>
        <translation>--listen braucht eine IP-Adresse</translation>
    </message>
    <message>
        <source>--record: “%1” is no directory</source>
        <translation>--record: „%1“ ist kein Verzeichnis</translation>
    </message>
    <message>
        <source>wskit proxy [options] URL</source>
        <translation>wskit proxy [Optionen] URL</translation>
    </message>
    <message>
        <source>Stand between WebSocket clients and a server: for each client, connect to the server,
pass the messages on in both directions and print them, “&gt;” to the server and “&lt;” to the
client. They can be delayed, dropped, limited and recorded. Ctrl-C closes both sides.</source>
        <translation>Zwischen WebSocket-Clients und einem Server stehen: für jeden Client mit dem Server
verbinden, die Nachrichten in beide Richtungen weitergeben und ausgeben, „&gt;“ zum Server und
„&lt;“ zum Client. Verzögern, verwerfen, begrenzen und aufzeichnen ist möglich. Strg-C schließt
beide Seiten.</translation>
    </message>
    <message>
        <source>answer %1 differs</source>
        <translation>Antwort %1 weicht ab</translation>
    </message>
    <message>
        <source>: %1 instead of %2</source>
        <translation>: %1 statt %2</translation>
    </message>
    <message>
        <source>message %1 was not sent: %2</source>
        <translation>Nachricht %1 wurde nicht gesendet: %2</translation>
    </message>
    <message>
        <source>answer %1 was not in the record</source>
        <translation>Antwort %1 war nicht in der Aufzeichnung</translation>
    </message>
    <message>
        <source>only %1 of %2 messages were sent</source>
        <translation>nur %1 von %2 Nachrichten wurden gesendet</translation>
    </message>
    <message>
        <source>%1 of %2 answers did not come</source>
        <translation>%1 von %2 Antworten kamen nicht</translation>
    </message>
    <message>
        <source>all %1 answers are those of the record</source>
        <translation>alle %1 Antworten sind die der Aufzeichnung</translation>
    </message>
    <message>
        <source>%1 answers differ from the record</source>
        <translation>%1 Antworten weichen von der Aufzeichnung ab</translation>
    </message>
    <message>
        <source>A record of wskit record, or FILE.har.</source>
        <translation>Eine Aufzeichnung von wskit record, oder DATEI.har.</translation>
    </message>
    <message>
        <source>Where to send it, if not where it was recorded.</source>
        <translation>Wohin gesendet wird, wenn nicht dorthin, wo aufgezeichnet wurde.</translation>
    </message>
    <message>
        <source>Divide the pauses by this number: 2 is twice as fast (1).</source>
        <translation>Die Pausen durch diese Zahl teilen: 2 ist doppelt so schnell (1).</translation>
    </message>
    <message>
        <source>factor</source>
        <translation>Faktor</translation>
    </message>
    <message>
        <source>Send without pauses.</source>
        <translation>Ohne Pausen senden.</translation>
    </message>
    <message>
        <source>Compare the answers with the record, and print the differences. JSON of another form is the same.</source>
        <translation>Die Antworten mit der Aufzeichnung vergleichen und die Unterschiede ausgeben. Anders geschriebenes JSON gilt als gleich.</translation>
    </message>
    <message>
        <source>The number of the WebSocket in an archive (1).</source>
        <translation>Die Nummer des WebSockets in einem Archiv (1).</translation>
    </message>
    <message>
        <source>Close when nothing has come for this time (0.5); answers that are missing are waited for 10 seconds.</source>
        <translation>Schließen, wenn so lange nichts gekommen ist (0.5); auf fehlende Antworten wird 10 Sekunden gewartet.</translation>
    </message>
    <message>
        <source>--session needs a number from 1 to %1</source>
        <translation>--session braucht eine Zahl von 1 bis %1</translation>
    </message>
    <message>
        <source>--speed needs a number, 0.001 at least</source>
        <translation>--speed braucht eine Zahl, mindestens 0.001</translation>
    </message>
    <message>
        <source>--wait needs a number of seconds</source>
        <translation>--wait braucht eine Anzahl von Sekunden</translation>
    </message>
    <message>
        <source>wskit replay [options] FILE [URL]</source>
        <translation>wskit replay [Optionen] DATEI [URL]</translation>
    </message>
    <message>
        <source>Send the messages that a record has sent, with its pauses, and print what comes.</source>
        <translation>Die Nachrichten senden, die eine Aufzeichnung gesendet hat, mit ihren Pausen, und
ausgeben, was kommt.</translation>
    </message>
    <message>
        <source>Exit status: 0 closed cleanly, 1 wrong usage, 2 could not connect, 3 closed
uncleanly, 4 the answers differ from the record (--expect).
</source>
        <translation>Rückgabewert: 0 sauber geschlossen, 1 falscher Aufruf, 2 keine Verbindung, 3 unsauber
geschlossen, 4 die Antworten weichen von der Aufzeichnung ab (--expect).
</translation>
    </message>
    <message>
        <source>not saved without --with-secrets: %1</source>
        <translation>ohne --with-secrets nicht gespeichert: %1</translation>
    </message>
    <message>
        <source>wskit save [options] NAME URL</source>
        <translation>wskit save [Optionen] NAME URL</translation>
    </message>
    <message>
        <source>Save a connection, to use its name in place of a URL: wskit connect NAME. Passwords,
tokens and cookies are left out, unless --with-secrets is given. With --template, save
a message instead.</source>
        <translation>Eine Verbindung speichern, um statt einer URL ihren Namen zu verwenden: wskit connect NAME.
Passwörter, Tokens und Cookies bleiben weg, außer mit --with-secrets. Mit --template
stattdessen eine Nachricht speichern.</translation>
    </message>
    <message>
        <source>Exit status: 0 saved, 1 wrong usage, or it could not be saved.
</source>
        <translation>Rückgabewert: 0 gespeichert, 1 falscher Aufruf, oder es ließ sich nicht speichern.
</translation>
    </message>
    <message>
        <source>NAME</source>
        <translation>NAME</translation>
    </message>
    <message>
        <source>The name; what has it already is replaced.</source>
        <translation>Der Name; was ihn schon hat, wird ersetzt.</translation>
    </message>
    <message>
        <source>Reconnect, as with connect --reconnect.</source>
        <translation>Neu verbinden, wie mit connect --reconnect.</translation>
    </message>
    <message>
        <source>The second argument is the text of a message template.</source>
        <translation>Das zweite Argument ist der Text einer Nachrichtenvorlage.</translation>
    </message>
    <message>
        <source>Save passwords, tokens and cookies too. Only you can read the file.</source>
        <translation>Auch Passwörter, Tokens und Cookies speichern. Die Datei ist nur für ihren Besitzer lesbar.</translation>
    </message>
    <message>
        <source>wskit saved [options]</source>
        <translation>wskit saved [Optionen]</translation>
    </message>
    <message>
        <source>List what is saved, one a line: the saved connections, or with an
option the message templates or the last URLs.</source>
        <translation>Gespeichertes auflisten, eines pro Zeile: die gespeicherten Verbindungen, oder mit einer
Option die Nachrichtenvorlagen oder die letzten URLs.</translation>
    </message>
    <message>
        <source>Exit status: 0 done, 1 wrong usage, or a file that cannot be used.
</source>
        <translation>Rückgabewert: 0 erledigt, 1 falscher Aufruf oder eine Datei, die nicht verwendbar ist.
</translation>
    </message>
    <message>
        <source>The message templates.</source>
        <translation>Die Nachrichtenvorlagen.</translation>
    </message>
    <message>
        <source>The last URLs, the last one first.</source>
        <translation>Die letzten URLs, die jüngste zuerst.</translation>
    </message>
    <message>
        <source>Forget the last URLs.</source>
        <translation>Die letzten URLs vergessen.</translation>
    </message>
    <message>
        <source>Remove this connection, or with --templates this template.</source>
        <translation>Diese Verbindung entfernen, oder mit --templates diese Vorlage.</translation>
    </message>
    <message>
        <source>cannot reach the target: %1</source>
        <translation>das Ziel ist nicht erreichbar: %1</translation>
    </message>
    <message>
        <source>%1 bytes from TCP, %2 bytes to TCP</source>
        <translation>%1 Bytes von TCP, %2 Bytes an TCP</translation>
    </message>
    <message>
        <source>A target that cannot be reached closes the WebSocket with 1014, a TCP connection that
breaks with 1011.

</source>
        <translation>Ein nicht erreichbares Ziel schließt den WebSocket mit 1014, eine abgebrochene
TCP-Verbindung mit 1011.

</translation>
    </message>
    <message>
        <source>%1: no JSON, line %2: %3</source>
        <translation>%1: kein JSON, Zeile %2: %3</translation>
    </message>
    <message>
        <source>%1: “%2” belongs into a stage</source>
        <translation>%1: „%2“ gehört in eine Stufe</translation>
    </message>
    <message>
        <source>the output cannot be written: %1</source>
        <translation>die Ausgabe kann nicht geschrieben werden: %1</translation>
    </message>
    <message>
        <source>the TCP connection takes no more bytes</source>
        <translation>die TCP-Verbindung nimmt keine Bytes mehr an</translation>
    </message>
    <message>
        <source>messages cannot be printed any more: </source>
        <translation>Nachrichten können nicht mehr ausgegeben werden: </translation>
    </message>
    <message>
        <source>Pass on the client&apos;s header of this name to the server, such as Cookie or Origin, and the server&apos;s to the client, such as Set-Cookie. May be repeated.</source>
        <translation>Den Header dieses Namens weitergeben: den des Clients an den Server, etwa Cookie oder Origin, und den des Servers an den Client, etwa Set-Cookie. Mehrfach möglich.</translation>
    </message>
    <message>
        <source>1 answer differs from the record</source>
        <translation>1 Antwort weicht von der Aufzeichnung ab</translation>
    </message>
    <message>
        <source>%1, not “%2”</source>
        <translation>%1, nicht „%2“</translation>
    </message>
    <message>
        <source>figures after %1 s</source>
        <translation>Zahlen nach %1 s</translation>
    </message>
    <message>
        <source>mode</source>
        <translation>Rechte</translation>
    </message>
    <message>
        <source>Share the port with other servers that do so too (SO_REUSEPORT).</source>
        <translation>Den Port mit anderen Servern teilen, die das auch tun (SO_REUSEPORT).</translation>
    </message>
    <message>
        <source>Believe this proxy, an address or a subnet, who its clients are (Forwarded, X-Forwarded-For). May be repeated.</source>
        <translation>Diesem Proxy, einer Adresse oder einem Subnetz, glauben, wer seine Clients sind (Forwarded, X-Forwarded-For). Kann wiederholt werden.</translation>
    </message>
    <message>
        <source>Expect the PROXY protocol, version 1 or 2, of these proxies.</source>
        <translation>Von diesen Proxys das PROXY-Protokoll erwarten, Version 1 oder 2.</translation>
    </message>
    <message>
        <source>Let in at most this many clients of one address at a time.</source>
        <translation>Höchstens so viele Clients derselben Adresse gleichzeitig einlassen.</translation>
    </message>
    <message>
        <source>Accept at most this many messages a second of each client.</source>
        <translation>Von jedem Client höchstens so viele Nachrichten je Sekunde annehmen.</translation>
    </message>
    <message>
        <source>Accept at most this many bytes a second of each client.</source>
        <translation>Von jedem Client höchstens so viele Bytes je Sekunde annehmen.</translation>
    </message>
    <message>
        <source>What becomes of clients that send more: slow-down, the default, reads them later, disconnect closes with 1008.</source>
        <translation>Was mit Clients geschieht, die mehr senden: slow-down, die Voreinstellung, liest sie später, disconnect schließt mit 1008.</translation>
    </message>
    <message>
        <source>policy</source>
        <translation>Regel</translation>
    </message>
    <message>
        <source>Print the figures of the server at the end: clients, messages, bytes, times.</source>
        <translation>Am Ende die Zahlen des Servers ausgeben: Clients, Nachrichten, Bytes, Zeiten.</translation>
    </message>
    <message>
        <source>Print them at this interval, too.</source>
        <translation>Sie auch in diesem Abstand ausgeben.</translation>
    </message>
    <message>
        <source>Answer requests for this path, such as /metrics, with the figures in the format of Prometheus. Everybody who can connect can read them.</source>
        <translation>Anfragen nach diesem Pfad, etwa /metrics, mit den Zahlen im Format von Prometheus beantworten. Wer sich verbinden kann, kann sie lesen.</translation>
    </message>
    <message>
        <source>Answer other requests that are no WebSockets with this file, or with the files of this folder.</source>
        <translation>Andere Anfragen, die keine WebSockets sind, mit dieser Datei oder den Dateien dieses Ordners beantworten.</translation>
    </message>
    <message>
        <source>file or folder</source>
        <translation>Datei oder Ordner</translation>
    </message>
    <message>
        <source>How long clients may take to leave after Ctrl-C or SIGTERM: 5 seconds without this option.</source>
        <translation>Wie lange Clients nach Strg-C oder SIGTERM brauchen dürfen, um zu gehen: ohne diese Option 5 Sekunden.</translation>
    </message>
    <message>
        <source>--rate-limit-policy is slow-down or disconnect</source>
        <translation>--rate-limit-policy ist slow-down oder disconnect</translation>
    </message>
    <message>
        <source>--rate-limit-policy needs --max-messages-per-second or --max-bytes-per-second</source>
        <translation>--rate-limit-policy braucht --max-messages-per-second oder --max-bytes-per-second</translation>
    </message>
    <message>
        <source>--max-per-address needs a number of clients</source>
        <translation>--max-per-address braucht eine Anzahl von Clients</translation>
    </message>
    <message>
        <source>--max-messages-per-second needs a number of messages</source>
        <translation>--max-messages-per-second braucht eine Anzahl von Nachrichten</translation>
    </message>
    <message>
        <source>--max-bytes-per-second needs a number of bytes</source>
        <translation>--max-bytes-per-second braucht eine Anzahl von Bytes</translation>
    </message>
    <message>
        <source>--unix-mode needs --unix</source>
        <translation>--unix-mode braucht --unix</translation>
    </message>
    <message>
        <source>--unix-mode needs permissions such as 660</source>
        <translation>--unix-mode braucht Rechte wie 660</translation>
    </message>
    <message>
        <source>--trust-proxy needs an IP address or a subnet</source>
        <translation>--trust-proxy braucht eine IP-Adresse oder ein Subnetz</translation>
    </message>
    <message>
        <source>--proxy-protocol needs --trust-proxy</source>
        <translation>--proxy-protocol braucht --trust-proxy</translation>
    </message>
    <message>
        <source>--stats-interval needs a number of seconds</source>
        <translation>--stats-interval braucht eine Anzahl von Sekunden</translation>
    </message>
    <message>
        <source>--drain needs a number of seconds</source>
        <translation>--drain braucht eine Anzahl von Sekunden</translation>
    </message>
    <message>
        <source>--metrics needs a path that begins with a slash</source>
        <translation>--metrics braucht einen Pfad, der mit einem Schrägstrich beginnt</translation>
    </message>
    <message>
        <source>--serve needs a file or folder that can be read</source>
        <translation>--serve braucht eine Datei oder einen Ordner, der gelesen werden kann</translation>
    </message>
    <message>
        <source>without an answer</source>
        <translation>ohne Antwort</translation>
    </message>
    <message>
        <source>%1 messages of %2 B, %3 B on the wire</source>
        <translation>%1 Nachrichten mit %2 B, %3 B auf der Leitung</translation>
    </message>
    <message>
        <source>about %1, 99 in 100 below %2</source>
        <translation>etwa %1, 99 von 100 unter %2</translation>
    </message>
    <message>
        <source>clients</source>
        <translation>Clients</translation>
    </message>
    <message>
        <source>%1 now, %2 in all, %3 about to open</source>
        <translation>%1 jetzt, %2 insgesamt, %3 noch nicht offen</translation>
    </message>
    <message>
        <source>rejected by HTTP status</source>
        <translation>abgewiesen nach HTTP-Status</translation>
    </message>
    <message>
        <source>other requests by HTTP status</source>
        <translation>andere Anfragen nach HTTP-Status</translation>
    </message>
    <message>
        <source>closed by code</source>
        <translation>geschlossen nach Code</translation>
    </message>
    <message>
        <source>received</source>
        <translation>empfangen</translation>
    </message>
    <message>
        <source>sent</source>
        <translation>gesendet</translation>
    </message>
    <message>
        <source>not sent</source>
        <translation>nicht gesendet</translation>
    </message>
    <message>
        <source>%1 B that wait, %2 messages skipped</source>
        <translation>%1 B warten, %2 Nachrichten ausgelassen</translation>
    </message>
    <message>
        <source>handshakes</source>
        <translation>Handshakes</translation>
    </message>
    <message>
        <source>round trips</source>
        <translation>Umlaufzeiten</translation>
    </message>
    <message>
        <source>received sizes</source>
        <translation>empfangene Größen</translation>
    </message>
    <message>
        <source>sent sizes</source>
        <translation>gesendete Größen</translation>
    </message>
    <message>
        <source>The IP address, 127.0.0.1 if none is given: this machine only. “*” is all addresses, 0.0.0.0 all of IPv4 and :: all of IPv6.</source>
        <translation>Die IP-Adresse, ohne Angabe 127.0.0.1: nur dieser Rechner. „*“ sind alle Adressen, 0.0.0.0 alle von IPv4 und :: alle von IPv6.</translation>
    </message>
    <message>
        <source>--host needs an IP address or *</source>
        <translation>--host braucht eine IP-Adresse oder *</translation>
    </message>
    <message>
        <source>the certificates stay as they were: %1</source>
        <translation>die Zertifikate bleiben, wie sie waren: %1</translation>
    </message>
    <message>
        <source>the certificates were read again</source>
        <translation>die Zertifikate wurden neu gelesen</translation>
    </message>
    <message>
        <source>Be a WebSocket server: print who connects, what they say and how they leave. Each line
typed or piped in goes to every client. Messages go to the standard output and
notices to the standard error. Ctrl-C closes every connection with 1001 and ends,
and so does SIGTERM. SIGHUP reads the files of --tls and --client-ca again.</source>
        <translation>Ein WebSocket-Server sein: ausgeben, wer sich verbindet, was er sagt und wie er geht. Jede
Zeile, die getippt wird oder durch eine Pipe kommt, geht an alle Clients. Nachrichten gehen
auf die Standardausgabe, Hinweise auf die Standardfehlerausgabe. Strg-C schließt jede
Verbindung mit 1001 und beendet, SIGTERM ebenso. SIGHUP liest die Dateien von --tls und
--client-ca neu.</translation>
    </message>
    <message>
        <source>The IP address, 127.0.0.1 if none is given: this machine only. “*” is all addresses, 0.0.0.0 all of IPv4 and :: all of IPv6. May be repeated: each gets the same port.</source>
        <translation>Die IP-Adresse, ohne Angabe 127.0.0.1: nur dieser Rechner. „*“ sind alle Adressen, 0.0.0.0 alle von IPv4 und :: alle von IPv6. Kann wiederholt werden: alle bekommen denselben Port.</translation>
    </message>
    <message>
        <source>Listen on this local socket; also on addresses if --port or --host is given. May be repeated.</source>
        <translation>Auf diesem lokalen Socket lauschen; mit --port oder --host auch auf Adressen. Kann wiederholt werden.</translation>
    </message>
    <message>
        <source>The permissions of the local sockets, such as 660. Who may write to one may connect. Without this option the umask decides.</source>
        <translation>Die Rechte der lokalen Sockets, etwa 660. Wer einen schreiben darf, darf sich mit ihm verbinden. Ohne diese Option entscheidet die umask.</translation>
    </message>
    <message>
        <source>Listen on the sockets that a socket unit of systemd passes on; also on addresses if --port or --host is given.</source>
        <translation>Auf den Sockets lauschen, die eine Socket-Unit von systemd übergibt; mit --port oder --host auch auf Adressen.</translation>
    </message>
    <message>
        <source>Answer requests for this host, “example.com” or “*.example.com”, or for any: “*”. May be repeated. Without it, a server on loopback answers pages only as localhost or by its address, so behind a proxy it needs the public name.</source>
        <translation>Anfragen für diesen Host beantworten, „example.com“ oder „*.example.com“, oder für jeden: „*“. Kann wiederholt werden. Ohne die Option antwortet ein Server auf Loopback Seiten nur als localhost oder unter seiner Adresse, hinter einem Proxy braucht er also den öffentlichen Namen.</translation>
    </message>
    <message>
        <source>host</source>
        <translation>Host</translation>
    </message>
    <message>
        <source>Let at most this many clients be without a complete request: 1000 without this option. Further ones wait.</source>
        <translation>Höchstens so viele Clients ohne vollständige Anfrage zulassen: ohne diese Option 1000. Weitere warten.</translation>
    </message>
    <message>
        <source>Let at most this many bytes wait for all clients together. Above that, the slowest clients are cut.</source>
        <translation>Für alle Clients zusammen höchstens so viele Bytes warten lassen. Darüber werden die langsamsten Clients getrennt.</translation>
    </message>
    <message>
        <source>What becomes of clients that have too much waiting when a message goes to all: skip, the default, leaves it out, drop-oldest leaves out the oldest that wait, close closes with 1008.</source>
        <translation>Was mit Clients geschieht, für die schon zu viel wartet, wenn eine Nachricht an alle geht: skip, die Voreinstellung, lässt sie aus, drop-oldest lässt die ältesten wartenden aus, close schließt mit 1008.</translation>
    </message>
    <message>
        <source>--slow-subscriber is skip, drop-oldest or close</source>
        <translation>--slow-subscriber ist skip, drop-oldest oder close</translation>
    </message>
    <message>
        <source>--max-pending needs a number of clients</source>
        <translation>--max-pending braucht eine Anzahl von Clients</translation>
    </message>
    <message>
        <source>--max-total-buffered needs a number of bytes</source>
        <translation>--max-total-buffered braucht eine Anzahl von Bytes</translation>
    </message>
    <message>
        <source>--tls is for addresses, not for --unix: add --port or --host</source>
        <translation>--tls ist für Adressen, nicht für --unix: dazu gehört --port oder --host</translation>
    </message>
    <message>
        <source>pong without a ping</source>
        <translation>Pong ohne Ping</translation>
    </message>
</context>
</TS>
