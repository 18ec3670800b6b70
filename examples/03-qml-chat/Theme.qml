// SPDX-License-Identifier: MIT
pragma Singleton
import QtQuick

// The colours, light and dark. They are those of the web page.
QtObject {
    id: theme

    property string choice: "system" // or "light" or "dark"
    readonly property bool isDark: choice === "dark" || (choice === "system" && isSystemDark)
    readonly property bool isSystemDark: system.window.hslLightness < 0.5
    readonly property SystemPalette system: SystemPalette {}

    readonly property color page: isDark ? "#101514" : "#eef1f0"
    readonly property color panel: isDark ? "#171e1c" : "#ffffff"
    readonly property color text: isDark ? "#e7edea" : "#16201d"
    readonly property color muted: isDark ? "#93a29c" : "#5d6b66"
    readonly property color line: isDark ? "#2a3431" : "#dbe2df"
    readonly property color accent: isDark ? "#35c79d" : "#0b7a60"
    readonly property color accentStrong: isDark ? "#58d9b3" : "#086350"
    readonly property color accentText: isDark ? "#04231a" : "#ffffff"
    readonly property color bubble: isDark ? "#1f2826" : "#ffffff"
    readonly property color own: isDark ? "#12493b" : "#d5f2e6"
    readonly property color ownText: isDark ? "#e3f7ef" : "#0c2b22"
    readonly property color hover: isDark ? "#212b28" : "#f0f4f2"
    readonly property color good: isDark ? "#3fcf86" : "#1d9a5b"
    readonly property color wait: isDark ? "#e7b04a" : "#b97a06"
    readonly property color bad: isDark ? "#f0766c" : "#c63f35"
    readonly property color notice: isDark ? "#3b2f14" : "#fdf1d7"
    readonly property color noticeText: isDark ? "#f6dfae" : "#5c3d00"

    readonly property string emojiFamily: {
        const wanted = ["Noto Color Emoji", "Apple Color Emoji", "Segoe UI Emoji"];
        const present = Qt.fontFamilies();
        return wanted.find(family => present.includes(family)) || Qt.application.font.family;
    }

    function toggle() {
        choice = isDark ? "light" : "dark";
    }

    function ofName(hue) {
        return Qt.hsla(hue, 0.45, isDark ? 0.70 : 0.38, 1);
    }
}
