*** Settings ***
Documentation    Secure datagrams: who is let in, what becomes of messages, how calls block and how it ends.
Metadata         Takes    8 s

Resource         dtls.resource

Suite Setup      Use Image With DTLS


*** Variables ***
${TIMEOUT}     500 ms
# The target's timers count whole milliseconds, and the first one may be nearly over.
${EARLIEST}    499 ms
# A busy machine may add to a timeout. What should return would otherwise never return.
${LATEST}      3 s
${LITTLE}      300 k


*** Test Cases ***
One Connection Stays Within The Budget
    [Documentation]    ECDHE-ECDSA with a chain of 2, on a board that nobody used before.
    [Setup]    Restart Board
    Connect To DTLS Peer
    Echo Should Work
    Close Socket
    Phase Should Be Within Budget    handshake
    Phase Should Be Within Budget    established
    Phase Should Be Within Budget    transfer

The Handshake Works With A Cookie
    ${peer}    Connect To DTLS Peer
    Echo Should Work
    Peer Should Have Seen    ${peer}    version=DTLSv1.2    cipher_suite=ECDHE-ECDSA-AES128-GCM-SHA256
    Handshake Should Have Taken    ${peer}    cookies=1    round_trips=3

The Handshake Works Without A Cookie
    ${peer}    Connect To DTLS Peer    cookies=False
    Echo Should Work
    Handshake Should Have Taken    ${peer}    cookies=0    round_trips=2

The Handshake Works With RSA
    ${peer}    Connect To DTLS Peer    ${RSA}
    Echo Should Work
    Peer Should Have Seen    ${peer}    cipher_suite=ECDHE-RSA-AES128-GCM-SHA256

Both Sides Can Show A Certificate
    ${identity}    Create Client Certificate    ${EC}
    ${peer}    Start DTLS Peer Of    ${EC}    client_root=${EC}
    Open DTLS Socket That Trusts    ${EC}
    Set Client Certificate    ${identity}
    Connect    ${peer}
    Echo Should Work
    ${seen}    Get Peer Session    ${peer}
    Should Not Be Equal    ${seen.client_certificate}    ${None}

A Certificate That The Server Wants Is Not There
    ${peer}    Start DTLS Peer Of    ${EC}    client_root=${EC}
    Open DTLS Socket That Trusts    ${EC}
    Connect    ${peer}    expect=MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE

A Flawed Certificate Is Refused
    [Template]    Flaw Should Be Refused For
    expired    EXPIRED
    not-yet-valid    FUTURE
    wrong-host    CN_MISMATCH
    untrusted-root    NOT_TRUSTED

The Wrong Host Is Refused
    ${peer}    Start DTLS Peer Of    ${EC}
    Open DTLS Socket That Trusts    ${EC}
    Connect    ${peer}    other.tlsbench.test    expect=NSAPI_ERROR_AUTH_FAILURE
    Certificate Should Have Been Refused For    CN_MISMATCH

Nothing Is Sent While Nothing Was Said About The Name
    ${peer}    Start DTLS Peer Of    ${EC}
    Open DTLS Socket That Trusts    ${EC}
    ${address}    Get Host Address
    Connect    ${peer}    ${address}    expect=NSAPI_ERROR_PARAMETER
    ${sessions}    Evaluate    len($peer.sessions)
    Should Be Equal As Integers    ${sessions}    0
    Set Hostname    ${None}
    Connect    ${peer}    ${address}
    Echo Should Work

After A Refusal The Same Socket Can Connect
    ${wrong}    Start DTLS Peer Of    ${RSA}
    ${right}    Start DTLS Peer Of    ${EC}
    Open DTLS Socket That Trusts    ${EC}
    Connect    ${wrong}    expect=NSAPI_ERROR_AUTH_FAILURE
    Certificate Should Have Been Refused For    NOT_TRUSTED
    Connect    ${right}
    Echo Should Work

A Wrapper Secures A Socket That Is Connected Already
    ${peer}    Connect Plain Datagrams
    Wrap Datagrams    KEEP
    Start TLS
    Echo Should Work
    Close Socket
    Peer Should Have Seen    ${peer}    ending=close_notify
    Send    in the clear    socket=plain

Each Record Is A Datagram
    ${peer}    Connect To DTLS Peer    behaviour=silent
    Send    one
    Send    ${EMPTY}
    Send    and two
    Peer Should Have Received Datagrams    ${peer}    one    and two
    Let Peer Send    ${peer}    three
    Let Peer Send    ${peer}    and four
    Datagram Should Come    three
    Datagram Should Come    and four

A Receive That Is Smaller Than The Message Leaves The Rest To The Next
    ${peer}    Connect To DTLS Peer    behaviour=silent
    Let Peer Send    ${peer}    seven words
    Let Peer Send    ${peer}    next
    Datagram Should Come    seven    size=5
    Datagram Should Come    ${SPACE}words
    Datagram Should Come    next

A Message That Needs Two Records Is Refused And Breaks Nothing
    ${peer}    Start DTLS Peer Of    ${EC}
    Open DTLS Socket That Trusts    ${EC}
    Set MTU    400
    Connect    ${peer}
    Send Pattern    512    chunk=512    expect=MBEDTLS_ERR_SSL_BAD_INPUT_DATA
    Echo Should Work

Receive Gives Up After The Timeout
    Connect To DTLS Peer    behaviour=silent
    Set Timeout    ${TIMEOUT}
    ${call}    Begin Receive
    Call Should Return    ${call}    NSAPI_ERROR_WOULD_BLOCK
    Call Should Have Blocked    ${call}    at_least=${EARLIEST}    at_most=${LATEST}

A Receive That Waits Takes No Processor Time
    Connect To DTLS Peer    behaviour=silent
    Set Timeout    ${TIMEOUT}
    ${call}    Begin Receive
    Call Should Return    ${call}    NSAPI_ERROR_WOULD_BLOCK
    Call Should Have Waited    ${call}    at_most=${LITTLE}

What Must Be Dropped Does Not Restart The Timeout
    [Documentation]    One deadline bounds the call, however often something comes that it must not take.
    ${peer}    Connect To DTLS Peer    behaviour=silent
    Impair Datagrams    ${peer}    to target    corrupt
    Set Timeout    2 s
    ${call}    Begin Receive
    FOR    ${number}    IN RANGE    3
        Call Should Block    ${call}    for_at_least=400 ms
        Let Peer Send    ${peer}    corrupt ${number}
    END
    Call Should Return    ${call}    NSAPI_ERROR_WOULD_BLOCK
    Call Should Have Blocked    ${call}    at_least=1999 ms    at_most=3 s

Nothing Blocks When It Must Not
    ${peer}    Connect To DTLS Peer    behaviour=silent
    Set Blocking    False
    Receive    expect=NSAPI_ERROR_WOULD_BLOCK
    Send    hello
    Peer Should Have Received Datagrams    ${peer}    hello

Connect Blocks Even Where Nothing Else May
    ${peer}    Start DTLS Peer Of    ${EC}
    Open DTLS Socket That Trusts    ${EC}
    Set Blocking    False
    Connect    ${peer}
    Receive    expect=NSAPI_ERROR_WOULD_BLOCK

Sigio Fires When A Message Comes
    ${peer}    Connect To DTLS Peer    behaviour=silent
    Set Blocking    False
    Switch Sigio On
    Receive    expect=NSAPI_ERROR_WOULD_BLOCK
    Sigio Should Be At Rest
    Let Peer Send    ${peer}    hello
    Sigio Should Have Fired
    Wait Until Keyword Succeeds    5 s    20 ms    Datagram Should Come    hello

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

A Deleted Socket Says Goodbye And Gives All Memory Back
    ${before}    Get Heap
    ${peer}    Connect To DTLS Peer
    Delete Socket
    Heap Should Be    ${before}
    Peer Should Have Seen    ${peer}    ending=close_notify

A Deleted Wrapper Says Goodbye And Gives All Memory Back
    ${peer}    Connect Plain Datagrams
    ${before}    Get Heap
    Wrap Datagrams    CLOSE
    Start TLS
    Echo Should Work
    Delete Socket
    Heap Should Be    ${before}
    Peer Should Have Seen    ${peer}    ending=close_notify
    Send    hello    socket=plain    expect=NSAPI_ERROR_NO_SOCKET

A DTLS Socket Is Small Enough For A Local Variable
    Create Socket    dtls
    Socket Object Should Be At Most    256 B

A DTLS Wrapper Is Small Enough For A Local Variable
    Open Socket    udp    socket=plain
    Wrap Datagrams    KEEP
    Socket Object Should Be At Most    256 B

The Peer's Goodbye Ends What Is Received
    ${peer}    Connect To DTLS Peer    behaviour=silent
    Let Peer Send    ${peer}    last words
    Let Peer Say Goodbye    ${peer}
    Datagram Should Come    last words
    Datagram Should Come    ${EMPTY}
    Datagram Should Come    ${EMPTY}

Close From Another Thread Wakes A Blocked Receive
    Connect To DTLS Peer    behaviour=silent
    ${receiving}    Begin Receive    worker=0
    Call Should Block    ${receiving}
    Close Socket    worker=1
    Call Should Return    ${receiving}    NSAPI_ERROR_NO_SOCKET    within=10 s

Close From Another Thread Ends A Handshake
    ${peer}    Start UDP Peer    silent
    Open DTLS Socket That Trusts    ${EC}
    ${connecting}    Begin Connect    ${peer}    worker=0
    Call Should Block    ${connecting}
    Close Socket    worker=1
    Call Should Return    ${connecting}    NSAPI_ERROR_NO_SOCKET    within=10 s

Several DTLS Sockets Work At Once
    ${peer}    Start DTLS Peer Of    ${EC}
    FOR    ${number}    IN RANGE    3
        Open Socket    dtls    socket=s${number}
        Set Root CA    ${EC}    socket=s${number}
        Connect    ${peer}    socket=s${number}
        IF    ${number} == 0    Heap Should Have Room For Connections    3
    END
    FOR    ${number}    IN RANGE    3
        Echo Should Work    socket ${number}    socket=s${number}
    END

Calls Before Their Time Get An Error
    ${peer}    Start DTLS Peer Of    ${EC}
    Create Socket    dtls
    Connect    ${peer}    expect=NSAPI_ERROR_NO_SOCKET
    Open DTLS Socket That Trusts    ${EC}
    Send    too early    expect=NSAPI_ERROR_NO_CONNECTION
    Receive    expect=NSAPI_ERROR_NO_CONNECTION
    Connect    ${peer}
    Echo Should Work

Calls That Come Twice Or Too Late Get An Error
    ${peer}    Connect To DTLS Peer
    Open Socket    dtls    expect=NSAPI_ERROR_PARAMETER
    Connect    ${peer}    expect=NSAPI_ERROR_IS_CONNECTED
    Echo Should Work
    Close Socket
    Send    too late    expect=NSAPI_ERROR_NO_SOCKET
    Receive    expect=NSAPI_ERROR_NO_SOCKET
    Close Socket    expect=NSAPI_ERROR_NO_SOCKET

Settings That Cannot Be Are Refused
    Open DTLS Socket That Trusts    ${EC}
    Set Handshake Timeouts    0 ms    400 ms    expect=NSAPI_ERROR_PARAMETER
    Set Handshake Timeouts    400 ms    200 ms    expect=NSAPI_ERROR_PARAMETER
    Set MTU    227    expect=NSAPI_ERROR_PARAMETER


*** Keywords ***
Connect Plain Datagrams
    [Documentation]    Starts a peer, and connects a datagram socket to it that is not secure yet.
    ${peer}    Start DTLS Peer Of    ${EC}
    Open Socket    udp    socket=plain
    Connect    ${peer}    socket=plain
    RETURN    ${peer}

Handshake Should Have Taken
    [Documentation]    Checks how often the peer asked for a cookie, and how often payload went back and forth.
    [Arguments]    ${peer}    ${cookies}    ${round_trips}
    ${seen}    Get Peer Session    ${peer}
    Should Be Equal As Integers    ${seen.hello_verify_requests}    ${cookies}
    Should Be Equal As Numbers    ${seen.round_trips}    ${round_trips}

Flaw Should Be Refused For
    [Documentation]    Checks that a certificate with this flaw is refused for this reason, and that the peer is told.
    [Arguments]    ${flaw}    ${reason}
    ${peer}    Start DTLS Peer Of    ${EC}    ${flaw}
    Open Socket    dtls    socket=${flaw}
    Set Root CA    ${EC}    socket=${flaw}
    Connect    ${peer}    socket=${flaw}    expect=NSAPI_ERROR_AUTH_FAILURE
    Certificate Should Have Been Refused For    ${reason}    socket=${flaw}
    Delete Socket    socket=${flaw}
