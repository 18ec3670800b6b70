<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context>
    <name>toolkit</name>
    <message>
        <source>%1: is longer than a token, 64 KiB at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: contains no token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: contains more than a token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not an array</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not an array of strings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not the URL of a server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“type” is neither “send” nor “receive”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“data” is no Base64</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>message %1: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no JSON, byte %1: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no HTTP Archive: there is no “log.entries”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>entry %1: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” has more than %2 steps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the path is empty</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1”: %2 is expected at “%3”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“.” or “[”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a closing quotation mark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>an index, “*” or a name in quotation marks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not one value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” does not end with “}}”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{{%1}}” is not set</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the variable “{{%1}}” is unknown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>password</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>proxy password</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not an array of pairs [name, value]</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not a number of redirects</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not a string</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not true or false</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not an object</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a saved connection needs a name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>there is no saved connection “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a saved template needs a name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>there is no saved template “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no record of a session</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a record of the unknown version %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the headers are no array of pairs [name, value]</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>there is neither “text” nor “base64”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“base64” is no Base64</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“time” is no number of milliseconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“direction” is neither “sent” nor “received”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“type” is none of text, binary, ping, pong and close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“code” is no close code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no JSON: </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not a JSON object</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>longer than %1 bytes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>line %1: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: larger than %2 bytes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: no JSON, line %2: %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: not a JSON object</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: the directory cannot be created</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: cannot be locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: “%2” is %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Serve wss:// with the certificate chain and the private key in two PEM files.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>certificate&gt; &lt;key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--tls needs two files: the certificate and its private key</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
