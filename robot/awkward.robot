*** Settings ***
Documentation    A secure socket over a transport that counts what reaches it, and may be slow, halting or broken.

Resource         transport.resource

Suite Setup      Create Authorities And Odd Transports


*** Test Cases ***
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

A Receive With Half A Record There Would Block
    ${peer}    Connect To Prompted Peer Through Odd Transport
    Let Peer Send    ${peer}    hello
    Set Blocking    False
    Let Transport    piece=3    halting=True
    Receive    expect=NSAPI_ERROR_WOULD_BLOCK
    ${data}    Wait Until Keyword Succeeds    5 s    0 s    Receive
    Should Be Equal As Strings    ${data}    hello

A Send That The Transport Does Not Take Would Block
    Connect To Prompted Peer Through Odd Transport
    Set Blocking    False
    Let Transport    failure=NSAPI_ERROR_WOULD_BLOCK
    Send    hello    expect=NSAPI_ERROR_WOULD_BLOCK

A Send That Would Block Is Not Lost And Not Sent Twice
    ${peer}    Connect To Prompted Peer Through Odd Transport
    Set Blocking    False
    Let Transport    failure=NSAPI_ERROR_WOULD_BLOCK
    Send    hello    expect=NSAPI_ERROR_WOULD_BLOCK
    Let Transport    failure=NSAPI_ERROR_OK
    Send    hello
    Peer Should Have Received    ${peer}    5 B


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

Connect To Prompted Peer Through Odd Transport
    [Documentation]    Connects to a peer that speaks when it is told to, over a transport that can be made awkward.
    ${peer}    Start Peer Of    ${EC}    behaviour=prompted
    Wrap An Odd Transport
    Connect By Address    ${peer}
    RETURN    ${peer}

Wrap An Odd Transport
    [Documentation]    Creates a secure socket over a transport that counts and can be made awkward.
    [Arguments]    ${socket}=tls
    Create Odd Transport
    Wrap    odd    ${socket}
