*** Settings ***
Documentation    What RAM a secure connection takes in each phase, and whether it gives everything back.
Metadata         Takes    12 s

Resource         tls.resource

Suite Setup      Create Authorities


*** Variables ***
${CYCLES}    ${100}


*** Test Cases ***
Static RAM And Flash Are Within The Budget
    Image Should Be Within Budget

One Connection Stays Within The Budget
    [Documentation]    ECDHE-ECDSA with a chain of 2, on a board that nobody used before.
    [Setup]    Restart Board
    Connect To Peer Of    ${EC}
    Echo Should Work
    Close Socket
    Phase Should Be Within Budget    handshake
    Phase Should Be Within Budget    established
    Phase Should Be Within Budget    transfer

Heap Is Measured In Each Phase
    Connect And Close
    FOR    ${phase}    IN    open    trust    handshake    established    transfer    closed
        Metric Should Be Recorded    heap_peak    phase=${phase}
    END

Each Thread's Stack Is Measured
    Connect And Close
    FOR    ${thread}    IN    worker0    agent    isr
        Metric Should Be Recorded    stack_peak    phase=handshake    thread=${thread}
    END

The RAM Needed Fits A Board With 128 KiB
    [Setup]    Restart Board
    Connect And Close
    RAM Needed Should Be At Most    128 KiB

Certificates Alone Take Less Heap Than A Handshake
    [Setup]    TLS Should Be Done On The Board    heap that TLS takes
    Connect And Close
    ${trust}    Get Metric    heap_peak    phase=trust
    ${handshake}    Get Metric    heap_peak    phase=handshake
    Should Be True    ${trust} < ${handshake}

Close Gives Back All That Open And Connect Took
    ${peer}    Start Peer Of    ${EC}
    Create Socket
    ${before}    Get Heap
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    Echo Should Work
    Close Socket
    Heap Should Be    ${before}

Delete Gives Back The Socket Itself
    ${before}    Get Heap
    Connect And Close
    Delete Socket
    Heap Should Be    ${before}

A Refused Peer Leaves No Heap Behind
    ${peer}    Start Peer Of    ${EC}    expired
    Create Socket
    ${before}    Get Heap
    Open Socket That Trusts    ${EC}
    Connect    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE
    Close Socket
    Heap Should Be    ${before}

Too Little Heap Is Out Of Memory And No Refusal
    [Setup]    TLS Should Be Done On The Board    heap that TLS takes
    ${peer}    Start Peer Of    ${EC}
    Open Socket That Trusts    ${EC}
    Limit Heap    6 KiB
    Connect    ${peer}    expect=NSAPI_ERROR_NO_MEMORY

A Secure Socket Is Small Enough For A Local Variable
    [Documentation]    What is large lies on the heap. In Mbed OS the object alone overflowed a stack of 4 KiB.
    Create Socket
    Socket Object Should Be At Most    256 B

A Handshake Fits A Stack Of 4 KiB
    Limit Stack    4 KiB
    Connect To Peer Of    ${RSA}    chain=3
    Echo Should Work

A Hundred Connections Lose No Byte
    [Documentation]    ECDHE-RSA with a chain of 1: the cheapest handshake for a client.
    ${peer}    Start Peer Of    ${RSA}    chain=1
    ${before}    Get Heap
    FOR    ${_}    IN RANGE    ${CYCLES}
        Open Socket That Trusts    ${RSA}    DER
        Connect    ${peer}
        Close Socket
        Delete Socket
        Heap Should Be    ${before}
    END


*** Keywords ***
Connect And Close
    [Documentation]    One connection from open to close, through every phase.
    Connect To Peer Of    ${EC}
    Echo Should Work
    Close Socket
