# Headers of Qt and of the standard library that are compiled once for many targets (WSKIT_PCH). None of WsKit's own is
# among them, so a change of one compiles no more than without. A source must compile without them as well, and so
# includes what it uses: the package tests and newer-qt.sh build without.

# wskit_precompile(<target> HEADERS <header>... REUSED_BY <target>...): those that exist of the others use the same.
# GCC asks of them that they define all that <target> defines.
function(wskit_precompile target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;REUSED_BY")
    if(NOT TARGET ${target})
        return()
    endif()
    target_precompile_headers(${target} PRIVATE ${arg_HEADERS})
    foreach(other IN LISTS arg_REUSED_BY)
        if(TARGET ${other})
            target_precompile_headers(${other} REUSE_FROM ${target})
        endif()
    endforeach()
    # Collecting garbage in what is read from the disk takes a tenth of GCC's time.
    foreach(each IN LISTS target arg_REUSED_BY)
        if(TARGET ${each} AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
            target_compile_options(${each} PRIVATE --param=ggc-min-heapsize=1048576)
        endif()
    endforeach()
endfunction()

set(standard_headers
    <algorithm> <array> <atomic> <chrono> <cstring> <functional> <memory> <optional> <utility> <vector>)
set(core_headers ${standard_headers}
    <QtCore/qbytearray.h> <QtCore/qbytearrayview.h> <QtCore/qhash.h> <QtCore/qlist.h> <QtCore/qmetatype.h>
    <QtCore/qobject.h> <QtCore/qstring.h> <QtCore/qurl.h> <QtCore/qvariant.h>)
set(network_headers ${core_headers}
    <QtCore/qcoreapplication.h> <QtCore/qdeadlinetimer.h> <QtCore/qfuture.h> <QtCore/qmetaobject.h>
    <QtCore/qmutex.h> <QtCore/qpointer.h> <QtCore/qpromise.h> <QtCore/qset.h> <QtCore/qsocketnotifier.h>
    <QtCore/qthread.h> <QtCore/qtimer.h>
    <QtNetwork/qhostaddress.h> <QtNetwork/qnetworkproxy.h> <QtNetwork/qsslconfiguration.h> <QtNetwork/qsslerror.h>
    <QtNetwork/qsslsocket.h> <QtNetwork/qtcpserver.h> <QtNetwork/qtcpsocket.h>)
set(test_headers <QtTest/qsignalspy.h> <QtTest/qtest.h>)

wskit_precompile(wskit_protocol HEADERS ${core_headers})
wskit_precompile(wskit_net HEADERS ${network_headers})
wskit_precompile(WsKitQml HEADERS ${network_headers} <QtQml/qjsengine.h> <QtQml/qjsvalue.h> <QtQml/qqml.h>)
wskit_precompile(wskit_testee HEADERS ${network_headers}
    REUSED_BY wskit wskit_stream wskit_chat wskit_chat_check echo-server echo-client file-transfer
        blocking-client)
wskit_precompile(inspector_window HEADERS ${network_headers} <QtWidgets/qboxlayout.h> <QtWidgets/qcombobox.h>
        <QtWidgets/qheaderview.h> <QtWidgets/qlabel.h> <QtWidgets/qlineedit.h> <QtWidgets/qtoolbutton.h>
        <QtWidgets/qwidget.h>
    REUSED_BY inspector)

# Of the tests the engine's have no QtNetwork, and Qt Test shows more of itself where it is. It also writes the folder
# of the CMakeLists.txt into a macro, so what is shared ends there.
get_property(test_programs GLOBAL PROPERTY wskit_test_programs)
set(engine_tests "")
set(net_tests "")
set(interop_tests "")
foreach(program IN LISTS test_programs)
    get_target_property(folder ${program} SOURCE_DIR)
    get_target_property(libraries ${program} LINK_LIBRARIES)
    if("wskit_interop" IN_LIST libraries)
        list(APPEND interop_tests ${program})
    elseif(folder STREQUAL CMAKE_CURRENT_LIST_DIR AND libraries MATCHES "WsKit::WsKit|wskit_net")
        list(APPEND net_tests ${program})
    elseif(folder STREQUAL CMAKE_CURRENT_LIST_DIR AND "wskit_protocol" IN_LIST libraries)
        list(APPEND engine_tests ${program})
    endif()
endforeach()
list(REMOVE_ITEM engine_tests unit_engine)
list(REMOVE_ITEM interop_tests tst_qtwebsockets) # which links another module besides
wskit_precompile(unit_engine HEADERS ${core_headers} <QtCore/qcoreapplication.h> ${test_headers}
    REUSED_BY ${engine_tests})
wskit_precompile(wskit_test_program HEADERS ${network_headers} ${test_headers}
    REUSED_BY ${net_tests})
foreach(side qtwebsockets wskit)
    get_property(programs GLOBAL PROPERTY wskit_${side}_programs)
    if(programs)
        list(POP_FRONT programs first)
        wskit_precompile(${first} HEADERS ${network_headers} ${test_headers} REUSED_BY ${programs})
    endif()
endforeach()
wskit_precompile(fuzz_smoke HEADERS ${network_headers} ${test_headers})
wskit_precompile(wskit_interop HEADERS ${network_headers} ${test_headers}
    REUSED_BY ${interop_tests})
