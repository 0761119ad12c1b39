*** Settings ***
Documentation    A plain TCP socket on the board: what secure sockets lie upon.

Library          tlsbench.Bench


*** Test Cases ***
Data Comes Back From An Echo
    Connect Plainly
    Echo Should Work

An Address Is Ignored When Sending And Told When Receiving
    ${port}    Reserve Refused Port
    ${peer}    Connect Plainly
    Send To    ${port}    hello
    ${data}    Receive From    ${peer}
    Should Be Equal As Strings    ${data}    hello

Messages Go As Data Does And Take No Control Data
    Connect Plainly
    Send Message    hello    control=True    expect=NSAPI_ERROR_UNSUPPORTED
    Send Message    hello
    Receive Message    control=True    expect=NSAPI_ERROR_UNSUPPORTED
    ${data}    Receive Message
    Should Be Equal As Strings    ${data}    hello

The Other End Is Told Once Connected
    Open Socket    tcp
    Other End Should Be    ${443}    expect=NSAPI_ERROR_NO_CONNECTION
    ${peer}    Start TCP Peer
    Connect    ${peer}
    Other End Should Be    ${peer}

The Peer's End Is An Empty Receive
    ${peer}    Start TCP Peer    half-open
    Open Socket    tcp
    Connect    ${peer}
    ${data}    Receive
    Should Be Empty    ${data}
    Send    still there
    Peer Should Have Received    ${peer}    11 B

Receive Gives Up After The Timeout
    Connect Plainly
    Set Timeout    300 ms
    ${call}    Begin Receive
    Call Should Return    ${call}    NSAPI_ERROR_WOULD_BLOCK
    Call Should Have Blocked    ${call}    at_least=299 ms    at_most=3 s

Receive Returns At Once When It Must Not Block
    Connect Plainly
    Set Blocking    False
    ${call}    Begin Receive
    Call Should Return    ${call}    NSAPI_ERROR_WOULD_BLOCK
    Call Should Have Blocked    ${call}    at_most=1 s

Sigio Fires When Data Comes
    ${peer}    Connect Plainly    prompted
    Set Blocking    False
    Switch Sigio On
    Receive    expect=NSAPI_ERROR_WOULD_BLOCK
    Sigio Should Be At Rest
    Let Peer Send    ${peer}    hello
    Sigio Should Have Fired

Options Keep Their Values
    Open Socket    tcp
    FOR    ${option}    ${value}    IN    REUSEADDR    1    KEEPALIVE    1    KEEPIDLE    90000    KEEPINTVL    5000
        Set Socket Option    ${option}    ${value}
        ${found}    Get Socket Option    ${option}
        Should Be Equal As Integers    ${found}    ${value}
    END

A Deleted Socket Gives Its Port Back
    ${port}    Find Free Port
    FOR    ${_}    IN RANGE    2
        Open Socket    tcp
        Bind Socket    ${port}
        Delete Socket
    END

A Port Is Bound Once
    Open Socket    tcp    socket=one
    Open Socket    tcp    socket=other
    ${port}    Find Free Port
    Bind Socket    ${port}    socket=one
    Bind Socket    ${port}    socket=other    expect=NSAPI_ERROR_ADDRESS_IN_USE

Connect Twice Is Connected Already
    ${peer}    Connect Plainly
    Connect    ${peer}    expect=NSAPI_ERROR_IS_CONNECTED
    Echo Should Work

Nothing Works Before Open And After Close
    Create Socket    tcp
    Send    nowhere    expect=NSAPI_ERROR_NO_SOCKET
    Receive    expect=NSAPI_ERROR_NO_SOCKET
    Open Socket    tcp
    Send    nowhere    expect=NSAPI_ERROR_NO_CONNECTION
    Receive    expect=NSAPI_ERROR_NO_CONNECTION
    Close Socket
    Receive    expect=NSAPI_ERROR_NO_SOCKET
    Close Socket    expect=NSAPI_ERROR_NO_SOCKET


*** Keywords ***
Connect Plainly
    [Documentation]    Starts a peer without TLS and connects to it.
    [Arguments]    ${behaviour}=echo
    ${peer}    Start TCP Peer    ${behaviour}
    Open Socket    tcp
    Connect    ${peer}
    RETURN    ${peer}
