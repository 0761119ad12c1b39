*** Settings ***
Documentation    A handshake in many calls of connect(), as in Mbed OS 6: none of them blocks, and none computes for
...              longer than a bound.

Resource         dtls.resource

Suite Setup      Set Up


*** Variables ***
# What a call may execute at most, whatever the profile and the generation of Mbed TLS, with tls-socket.ecc-operations
# as it is. A handshake that blocks takes 30 to 60 times that in one call.
${BOUND}        3 M
# RSA signatures, and the key exchange that comes with them, are not stopped in the middle.
${RSA_BOUND}    40 M
# A busy machine may add to a time. What should return would otherwise never return.
${AT_ONCE}      1 s


*** Test Cases ***
A Handshake Takes Many Calls None Of Which Blocks
    [Documentation]    Called when its callback says that it can get on, and so never in vain.
    ${peer}    Start Peer Of    ${EC}
    Open Socket That Must Not Block    ${EC}
    ${handshake}    Poll Connect    ${peer}    by_sigio=True
    Echo When Connected Should Work
    No Call Should Have Blocked Longer Than    ${handshake}    ${AT_ONCE}

No Call Computes For Longer Than The Bound
    [Documentation]    With all that curves are needed for: two signatures of certificates and one of the server's to
    ...    check, a key to make, a secret to agree on, and a signature of the client's own.
    ${peer}    Start Peer Of    ${EC}    client_certificate=required    client_root=${EC}
    ${client}    Create Client Certificate    ${EC}
    Open Socket That Must Not Block    ${EC}
    Set Client Certificate    ${client}
    ${handshake}    Poll Connect    ${peer}
    Echo When Connected Should Work
    Longest Call Should Be At Most    ${handshake}    ${BOUND}

With RSA One Call Takes Most Of The Time
    ${peer}    Start Peer Of    ${RSA}
    Open Socket That Must Not Block    ${RSA}
    ${handshake}    Poll Connect    ${peer}
    Echo When Connected Should Work
    Longest Call Should Be At Most    ${handshake}    ${RSA_BOUND}

No Call Waits For A Silent Server
    ${silent}    Start Peer Of    ${EC}    behaviour=silent
    Open Socket That Must Not Block    ${EC}
    Poll Connect    ${silent}    calls_at_most=5
    FOR    ${_}    IN RANGE    3
        ${call}    Begin Connect    ${silent}
        Call Should Return    ${call}    NSAPI_ERROR_ALREADY
        Call Should Have Blocked    ${call}    at_most=${AT_ONCE}
    END
    Receive    expect=NSAPI_ERROR_WOULD_BLOCK
    Close Socket
    Heap Should Be As After Open

A Handshake That Fails Says Why And The Socket Connects Again
    ${wrong}    Start Peer Of    ${EC}    wrong host
    ${right}    Start Peer Of    ${EC}
    Open Socket That Must Not Block    ${EC}
    Poll Connect    ${wrong}    expect=NSAPI_ERROR_AUTH_FAILURE
    Certificate Should Have Been Refused For    CN_MISMATCH
    Poll Connect    ${right}
    Echo When Connected Should Work

A Host That Is Not Known Fails In A Later Call
    Open Socket That Must Not Block    ${EC}
    Poll Connect    1    nowhere.tlsbench.test    expect=NSAPI_ERROR_DNS_FAILURE

Close In The Middle Gives Everything Back
    [Documentation]    While the address is looked up, and while curves are computed.
    ${peer}    Start Peer Of    ${EC}
    FOR    ${count}    IN    1    3    40
        Open Socket That Must Not Block    ${EC}
        Poll Connect    ${peer}    calls_at_most=${count}
        Close Socket
        Heap Should Be As After Open
    END

Send And Receive Go On With The Handshake
    ${peer}    Start Peer Of    ${EC}
    Open Socket That Must Not Block    ${EC}
    Send    early    expect=NSAPI_ERROR_NO_CONNECTION
    Poll Connect    ${peer}    calls_at_most=10
    Receive    expect=NSAPI_ERROR_WOULD_BLOCK
    Set Timeout    10 s
    Echo Should Work
    Connect    ${peer}    expect=NSAPI_ERROR_IS_CONNECTED

A Socket That May Block Connects In One Call
    [Documentation]    Also where another one has stopped in the middle.
    ${peer}    Two Connections Should Fit The Heap
    Open Socket That Must Not Block    ${EC}
    Poll Connect    ${peer}    calls_at_most=40
    Open Socket    socket=other    worker=1
    Set Root CA    ${EC}    socket=other    worker=1
    Connect    ${peer}    socket=other    worker=1
    Echo Should Work    socket=other    worker=1
    Poll Connect    ${peer}    begun=True
    Echo When Connected Should Work

A Connection That Is There Is Secured Without Blocking
    ${peer}    Start Peer Of    ${EC}
    Open Socket    tcp    socket=plain
    Connect    ${peer}    socket=plain
    Create Socket    tls-wrapper    transport=plain    hostname=server.tlsbench.test    mode=KEEP
    Set Root CA    ${EC}
    Set Blocking    False
    Poll Connect
    Echo When Connected Should Work

A Handshake Over Datagrams Does Not Block Either
    [Documentation]    What is lost is sent again by the call that comes after the timeout.
    ${peer}    Start DTLS Peer Of    ${EC}
    ${loss}    Impair Datagrams    ${peer}    to target    lose    1    3
    Open DTLS Socket That Trusts    ${EC}
    Set Handshake Timeouts    100 ms    3200 ms
    Set Blocking    False
    Poll Connect    ${peer}
    Impairment Should Have Happened    ${loss}    2
    Echo When Connected Should Work


*** Keywords ***
Set Up
    [Documentation]    Runs the image whose connect() need not block.
    Use Configuration    nonblocking
    Create Authorities

Open Socket That Must Not Block
    [Documentation]    Opens a non-blocking secure socket that trusts an authority.
    [Arguments]    ${authority}
    Open Socket That Trusts    ${authority}
    Set Blocking    False

Echo When Connected Should Work
    [Documentation]    Exchanges a few bytes by calls that wait for them.
    Set Timeout    10 s
    Echo Should Work

Heap Should Be As After Open
    [Documentation]    Checks that close() gave back all that came after the object.
    ${open}    Get Metric    heap_current    phase=open
    Heap After Phase Should Be At Most    ${open}    phase=closed

Two Connections Should Fit The Heap
    [Documentation]    Makes one connection, to see what it takes, and gives its peer.
    ${peer}    Connect To Peer Of    ${EC}
    Heap Should Have Room For Connections    2
    Close Socket
    RETURN    ${peer}
