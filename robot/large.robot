*** Settings ***
Documentation    One call that is handed far more than a record, a window or any buffer on its way holds: a MiB where
...              the board has room for it, and several records in any case.

Resource         tls.resource

Suite Setup      Use Image With A Large Buffer


*** Variables ***
${LONGEST_RECORD}    ${16384}


*** Test Cases ***
One Send Of Far More Than A Record Takes It All
    ${peer}    Start Peer Of    ${EC}    behaviour=sink    seed=0
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    All Should Go In One Call    ${peer}
    ${seen}    Get Peer Session    ${peer}
    Should Be True    ${seen.records_rx}[application_data] >= max(2, ${LARGE} / ${LONGEST_RECORD})

One Send Of Far More Than A Window Over A Plain Socket Takes It All
    ${peer}    Start TCP Peer    sink    seed=0
    Open Socket    tcp
    Connect    ${peer}
    All Should Go In One Call    ${peer}

A Receive With Far More Room Gives What There Is
    ${peer}    Start Peer Of    ${EC}    behaviour=source    length=100 KiB
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    Receive Pattern    100 KiB    chunk=${LARGE}


*** Keywords ***
Use Image With A Large Buffer
    [Documentation]    Makes the authorities, and has the board run an image that holds ${LARGE} bytes at once.
    Use Configuration    large-buffer
    Create Authorities
    ${large}    Get Longest Chunk
    VAR    ${LARGE}    ${large}    scope=SUITE

All Should Go In One Call
    [Documentation]    Sends so much by one call, and looks at each byte that the peer received.
    [Arguments]    ${peer}
    ${count}    Send Pattern    ${LARGE}    chunk=${LARGE}    calls_at_most=1
    Should Be Equal As Integers    ${count}    ${LARGE}
    Peer Should Have Received    ${peer}    ${LARGE}
