*** Settings ***
Documentation    What the calls of a secure socket block, for how long, and that the target waits meanwhile
...              instead of spinning.
Metadata         Takes    14 s

Resource         tls.resource

Suite Setup      Create Authorities


*** Variables ***
${TIMEOUT}     500 ms
# The target's timers count whole milliseconds, and the first one may be nearly over.
${EARLIEST}    499 ms
# The emulated clock follows the machine's, and a busy machine adds to it. That a call returns at once is proved by its
# instructions: what waits for a peer that says nothing would never return at all.
${LATEST}      3 s
${AT_ONCE}     1 s
# Instructions of the whole target, for a few wake-ups and the packets meanwhile: over a serial line each byte of them
# interrupts. Spinning takes a hundred times that.
${LITTLE}      1 M


*** Test Cases ***
Connect Blocks Its Caller Only
    [Documentation]    One thread is kept in its handshake by a peer that says nothing; another one works.
    ${silent}    Start Peer Of    ${EC}    behaviour=silent
    Open Socket That Trusts    ${EC}
    ${connecting}    Begin Connect    ${silent}
    Call Should Block    ${connecting}
    Another Worker Should Get Its Echo
    Call Should Block    ${connecting}    for_at_least=400 ms
    Stop Peer    ${silent}
    Call Should Return    ${connecting}    NSAPI_ERROR_CONNECTION_LOST

Connect Blocks Also On A Socket That Must Not Block And Then Honours It
    [Setup]    TLS Should Be Done On The Board    connect() but that of a TCPSocket, which honours it
    ${peer}    Start Peer Of    ${EC}    behaviour=prompted
    Open Socket That Trusts    ${EC}
    Set Blocking    False
    ${connecting}    Begin Connect    ${peer}
    Call Should Return    ${connecting}
    Peer Should Have Seen    ${peer}    version=TLSv1.2
    Receive    expect=NSAPI_ERROR_WOULD_BLOCK
    Let Peer Send    ${peer}    hello
    ${data}    Wait Until Keyword Succeeds    5 s    20 ms    Receive
    Should Be Equal As Strings    ${data}    hello

Connect Gives Up A Silent Server After The Timeout
    Connect Should Give Up On Time    silent

Connect Gives Up A Drip-Feeding Server After The Timeout
    [Documentation]    Each byte comes soon enough; the timeout is for the whole call.
    Connect Should Give Up On Time    drip    interval=50 ms

Connect Gives Up A Flooding Server After The Timeout
    [Documentation]    There is always something to read, and none of it brings the handshake on.
    [Setup]    TLS Should Be Done On The Board    flood that reaches the board: the host gives up after five alerts
    ${peer}    Start Peer Of    ${EC}    behaviour=flood
    Open Socket That Trusts    ${EC}
    Set Timeout    ${TIMEOUT}
    ${call}    Begin Connect    ${peer}
    Call Should Return    ${call}    NSAPI_ERROR_CONNECTION_TIMEOUT
    Call Should Have Blocked    ${call}    at_least=${EARLIEST}    at_most=${LATEST}

A Flooding Server Keeps Only Its Own Connection Busy
    [Setup]    TLS Should Be Done On The Board    flood that reaches the board: the host gives up after five alerts
    ${flooding}    Start Peer Of    ${EC}    behaviour=flood
    Open Socket That Trusts    ${EC}
    ${connecting}    Begin Connect    ${flooding}
    Call Should Block    ${connecting}
    Another Worker Should Get Its Echo
    Call Should Block    ${connecting}
    Stop Peer    ${flooding}
    Call Should Return    ${connecting}    NSAPI_ERROR_CONNECTION_LOST

Receive Gives Up After The Timeout
    Connect To Peer That Is    silent-after-handshake
    Set Timeout    ${TIMEOUT}
    ${call}    Begin Receive
    Call Should Return    ${call}    NSAPI_ERROR_WOULD_BLOCK
    Call Should Have Blocked    ${call}    at_least=${EARLIEST}    at_most=${LATEST}
    Call Should Have Waited    ${call}    at_most=${LITTLE}

Receive Gives Up A Drip-Feeding Server After The Timeout
    [Documentation]    A record is on its way, and each part of it comes soon enough, but the whole takes 300 ms.
    Connect To Peer That Is    drip    interval=50 ms    size=48
    Set Timeout    200 ms
    ${call}    Begin Receive
    Send Pattern    250 B    chunk=250    worker=1
    Call Should Return    ${call}    NSAPI_ERROR_WOULD_BLOCK
    Call Should Have Blocked    ${call}    at_least=199 ms    at_most=${LATEST}

Receive Returns When Data Comes Before The Timeout
    ${peer}    Connect To Peer That Is    prompted
    Set Timeout    10 s
    ${call}    Begin Receive
    Call Should Block    ${call}    for_at_least=300 ms
    Let Peer Send    ${peer}    late
    ${count}    Call Should Return    ${call}
    Should Be Equal As Integers    ${count}    4
    Call Should Have Blocked    ${call}    at_most=5 s
    Call Should Have Waited    ${call}    at_most=1 M

Receive Waits For Ever Without A Timeout
    ${peer}    Connect To Peer That Is    silent-after-handshake
    ${call}    Begin Receive
    Call Should Block    ${call}    for_at_least=2 s
    Stop Peer    ${peer}
    Call Should Return    ${call}    NSAPI_ERROR_CONNECTION_LOST
    Call Should Have Waited    ${call}    at_most=1 M

Receive Returns At Once When It Must Not Block
    Connect To Peer That Is    silent-after-handshake
    Set Blocking    False
    ${call}    Begin Receive
    Call Should Return    ${call}    NSAPI_ERROR_WOULD_BLOCK
    Call Should Have Blocked    ${call}    at_most=${AT_ONCE}
    Call Should Have Waited    ${call}    at_most=${LITTLE}

Send Returns At Once When It Must Not Block
    [Documentation]    While there is room it takes data; when the window is full it says so. Neither takes time.
    Connect To Peer That Is    sink    paused=True    receive_buffer=4 KiB
    Set Blocking    False
    Pattern Should Be Sent At Once
    Fill The Send Window
    Set Blocking    False
    ${call}    Send What There Is No Room For
    Call Should Have Happened At Once    ${call}

A Full Send Window Blocks The Sender Until The Peer Reads On
    ${peer}    Connect To Peer That Is    sink    paused=True    seed=0    receive_buffer=4 KiB
    ${call}    Begin Send Pattern    1 MiB
    Call Should Block    ${call}    for_at_least=1 s
    Resume Peer    ${peer}
    Call Should Return    ${call}    within=3 min
    Peer Should Have Received    ${peer}    1 MiB

Send Gives Up A Full Window After The Timeout
    Connect To Peer That Is    sink    paused=True    receive_buffer=4 KiB
    Fill The Send Window
    Set Timeout    ${TIMEOUT}
    ${call}    Send What There Is No Room For
    Call Should Have Blocked    ${call}    at_least=${EARLIEST}    at_most=${LATEST}
    Call Should Have Waited    ${call}    at_most=${LITTLE}

Sigio Fires When Data Comes
    ${peer}    Connect To Peer That Is    prompted
    Set Blocking    False
    Switch Sigio On
    Receive    expect=NSAPI_ERROR_WOULD_BLOCK
    Sigio Should Be At Rest
    Let Peer Send    ${peer}    hello
    Sigio Should Have Fired
    ${data}    Wait Until Keyword Succeeds    5 s    20 ms    Receive
    Should Be Equal As Strings    ${data}    hello

Close From Another Thread Wakes A Blocked Receive
    Connect To Peer That Is    silent-after-handshake
    ${receiving}    Begin Receive    worker=0
    Call Should Block    ${receiving}
    Close Socket    worker=1
    Call Should Return    ${receiving}    NSAPI_ERROR_NO_SOCKET    within=10 s

Close From Another Thread Wakes A Blocked Connect
    ${peer}    Start Peer Of    ${EC}    behaviour=silent
    Open Socket That Trusts    ${EC}
    ${connecting}    Begin Connect    ${peer}    worker=0
    Call Should Block    ${connecting}
    Close Socket    worker=1
    Call Should Return    ${connecting}    NSAPI_ERROR_NO_SOCKET    within=10 s

Close From Another Thread Ends A Connect Under A Flood
    [Setup]    TLS Should Be Done On The Board    flood that reaches the board: the host gives up after five alerts
    ${peer}    Start Peer Of    ${EC}    behaviour=flood
    Open Socket That Trusts    ${EC}
    ${connecting}    Begin Connect    ${peer}    worker=0
    Call Should Block    ${connecting}
    Close Socket    worker=1
    Call Should Return    ${connecting}    NSAPI_ERROR_NO_SOCKET    within=10 s

Close From Another Thread Wakes A Blocked Send
    Connect To Peer That Is    sink    paused=True    receive_buffer=4 KiB
    ${sending}    Begin Send Pattern    4 MiB    worker=0
    Call Should Block    ${sending}    for_at_least=1 s
    Close Socket    worker=1
    Call Should Return    ${sending}    NSAPI_ERROR_NO_SOCKET    within=10 s


*** Keywords ***
Connect To Peer That Is
    [Documentation]    Connects to a peer with this behaviour. Options go to `Start TLS Peer`.
    [Arguments]    ${behaviour}    &{options}
    ${peer}    Start Peer Of    ${EC}    behaviour=${behaviour}    &{options}
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    RETURN    ${peer}

Connect Should Give Up On Time
    [Documentation]    Connects to a peer with this behaviour, which keeps the handshake from ever being done.
    [Arguments]    ${behaviour}    &{options}
    ${peer}    Start Peer Of    ${EC}    behaviour=${behaviour}    &{options}
    Open Socket That Trusts    ${EC}
    Set Timeout    ${TIMEOUT}
    ${call}    Begin Connect    ${peer}
    Call Should Return    ${call}    NSAPI_ERROR_CONNECTION_TIMEOUT
    Call Should Have Blocked    ${call}    at_least=${EARLIEST}    at_most=${LATEST}
    Peer Should Have Seen    ${peer}    version=none
    Call Should Have Waited    ${call}    at_most=${LITTLE}

Another Worker Should Get Its Echo
    [Documentation]    Does all that a connection takes in another thread of the target.
    ${echo}    Start Peer Of    ${EC}
    Open Socket    socket=other    worker=1
    Set Root CA    ${EC}    socket=other    worker=1
    Connect    ${echo}    socket=other    worker=1
    Echo Should Work    socket=other    worker=1

Fill The Send Window
    [Documentation]    Sends until nothing has been taken for a while: also the buffers on the way are full then.
    Set Timeout    300 ms
    Send Pattern    4 MiB    expect=NSAPI_ERROR_WOULD_BLOCK

Send What There Is No Room For
    [Documentation]    Sends a little, and again where a buffer on the way made room for it meanwhile. Gives the call
    ...    that found none.
    FOR    ${_}    IN RANGE    50
        ${call}    Begin Send Pattern    1 KiB
        ${refused}    Run Keyword And Return Status    Call Should Return    ${call}    NSAPI_ERROR_WOULD_BLOCK
        IF    ${refused}    RETURN    ${call}
    END
    Fail    The peer goes on taking what is sent.

Pattern Should Be Sent At Once
    [Documentation]    Sends a little, and checks that the call neither waits nor does much.
    ${call}    Begin Send Pattern    64 B
    Call Should Return    ${call}
    Call Should Have Happened At Once    ${call}

Call Should Have Happened At Once
    [Documentation]    Checks that a call neither waited nor did much.
    [Arguments]    ${call}
    Call Should Have Blocked    ${call}    at_most=${AT_ONCE}
    Call Should Have Waited    ${call}    at_most=${LITTLE}
