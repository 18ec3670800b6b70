<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context>
    <name>toolkit</name>
    <message>
        <source>%1: is longer than a token, 64 KiB at most</source>
        <translation>%1: ist länger als ein Token, höchstens 64 KiB</translation>
    </message>
    <message>
        <source>%1: contains no token</source>
        <translation>%1: enthält kein Token</translation>
    </message>
    <message>
        <source>%1: contains more than a token</source>
        <translation>%1: enthält mehr als ein Token</translation>
    </message>
    <message>
        <source>not an array</source>
        <translation>kein Array</translation>
    </message>
    <message>
        <source>not an array of strings</source>
        <translation>kein Array von Strings</translation>
    </message>
    <message>
        <source>not the URL of a server</source>
        <translation>nicht die URL eines Servers</translation>
    </message>
    <message>
        <source>“type” is neither “send” nor “receive”</source>
        <translation>„type“ ist weder „send“ noch „receive“</translation>
    </message>
    <message>
        <source>“data” is no Base64</source>
        <translation>„data“ ist kein Base64</translation>
    </message>
    <message>
        <source>message %1: %2</source>
        <translation>Nachricht %1: %2</translation>
    </message>
    <message>
        <source>no JSON, byte %1: %2</source>
        <translation>kein JSON, Byte %1: %2</translation>
    </message>
    <message>
        <source>no HTTP Archive: there is no “log.entries”</source>
        <translation>kein HTTP-Archiv: es gibt kein „log.entries“</translation>
    </message>
    <message>
        <source>entry %1: %2</source>
        <translation>Eintrag %1: %2</translation>
    </message>
    <message>
        <source>“%1” has more than %2 steps</source>
        <translation>„%1“ hat mehr als %2 Schritte</translation>
    </message>
    <message>
        <source>the path is empty</source>
        <translation>der Pfad ist leer</translation>
    </message>
    <message>
        <source>“%1”: %2 is expected at “%3”</source>
        <translation>„%1“: bei „%3“ wird %2 erwartet</translation>
    </message>
    <message>
        <source>“.” or “[”</source>
        <translation>„.“ oder „[“</translation>
    </message>
    <message>
        <source>a name</source>
        <translation>ein Name</translation>
    </message>
    <message>
        <source>a closing quotation mark</source>
        <translation>ein schließendes Anführungszeichen</translation>
    </message>
    <message>
        <source>an index, “*” or a name in quotation marks</source>
        <translation>ein Index, „*“ oder ein Name in Anführungszeichen</translation>
    </message>
    <message>
        <source>not one value</source>
        <translation>nicht ein einziger Wert</translation>
    </message>
    <message>
        <source>“%1” does not end with “}}”</source>
        <translation>„%1“ endet nicht mit „}}“</translation>
    </message>
    <message>
        <source>“{{%1}}” is not set</source>
        <translation>„{{%1}}“ ist nicht gesetzt</translation>
    </message>
    <message>
        <source>the variable “{{%1}}” is unknown</source>
        <translation>die Variable „{{%1}}“ ist unbekannt</translation>
    </message>
    <message>
        <source>password</source>
        <translation>Passwort</translation>
    </message>
    <message>
        <source>proxy password</source>
        <translation>Proxy-Passwort</translation>
    </message>
    <message>
        <source>not an array of pairs [name, value]</source>
        <translation>kein Array von Paaren [Name, Wert]</translation>
    </message>
    <message>
        <source>not a string</source>
        <translation>kein String</translation>
    </message>
    <message>
        <source>not true or false</source>
        <translation>nicht true oder false</translation>
    </message>
    <message>
        <source>not an object</source>
        <translation>kein Objekt</translation>
    </message>
    <message>
        <source>a saved connection needs a name</source>
        <translation>eine gespeicherte Verbindung braucht einen Namen</translation>
    </message>
    <message>
        <source>there is no saved connection “%1”</source>
        <translation>es gibt keine gespeicherte Verbindung „%1“</translation>
    </message>
    <message>
        <source>a saved template needs a name</source>
        <translation>eine gespeicherte Vorlage braucht einen Namen</translation>
    </message>
    <message>
        <source>there is no saved template “%1”</source>
        <translation>es gibt keine gespeicherte Vorlage „%1“</translation>
    </message>
    <message>
        <source>no record of a session</source>
        <translation>keine Aufzeichnung einer Sitzung</translation>
    </message>
    <message>
        <source>a record of the unknown version %1</source>
        <translation>eine Aufzeichnung der unbekannten Version %1</translation>
    </message>
    <message>
        <source>the headers are no array of pairs [name, value]</source>
        <translation>die Header sind kein Array von Paaren [Name, Wert]</translation>
    </message>
    <message>
        <source>there is neither “text” nor “base64”</source>
        <translation>es gibt weder „text“ noch „base64“</translation>
    </message>
    <message>
        <source>“base64” is no Base64</source>
        <translation>„base64“ ist kein Base64</translation>
    </message>
    <message>
        <source>“time” is no number of milliseconds</source>
        <translation>„time“ ist keine Anzahl von Millisekunden</translation>
    </message>
    <message>
        <source>“direction” is neither “sent” nor “received”</source>
        <translation>„direction“ ist weder „sent“ noch „received“</translation>
    </message>
    <message>
        <source>“type” is none of text, binary, ping, pong and close</source>
        <translation>„type“ ist nicht text, binary, ping, pong oder close</translation>
    </message>
    <message>
        <source>“code” is no close code</source>
        <translation>„code“ ist kein Close-Code</translation>
    </message>
    <message>
        <source>no JSON: </source>
        <translation>kein JSON: </translation>
    </message>
    <message>
        <source>not a JSON object</source>
        <translation>kein JSON-Objekt</translation>
    </message>
    <message>
        <source>longer than %1 bytes</source>
        <translation>länger als %1 Bytes</translation>
    </message>
    <message>
        <source>line %1: %2</source>
        <translation>Zeile %1: %2</translation>
    </message>
    <message>
        <source>%1: larger than %2 bytes</source>
        <translation>%1: größer als %2 Bytes</translation>
    </message>
    <message>
        <source>%1: no JSON, line %2: %3</source>
        <translation>%1: kein JSON, Zeile %2: %3</translation>
    </message>
    <message>
        <source>%1: not a JSON object</source>
        <translation>%1: kein JSON-Objekt</translation>
    </message>
    <message>
        <source>%1: the directory cannot be created</source>
        <translation>%1: das Verzeichnis lässt sich nicht anlegen</translation>
    </message>
    <message>
        <source>%1: cannot be locked</source>
        <translation>%1: lässt sich nicht sperren</translation>
    </message>
    <message>
        <source>%1: “%2” is %3</source>
        <translation>%1: „%2“ ist %3</translation>
    </message>
    <message>
        <source>Serve wss:// with the certificate chain and the private key in two PEM files.</source>
        <translation>wss:// anbieten, mit der Zertifikatskette und dem privaten Schlüssel aus zwei PEM-Dateien.</translation>
    </message>
    <message>
        <source>certificate&gt; &lt;key</source>
        <translation>Zertifikat&gt; &lt;Schlüssel</translation>
    </message>
    <message>
        <source>--tls needs two files: the certificate and its private key</source>
        <translation>--tls braucht zwei Dateien: das Zertifikat und seinen privaten Schlüssel</translation>
    </message>
    <message>
        <source>not a number from 0 to %1</source>
        <translation>keine Zahl von 0 bis %1</translation>
    </message>
</context>
</TS>
