# What `cmake --install` puts down: the library, the headers, the CMake package, the pkg-config file and the licence.
# Nothing in it names the prefix, so that an installation can be moved. Each rule names one of the components Runtime,
# Development, Qml, WebChannel, Redis, Compat, Tools, Documentation and Examples, for `cmake --install BUILD --component NAME`.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/WsKit)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(TARGETS WsKit EXPORT WsKitTargets
    RUNTIME COMPONENT Runtime
    LIBRARY COMPONENT Runtime NAMELINK_COMPONENT Development
    ARCHIVE COMPONENT Development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/WsKit
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    COMPONENT Development
    FILES_MATCHING REGEX "/Ws[A-Za-z]*$" REGEX "/ws[a-z]*\\.h$"
    REGEX "/[Ww]s([Ww]eb[Cc]hannel|[Rr]edis)[A-Za-z]*(\\.h)?$" EXCLUDE) # installed with their library

install(EXPORT WsKitTargets NAMESPACE WsKit:: DESTINATION ${package_dir} COMPONENT Development)
set(wskit_qml_dir ${CMAKE_INSTALL_LIBDIR}/qt6/qml)
configure_package_config_file(cmake/WsKitConfig.cmake.in WsKitConfig.cmake
    INSTALL_DESTINATION ${package_dir}
    PATH_VARS wskit_qml_dir
    NO_SET_AND_CHECK_MACRO)
# Before 1.0 a new minor version may change names.
write_basic_package_version_file(WsKitConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
        ${CMAKE_CURRENT_BINARY_DIR}/WsKitConfig.cmake
        ${CMAKE_CURRENT_BINARY_DIR}/WsKitConfigVersion.cmake
    DESTINATION ${package_dir}
    COMPONENT Development)

# A directory of the installation as the pkg-config file says it: below the prefix, or absolute if configured so.
function(wskit_pkgconfig_path dir result)
    if(IS_ABSOLUTE ${dir})
        set(${result} ${dir} PARENT_SCOPE)
    else()
        set(${result} \${prefix}/${dir} PARENT_SCOPE)
    endif()
endfunction()

if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
    set(pkgconfig_prefix ${CMAKE_INSTALL_PREFIX})
else()
    file(RELATIVE_PATH prefix_from_pkgconfig_dir /prefix/${pkgconfig_dir} /prefix)
    string(REGEX REPLACE "/$" "" prefix_from_pkgconfig_dir ${prefix_from_pkgconfig_dir})
    set(pkgconfig_prefix \${pcfiledir}/${prefix_from_pkgconfig_dir})
endif()
wskit_pkgconfig_path(${CMAKE_INSTALL_INCLUDEDIR} pkgconfig_includedir)
wskit_pkgconfig_path(${CMAKE_INSTALL_LIBDIR} pkgconfig_libdir)
set(pkgconfig_definitions "")
set(pkgconfig_requires "")
set(pkgconfig_redis_libs "")
if(NOT BUILD_SHARED_LIBS)
    set(pkgconfig_redis_libs " -lhiredis")
    set(pkgconfig_requires " zlib")
    set(pkgconfig_definitions " -DWSKIT_STATIC")
endif()
configure_file(cmake/WsKit.pc.in WsKit.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/WsKit.pc DESTINATION ${pkgconfig_dir} COMPONENT Development)

# For qmake: `QT += wskit`. Installed to another prefix than that of Qt, the folder has to be in QMAKEMODULES.
set(pri_dir ${CMAKE_INSTALL_LIBDIR}/qt6/mkspecs/modules)
function(wskit_pri_path dir result)
    if(IS_ABSOLUTE ${dir})
        set(${result} ${dir} PARENT_SCOPE)
    else()
        file(RELATIVE_PATH path /prefix/${pri_dir} /prefix/${dir})
        string(REGEX REPLACE "/$" "" path ${path})
        set(${result} $$PWD/${path} PARENT_SCOPE)
    endif()
endfunction()
wskit_pri_path(${CMAKE_INSTALL_INCLUDEDIR} pri_includedir)
wskit_pri_path(${CMAKE_INSTALL_LIBDIR} pri_libdir)
if(BUILD_SHARED_LIBS) # what a static library needs besides is for CMake and pkg-config to say
    configure_file(cmake/qt_lib_wskit.pri.in qt_lib_wskit.pri @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/qt_lib_wskit.pri DESTINATION ${pri_dir} COMPONENT Development)
endif()

# Libraries and plugins find the libraries they need beside themselves, so that an installation can be moved.
# wskit_set_run_path(<target> <folder of the target>)
function(wskit_set_run_path target folder)
    if(APPLE)
        set(origin @loader_path)
    else()
        set(origin $ORIGIN)
    endif()
    file(RELATIVE_PATH libraries /prefix/${folder} /prefix/${CMAKE_INSTALL_LIBDIR})
    string(REGEX REPLACE "/$" "" path ${origin}/${libraries})
    set_target_properties(${target} PROPERTIES INSTALL_RPATH ${path})
endfunction()

# A library that is a component of its own, with that component of the CMake package and the pkg-config file
# <target>.pc.in: wskit_install_library(<target> <component>)
function(wskit_install_library target component)
    wskit_set_run_path(${target} ${CMAKE_INSTALL_LIBDIR})
    install(TARGETS ${target} EXPORT ${target}Targets
        RUNTIME COMPONENT ${component}
        LIBRARY COMPONENT ${component} NAMELINK_COMPONENT Development
        ARCHIVE COMPONENT Development)
    install(EXPORT ${target}Targets NAMESPACE WsKit:: DESTINATION ${package_dir} COMPONENT Development)
    configure_file(${target}.pc.in ${target}.pc @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${target}.pc DESTINATION ${pkgconfig_dir} COMPONENT Development)
endfunction()

# A QML module that is a plugin and nothing else:
# wskit_install_qml_plugin(<target> <folder that it was built in> <folder below that of all modules>)
function(wskit_install_qml_plugin target module_dir folder)
    set(dir ${CMAKE_INSTALL_LIBDIR}/qt6/qml/${folder})
    wskit_set_run_path(${target} ${dir})
    install(TARGETS ${target} LIBRARY DESTINATION ${dir} COMPONENT Qml RUNTIME DESTINATION ${dir} COMPONENT Qml)
    install(FILES ${module_dir}/qmldir ${module_dir}/plugins.qmltypes DESTINATION ${dir} COMPONENT Qml)
endfunction()

foreach(component Runtime Development) # of which an installation has at least one
    install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/wskit COMPONENT ${component})
endforeach()
