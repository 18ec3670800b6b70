// SPDX-License-Identifier: MIT

// Every program that links WsKit::Qml compiles this file. Linkers leave out a library that is not referenced,
// and `import WsKit` would then depend on the import path.

extern void qml_register_types_WsKit();

namespace {
struct WsKitQmlKeep
{
    WsKitQmlKeep()
    {
        void (*volatile mention)() = &qml_register_types_WsKit;
        static_cast<void>(mention);
    }
};
const WsKitQmlKeep wsKitQmlKeep; // clazy:exclude=non-pod-global-static
} // namespace
