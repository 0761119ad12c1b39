*** Settings ***
Documentation    A secure socket is a socket: it will do for code that takes any, and any carries it, also a secure one.

Resource         transport.resource

Suite Setup      Create Authorities


*** Test Cases ***
Code For Any Socket Works Over A Plain Socket
    ${peer}    Start TCP Peer
    Open Socket    tcp
    Connect    ${peer}
    Client Should Work    ${peer}

Code For Any Socket Works Over A Secure Socket
    ${peer}    Connect To Peer Of    ${EC}
    Client Should Work    ${peer}

Code For Any Socket Works Over A Wrapped Socket
    ${peer}    Start Peer Of    ${EC}
    Wrap    plain
    Connect By Address    ${peer}
    Client Should Work    ${peer}

Code For Any Socket Works Over TLS Inside TLS
    ${peer}    Start Peer Of    ${EC}    layers=2
    Connect Through TLS    ${peer}
    Client Should Work    ${peer}

An HTTP Client Gets Its Page Over A Plain Socket
    ${peer}    Start TCP Peer    http
    Open Socket    tcp
    Connect    ${peer}
    Page Should Come

The Same HTTP Client Gets Its Page Over A Secure Socket
    ${peer}    Start Peer Of    ${EC}    behaviour=http
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    Page Should Come

The Same HTTP Client Gets Its Page Over TLS Inside TLS
    ${peer}    Start Peer Of    ${EC}    behaviour=http    layers=2
    Connect Through TLS    ${peer}
    Page Should Come

TLS Inside TLS Carries More Than A Record
    ${peer}    Start Peer Of    ${EC}    behaviour=sink    seed=0    layers=2
    Connect Through TLS    ${peer}
    Send Pattern    40 KiB
    Peer Should Have Received    ${peer}    40 KiB

TLS Inside TLS Gives Everything Back
    ${peer}    Start Peer Of    ${EC}    layers=2
    ${before}    Get Heap
    Connect Through TLS    ${peer}
    Close Socket
    Close Socket    socket=outer    expect=NSAPI_ERROR_NO_SOCKET
    Delete Socket
    Delete Socket    socket=outer
    Delete Socket    socket=plain
    Heap Should Be    ${before}


*** Keywords ***
Page Should Come
    [Documentation]    Asks for a page and reads to the end of the stream, with the calls that every socket has.
    Send    GET /hello.txt HTTP/1.1\r\nHost: server.tlsbench.test\r\n\r\n
    VAR    ${page}    ${EMPTY}
    WHILE    True    limit=20
        ${data}    Receive
        IF    not $data    BREAK
        VAR    ${page}    ${page}${{ $data.decode() }}
    END
    Should Start With    ${page}    HTTP/1.1 200 OK\r\n
    Should End With    ${page}    Hello world!\n

Connect Through TLS
    [Documentation]    Connects a secure socket through another one.
    [Arguments]    ${peer}
    Wrap    plain    outer
    Wrap    outer
    Connect By Address    ${peer}
