*** Settings ***
Documentation    Which calls of a secure socket reach the transport that it lies upon, by its mode and by its kind.

Resource         tls.resource

Suite Setup      Create Authorities And Odd Transports


*** Variables ***
${KEEPALIVE_MS}    ${90000}


*** Test Cases ***
KEEP Passes On Neither Connect Nor Close
    Mode Should Pass On    KEEP    connect=${False}    close=${False}

CONNECT Passes On Connect Only
    Mode Should Pass On    CONNECT    connect=${True}    close=${False}

CLOSE Passes On Close Only
    Mode Should Pass On    CLOSE    connect=${False}    close=${True}

CONNECT_AND_CLOSE Passes On Both And Is The Default
    ${peer}    Start Peer Of    ${EC}
    Create Odd Transport
    Create Socket    tls-wrapper    transport=odd    hostname=server.tlsbench.test
    Set Root CA    ${EC}
    Connect By Address    ${peer}
    Echo Should Work
    Close Socket
    Transport Should Have Been Asked    connect=1    close=1

KEEP Leaves The Transport Alone When The Handshake Fails
    Mode Should Pass On    KEEP    connect=${False}    close=${False}    trusts=${RSA}

CONNECT Leaves The Transport Open When The Handshake Fails
    Mode Should Pass On    CONNECT    connect=${True}    close=${False}    trusts=${RSA}

CLOSE Closes The Transport Also When The Handshake Failed
    Mode Should Pass On    CLOSE    connect=${False}    close=${True}    trusts=${RSA}

CONNECT_AND_CLOSE Closes The Transport Also When The Handshake Failed
    Mode Should Pass On    CONNECT_AND_CLOSE    connect=${True}    close=${True}    trusts=${RSA}

CONNECT Tells Why The Transport Did Not Connect And Leaves It Open
    Refused Connect Should Be Told    CONNECT
    Transport Should Have Been Asked    close=0
    Close Socket    socket=odd

CONNECT_AND_CLOSE Tells Why The Transport Did Not Connect And Closes It
    Refused Connect Should Be Told    CONNECT_AND_CLOSE
    Transport Should Have Been Asked    close=1
    Close Socket    socket=odd    expect=NSAPI_ERROR_NO_SOCKET

A Deleted Socket Was Closed By Its Mode
    ${peer}    Start Peer Of    ${EC}
    Wrap In Mode    CONNECT_AND_CLOSE    ${EC}
    Connect By Address    ${peer}
    Delete Socket
    Transport Should Have Been Asked    close=1
    Peer Should Have Seen    ${peer}    ending=close_notify

A Kept Transport Knows Nothing Of The Secure Socket Any More
    [Documentation]    No callback of it stays behind, and its timeout is the one that was set.
    ${peer}    Start Peer Of    ${EC}    behaviour=half-open    after=5
    Wrap In Mode    CONNECT    ${EC}
    Set Timeout    7 s
    Connect By Address    ${peer}
    Echo Should Work
    Close Socket
    Delete Socket
    Transport Should Have Been Asked    timeout=7000    listener=0
    ${rest}    Receive    socket=odd
    Should Not Be Empty    ${rest}    the peer's close_notify should be there, encrypted

Bind Reaches The Transport
    ${port}    Find Free Port
    Wrap In Mode    CONNECT_AND_CLOSE    ${EC}
    Bind Socket    ${port}
    Transport Should Have Been Asked    bind=1
    Open Socket    tcp    socket=other
    Bind Socket    ${port}    socket=other    expect=NSAPI_ERROR_ADDRESS_IN_USE

Options Reach The Transport
    Wrap In Mode    CONNECT_AND_CLOSE    ${EC}
    Set Socket Option    KEEPIDLE    ${KEEPALIVE_MS}
    ${value}    Get Socket Option    KEEPIDLE    socket=plain
    Should Be Equal As Integers    ${value}    ${KEEPALIVE_MS}
    ${value}    Get Socket Option    KEEPIDLE
    Should Be Equal As Integers    ${value}    ${KEEPALIVE_MS}
    Transport Should Have Been Asked    setsockopt=1    getsockopt=1

What The Transport Says Of An Option Comes Back
    Wrap In Mode    CONNECT_AND_CLOSE    ${EC}
    Set Socket Option    KEEPIDLE    0    expect=NSAPI_ERROR_PARAMETER

A Timeout Reaches The Transport
    Wrap In Mode    CONNECT_AND_CLOSE    ${EC}
    Set Timeout    1234 ms
    Transport Should Have Been Asked    set_timeout=1    timeout=1234

A Blocking Mode Reaches The Transport
    Wrap In Mode    CONNECT_AND_CLOSE    ${EC}
    Set Blocking    False
    Transport Should Have Been Asked    set_timeout=1    timeout=0
    Set Blocking    True
    Transport Should Have Been Asked    set_timeout=2    timeout=-1

Sigio Reaches The Transport And Fires From There
    ${peer}    Start Peer Of    ${EC}    behaviour=prompted
    Wrap In Mode    CONNECT_AND_CLOSE    ${EC}
    Switch Sigio On
    Transport Should Have Been Asked    sigio=1    listener=1
    Connect By Address    ${peer}
    Set Blocking    False
    Receive    expect=NSAPI_ERROR_WOULD_BLOCK
    Switch Sigio On
    Let Peer Send    ${peer}    hello
    Sigio Should Have Fired

Listen And Accept Are Unsupported
    ${peer}    Start Peer Of    ${EC}
    Wrap In Mode    CONNECT_AND_CLOSE    ${EC}
    Listen    expect=NSAPI_ERROR_UNSUPPORTED
    Accept    expect=NSAPI_ERROR_UNSUPPORTED
    Connect By Address    ${peer}
    Listen    expect=NSAPI_ERROR_UNSUPPORTED
    Accept    expect=NSAPI_ERROR_UNSUPPORTED

The Name Of The Peer Is Told Once TLS Is Connected
    [Documentation]    Not yet when only the transport is.
    ${peer}    Start Peer Of    ${EC}
    Wrap In Mode    CLOSE    ${EC}
    ${address}    Get Host Address
    Connect    ${peer}    ${address}    socket=plain
    Other End Should Be    ${peer}    expect=NSAPI_ERROR_NO_CONNECTION
    Start TLS
    Other End Should Be    ${peer}
    Close Socket
    Other End Should Be    ${peer}    expect=NSAPI_ERROR_NO_SOCKET


*** Keywords ***
Wrap In Mode
    [Documentation]    Creates a secure socket over an open transport that counts.
    [Arguments]    ${mode}    ${trusts}
    Create Odd Transport
    Create Socket    tls-wrapper    transport=odd    hostname=server.tlsbench.test    mode=${mode}
    Set Root CA    ${trusts}

Mode Should Pass On
    [Documentation]    Makes a handshake, which fails if the peer's authority is not trusted, and closes; checks which
    ...    of the calls the transport got.
    [Arguments]    ${mode}    ${connect}    ${close}    ${trusts}=${EC}
    ${peer}    Start Peer Of    ${EC}
    Wrap In Mode    ${mode}    ${trusts}
    ${expect}    Set Variable If    $trusts is $EC    NSAPI_ERROR_OK    NSAPI_ERROR_AUTH_FAILURE
    IF    ${connect}
        Connect By Address    ${peer}    ${expect}
    ELSE
        Start TLS On Connected Transport    ${peer}    ${expect}
    END
    ${counts}    Get Transport Counts
    Should Be Equal    ${${counts}[connect] > 0}    ${connect}
    Transport Should Have Been Asked    close=0
    Close Socket
    Transport Should Have Been Closed    ${close}

Start TLS On Connected Transport
    [Documentation]    Connects the TCP socket below, and makes the handshake over the transport.
    [Arguments]    ${peer}    ${expect}
    ${address}    Get Host Address
    Connect    ${peer}    ${address}    socket=plain
    Start TLS    expect=${expect}

Transport Should Have Been Closed
    [Documentation]    Checks that the transport was closed once, or that it was not and is still connected.
    [Arguments]    ${closed}
    Transport Should Have Been Asked    close=${{ int($closed) }}
    IF    ${closed}
        Send    hello    socket=plain    expect=NSAPI_ERROR_NO_SOCKET
    ELSE
        Send    hello    socket=plain
    END

Refused Connect Should Be Told
    [Documentation]    Connects to a port that nobody listens on, and closes.
    [Arguments]    ${mode}
    ${port}    Reserve Refused Port
    Wrap In Mode    ${mode}    ${EC}
    Connect By Address    ${port}    NSAPI_ERROR_NO_CONNECTION
    ${counts}    Get Transport Counts
    Should Be True    ${counts}[connect] >= 1
    Close Socket
