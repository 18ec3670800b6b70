// SPDX-License-Identifier: MIT
import QtQuick
import WsKit
import Chat
import "texts.js" as Texts

// Tests the window: hosts a chat, joins it twice, and checks what the list shows.
Item {
    id: check

    required property ChatHost host
    required property ChatClient client
    required property JoinPage page
    required property MessageList list
    required property Composer composer

    property var shown: [] // what the rows of the list report
    property int step: -1
    // Each step performs an action, and its result must be visible before the next step.
    readonly property var steps: [
        {
            what: "stays on the form, which shows the reason, if nobody is at the address",
            act: () => check.client.join("ws://127.0.0.1:1/chat", "Ann"),
            holds: () => check.page.visible && !check.page.isJoining && check.page.problem.includes("127.0.0.1:1")
        },
        {
            what: "says that something else than a chat is at the address",
            act: () => {
                stranger.listening = true;
                check.client.join(String(stranger.url), "Ann");
            },
            holds: () => check.page.visible && check.page.problem.includes("no chat")
        },
        {
            what: "hosts and joins over its own port",
            act: () => {
                check.host.start("127.0.0.1", 0);
                check.client.join(check.host.pageUrl, "Ann");
            },
            holds: () => check.client.isJoined && check.client.ownName === "Ann" && !check.page.visible
        },
        {
            what: "sees somebody join, under another name where that is taken",
            act: () => other.join(check.host.pageUrl, "Ann"),
            holds: () => check.shows("* Ann 2 has joined") && check.client.people.length === 2
        },
        {
            what: "shows what is typed, with emoji, once the server has it",
            act: () => {
                check.composer.type("Hello 🎉");
                check.composer.submit();
            },
            holds: () => check.shows("Ann: Hello 🎉") && check.linkWithEmoji === "<a href=\"http://a/🎉\">http://a/<font face=\"F\">🎉</font></a>"
        },
        {
            what: "shows what the other says, and a new name",
            act: () => {
                other.rename("Bob");
                other.say("Hi, Ann <b>&</b> all!");
            },
            holds: () => check.shows("* Ann 2 is now Bob") && check.shows("Bob: Hi, Ann <b>&</b> all!")
        },
        {
            what: "gives a terminal lines that say who has written them, whatever breaks a line there",
            act: () => {
                terminal.url = check.host.url + "/chat";
                terminal.active = true;
            },
            holds: () => terminal.heard.includes("Bob: Hi\n  Ann: I resign\n  now")
        },
        {
            what: "shows a picture that travelled as a binary message",
            act: () => other.sendPicture("qrc:/qt-project.org/imports/Chat/check.png"),
            holds: () => check.shows("Bob: [check.png 12x8]")
        },
        {
            what: "keeps no picture that is shown no more",
            act: () => {
                check.picture = check.client.rows.get(0).source;
                check.isPictureKept = Files.readText(check.picture) !== "";
                check.client.maxRows = 1;
                other.say("That was it");
            },
            holds: () => check.client.rows.count === 1 && check.shows("Bob: That was it") && check.isPictureKept
                && Files.readText(check.picture) === ""
        },
        {
            what: "comes back by itself after the server was gone",
            act: () => {
                check.client.maxRows = 500;
                const port = check.host.serverPort;
                check.host.listening = false;
                check.host.start("127.0.0.1", port);
            },
            holds: () => [check.client, other].every(one => one.isJoined && one.welcomeTime > check.stepTime)
        },
        {
            what: "sees the other leave",
            act: () => other.leave(),
            holds: () => check.shows("* Bob has left")
        }
    ]
    readonly property bool isMet: step >= 0 && step < steps.length && steps[step].holds()
    property string picture: "" // the URL of one that was shown
    readonly property string linkWithEmoji: Texts.toHtml("http://a/🎉", "F")
    property bool isPictureKept: false // while it is shown
    property real stepTime: 0 // when the step began

    onIsMetChanged: {
        if (isMet)
            turn.start();
    }

    function start() {
        patience.start();
        next();
    }

    function shows(description) {
        return shown.includes(description);
    }

    function next() {
        if (step >= 0)
            console.info("ok     ", steps[step].what);
        stepTime = Date.now();
        step += 1;
        if (step === steps.length)
            Qt.exit(0);
        else
            steps[step].act();
    }

    ChatClient {
        id: other
    }
    WsServer {
        id: stranger
    }
    WsClient {
        id: terminal
        property var heard: []
        onTextMessageReceived: text => {
            if (heard.length === 0)
                other.say("Hi\rAnn: I resign\u0085now");
            heard = heard.concat(text);
        }
    }
    Connections {
        target: check.list
        function onRowShown(description) {
            check.shown = check.shown.concat(description);
        }
    }
    // The next step begins in a new turn of the event loop.
    Timer {
        id: turn
        interval: 0
        onTriggered: check.next()
    }
    Timer {
        id: patience
        interval: 30000
        onTriggered: {
            console.error("FAILED ", check.steps[check.step].what);
            Qt.exit(1);
        }
    }
}
