<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context>
    <name>QCommandLineParser</name>
    <message>
        <source>Arguments:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Options:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Missing value after &apos;%1&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unexpected value after &apos;%1&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unknown option &apos;%1&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unknown options: %1.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>wskit</name>
    <message>
        <source>what came is not an echo of what was sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no echo for %1 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many clients connect (10).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>count</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The size of a message (64).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bytes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many messages of each client are on their way at a time (1).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long to measure: 10, or with --messages without a limit.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>seconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End after this many echoes, of all clients together.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send this many messages a second, of all clients together; one that has to wait for echoes counts from when it was due. Without it a client sends the next one as soon as an echo is there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send text messages, which is the default.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send binary messages.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send this message, a template whose {{$uuid}}, {{$counter}} and others differ each time, in place of --size characters.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure one stage after the other, which this JSON file describes: {&quot;stages&quot;: [{&quot;name&quot;, &quot;clients&quot;, &quot;seconds&quot;, &quot;messages&quot;, &quot;rate&quot;, &quot;inFlight&quot;, &quot;size&quot;, &quot;message&quot;, &quot;binary&quot;}]}. The options are for what a stage does not contain.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Print the figures as JSON.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--clients needs a number of clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--size needs a number of bytes, 1 GiB at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--in-flight needs a number of messages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--messages needs a number of messages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--rate needs a number of messages a second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--seconds needs a number of seconds, a day at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--text or --binary, not both</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wskit bench [options] URL</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure a WebSocket server that echoes: connect clients, keep messages on their way,
and tell how many came back a second and after which time. Ctrl-C ends it early,
with the figures so far.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Examples:
</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exit status: 0 all clients were served, 1 wrong usage, 2 none could connect, 3 some
were not served.
</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>is not a text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>is not a number of clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>is not a number of seconds, a day at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>is not a number of messages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>is not a number of messages a second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>is not a number of bytes, 1 GiB at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>is not true or false</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>is unknown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stage %1 is not an object</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stage %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stage %1: “%2”: %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: no JSON, byte %2: %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: there is no array “stages” of at least one stage</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no echo came</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>failed     %1: %2
</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 s: %2 messages a second, half of them within %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>messages   %1 of %2 B, %3, in %4 s: %5 a second, %6 MB a second each way
latency    %7
clients    %8 of %9 served, %10 in flight each
</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send this header with the request. May be repeated.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name: value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Offer this subprotocol. May be repeated, the preferred one first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send this Origin, as a page of that site would.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>origin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log in with this name, by Basic or Digest. Without the password, it is asked for on the terminal; on the command line, other users of this machine can read it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>name[:password]</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log in with the token in this file. It is read again for each attempt.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Offer to compress messages (permessage-deflate).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect through this proxy, http://host:3128 or socks5://host:1080, or through none. The default is the system&apos;s proxy. Other users of this machine can read a password in the URL; of http://user@host:3128, it is asked for on the terminal.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>URL|none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Follow at most this many redirects: 10 without a number, none without this option.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect to this local socket. The URL only names the host and the path.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>path</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send this Host header, and expect a certificate of this name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>name[:port]</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give up if there is no connection to the host after this time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept messages of at most this size: 16 MiB without this option.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trust the authorities in this PEM file, instead of the system&apos;s.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the server this certificate chain, a PEM file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The private key of --cert, a PEM file. The default is the same file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The pass phrase of an encrypted key is the first line of this file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept only a server whose public key has this SHA-256 in Base64. May be repeated.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept any certificate, whoever it belongs to.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ws://host:port/path, wss://…, ws+unix:///socket:/path, host:port for ws://host:port, or the name of a saved connection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” is no URL of a WebSocket</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” is saved without its secrets, which have to be given again: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” is neither a URL nor the name of a saved connection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--unix goes with a URL of the scheme ws</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--unix or --proxy, not both</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--header needs “Name: value”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 needs a password, because there is no terminal to ask on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Password of %1: </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no password was given</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--user or --bearer-file, not both</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--user or --header Authorization, not both</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--bearer-file or --header Authorization, not both</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the saved user</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--user needs a name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--max-message needs a number of bytes, 1 GiB at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--follow needs a number of redirects, 1000 at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--connect-timeout needs a number of seconds, a day at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: contains no pass phrase</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--%1 needs --cert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--pin or --insecure, not both</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not a header that can be set: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” is no name of a host</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close with this code, 1000 without this option. 3000 to 4999 are free.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close with this reason, of at most 123 bytes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--close-code and --close-reason: </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” is no close code that may be sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the reason is longer than %1 bytes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show this help.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>an argument is missing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unexpected argument “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Usage: </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>See --help for more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> (if it speaks TLS, use wss://)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 lines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>redirected to %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the record ends here: </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not added to the history: </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>reconnected to %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>connected to %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, subprotocol %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, extensions %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>reconnecting in %1 s (attempt %2)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 not sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 may not have arrived</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>line %1 waits for the connection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>line %1 was not sent: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>/close [CODE [REASON]], /diff (of the last two messages), /ping [TEXT], /send TEMPLATE [NAME=VALUE]…; //text sends /text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no difference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pong after %1 ms</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>error: </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>could not connect: </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the session to this file, for wskit replay and wskit export.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep passwords, tokens and cookies of the handshake in the record, and with --save in the saved connection.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the connection by this name, as wskit save does, and connect.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do not add the URL to the history (see wskit saved --history), as is done on a terminal.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take lines that begin with a slash for commands, as on a terminal: /help lists them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ping the peer at this interval and print the round trips.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send the lines as binary messages instead of text.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close after this many messages have come.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>messages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Once the input has ended, close when the peer has read it all and was quiet for this time: 0.5 seconds, or for ever (“inf”) with --count.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Print time and size with each message: always, never, or auto, which is where they go to a terminal.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>when</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect again after the connection is lost or refused for now, at growing intervals. What is typed in between waits.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Print the steps of each opening, and when they were done.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the bytes of the messages and nothing else, binary messages not as a hex dump.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--ping needs a number of seconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--count needs a number of messages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--wait needs a number of seconds, or inf</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--details is always, never or auto</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exit status: 0 closed cleanly, 1 wrong usage or a line that was not sent or may not
have arrived, 2 could not connect, 3 closed uncleanly.
</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wskit connect [options] URL</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Talk to a WebSocket server: each line typed or piped in goes out as a message, each
message that comes is printed, text as it is and binary as a hex dump. Messages go to
the standard output and notices to the standard error. Ctrl-C and the end of the input
close politely, with 1000.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wskit record [options] FILE URL</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As wskit connect, and write the session to a file: JSON Lines, one for each message,
ping, pong and Close. wskit replay sends it again, wskit export converts it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FILE</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file, which is replaced.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the file is an argument, not --record</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>closed: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>closed uncleanly: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: contains no WebSocket</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wskit export [options] FILE</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Convert a record of wskit record, or an HTTP Archive of a browser (FILE.har), and
print it. Passwords, tokens and cookies of the handshake are left out, unless
--with-secrets is given; they may be in the messages.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exit status: 0 done, 1 wrong usage, or a file that cannot be read.
</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The record, or an HTTP Archive.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As an HTTP Archive, which is the default.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As a record, for wskit replay.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The number of the WebSocket in an archive, for --jsonl (1).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>number</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep passwords, tokens and cookies.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--har or --jsonl, not both</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>there is no session “%1”, only %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 port %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the local socket</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 from %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 ended: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 failed: %2; %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cannot listen on %1: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>listening on %1, forwarding to %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rejected %1: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cannot listen: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The most tunnels at a time; 100 by default. Each takes at most about 2 MiB of memory.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect each WebSocket to this TCP server, and to no other.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>host:port</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The port of the WebSocket server; 0, the default, takes a free one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>port</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The IP address, 127.0.0.1 if none is given: this machine only. 0.0.0.0 and :: are all addresses.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Listen on this local socket instead of a port.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept only requests for this path; others get 404.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>/path</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let in the pages of this origin, “https://example.com”, or of any: “*”. May be repeated. Clients that are no browsers need none.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--%1 needs [address:]port, not “%2”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wskit forward --listen [ADDRESS:]PORT [options] URL</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forward TCP connections through a WebSocket: open a WebSocket to URL for each
connection to a local port. At the other end is `wskit forward --to`, websockify
or any server that takes bytes in binary messages. Ctrl-C closes every tunnel.
The other direction is `wskit forward --to HOST:PORT`; see its --help.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exit status: 0 ended by a signal, 1 wrong usage, 2 could not listen, 3
ended by a second signal.
</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept TCP connections on this port, of 127.0.0.1 if no address is given. Port 0 takes a free one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>[address:]port</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--listen PORT or --to HOST:PORT is missing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--max-connections needs a number from 1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--port needs a number from 0 to 65535</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--host needs an IP address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--unix goes without --port, --host and --tls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--path begins with “/”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wskit forward --to HOST:PORT [options]</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Be a WebSocket server that forwards each connection to one TCP server. The client is
`wskit forward --listen`, noVNC, websockify&apos;s wstelnet or any that sends bytes in
binary messages. Ctrl-C closes every tunnel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exit status: 0 ended by a signal, 1 wrong usage, 2 could not listen, 3 ended by a
second signal.
</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 connected from %2, %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, origin %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rejected %1: </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--client-ca needs --tls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>listening on %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the line was not sent: it is no UTF-8</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sent to %1 of %2 clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let in only clients with a certificate of the authorities in this PEM file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let in at most this many clients at a time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The port; 0, the default, takes a free one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The IP address, 127.0.0.1 where none is given: this machine only. 0.0.0.0 and :: are all addresses.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send each message back to its sender.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send each message to all the other clients.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compress messages for clients that offer it (permessage-deflate).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speak this subprotocol. May be repeated, the preferred one first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Print time, sender and size with each message: always, never, or auto, which is where they go to a terminal.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--max-clients needs a number of clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--echo or --broadcast, not both</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wskit listen [options]</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Be a WebSocket server: print who connects, what they say and how they leave. Each line
typed or piped in goes to every client. Messages go to the standard output and
notices to the standard error. Ctrl-C closes every connection with 1001 and ends.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exit status: 0 closed cleanly, 1 wrong usage, 2 could not listen, 3 ended by a second
signal.
</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Talk to a WebSocket server: lines out, messages in.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Be a WebSocket server that prints, echoes or relays.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tunnel TCP connections through WebSockets, at either end.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure an echo server: messages a second and latencies.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stand between clients and a server: show, delay or drop messages.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect, and write the session to a file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send what a record has sent, and compare the answers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Convert a record, for example to an HTTP Archive (HAR).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save a connection or a message template by a name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>List or remove what is saved, and the history.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Usage: wskit COMMAND [options]
WebSockets from the command line.

Commands:
</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>
Options:
  -h, --help     Show this help; `wskit COMMAND --help` that of a command.
  -V, --version  Show the version.
</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>there is no command “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Print JSON messages indented.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Print only these values of JSON messages: a path such as $.a.b[0], $..name or $.list[*].</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Print only text messages that this regular expression matches.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pattern</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Print text messages as a hex dump too.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--hex goes without --pretty and --filter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--grep: “%1”: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” is not name=value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>there is no saved template “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send this message when the connection is open. {{name}} is a variable of --var; {{$uuid}}, {{$timestamp}}, {{$isoTime}}, {{$counter}}, {{$randomInt}} and {{$env.NAME}} are built in. May be repeated.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send this saved message template (see wskit save). May be repeated.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The value of a variable of templates. May be repeated.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>name=value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>server: </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>from %1, %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>client: </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> not sent: </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>server </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>client </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>listening on %1 for %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delay each message by this time: 200 or 200ms, or 0.2s.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>milliseconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a random time, of at most this, to the delay.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop this share of the messages at random: 0.1 is every tenth.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>share</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let through at most this many messages a second; the others wait.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop the text messages that this regular expression matches.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which messages --delay, --jitter, --drop, --limit and --block concern: up (to the server), down, or both.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>which</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server, or the name of a saved connection. Without a path, the client&apos;s path and query are requested.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The port to listen on; 0, the default, takes a free one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The IP address to listen on, 127.0.0.1 without this option.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let in the pages of this origin, or of any: “*”. May be repeated.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let in at most this many clients at a time (100).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compress messages for clients that offer it; --compress is for the server.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send the client&apos;s header of this name to the server, such as Cookie or Origin. May be repeated.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write each session to a file session-0001.jsonl in this directory.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>directory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep passwords, tokens and cookies of the handshake in the records.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Print time, direction and size with each message: always, which is the default, never, or auto, which is where they go to a terminal.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--delay and --jitter need a time such as 200ms or 1.5s, an hour at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--drop needs a number from 0 to 1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--limit needs a number of messages a second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--block: “%1”: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--direction is up, down or both, not “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--listen needs an IP address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--record: “%1” is no directory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wskit proxy [options] URL</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stand between WebSocket clients and a server: for each client, connect to the server,
pass the messages on in both directions and print them, “&gt;” to the server and “&lt;” to the
client. They can be delayed, dropped, limited and recorded. Ctrl-C closes both sides.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>answer %1 differs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>: %1 instead of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>message %1 was not sent: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>answer %1 was not in the record</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>only %1 of %2 messages were sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2 answers did not come</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all %1 answers are those of the record</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 answers differ from the record</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A record of wskit record, or FILE.har.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where to send it, if not where it was recorded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Divide the pauses by this number: 2 is twice as fast (1).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>factor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send without pauses.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare the answers with the record, and print the differences. JSON of another form is the same.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The number of the WebSocket in an archive (1).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close when nothing has come for this time (0.5); answers that are missing are waited for 10 seconds.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--session needs a number from 1 to %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--speed needs a number, 0.001 at least</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>--wait needs a number of seconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wskit replay [options] FILE [URL]</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send the messages that a record has sent, with its pauses, and print what comes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exit status: 0 closed cleanly, 1 wrong usage, 2 could not connect, 3 closed
uncleanly, 4 the answers differ from the record (--expect).
</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not saved without --with-secrets: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wskit save [options] NAME URL</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save a connection, to use its name in place of a URL: wskit connect NAME. Passwords,
tokens and cookies are left out, unless --with-secrets is given. With --template, save
a message instead.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exit status: 0 saved, 1 wrong usage, or it could not be saved.
</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>NAME</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The name; what has it already is replaced.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reconnect, as with connect --reconnect.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The second argument is the text of a message template.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save passwords, tokens and cookies too. Only you can read the file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wskit saved [options]</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>List what is saved, one a line: the saved connections, or with an
option the message templates or the last URLs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exit status: 0 done, 1 wrong usage, or a file that cannot be used.
</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The message templates.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The last URLs, the last one first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forget the last URLs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove this connection, or with --templates this template.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cannot reach the target: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 bytes from TCP, %2 bytes to TCP</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A target that cannot be reached closes the WebSocket with 1014, a TCP connection that
breaks with 1011.

</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
