*** Settings ***
Documentation    The example applications: images without the agent, each against a server that it is made for.
Metadata         Takes    16 s

Library          tlsbench.Bench

Suite Setup      Create Authorities


*** Variables ***
${PAGE}    Hello world!


*** Test Cases ***
A Page Comes Over HTTPS
    ${peer}    Start TLS Peer    ${IDENTITY}    http    body=${PAGE}
    Run Application    https-hello    port=${peer.port}    root-ca=${AUTHORITY}
    Application Should Print
    ...    *Starting TLS handshake with server.tlsbench.test
    ...    *TLS connection to server.tlsbench.test established
    ...    Status 200
    ...    ${EMPTY}
    ...    ${PAGE}
    Application Should End With    0
    Peer Should Have Seen    ${peer}    version=TLSv1.2    server_name=server.tlsbench.test

The Same Client Gets The Page Over Plain HTTP
    ${peer}    Start TCP Peer    http    body=${PAGE}
    Run Application    https-hello    port=${peer.port}    secure=0
    Application Should Print    Status 200    ${EMPTY}    ${PAGE}
    Application Should End With    0

A Page That Is Not There Is Told By Its Status
    ${peer}    Start TLS Peer    ${IDENTITY}    http    path=/elsewhere.txt
    Run Application    https-hello    port=${peer.port}    root-ca=${AUTHORITY}
    Application Should Print    Status 404
    Application Should End With    1

No Page Comes From A Server That Is Not Trusted
    ${other}    Create Authority    name=somebody else
    ${peer}    Start TLS Peer    ${IDENTITY}    http    body=${PAGE}
    Run Application    https-hello    port=${peer.port}    root-ca=${other}
    Application Should Print    server.tlsbench.test: connect failed (-3011)
    Application Should End With    1
    Console Should Not Show    *${PAGE}*
    Peer Should Have Seen    ${peer}    alert=unknown_ca

A Connection Turns To TLS By STARTTLS
    ${peer}    Start TLS Peer    ${IDENTITY}    starttls
    Run Application    starttls    port=${peer.port}    root-ca=${AUTHORITY}
    Application Should Print
    ...    < 220 *
    ...    > STARTTLS
    ...    < 220 *
    ...    Secure from here on
    ...    > HELLO
    ...    < HELLO
    Application Should End With    0
    Peer Should Have Seen    ${peer}    version=TLSv1.2    server_name=server.tlsbench.test

Nothing Is Said In The Clear To A Server That Refuses STARTTLS
    ${peer}    Start TLS Peer    ${IDENTITY}    starttls    answer=454 not now
    Run Application    starttls    port=${peer.port}    root-ca=${AUTHORITY}
    Application Should Print    < 454 not now
    Application Should End With    1
    Console Should Not Show    > HELLO

Two Connections Share A Configuration
    ${peer}    Start TLS Peer    ${IDENTITY}
    Run Application    shared-configuration    port=${peer.port}    root-ca=${AUTHORITY}
    Application Should Print    first: hello from first    second: hello from second
    Application Should End With    0
    FOR    ${number}    IN    1    2
        Peer Should Have Seen
        ...    ${peer}
        ...    number=${number}
        ...    cipher_suite=ECDHE-ECDSA-AES256-GCM-SHA384
        ...    ending=close_notify
    END

A Datagram Comes Back Over DTLS
    ${peer}    Start DTLS Peer    ${IDENTITY}
    Run Application    dtls-echo    port=${peer.port}    root-ca=${AUTHORITY}
    Application Should Print    DTLS connection to server.tlsbench.test established    Echo: Hello over datagrams
    Application Should End With    0
    Peer Should Have Seen    ${peer}    version=DTLSv1.2    ending=close_notify


*** Keywords ***
Create Authorities
    [Documentation]    An authority whose servers the applications trust.
    ${authority}    Create Authority
    ${identity}    Create Server Certificate    ${authority}
    VAR    ${AUTHORITY}    ${authority}    scope=SUITE
    VAR    ${IDENTITY}    ${identity}    scope=SUITE
