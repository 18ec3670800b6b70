# What `cmake --install` puts down for topics over Redis: the library, its headers, the component Redis of the CMake
# package and the pkg-config file. The variables are those of the library's own rules.
wskit_install_library(WsKitRedis Redis)
install(FILES
        ${headers}
        ${include_dir}/WsKit/WsRedisBroker
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/WsKit
    COMPONENT Development)
