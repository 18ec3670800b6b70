# Certificates for the tests, made in the build directory, so that none of them is ever out of date:
#   ca         signs the others
#   server     localhost, 127.0.0.1, ::1
#   elsewhere  a server of another name
#   client     a client that the CA vouches for
#   stranger   a client that nobody vouches for
#   selfsigned a server of another name that nobody vouches for
# The key of each is in a file beside it; server-encrypted.key is that of the server, and "secret" opens it.
find_program(OPENSSL_PROGRAM openssl REQUIRED)
mark_as_advanced(OPENSSL_PROGRAM)
set(wskit_certificates ${CMAKE_CURRENT_BINARY_DIR}/certificates)
file(MAKE_DIRECTORY ${wskit_certificates})

function(wskit_make_certificate name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "EXTENSIONS")
    set(certificate ${wskit_certificates}/${name}.crt)
    set(issuer)
    set(dependency)
    if(NOT name MATCHES "^(ca|stranger|selfsigned)$")
        set(dependency ${wskit_certificates}/ca.crt)
        set(issuer -CA ${dependency} -CAkey ${wskit_certificates}/ca.key)
    endif()
    set(extensions)
    foreach(extension IN LISTS arg_EXTENSIONS)
        list(APPEND extensions -addext ${extension})
    endforeach()
    add_custom_command(
        OUTPUT ${certificate}
        COMMAND ${OPENSSL_PROGRAM} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650
            -subj "/CN=WsKit test ${name}" ${extensions} ${issuer}
            -keyout ${wskit_certificates}/${name}.key -out ${certificate} 2> ${wskit_certificates}/${name}.log
        DEPENDS ${dependency}
        COMMENT "Making the certificate ${name}"
        VERBATIM)
    set(certificate_files ${certificate_files} ${certificate} PARENT_SCOPE)
endfunction()

wskit_make_certificate(ca EXTENSIONS "keyUsage=critical,keyCertSign,cRLSign")
wskit_make_certificate(server EXTENSIONS
    "basicConstraints=critical,CA:FALSE" "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1")
wskit_make_certificate(elsewhere EXTENSIONS
    "basicConstraints=critical,CA:FALSE" "subjectAltName=DNS:elsewhere.test")
wskit_make_certificate(client EXTENSIONS
    "basicConstraints=critical,CA:FALSE" "extendedKeyUsage=clientAuth")
wskit_make_certificate(stranger EXTENSIONS "extendedKeyUsage=clientAuth")
wskit_make_certificate(selfsigned EXTENSIONS "subjectAltName=DNS:elsewhere.test")
set(encrypted_key ${wskit_certificates}/server-encrypted.key)
add_custom_command(
    OUTPUT ${encrypted_key}
    COMMAND ${OPENSSL_PROGRAM} pkcs8 -topk8 -in ${wskit_certificates}/server.key -passout pass:secret
        -out ${encrypted_key}
    DEPENDS ${wskit_certificates}/server.crt
    COMMENT "Encrypting the server's key"
    VERBATIM)
add_custom_target(wskit_test_certificates DEPENDS ${certificate_files} ${encrypted_key})
