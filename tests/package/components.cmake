# Installs each component of BUILD_DIR by itself: together they are the whole installation, in which no rule is without
# a component, and no file is part of two but the licence.
cmake_minimum_required(VERSION 3.23)
set(components Runtime Development Tools Examples ${MORE})
file(REMOVE_RECURSE ${PREFIX})

function(install_to folder)
    execute_process(
        COMMAND ${CMAKE_COMMAND} --install ${BUILD_DIR} --config ${CONFIG} --prefix ${PREFIX}/${folder} ${ARGN}
        OUTPUT_QUIET
        COMMAND_ERROR_IS_FATAL ANY)
    file(GLOB_RECURSE files RELATIVE ${PREFIX}/${folder} ${PREFIX}/${folder}/*)
    list(REMOVE_ITEM files share/doc/wskit/LICENSE)
    set(files ${files} PARENT_SCOPE)
endfunction()

install_to(whole)
set(whole ${files})
set(parts "")
foreach(component IN LISTS components)
    install_to(${component} --component ${component})
    list(LENGTH files count)
    message("${component}: ${count} files")
    if(count EQUAL 0)
        message(SEND_ERROR "the component ${component} is empty")
    endif()
    foreach(file IN LISTS files)
        if(file IN_LIST parts)
            message(SEND_ERROR "${file} is in ${component} and in another component")
        endif()
    endforeach()
    list(APPEND parts ${files})
endforeach()
install_to(Documentation --component Documentation) # may not have been built
list(APPEND parts ${files})
list(REMOVE_ITEM whole ${parts})
if(whole)
    message(FATAL_ERROR "in no component: ${whole}")
endif()
