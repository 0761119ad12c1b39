*** Settings ***
Documentation    The log lines of a secure socket (mbed-trace.enable): in which order, at which levels, one for each
...              refusal, and what they cost.

Resource         configuration.resource
Resource         tls.resource

Suite Setup      Create Authorities And Use    trace


*** Test Cases ***
A Connection Is Told From Its Set-Up To Its End
    Connect To Peer Of    ${EC}
    Echo Should Work
    Close Socket
    Console Should Show
    ...    [[]INFO][[]TLSW]: mbedtls_ssl_conf_ca_chain()
    ...    [[]INFO][[]TLSW]: mbedtls_ssl_config_defaults()
    ...    [[]INFO][[]TLSW]: mbedtls_ssl_conf_authmode()
    ...    [[]INFO][[]TLSW]: mbedtls_ssl_conf_rng()
    ...    [[]INFO][[]TLSW]: mbedtls_ssl_setup()
    ...    [[]INFO][[]TLSW]: Starting TLS handshake with server.tlsbench.test
    ...    [[]INFO][[]TLSW]: TLS connection to server.tlsbench.test established
    ...    [[]INFO][[]TLSW]: Certificate verification passed
    ...    [[]INFO][[]TLSW]: Closing TLS connection
    Console Should Not Show    [[]ERR ]*    [[]WARN]*

The Server's Certificate Is Shown While It Is Checked
    Connect To Peer Of    ${EC}
    Console Should Show
    ...    *Starting TLS handshake*
    ...    [[]DBG ][[]TLSW]: Server certificate:
    ...    [[]DBG ][[]TLSW]:*subject: *CN=server.tlsbench.test
    ...    [[]DBG ][[]TLSW]:*issuer: *
    ...    [[]DBG ][[]TLSW]:*serial: *
    ...    [[]DBG ][[]TLSW]:*valid: 20*
    ...    [[]DBG ][[]TLSW]:*key: EC, 256 bits
    ...    *established

A Certificate That Is Refused Is Shown Too
    ${peer}    Start Peer Of    ${EC}    wrong host
    Open Socket That Trusts    ${EC}
    Connect    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE
    Console Should Show    *subject: *    *The certificate is for another host name

Nothing Is Shown Without A Call To Init
    Set Trace Level    OFF
    Connect To Peer Of    ${EC}
    Echo Should Work
    Console Should Not Show    *

Only What Is At Least As Grave As The Level Is Shown
    Levels Should Be    DEBUG    DBG    INFO    ERR
    Levels Should Be    INFO    INFO    ERR
    Levels Should Be    WARN    ERR
    Levels Should Be    ERROR    ERR

Frames And Lines Never Mix
    [Documentation]    The serial line carries both at once: answers to one worker, lines from another.
    ${peer}    Connect To Peer Of    ${EC}
    Open Socket    tls    socket=second
    Set Root CA    ${EC}    socket=second
    ${connecting}    Begin Connect    ${peer}    socket=second    worker=1
    FOR    ${_}    IN RANGE    20
        Echo Should Work
    END
    Call Should Return    ${connecting}    NSAPI_ERROR_OK
    Every Line Should Be Whole

A Missing Host Name Is Told
    ${peer}    Start Peer Of    ${EC}
    Open Socket That Trusts    ${EC}
    ${address}    Get Host Address
    Connect    ${peer}    ${address}    expect=NSAPI_ERROR_PARAMETER
    Refusal Should Be Told    No host name to check the certificate for: *

A Missing Root Certificate Is Told
    ${peer}    Start Peer Of    ${EC}
    Open Socket
    Connect    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE
    Refusal Should Be Told    No root certificate is set: *

A Clock That Is Not Set Is Told
    ${peer}    Start Peer Of    ${EC}
    Open Socket That Trusts    ${EC}
    Forget Target Clock
    Connect    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE
    Refusal Should Be Told    The clock is not set, *
    Console Should Not Show    *expired*    *not valid yet*

An Expired Certificate Is Told
    Refusal Of Peer Should Be Told    expired    The certificate has expired

A Certificate That Is Not Yet Valid Is Told
    Refusal Of Peer Should Be Told    not yet valid    The certificate is not valid yet

A Wrong Host Name Is Told
    Refusal Of Peer Should Be Told    wrong host    The certificate is for another host name

An Untrusted Root Is Told
    Refusal Of Peer Should Be Told    untrusted root    The certificate does not lead to a root certificate that is set

A Bad Root Certificate Is Told
    Open Socket
    Set Root CA    ${{ b'no certificate' }}    DER    expect=NSAPI_ERROR_PARAMETER
    Refusal Should Be Told    A certificate or key is refused: Mbed TLS -0x*

A Peer That Wants A Client Certificate Is Told
    ${peer}    Start Peer Of    ${EC}    client_certificate=required    client_root=${EC}
    Open Socket That Trusts    ${EC}
    Connect    ${peer}    expect=MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE
    Refusal Should Be Told    The peer refuses, with alert 40

Lack Of Memory Is Told
    ${peer}    Start Peer Of    ${EC}
    Open Socket That Trusts    ${EC}
    Limit Heap    4 KiB
    Connect    ${peer}    expect=NSAPI_ERROR_NO_MEMORY
    Refusal Should Be Told    Out of memory

A Timeout Is Told
    ${peer}    Start Peer Of    ${EC}    behaviour=silent
    Open Socket That Trusts    ${EC}
    Set Timeout    200 ms
    Connect    ${peer}    expect=NSAPI_ERROR_CONNECTION_TIMEOUT
    Refusal Should Be Told    The timeout has passed

A Peer That Is Gone Is Told
    ${peer}    Start Peer Of    ${EC}    behaviour=close    when=handshake
    Open Socket That Trusts    ${EC}
    Connect    ${peer}    expect=NSAPI_ERROR_CONNECTION_LOST
    Refusal Should Be Told    The peer or the network has ended the connection

A Refused Connection Is Told
    ${port}    Reserve Refused Port
    Open Socket That Trusts    ${EC}
    Connect    ${port}    expect=NSAPI_ERROR_NO_CONNECTION
    Refusal Should Be Told    The peer cannot be reached

An Unknown Host Is Told
    Open Socket That Trusts    ${EC}
    Connect    ${443}    nobody.tlsbench.test    expect=NSAPI_ERROR_DNS_FAILURE
    Refusal Should Be Told    The host name is unknown

Off They Take Nothing Of The Image
    [Documentation]    The ordinary image, whose sources have the same lines in them, has nothing to print one with.
    Image Should Contain    mbed_trace*
    Use Configuration    ${EMPTY}
    Image Should Not Contain    mbed_trace*
    [Teardown]    Use Configuration    trace

Its Lines Take Flash And RAM Of The Image
    ${added}    Measure What The Image Adds
    Should Be True    0 < ${added}[flash] < 10 * 1024
    Should Be True    0 < ${added}[static_ram] <= 512

Its Lines Take Stack But No Heap
    Connection Should Take Stack At Most    trace    256


*** Keywords ***
Every Line Should Be Whole
    [Documentation]    Checks that each line is a log line, and that two connections were made.
    ${all}    Get Console Lines
    ${whole}    Get Console Lines    [[]????][[]TLSW]: *
    Should Be Equal    ${all}    ${whole}
    ${made}    Get Console Lines    *established
    Length Should Be    ${made}    2

Refusal Should Be Told
    [Documentation]    Checks that an error line says this.
    [Arguments]    ${text}
    Console Should Show    [[]ERR ][[]TLSW]: ${text}

Refusal Of Peer Should Be Told
    [Documentation]    Connects to a peer whose certificate has a flaw, and checks which line tells of it.
    [Arguments]    ${flaw}    ${text}
    ${peer}    Start Peer Of    ${EC}    ${flaw}
    Open Socket That Trusts    ${EC}
    Connect    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE
    Refusal Should Be Told    ${text}
    ${errors}    Get Console Lines    [[]ERR ]*
    Length Should Be    ${errors}    2

Levels Should Be
    [Documentation]    Checks which levels a connection is told at that fails for its certificate.
    [Arguments]    ${level}    @{shown}
    Set Trace Level    ${level}
    Forget Console
    ${peer}    Start Peer Of    ${EC}    expired
    Open Socket    tls    socket=levels ${level}
    Set Root CA    ${EC}    socket=levels ${level}
    Connect    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE    socket=levels ${level}
    ${lines}    Get Console Lines
    ${levels}    Evaluate    sorted({line[1:5].strip() for line in $lines})
    ${wanted}    Evaluate    sorted($shown)
    Should Be Equal    ${levels}    ${wanted}
