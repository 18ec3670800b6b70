# Run by CPack between the installation of the components into folders of their own and the packing of them: adds to
# each folder what Debian's policy asks for, and compresses what is compressed there.
cmake_policy(VERSION 3.23)
find_program(GZIP gzip REQUIRED)

function(compress file)
    execute_process(COMMAND ${GZIP} --best --no-name --force ${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# The text of the licence, without its title and copyright, as a field of several lines.
file(READ ${CPACK_WSKIT_LICENSE} license)
string(REGEX REPLACE "^[^\n]*\n\n[^\n]*\n\n" "" license "${license}")
string(REPLACE "\n\n" "\n.\n" license "${license}")
string(REPLACE "\n" "\n " license " ${license}")
string(REGEX REPLACE "[ \n]+$" "" license "${license}")

# SOURCE_DATE_EPOCH makes packages that are the same to the byte.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
    string(TOUPPER ${component} key)
    set(package ${CPACK_DEBIAN_${key}_PACKAGE_NAME})
    set(share ${CPACK_TEMPORARY_DIRECTORY}/${component}${CPACK_PACKAGING_INSTALL_PREFIX}/share)
    set(doc ${share}/doc/${package})

    file(REMOVE_RECURSE ${share}/doc/wskit) # the licence is in the copyright file
    configure_file(${CPACK_WSKIT_DEBIAN_DIR}/copyright ${doc}/copyright @ONLY)
    configure_file(${CPACK_WSKIT_DEBIAN_DIR}/changelog ${doc}/changelog.Debian @ONLY)
    compress(${doc}/changelog.Debian)
    if(EXISTS ${CPACK_WSKIT_DEBIAN_DIR}/${package}.lintian-overrides)
        configure_file(${CPACK_WSKIT_DEBIAN_DIR}/${package}.lintian-overrides
            ${share}/lintian/overrides/${package} COPYONLY)
    endif()

    if(component STREQUAL "Examples") # where users of Debian look
        file(CREATE_LINK ../../../${CPACK_WSKIT_EXAMPLES_DIR} ${doc}/examples SYMBOLIC)
    endif()

    file(GLOB_RECURSE pages ${share}/man/*.[0-9])
    foreach(page IN LISTS pages)
        compress(${page})
    endforeach()
    # Where the zsh of Debian looks for the completions of packages.
    if(EXISTS ${share}/zsh/site-functions)
        file(RENAME ${share}/zsh/site-functions ${share}/zsh/vendor-completions)
    endif()
endforeach()
