*** Settings ***
Documentation    How the board gets onto the network: its address, and the names that it can resolve.

Library          tlsbench.Bench


*** Test Cases ***
A Static Address Is Taken
    ${address}    Bring Network Up Again    dhcp=False
    ${static}    Get Static Address
    Should Be Equal    ${address}    ${static}
    Plain Echo Should Work

An Address Comes By DHCP
    ${address}    Bring Network Up Again    dhcp=True
    Address Should Be On The Network    ${address}
    Plain Echo Should Work

A Host Name Is Resolved
    ${host}    Get Host Address
    Host Name Should Resolve    server.tlsbench.test    ${host}

An Unknown Host Name Is Not Resolved
    Open Socket    tcp
    Connect    ${443}    nobody.tlsbench.test    expect=NSAPI_ERROR_DNS_FAILURE

A Port That Nobody Listens On Refuses
    ${port}    Reserve Refused Port
    Open Socket    tcp
    Connect    ${port}    expect=NSAPI_ERROR_NO_CONNECTION

Connections That Nobody Reads Leave The Network To Others
    [Documentation]    Their peers send as much as they may: that must never take the board's last buffer.
    FOR    ${number}    IN RANGE    3
        ${flood}    Start TCP Peer    source    length=65536
        Open Socket    tcp    socket=unread ${number}
        Connect    ${flood}    socket=unread ${number}
    END
    ${peer}    Start TCP Peer
    Open Socket    tcp    socket=other
    Connect    ${peer}    socket=other
    FOR    ${round}    IN RANGE    20
        Echo Should Work    round ${round}    socket=other
    END
    FOR    ${number}    IN RANGE    3
        Receive Pattern    64 KiB    socket=unread ${number}
    END


*** Keywords ***
Plain Echo Should Work
    [Documentation]    Connects without TLS and exchanges a few bytes.
    ${peer}    Start TCP Peer
    Open Socket    tcp
    Connect    ${peer}
    Echo Should Work
