*** Settings ***
Documentation    A plain UDP socket on the board: datagrams stay apart, and its calls block as they should.

Library          tlsbench.Bench


*** Variables ***
${TIMEOUT}     500 ms
# The target's timers count whole milliseconds, and the first one may be nearly over.
${EARLIEST}    499 ms
# A busy machine may add to a timeout. What should return would otherwise never return.
${LATEST}      3 s
${AT_ONCE}     1 s
${LITTLE}      300 k


*** Test Cases ***
A Datagram Comes Back From An Echo
    ${peer}    Start UDP Peer
    Open Socket    udp
    Connect    ${peer}
    Echo Should Work
    Peer Should Have Received Datagrams    ${peer}    hello

A Socket That Is Not Connected Says Where To And Learns From Whom
    ${one}    Start UDP Peer
    ${other}    Start UDP Peer
    Open Socket    udp
    Send To    ${one}    for the one
    ${data}    Receive From    ${one}
    Should Be Equal As Strings    ${data}    for the one
    Send To    ${other}    for the other
    ${data}    Receive From    ${other}
    Should Be Equal As Strings    ${data}    for the other

Each Send Is One Datagram
    ${peer}    Connect To Silent Peer
    Send    one
    Send    two
    Peer Should Have Received Datagrams    ${peer}    hello    one    two

Each Receive Takes One Datagram
    ${peer}    Connect To Silent Peer
    Let Peer Send    ${peer}    one
    Let Peer Send    ${peer}    and two
    Datagram Should Come    one
    Datagram Should Come    and two

What The Buffer Has No Room For Is Lost
    ${peer}    Connect To Silent Peer
    Let Peer Send    ${peer}    longer than the buffer
    Let Peer Send    ${peer}    next
    Datagram Should Come    long    size=4
    Datagram Should Come    next

An Empty Datagram Is A Datagram
    ${peer}    Connect To Silent Peer
    Let Peer Send    ${peer}    ${EMPTY}
    Let Peer Send    ${peer}    next
    Datagram Should Come    ${EMPTY}
    Datagram Should Come    next
    Send    ${EMPTY}
    Peer Should Have Received Datagrams    ${peer}    hello    ${EMPTY}

A Connected Socket Hears Its Peer Only
    ${peer}    Connect To Silent Peer
    Let Stranger Send    ${peer}    forged
    Let Peer Send    ${peer}    genuine
    Datagram Should Come    genuine
    Set Timeout    300 ms
    Receive    expect=NSAPI_ERROR_WOULD_BLOCK

Send Needs A Connected Peer
    Open Socket    udp
    Send    nowhere    expect=NSAPI_ERROR_NO_ADDRESS

Nothing Works Before Open And After Close
    Create Socket    udp
    Send    nowhere    expect=NSAPI_ERROR_NO_SOCKET
    Receive    expect=NSAPI_ERROR_NO_SOCKET
    Open Socket    udp
    Close Socket
    Receive    expect=NSAPI_ERROR_NO_SOCKET
    Close Socket    expect=NSAPI_ERROR_NO_SOCKET

Messages Go As Datagrams Do And Take No Control Data
    ${peer}    Start UDP Peer
    Open Socket    udp
    Connect    ${peer}
    Send Message    nowhere    expect=NSAPI_ERROR_PARAMETER
    Send Message    hello    control=True    expect=NSAPI_ERROR_UNSUPPORTED
    Send    hello
    Receive Message    control=True    expect=NSAPI_ERROR_UNSUPPORTED
    ${data}    Receive Message
    Should Be Equal As Strings    ${data}    hello

The Other End Is Told Once Connected
    ${peer}    Start UDP Peer
    Open Socket    udp
    Other End Should Be    ${peer}    expect=NSAPI_ERROR_NO_CONNECTION
    Connect    ${peer}
    Other End Should Be    ${peer}

A Deleted Socket Gives Its Port Back
    ${port}    Find Free Port
    FOR    ${_}    IN RANGE    2
        Open Socket    udp
        Bind Socket    ${port}
        Delete Socket
    END

A Port Is Bound Once
    Open Socket    udp    socket=one
    Open Socket    udp    socket=other
    ${port}    Find Free Port
    Bind Socket    ${port}    socket=one
    Bind Socket    ${port}    socket=other    expect=NSAPI_ERROR_ADDRESS_IN_USE

Options, Listen And Accept Are Unsupported
    Open Socket    udp
    Set Socket Option    KEEPALIVE    1    expect=NSAPI_ERROR_UNSUPPORTED
    Get Socket Option    KEEPALIVE    expect=NSAPI_ERROR_UNSUPPORTED
    Listen    expect=NSAPI_ERROR_UNSUPPORTED
    Accept    expect=NSAPI_ERROR_UNSUPPORTED

Four Sockets Work At Once And A Fifth Is Refused
    ${peer}    Start UDP Peer
    FOR    ${number}    IN RANGE    4
        Open Socket    udp    socket=s${number}
        Connect    ${peer}    socket=s${number}
    END
    Open Socket    udp    socket=s4    expect=NSAPI_ERROR_NO_SOCKET
    FOR    ${number}    IN RANGE    4
        Echo Should Work    socket ${number}    socket=s${number}
    END

A Closed Socket Can Be Opened Again
    ${peer}    Start UDP Peer
    Create Socket    udp
    FOR    ${round}    IN RANGE    20
        Open Socket    udp
        Connect    ${peer}
        Echo Should Work    round ${round}
        Close Socket
    END

Datagrams That Nobody Reads Do Not Keep Others From The Network
    ${flood}    Connect To Silent Peer
    FOR    ${number}    IN RANGE    50
        Let Peer Send    ${flood}    number ${number}
    END
    ${peer}    Start TCP Peer
    Open Socket    tcp    socket=other    worker=1
    Connect    ${peer}    socket=other    worker=1
    Echo Should Work    socket=other    worker=1
    Datagram Should Come    number 0

Receive Gives Up After The Timeout
    Connect To Silent Peer
    Set Timeout    ${TIMEOUT}
    ${call}    Begin Receive
    Call Should Return    ${call}    NSAPI_ERROR_WOULD_BLOCK
    Call Should Have Blocked    ${call}    at_least=${EARLIEST}    at_most=${LATEST}
    Call Should Have Waited    ${call}    at_most=${LITTLE}

Strangers Do Not Restart The Timeout
    [Documentation]    One deadline bounds the call, whatever comes that it must not take.
    ${peer}    Connect To Silent Peer
    Set Timeout    2 s
    ${call}    Begin Receive
    Call Should Block    ${call}    for_at_least=1200 ms
    Let Stranger Send    ${peer}    forged
    Call Should Return    ${call}    NSAPI_ERROR_WOULD_BLOCK
    Call Should Have Blocked    ${call}    at_least=1999 ms    at_most=3 s

Receive Returns At Once When It Must Not Block
    Connect To Silent Peer
    Set Blocking    False
    ${call}    Begin Receive
    Call Should Return    ${call}    NSAPI_ERROR_WOULD_BLOCK
    Call Should Have Blocked    ${call}    at_most=${AT_ONCE}

Receive Returns When A Datagram Comes Before The Timeout
    ${peer}    Connect To Silent Peer
    Set Timeout    10 s
    ${call}    Begin Receive
    Call Should Block    ${call}    for_at_least=300 ms
    Let Peer Send    ${peer}    late
    ${count}    Call Should Return    ${call}
    Should Be Equal As Integers    ${count}    4

Sigio Fires When A Datagram Comes
    ${peer}    Connect To Silent Peer
    Set Blocking    False
    Switch Sigio On
    Receive    expect=NSAPI_ERROR_WOULD_BLOCK
    Sigio Should Be At Rest
    Let Peer Send    ${peer}    hello
    Sigio Should Have Fired
    Wait Until Keyword Succeeds    5 s    20 ms    Datagram Should Come    hello

Close From Another Thread Wakes A Blocked Receive
    Connect To Silent Peer
    ${receiving}    Begin Receive    worker=0
    Call Should Block    ${receiving}
    Close Socket    worker=1
    Call Should Return    ${receiving}    NSAPI_ERROR_NO_SOCKET    within=10 s


*** Keywords ***
Connect To Silent Peer
    [Documentation]    Connects to a peer that does not answer, and makes itself known to it.
    ${peer}    Start UDP Peer    silent
    Open Socket    udp
    Connect    ${peer}
    Send    hello
    Peer Should Have Received Datagrams    ${peer}    hello
    RETURN    ${peer}
