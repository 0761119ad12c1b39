*** Settings ***
Documentation    Secure datagrams: the handshake over a network that loses, doubles and reorders, and what a forger
...              can and cannot do.

Resource         tls.resource

Suite Setup      Set Up


*** Variables ***
${FIRST}    200 ms
${LAST}     3200 ms


*** Test Cases ***
The Handshake Works With A Cookie
    ${peer}    Connect To DTLS Peer
    Echo Should Work
    Peer Should Have Seen    ${peer}    version=DTLSv1.2    cipher_suite=ECDHE-ECDSA-AES128-GCM-SHA256
    Cookie Should Have Been Asked For    ${peer}    True

The Handshake Works Without A Cookie
    ${peer}    Connect To DTLS Peer    cookies=False
    Echo Should Work
    Cookie Should Have Been Asked For    ${peer}    False

The Handshake Works With RSA
    ${peer}    Connect To DTLS Peer    ${RSA}
    Echo Should Work
    Peer Should Have Seen    ${peer}    cipher_suite=ECDHE-RSA-AES128-GCM-SHA256

The Wrong Host Is Refused
    ${peer}    Start DTLS Peer Of    ${EC}
    Open DTLS Socket That Trusts    ${EC}
    Connect    ${peer}    other.tlsbench.test    expect=NSAPI_ERROR_AUTH_FAILURE
    Certificate Should Have Been Refused For    CN_MISMATCH

An Untrusted Root Is Refused
    ${peer}    Start DTLS Peer Of    ${RSA}
    Open DTLS Socket That Trusts    ${EC}
    Connect    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE
    Certificate Should Have Been Refused For    NOT_TRUSTED

After A Refusal The Same Socket Can Connect
    ${wrong}    Start DTLS Peer Of    ${RSA}
    ${right}    Start DTLS Peer Of    ${EC}
    Open DTLS Socket That Trusts    ${EC}
    Connect    ${wrong}    expect=NSAPI_ERROR_AUTH_FAILURE
    Connect    ${right}
    Echo Should Work

Each Record Is A Datagram
    ${peer}    Connect To DTLS Peer    behaviour=silent
    Send    one
    Send    and two
    Peer Should Have Received Datagrams    ${peer}    one    and two
    Let Peer Send    ${peer}    three
    Let Peer Send    ${peer}    and four
    Datagram Should Come    three
    Datagram Should Come    and four

A Message That Needs Two Records Is Refused And Breaks Nothing
    ${peer}    Start DTLS Peer Of    ${EC}
    Open DTLS Socket That Trusts    ${EC}
    Set MTU    400
    Connect    ${peer}
    Send Pattern    512    chunk=512    expect=NSAPI_ERROR_PARAMETER
    Echo Should Work

Lost Flights Are Sent Again
    [Documentation]    The first datagram of each side is lost, and some more.
    ${peer}    Start DTLS Peer Of    ${EC}
    ${up}    Impair Datagrams    ${peer}    from target    lose    1    4
    ${down}    Impair Datagrams    ${peer}    to target    lose    1    3
    Impaired Connect Should Work    ${peer}
    Impairment Should Have Happened    ${up}    2
    Impairment Should Have Happened    ${down}    2

Duplicated Flights Do No Harm
    ${peer}    Start DTLS Peer Of    ${EC}
    ${up}    Impair Datagrams    ${peer}    from target    duplicate
    ${down}    Impair Datagrams    ${peer}    to target    duplicate
    Impaired Connect Should Work    ${peer}
    Impairment Should Have Happened    ${up}    2
    Impairment Should Have Happened    ${down}    2

Reordered Flights Are Put In Order
    [Documentation]    Small datagrams, so that each flight has many of them.
    ${peer}    Start DTLS Peer Of    ${EC}    cookies=False    mtu=400
    ${down}    Impair Datagrams    ${peer}    to target    swap    1    3
    Impaired Connect Should Work    ${peer}
    Impairment Should Have Happened    ${down}    2

Many Small Fragments Are Put Together
    ${peer}    Start DTLS Peer Of    ${EC}    mtu=300
    Open DTLS Socket That Trusts    ${EC}
    Set Handshake Timeouts    ${FIRST}    ${LAST}
    Connect    ${peer}
    Echo Should Work

One Large Fragmented Datagram Does Not Stall The Handshake
    [Documentation]    The server sends its flight in one datagram that the network cuts in pieces. No timer may pass.
    ${identity}    Create Server Certificate    ${RSA}    chain=3
    ${peer}    Start DTLS Peer    ${identity}    mtu=8 KiB    whole_flights=True    cookies=False
    Open DTLS Socket That Trusts    ${RSA}
    Set Handshake Timeouts    4 s    8 s
    ${call}    Begin Connect    ${peer}
    Call Should Return    ${call}
    Call Should Have Blocked    ${call}    at_most=4 s
    Echo Should Work

A Silent Server Is Given Up After The Last Handshake Timeout
    [Documentation]    It waits 200, 400 and 800 ms.
    ${peer}    Start UDP Peer    silent
    Open DTLS Socket That Trusts    ${EC}
    Set Handshake Timeouts    200 ms    800 ms
    ${call}    Begin Connect    ${peer}
    Call Should Return    ${call}    NSAPI_ERROR_CONNECTION_TIMEOUT
    Call Should Have Blocked    ${call}    at_least=1399 ms    at_most=2 s
    Call Should Have Waited    ${call}    at_most=2 M

A Silent Server Is Given Up After The Socket's Timeout
    ${peer}    Start UDP Peer    silent
    Open DTLS Socket That Trusts    ${EC}
    Set Timeout    500 ms
    ${call}    Begin Connect    ${peer}
    Call Should Return    ${call}    NSAPI_ERROR_CONNECTION_TIMEOUT
    Call Should Have Blocked    ${call}    at_least=499 ms    at_most=700 ms

A Corrupt Record Is Dropped Silently
    ${peer}    Connect To DTLS Peer    behaviour=silent
    ${damage}    Impair Datagrams    ${peer}    to target    corrupt    1
    Let Peer Send    ${peer}    corrupt
    Let Peer Send    ${peer}    intact
    Datagram Should Come    intact
    Impairment Should Have Happened    ${damage}

A Replayed Record Is Dropped
    ${peer}    Connect To DTLS Peer    behaviour=silent
    ${replay}    Impair Datagrams    ${peer}    to target    duplicate    1
    Let Peer Send    ${peer}    once
    Let Peer Send    ${peer}    next
    Datagram Should Come    once
    Datagram Should Come    next
    Impairment Should Have Happened    ${replay}

A Forger's Datagrams End Nothing
    ${peer}    Connect To DTLS Peer    behaviour=silent
    Let Stranger Send    ${peer}    forged
    Let Stranger Send    ${peer}    ${EMPTY}
    Let Peer Send    ${peer}    genuine
    Datagram Should Come    genuine

Receive Gives Up After The Timeout
    Connect To DTLS Peer    behaviour=silent
    Set Timeout    500 ms
    ${call}    Begin Receive
    Call Should Return    ${call}    NSAPI_ERROR_WOULD_BLOCK
    Call Should Have Blocked    ${call}    at_least=499 ms    at_most=700 ms
    Call Should Have Waited    ${call}    at_most=300 k

Close Says Goodbye And Gives All Memory Back
    ${peer}    Start DTLS Peer Of    ${EC}
    Create Socket    dtls
    ${before}    Get Heap
    Open DTLS Socket That Trusts    ${EC}
    Connect    ${peer}
    Echo Should Work
    Close Socket
    Heap Should Be    ${before}
    Peer Should Have Seen    ${peer}    ending=close_notify

Close From Another Thread Wakes A Blocked Receive
    Connect To DTLS Peer    behaviour=silent
    ${receiving}    Begin Receive    worker=0
    Call Should Block    ${receiving}
    Close Socket    worker=1
    Call Should Return    ${receiving}    NSAPI_ERROR_NO_SOCKET    within=2 s

Several DTLS Sockets Work At Once
    ${peer}    Start DTLS Peer Of    ${EC}
    FOR    ${number}    IN RANGE    3
        Open Socket    dtls    socket=s${number}
        Set Root CA    ${EC}    socket=s${number}
        Connect    ${peer}    socket=s${number}
    END
    FOR    ${number}    IN RANGE    3
        Echo Should Work    socket ${number}    socket=s${number}
    END


*** Keywords ***
Set Up
    [Documentation]    Makes the authorities, and has the board run an image with DTLS.
    Create Authorities
    Use Configuration    dtls

Start DTLS Peer Of
    [Documentation]    Starts a peer whose certificate an authority signed. Options go to `Start DTLS Peer`.
    [Arguments]    ${authority}    &{options}
    ${identity}    Create Server Certificate    ${authority}    chain=2
    ${peer}    Start DTLS Peer    ${identity}    &{options}
    RETURN    ${peer}

Open DTLS Socket That Trusts
    [Documentation]    Opens a secure datagram socket that trusts an authority.
    [Arguments]    ${authority}
    Open Socket    dtls
    Set Root CA    ${authority}

Connect To DTLS Peer
    [Documentation]    Starts a peer that the target trusts, and connects to it.
    [Arguments]    ${authority}=${EC}    &{options}
    ${peer}    Start DTLS Peer Of    ${authority}    &{options}
    Open DTLS Socket That Trusts    ${authority}
    Connect    ${peer}
    RETURN    ${peer}

Impaired Connect Should Work
    [Documentation]    Shakes hands with short timers, and exchanges a few bytes on a network that is whole by then.
    [Arguments]    ${peer}
    Open DTLS Socket That Trusts    ${EC}
    Set Handshake Timeouts    ${FIRST}    ${LAST}
    Connect    ${peer}
    Peer Should Have Seen    ${peer}    version=DTLSv1.2
    Echo Should Work

Cookie Should Have Been Asked For
    [Documentation]    Checks whether the peer sent a HelloVerifyRequest.
    [Arguments]    ${peer}    ${asked}
    ${seen}    Get Peer Session    ${peer}
    ${was}    Evaluate    $seen.hello_verify_requests > 0
    Should Be Equal As Strings    ${was}    ${asked}
