# Fails unless QMLTYPES describes each exported type, and every parameter by its name.
file(READ ${QMLTYPES} text)
string(REPLACE ";" "" text "${text}") # which would separate list items

foreach(type WsClient WsServer WsConnection WsMessageModel WsConnectionModel Ws
        wsMessage wsError wsOptions wsCompression wsReconnect wsRequest wsResponse wsStatistics wsServerStatistics wsHistogram wsHostAddress)
    if(NOT text MATCHES "exports: \\[\"WsKit/${type} 1\\.0\"\\]")
        message(SEND_ERROR "${type} is not exported")
    endif()
endforeach()

set(functions textMessageReceived binaryMessageReceived messageReceived messageSent closed errorOccurred
    newConnection connectionRejected messagesSkipped pongReceived send broadcast close ping accept reject html notFound metrics statistics clear
    sslErrors continueOpening)
foreach(name IN LISTS functions)
    if(NOT text MATCHES "(Signal|Method) {[ \n]*name: \"${name}\"")
        message(SEND_ERROR "${name}() is not described")
    endif()
endforeach()

set(properties url active subprotocols headers certificateFile privateKeyFile
    privateKeyPassPhrase caFile ignoreSslErrors options
    state closeCode closeReason request host port serverPort listening requestHandler connections
    allowedOrigins maxMessageSize compression enabled threshold windowBits binaryType extensions
    connection maximumCount server count peerVerifyName pauseOnSslErrors)
foreach(name IN LISTS properties)
    if(NOT text MATCHES "Property {[ \n]*name: \"${name}\"")
        message(SEND_ERROR "the property ${name} is not described")
    endif()
endforeach()

string(REGEX MATCHALL "Parameter {[^}]*}" parameters "${text}")
foreach(parameter IN LISTS parameters)
    if(NOT parameter MATCHES "name: \"[A-Za-z]")
        message(SEND_ERROR "a parameter without a name: ${parameter}")
    endif()
endforeach()

# What a client has on its way to a server.
foreach(name proxy user password proxyUser proxyPassword maxRedirects reconnect reconnectAttempt
        initialDelay maxDelay factor jitter maxAttempts stableAfter queueMessages)
    if(NOT text MATCHES "Property {[ \n]*name: \"${name}\"")
        message(SEND_ERROR "the property ${name} is not described")
    endif()
endforeach()
foreach(name credentialsRequired redirected reconnecting reconnected messagesLost reconnectNow openingProgressed)
    if(NOT text MATCHES "(Signal|Method) {[ \n]*name: \"${name}\"")
        message(SEND_ERROR "${name}() is not described")
    endif()
endforeach()
