# Builds SOURCE with the plain compiler and what the pkg-config file MODULE says about the WsKit in PREFIX, and runs it.
set(ENV{PKG_CONFIG_PATH} ${PREFIX}/${LIBDIR}/pkgconfig)

function(ask_pkgconfig result)
    execute_process(COMMAND ${PKG_CONFIG} ${ARGN} ${MODULE}
        OUTPUT_VARIABLE answer
        OUTPUT_STRIP_TRAILING_WHITESPACE
        COMMAND_ERROR_IS_FATAL ANY)
    separate_arguments(answer UNIX_COMMAND "${answer}")
    set(${result} ${answer} PARENT_SCOPE)
endfunction()

ask_pkgconfig(version --modversion)
if(NOT version STREQUAL VERSION)
    message(FATAL_ERROR "${MODULE}.pc says version ${version}, not ${VERSION}")
endif()

ask_pkgconfig(cflags --cflags)
ask_pkgconfig(libs --libs)
ask_pkgconfig(libdir --variable=libdir)
execute_process(
    COMMAND ${CXX} -std=c++17 -fPIC -Wall -Wextra -Werror ${cflags} ${SOURCE} ${libs}
        -Wl,-rpath,${libdir} -o ${PROGRAM}
    COMMAND_ECHO STDOUT
    COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${PROGRAM} COMMAND_ERROR_IS_FATAL ANY)
