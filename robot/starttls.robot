*** Settings ***
Documentation    STARTTLS: one connection that begins in the clear, turns to TLS, and may live on in the clear.

Resource         tls.resource

Suite Setup      Create Authorities


*** Test Cases ***
A Connection In The Clear Turns To TLS
    ${peer}    Start Peer Of    ${EC}    behaviour=starttls
    Talk In The Clear    ${peer}
    Secure The Connection    CLOSE
    Echo Should Work    now in secret
    Peer Should Have Seen    ${peer}    version=TLSv1.2    server_name=server.tlsbench.test
    Close Socket
    Peer Should Have Seen    ${peer}    ending=close_notify
    Send    hello    socket=plain    expect=NSAPI_ERROR_NO_SOCKET

The Clear Connection Lives On After Close With KEEP
    ${peer}    Start Peer Of    ${EC}    behaviour=starttls    lives_on=True
    Talk In The Clear    ${peer}
    Secure The Connection    KEEP
    Echo Should Work    now in secret
    Close Socket
    Peer Should Have Seen    ${peer}    alert=close_notify
    Echo Should Work    in the clear again    socket=plain
    Close Socket    socket=plain

The Clear Connection Outlives The Secure Socket
    ${peer}    Start Peer Of    ${EC}    behaviour=starttls    lives_on=True
    Talk In The Clear    ${peer}
    Secure The Connection    KEEP
    Delete Socket
    Echo Should Work    in the clear again    socket=plain

A Peer Without Trust Is Refused Also After STARTTLS
    ${peer}    Start Peer Of    ${RSA}    behaviour=starttls
    Talk In The Clear    ${peer}
    Secure The Connection    KEEP    NSAPI_ERROR_AUTH_FAILURE
    Peer Should Have Seen    ${peer}    alert=unknown_ca


*** Keywords ***
Talk In The Clear
    [Documentation]    Connects without TLS, reads the greeting and asks for TLS.
    [Arguments]    ${peer}
    Open Socket    tcp    socket=plain
    Connect    ${peer}    socket=plain
    Line Should Come    220 tlsbench ready
    Send    STARTTLS\r\n    socket=plain
    Line Should Come    220 go ahead

Line Should Come
    [Documentation]    Receives one line in the clear.
    [Arguments]    ${line}
    ${data}    Receive    ${{ len($line) + 2 }}    socket=plain
    Should Be Equal As Strings    ${data}    ${line}\r\n

Secure The Connection
    [Documentation]    Wraps the connection that is there, and makes the handshake.
    [Arguments]    ${mode}    ${expect}=NSAPI_ERROR_OK
    Create Socket    tls-wrapper    transport=plain    hostname=server.tlsbench.test    mode=${mode}
    Set Root CA    ${EC}
    Start TLS    expect=${expect}
