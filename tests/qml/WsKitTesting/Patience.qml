// SPDX-License-Identifier: MIT
pragma Singleton
import QtQml

// How long a test waits for what must come: long enough for a machine that has thirty other things to do.
QtObject {
    readonly property int milliseconds: 60000
}
