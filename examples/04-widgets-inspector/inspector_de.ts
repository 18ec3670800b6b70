<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context>
    <name>CloseDialog</name>
    <message>
        <location filename="closedialog.cpp" line="27"/>
        <source>Close with Code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="closedialog.cpp" line="30"/>
        <source>1000 normal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="closedialog.cpp" line="31"/>
        <source>1001 going away</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="closedialog.cpp" line="32"/>
        <source>1002 protocol error</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="closedialog.cpp" line="33"/>
        <source>1003 unsupported data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="closedialog.cpp" line="34"/>
        <source>1007 invalid payload</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="closedialog.cpp" line="35"/>
        <source>1008 policy violation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="closedialog.cpp" line="36"/>
        <source>1009 message too big</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="closedialog.cpp" line="37"/>
        <source>1011 internal error</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="closedialog.cpp" line="38"/>
        <source>4000 of the application</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="closedialog.cpp" line="42"/>
        <source>C&amp;lose</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="closedialog.cpp" line="50"/>
        <source>&amp;Code:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="closedialog.cpp" line="51"/>
        <source>&amp;Reason:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="closedialog.cpp" line="73"/>
        <source>The code has to be one that may be sent: 1000 to 1014 but 1004 to 1006, or 3000 to 4999.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="closedialog.cpp" line="75"/>
        <source>The reason is too long: %1 of %2 bytes.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ConnectionBar</name>
    <message>
        <location filename="connectionbar.cpp" line="28"/>
        <source>wss://example.com/socket</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="connectionbar.cpp" line="32"/>
        <source>U&amp;RL:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="connectionbar.cpp" line="102"/>
        <source>Connecting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="connectionbar.cpp" line="102"/>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="connectionbar.cpp" line="102"/>
        <source>Closing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="connectionbar.cpp" line="102"/>
        <source>Closed</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FileField</name>
    <message>
        <location filename="filefield.cpp" line="15"/>
        <source>Choose a file</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HandshakeView</name>
    <message>
        <location filename="handshakeview.cpp" line="39"/>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="39"/>
        <source>Value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="40"/>
        <source>Handshake</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="48"/>
        <source>&amp;Copy the Value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="52"/>
        <source>Copy &amp;All</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="95"/>
        <source>Connection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="96"/>
        <source>URL</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="98"/>
        <source>Peer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="99"/>
        <source>Local address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="102"/>
        <source>Subprotocol</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="104"/>
        <source>Extensions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="111"/>
        <source>TLS</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="112"/>
        <source>Protocol</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="113"/>
        <source>Cipher</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="114"/>
        <source>Certificate of</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="115"/>
        <source>Issued by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="116"/>
        <source>Valid until</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="117"/>
        <source>SHA-256</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="124"/>
        <source>Request</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="130"/>
        <source>(no headers of its own)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="136"/>
        <source>Response</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="handshakeview.cpp" line="139"/>
        <source>(body)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HeaderTable</name>
    <message>
        <location filename="headertable.cpp" line="9"/>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="headertable.cpp" line="9"/>
        <source>Value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="headertable.cpp" line="10"/>
        <source>Headers of the request</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>JsonText</name>
    <message>
        <location filename="jsontext.cpp" line="93"/>
        <source>not one value</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LogEntry</name>
    <message>
        <location filename="logentry.cpp" line="37"/>
        <source>Text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="logentry.cpp" line="39"/>
        <source>Binary</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="logentry.cpp" line="41"/>
        <source>Ping</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="logentry.cpp" line="43"/>
        <source>Pong</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="logentry.cpp" line="45"/>
        <source>Event</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="logentry.cpp" line="47"/>
        <source>Error</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LogList</name>
    <message>
        <location filename="loglist.cpp" line="28"/>
        <source>Filter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="loglist.cpp" line="31"/>
        <source>Everything</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="loglist.cpp" line="31"/>
        <location filename="loglist.cpp" line="54"/>
        <source>Messages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="loglist.cpp" line="31"/>
        <source>Received</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="loglist.cpp" line="31"/>
        <source>Sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="loglist.cpp" line="32"/>
        <source>What is shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="loglist.cpp" line="78"/>
        <source>&amp;Copy the Content</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="loglist.cpp" line="82"/>
        <source>&amp;Edit and Send Again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="loglist.cpp" line="148"/>
        <source>%1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LogModel</name>
    <message>
        <location filename="logmodel.cpp" line="179"/>
        <source>Received</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="logmodel.cpp" line="180"/>
        <source>Sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <location filename="logmodel.cpp" line="184"/>
        <source>%Ln byte(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <location filename="logmodel.cpp" line="200"/>
        <source>Time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="logmodel.cpp" line="202"/>
        <source>Type</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="logmodel.cpp" line="204"/>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="logmodel.cpp" line="206"/>
        <source>Content</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <location filename="mainwindow.cpp" line="28"/>
        <source>WebSocket Inspector</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow.cpp" line="63"/>
        <source>Re&amp;quest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow.cpp" line="64"/>
        <source>Hand&amp;shake</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow.cpp" line="65"/>
        <source>&amp;Message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow.cpp" line="132"/>
        <source>Disconnect first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow.cpp" line="193"/>
        <source>↓ %1 (%2)   ↑ %3 (%4)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow.cpp" line="197"/>
        <source>   round trip %1 ms</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow.cpp" line="217"/>
        <source>Saved %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="32"/>
        <location filename="mainwindow_actions.cpp" line="117"/>
        <source>&amp;Connect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="34"/>
        <source>C&amp;lose with Code…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="37"/>
        <source>S&amp;end</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="38"/>
        <source>Send &amp;File…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="40"/>
        <source>&amp;Ping</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="45"/>
        <source>&amp;Connection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="50"/>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="53"/>
        <source>&amp;Log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="54"/>
        <source>&amp;Save…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="56"/>
        <source>&amp;Clear</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="59"/>
        <source>&amp;Keep at Most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="61"/>
        <source>&amp;View</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="62"/>
        <source>&amp;URL</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="63"/>
        <source>&amp;Filter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="65"/>
        <source>&amp;Message to Send</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="67"/>
        <source>&amp;Handshake</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="70"/>
        <source>&amp;Colors</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="75"/>
        <source>Of the &amp;System</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="75"/>
        <source>&amp;Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="75"/>
        <source>&amp;Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="97"/>
        <source>%1 Rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="117"/>
        <source>Dis&amp;connect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="117"/>
        <source>&amp;Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="128"/>
        <source>Send a File as Binary</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="137"/>
        <source>Save the Log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="mainwindow_actions.cpp" line="138"/>
        <source>JSON, one object a line (*.jsonl);;Text (*.txt)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MessageView</name>
    <message>
        <location filename="messageview.cpp" line="30"/>
        <source>Automatic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="messageview.cpp" line="30"/>
        <source>Text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="messageview.cpp" line="30"/>
        <source>JSON</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="messageview.cpp" line="30"/>
        <source>Hex</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="messageview.cpp" line="33"/>
        <source>&amp;View as:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="messageview.cpp" line="35"/>
        <source>Save Pa&amp;yload…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="messageview.cpp" line="39"/>
        <source>Content of the selected message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="messageview.cpp" line="40"/>
        <source>Select a message to see what is in it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="messageview.cpp" line="114"/>
        <source>Not JSON at byte %1: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="messageview.cpp" line="119"/>
        <source>… and %1 more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="messageview.cpp" line="129"/>
        <source>Sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="messageview.cpp" line="129"/>
        <source>Received</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="messageview.cpp" line="140"/>
        <location filename="messageview.cpp" line="152"/>
        <source>Save Payload</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RequestPanel</name>
    <message>
        <location filename="requestpanel.cpp" line="41"/>
        <source>chat.v2, chat.v1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="requestpanel.cpp" line="42"/>
        <source>https://example.com</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="requestpanel.cpp" line="43"/>
        <source>&amp;Headers:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="requestpanel.cpp" line="48"/>
        <source>S&amp;ubprotocols:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="requestpanel.cpp" line="49"/>
        <source>&amp;Origin:</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SendPanel</name>
    <message>
        <location filename="sendpanel.cpp" line="31"/>
        <source>Message to send</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="sendpanel.cpp" line="32"/>
        <source>Message to send (%1)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="sendpanel.cpp" line="36"/>
        <source>Text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="sendpanel.cpp" line="36"/>
        <source>JSON</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="sendpanel.cpp" line="38"/>
        <source>Type of the message to send</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="sendpanel.cpp" line="97"/>
        <source>Byte %1: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="sendpanel.cpp" line="97"/>
        <source>Valid JSON</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Session</name>
    <message>
        <location filename="session.cpp" line="51"/>
        <source>Connecting to %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="session.cpp" line="64"/>
        <source>Header %1: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="session.cpp" line="105"/>
        <source>Closing with code %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="session.cpp" line="123"/>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="session.cpp" line="123"/>
        <source>Open, with the subprotocol %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="session.cpp" line="129"/>
        <source>TLS, ignored: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="session.cpp" line="130"/>
        <source>TLS: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="session.cpp" line="136"/>
        <source>unasked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="session.cpp" line="137"/>
        <source>round trip %1 ms</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="session.cpp" line="149"/>
        <source>Closed with code %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="session.cpp" line="149"/>
        <source>Closed, not cleanly, with code %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TlsPanel</name>
    <message>
        <location filename="tlspanel.cpp" line="9"/>
        <source>TLS (wss)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="tlspanel.cpp" line="11"/>
        <source>PEM files (*.pem *.crt *.cer *.key);;All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="tlspanel.cpp" line="13"/>
        <source>besides the authorities of the system</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="tlspanel.cpp" line="15"/>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="tlspanel.cpp" line="17"/>
        <source>in the file of the certificate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="tlspanel.cpp" line="18"/>
        <source>&amp;Ignore errors of the server&apos;s certificate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="tlspanel.cpp" line="20"/>
        <source>Anybody on the way can then read and change everything.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="tlspanel.cpp" line="24"/>
        <source>C&amp;A file:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="tlspanel.cpp" line="25"/>
        <source>Clie&amp;nt certificate:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="tlspanel.cpp" line="26"/>
        <source>Private &amp;key:</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TlsSettings</name>
    <message>
        <location filename="connectionsettings.cpp" line="38"/>
        <location filename="connectionsettings.cpp" line="49"/>
        <source>%1: no certificate in PEM</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <location filename="connectionsettings.cpp" line="51"/>
        <source>%1: no private key in PEM, or one with a passphrase</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
