# Installs BUILD_DIR, then moves the installation to PREFIX: a path that was written down would be wrong there.
set(staging ${PREFIX}-staging)
file(REMOVE_RECURSE ${staging} ${PREFIX})
execute_process(
    COMMAND ${CMAKE_COMMAND} --install ${BUILD_DIR} --config ${CONFIG} --prefix ${staging}
    OUTPUT_QUIET
    COMMAND_ERROR_IS_FATAL ANY)
file(RENAME ${staging} ${PREFIX})
