*** Settings ***
Documentation    One call that is handed far more than a record, a window or any buffer on its way holds.

Resource         tls.resource

Suite Setup      Use Image With A Large Buffer


*** Test Cases ***
One Send Of A MiB Takes It All
    ${peer}    Start Peer Of    ${EC}    behaviour=sink    seed=0
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    A MiB Should Go In One Call    ${peer}
    ${seen}    Get Peer Session    ${peer}
    Should Be True    ${seen.records_rx}[application_data] >= 64

One Send Of A MiB Over A Plain Socket Takes It All
    ${peer}    Start TCP Peer    sink    seed=0
    Open Socket    tcp
    Connect    ${peer}
    A MiB Should Go In One Call    ${peer}

A Receive With Room For A MiB Gives What There Is
    ${peer}    Start Peer Of    ${EC}    behaviour=source    length=100 KiB
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    Receive Pattern    100 KiB    chunk=1 MiB


*** Keywords ***
Use Image With A Large Buffer
    [Documentation]    Makes the authorities, and has the board run an image that holds so much data at once.
    Create Authorities
    Use Configuration    large-buffer

A MiB Should Go In One Call
    [Documentation]    Sends so much by one call, and looks at each byte that the peer received.
    [Arguments]    ${peer}
    ${count}    Send Pattern    1 MiB    chunk=1 MiB    calls_at_most=1
    Should Be Equal As Integers    ${count}    ${{ 1024 * 1024 }}
    Peer Should Have Received    ${peer}    1 MiB
