*** Settings ***
Documentation    How the board gets onto the network: its address, and the names that it can resolve.

Library          tlsbench.Bench


*** Test Cases ***
A Static Address Is Taken
    ${address}    Bring Network Up Again    dhcp=False
    Should Be Equal    ${address}    10.0.2.15
    Plain Echo Should Work

An Address Comes By DHCP
    ${address}    Bring Network Up Again    dhcp=True
    Should Match    ${address}    10.0.2.*
    Plain Echo Should Work

A Host Name Is Resolved
    Host Name Should Resolve    server.tlsbench.test    10.0.2.2

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
