# What `cmake --install` puts down for QML: the library, the plugin with what describes the module to QML and
# to its tools, and the component Qml of the CMake package.
set(qml_dir ${CMAKE_INSTALL_LIBDIR}/qt6/qml)

wskit_set_run_path(WsKitQml ${CMAKE_INSTALL_LIBDIR})
if(TARGET WsKitQmlPlugin)
    wskit_set_run_path(WsKitQmlPlugin ${qml_dir}/WsKit)
    install(TARGETS WsKitQmlPlugin
        LIBRARY DESTINATION ${qml_dir}/WsKit COMPONENT Qml
        RUNTIME DESTINATION ${qml_dir}/WsKit COMPONENT Qml)
endif()

# The others are the objects of a static library that hold its resources.
list(REMOVE_ITEM module_targets WsKitQmlPlugin)
install(TARGETS WsKitQml ${module_targets} EXPORT WsKitQmlTargets
    RUNTIME COMPONENT Qml
    LIBRARY COMPONENT Qml NAMELINK_COMPONENT Development
    ARCHIVE COMPONENT Development
    OBJECTS DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT Development)
install(FILES ${module_dir}/qmldir ${module_dir}/plugins.qmltypes DESTINATION ${qml_dir}/WsKit COMPONENT Qml)
install(FILES wskitqmlkeep.cpp DESTINATION ${package_dir} COMPONENT Development)
install(FILES ../src/cmake/WsKitQmlImportPath.cmake DESTINATION ${package_dir} COMPONENT Development)
install(EXPORT WsKitQmlTargets NAMESPACE WsKit:: DESTINATION ${package_dir} COMPONENT Development)
