*** Settings ***
Documentation    A secure socket is a socket, and any socket carries it: another secure one, and one that is awkward.

Resource         tls.resource

Suite Setup      Create Authorities And Odd Transports


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

A Transport That Counts Is Asked For All That Goes Over It
    ${peer}    Start Peer Of    ${EC}
    Wrap An Odd Transport
    Connect By Address    ${peer}
    Client Should Work    ${peer}
    Transport Should Have Been Asked    connect=1    close=0
    ${counts}    Get Transport Counts
    Should Be True    ${counts}[send] >= 4
    Should Be True    ${counts}[recv] >= 10
    Close Socket
    Transport Should Have Been Asked    connect=1    close=1

A Transport That Delays Works
    [Documentation]    Each send and receive takes 50 ms. All the delays together are several times what the handshake
    ...    takes without them, so a transport that does not delay is found out.
    ${peer}    Start Peer Of    ${EC}
    Wrap An Odd Transport
    Let Transport    delay=50 ms
    ${address}    Get Host Address
    ${connecting}    Begin Connect    ${peer}    ${address}
    Call Should Return    ${connecting}
    ${counts}    Get Transport Counts
    Call Should Have Blocked    ${connecting}    at_least=${{ 49 * ($counts['send'] + $counts['recv']) }} ms
    Client Should Work    ${peer}

A Transport That Would Block Every Other Call Works
    ${ordinary}    Calls Of A Client
    ${halting}    Calls Of A Client    halting=True
    Should Be True    ${halting}[send] >= 2 * ${ordinary}[send]

A Transport That Takes Few Bytes At A Time Works
    ${ordinary}    Calls Of A Client
    ${in_pieces}    Calls Of A Client    piece=7
    Should Be True    ${in_pieces}[send] >= 5 * ${ordinary}[send]

A Transport That Is Awkward In Every Way Moves More Than A Record
    ${peer}    Start Peer Of    ${EC}    behaviour=sink    seed=0
    Wrap An Odd Transport
    Let Transport    halting=True    piece=900
    Connect By Address    ${peer}
    Send Pattern    20 KiB
    Peer Should Have Received    ${peer}    20 KiB

TLS Inside TLS Works Over A Transport That Would Block Every Other Call
    ${peer}    Start Peer Of    ${EC}    layers=2
    Wrap An Odd Transport    socket=outer
    Let Transport    halting=True    piece=200
    Wrap    outer
    Connect By Address    ${peer}
    Client Should Work    ${peer}

What A Transport Fails With While Connecting Is Passed On
    ${peer}    Start Peer Of    ${EC}
    Wrap An Odd Transport
    Let Transport    failure=NSAPI_ERROR_DEVICE_ERROR
    Connect By Address    ${peer}    NSAPI_ERROR_DEVICE_ERROR

What A Transport Fails With Later Is Passed On
    ${peer}    Start Peer Of    ${EC}
    Wrap An Odd Transport
    Connect By Address    ${peer}
    Let Transport    failure=NSAPI_ERROR_DEVICE_ERROR
    Receive    expect=NSAPI_ERROR_DEVICE_ERROR
    Send    hello    expect=NSAPI_ERROR_DEVICE_ERROR


*** Keywords ***
Calls Of A Client
    [Documentation]    Has a client work over a transport that is made so, and gives the counts of what reached it.
    [Arguments]    &{awkward}
    ${peer}    Start Peer Of    ${EC}
    Wrap An Odd Transport
    Let Transport    &{awkward}
    Connect By Address    ${peer}
    Client Should Work    ${peer}
    ${counts}    Get Transport Counts
    FOR    ${socket}    IN    tls    odd    plain
        Delete Socket    socket=${socket}
    END
    RETURN    ${counts}

Client Should Work
    [Documentation]    What a client does that knows nothing of its socket but that it is one, and is connected.
    [Arguments]    ${peer}
    Set Timeout    20 s
    Other End Should Be    ${peer}
    Echo Should Work    first
    Echo Should Work    ${{ 'second, and longer ' * 20 }}
    Set Blocking    False
    Receive    expect=NSAPI_ERROR_WOULD_BLOCK
    Set Blocking    True

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

Wrap
    [Documentation]    Creates a secure socket over another one, which is opened if it is not there yet.
    [Arguments]    ${below}    ${socket}=tls
    IF    '${below}' == 'plain'    Open Socket    tcp    socket=plain
    Create Socket    tls-wrapper    transport=${below}    hostname=server.tlsbench.test    socket=${socket}
    Set Root CA    ${EC}    socket=${socket}

Wrap An Odd Transport
    [Documentation]    Creates a secure socket over a transport that counts and can be made awkward.
    [Arguments]    ${socket}=tls
    Create Odd Transport
    Wrap    odd    ${socket}

Connect Through TLS
    [Documentation]    Connects a secure socket through another one.
    [Arguments]    ${peer}
    Wrap    plain    outer
    Wrap    outer
    Connect By Address    ${peer}
