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


*** Keywords ***
Plain Echo Should Work
    [Documentation]    Connects without TLS and exchanges a few bytes.
    ${peer}    Start TCP Peer
    Open Socket    tcp
    Connect    ${peer}
    Echo Should Work
