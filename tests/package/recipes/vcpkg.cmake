# Runs the portfile with functions that do what those of vcpkg do, as far as the port depends on it. BUILD_DIR is a
# static build, which is installed in place of the one that vcpkg would make.
cmake_minimum_required(VERSION 3.23)
set(PORT wskit)
set(CURRENT_PACKAGES_DIR ${PREFIX})
file(REMOVE_RECURSE ${PREFIX})

function(vcpkg_cmake_configure)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
    execute_process(
        COMMAND ${CMAKE_COMMAND} -S ${arg_SOURCE_PATH} -B ${PREFIX}-configured -DBUILD_SHARED_LIBS=OFF
            -DCMAKE_CXX_COMPILER=${CXX} ${arg_OPTIONS}
        OUTPUT_QUIET
        ERROR_VARIABLE errors
        COMMAND_ERROR_IS_FATAL ANY)
    if(errors)
        message(FATAL_ERROR "${errors}")
    endif()
endfunction()

function(vcpkg_cmake_install)
    execute_process(
        COMMAND ${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${CURRENT_PACKAGES_DIR}
        OUTPUT_QUIET
        COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(vcpkg_cmake_config_fixup)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "PACKAGE_NAME;CONFIG_PATH" "")
    file(MAKE_DIRECTORY ${CURRENT_PACKAGES_DIR}/share)
    set(moved ${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH})
    file(RENAME ${moved} ${CURRENT_PACKAGES_DIR}/share/${arg_PACKAGE_NAME})
    cmake_path(GET moved PARENT_PATH folder)
    file(GLOB others ${folder}/*)
    if(NOT others)
        file(REMOVE_RECURSE ${folder})
    endif()
endfunction()

function(vcpkg_fixup_pkgconfig)
endfunction()

function(vcpkg_copy_pdbs)
endfunction()

function(vcpkg_install_copyright)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
    file(INSTALL ${arg_FILE_LIST} DESTINATION ${CURRENT_PACKAGES_DIR}/share/${PORT})
endfunction()

include(${PORTFILE})
foreach(file share/WsKit/WsKitConfig.cmake share/wskit/usage share/wskit/LICENSE include/WsKit/wsclient.h)
    if(NOT EXISTS ${PREFIX}/${file})
        message(FATAL_ERROR "no ${file} in ${PREFIX}")
    endif()
endforeach()
foreach(folder lib/cmake share/doc)
    if(EXISTS ${PREFIX}/${folder})
        message(FATAL_ERROR "${folder} is not allowed in a port")
    endif()
endforeach()
