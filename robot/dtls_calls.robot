*** Settings ***
Documentation    A secure datagram socket is a socket: its calls beyond send and recv, and which of them reach what is
...              below it.

Resource         dtls.resource

Suite Setup      Use Image With DTLS


*** Test Cases ***
Send To Ignores The Address
    ${port}    Reserve Refused Port
    ${peer}    Connect To DTLS Peer    behaviour=silent
    ${count}    Send To    ${port}    hello
    Should Be Equal As Integers    ${count}    5
    Peer Should Have Received Datagrams    ${peer}    hello

Receive From Leaves The Address As It Was
    ${peer}    Connect To DTLS Peer    behaviour=silent
    Let Peer Send    ${peer}    hello
    ${data}    Receive And Learn Nothing
    Should Be Equal As Strings    ${data}    hello

Messages Go As Data Does And Take No Control Data
    ${peer}    Connect To DTLS Peer
    Send Message    refused    control=True    expect=NSAPI_ERROR_UNSUPPORTED
    Send Message    hello
    Receive Message    control=True    expect=NSAPI_ERROR_UNSUPPORTED
    ${data}    Receive Message
    Should Be Equal As Strings    ${data}    hello
    Peer Should Have Received Datagrams    ${peer}    hello

Options Are Unsupported As Those Of A Plain UDP Socket
    Connect To DTLS Peer
    Set Socket Option    KEEPALIVE    1    expect=NSAPI_ERROR_UNSUPPORTED
    Get Socket Option    KEEPALIVE    expect=NSAPI_ERROR_UNSUPPORTED
    Echo Should Work
    Close Socket
    Set Socket Option    KEEPALIVE    1    expect=NSAPI_ERROR_NO_SOCKET
    Get Socket Option    KEEPALIVE    expect=NSAPI_ERROR_NO_SOCKET

Bind Reaches The Socket Below
    ${peer}    Start DTLS Peer Of    ${EC}
    ${port}    Find Free Port
    Create Socket    dtls
    Bind Socket    ${port}    expect=NSAPI_ERROR_NO_SOCKET
    Open DTLS Socket That Trusts    ${EC}
    Bind Socket    ${port}
    Open Socket    udp    socket=plain
    Bind Socket    ${port}    socket=plain    expect=NSAPI_ERROR_ADDRESS_IN_USE
    Connect    ${peer}
    Echo Should Work

Listen And Accept Are Unsupported
    ${peer}    Start DTLS Peer Of    ${EC}
    Open DTLS Socket That Trusts    ${EC}
    Listen    expect=NSAPI_ERROR_UNSUPPORTED
    Accept    expect=NSAPI_ERROR_UNSUPPORTED
    Connect    ${peer}
    Listen    expect=NSAPI_ERROR_UNSUPPORTED
    Accept    expect=NSAPI_ERROR_UNSUPPORTED
    Echo Should Work

The Name Of The Peer Is Told Once Connected
    ${peer}    Start DTLS Peer Of    ${EC}
    Open DTLS Socket That Trusts    ${EC}
    Other End Should Be    ${peer}    expect=NSAPI_ERROR_NO_CONNECTION
    Connect    ${peer}
    Other End Should Be    ${peer}
    Close Socket
    Other End Should Be    ${peer}    expect=NSAPI_ERROR_NO_SOCKET

KEEP Leaves The Socket Below Open
    Mode Should Leave Open    KEEP    connects=${False}

CONNECT Connects The Socket Below And Leaves It Open
    Mode Should Leave Open    CONNECT    connects=${True}

CLOSE Closes The Socket Below
    Mode Should Close    CLOSE    connects=${False}

CONNECT_AND_CLOSE Connects And Closes The Socket Below
    Mode Should Close    CONNECT_AND_CLOSE    connects=${True}

CONNECT_AND_CLOSE Is The Default
    Mode Should Close    DEFAULT    connects=${True}


*** Keywords ***
Use Wrapper In Mode
    [Documentation]    Makes a connection over a datagram socket, which the wrapper connects or finds connected.
    [Arguments]    ${mode}    ${connects}
    ${peer}    Start DTLS Peer Of    ${EC}
    Open Socket    udp    socket=plain
    Wrap Datagrams    ${mode}
    IF    ${connects}
        Connect By Address    ${peer}
    ELSE
        Connect    ${peer}    socket=plain
        Start TLS
    END
    Other End Should Be    ${peer}    socket=plain
    Echo Should Work
    Close Socket
    Peer Should Have Seen    ${peer}    ending=close_notify

Mode Should Leave Open
    [Documentation]    Checks that after the secure socket's close the one below can still send.
    [Arguments]    ${mode}    ${connects}
    Use Wrapper In Mode    ${mode}    ${connects}
    Send    in the clear    socket=plain

Mode Should Close
    [Documentation]    Checks that the secure socket's close closed the one below.
    [Arguments]    ${mode}    ${connects}
    Use Wrapper In Mode    ${mode}    ${connects}
    Send    too late    socket=plain    expect=NSAPI_ERROR_NO_SOCKET
