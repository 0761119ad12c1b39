*** Settings ***
Documentation    What Mbed TLS says of its own work (tls-socket.debug-level), between the lines of the secure socket.

Resource         configuration.resource
Resource         tls.resource

Suite Setup      Create Authorities And Use    debug


*** Test Cases ***
The Steps Of A Handshake Are Shown
    Connect To Peer Of    ${EC}
    Console Should Show
    ...    [[]INFO][[]TLSW]: Starting TLS handshake with server.tlsbench.test
    ...    [[]DBG ][[]TLSW]: ssl_*.c:*: |2| => write client hello
    ...    [[]DBG ][[]TLSW]: ssl_*.c:*: |2| => parse server hello
    ...    [[]DBG ][[]TLSW]: Server certificate:
    ...    [[]DBG ][[]TLSW]: ssl_*.c:*: |2| => parse server hello done
    ...    [[]INFO][[]TLSW]: TLS connection to server.tlsbench.test established

Deeper Levels Than The One That Was Asked For Are Not Shown
    Connect To Peer Of    ${EC}
    Console Should Show    *|2|*
    Console Should Not Show    *|3|*    *|4|*

The Cause Of A Failure Is Shown
    ${peer}    Start Peer Of    ${EC}    client_certificate=required    client_root=${EC}
    Open Socket That Trusts    ${EC}
    Connect    ${peer}    expect=MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE
    Console Should Show    [[]DBG ][[]TLSW]: ssl_msg.c:*: |1| is a fatal alert message*

Nothing Is Shown Above The Level Of The Lines
    Set Trace Level    INFO
    Connect To Peer Of    ${EC}
    Console Should Show    *established
    Console Should Not Show    [[]DBG ]*

Its Text Takes Flash
    ${added}    Measure What The Image Adds
    Should Be True    0 < ${added}[flash] < 64 * 1024

It Takes Stack But No Heap
    Connection Should Take Stack At Most    debug    1024
