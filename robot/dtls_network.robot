*** Settings ***
Documentation    The handshake over datagrams on a network that loses, doubles, reorders and cuts them, with servers of
...              three makers, and what somebody achieves who sends datagrams of his own.
Metadata         Takes    16 s

Resource         dtls.resource

Suite Setup      Use Image With DTLS


*** Variables ***
# A message of two bytes, in the clear: alert, fatal, handshake_failure (RFC 5246, section 7.2).
${FATAL_ALERT}           15fefd000000000000006300020228
# The end of the encrypted flow, as somebody would guess it.
${FORGED_ALERT}          15fefd000100000000006300120100aabbccddeeff00112233445566778899
${NOT_A_RECORD}          00ff00ff
# A record of that type begins the server's last flight; its second one may come twice where a board takes its time.
${CHANGE_CIPHER_SPEC}    ${{ bytes([20]) }}


*** Test Cases ***
Each Flight May Be Lost On Its Way To The Server
    [Documentation]    ClientHello, ClientHello with the cookie, and what follows the server's certificate: each is lost
    ...    once, so it is sent twice. (After a lost ClientHello, OpenSSL numbers its records as those before, so that
    ...    the target has to take some of them for replays; the second time the numbers are new.)
    ${peer}    Start DTLS Peer Of    ${EC}
    ${loss}    Impair Datagrams    ${peer}    from target    lose    1    3    5
    Handshake Should Work    ${peer}
    Impairment Should Have Happened    ${loss}    3

Each Flight May Be Lost On Its Way To The Target
    [Documentation]    HelloVerifyRequest, ServerHello with all that follows it, and Finished.
    ${peer}    Start DTLS Peer Of    ${EC}
    ${loss}    Impair Datagrams    ${peer}    to target    lose    1    3    5
    Handshake Should Work    ${peer}
    Impairment Should Have Happened    ${loss}    3

Each Flight May Come Twice
    ${peer}    Start DTLS Peer Of    ${EC}
    ${up}    Impair Datagrams    ${peer}    from target    duplicate
    ${down}    Impair Datagrams    ${peer}    to target    duplicate
    Handshake Should Work    ${peer}
    Impairment Should Have Happened    ${up}    3
    Impairment Should Have Happened    ${down}    3

A Corrupt Finished Is Dropped By The Server And Sent Again
    ${peer}    Start DTLS Peer Of    ${EC}
    ${damage}    Impair Datagrams    ${peer}    from target    corrupt    3
    Handshake Should Work    ${peer}
    Impairment Should Have Happened    ${damage}

A Corrupt Finished Ends The Handshake On The Target And The Next One Works
    [Documentation]    Mbed TLS takes it for a handshake that went wrong, and says so.
    ${peer}    Start DTLS Peer Of    ${EC}    cookies=False
    Impair Datagrams    ${peer}    to target    corrupt    1    beginning=${CHANGE_CIPHER_SPEC}
    Open DTLS Socket That Trusts    ${EC}
    Connect    ${peer}    expect=MBEDTLS_ERR_SSL_INVALID_MAC
    Connect    ${peer}
    Echo Should Work

Parts Of A Flight May Be Lost
    [Documentation]    Small datagrams, so that a flight has many of them. What was lost comes with the next try.
    ${peer}    Start Peer Of Small Datagrams
    ${up}    Impair Datagrams    ${peer}    from target    lose    4    6
    ${down}    Impair Datagrams    ${peer}    to target    lose    3    5
    Handshake In Small Datagrams Should Work    ${peer}
    Impairment Should Have Happened    ${up}    2
    Impairment Should Have Happened    ${down}    2

Parts Of A Flight May Come In Another Order
    ${peer}    Start Peer Of Small Datagrams
    ${up}    Impair Datagrams    ${peer}    from target    swap    3    5
    ${down}    Impair Datagrams    ${peer}    to target    swap    2    4
    Handshake In Small Datagrams Should Work    ${peer}
    Impairment Should Have Happened    ${up}    2
    Impairment Should Have Happened    ${down}    2

Parts Of A Flight May Come Twice
    ${peer}    Start Peer Of Small Datagrams
    ${up}    Impair Datagrams    ${peer}    from target    duplicate
    ${down}    Impair Datagrams    ${peer}    to target    duplicate
    Handshake In Small Datagrams Should Work    ${peer}
    Impairment Should Have Happened    ${up}    5
    Impairment Should Have Happened    ${down}    5

A Lost Flight Is Sent Again After A Second If Nothing Was Said
    ${peer}    Start DTLS Peer Of    ${EC}    cookies=False
    Impair Datagrams    ${peer}    from target    lose    1
    Open DTLS Socket That Trusts    ${EC}
    ${call}    Begin Connect    ${peer}
    Call Should Return    ${call}
    Call Should Have Blocked    ${call}    at_least=999 ms    at_most=4 s

Timers That Were Set Are Kept
    [Documentation]    The first wait is 100 ms, the second one 200 ms.
    ${peer}    Start DTLS Peer Of    ${EC}    cookies=False
    ${loss}    Impair Datagrams    ${peer}    from target    lose    1    2
    Open DTLS Socket That Trusts    ${EC}
    Set Handshake Timeouts    100 ms    3200 ms
    ${call}    Begin Connect    ${peer}
    Call Should Return    ${call}
    Call Should Have Blocked    ${call}    at_least=299 ms    at_most=3 s
    Impairment Should Have Happened    ${loss}    2

A Silent Server Is Given Up After The Last Handshake Timeout
    [Documentation]    It waits 100, 200 and 400 ms.
    ${peer}    Start UDP Peer    silent
    Open DTLS Socket That Trusts    ${EC}
    Set Handshake Timeouts    100 ms    400 ms
    ${call}    Begin Connect    ${peer}
    Call Should Return    ${call}    NSAPI_ERROR_CONNECTION_TIMEOUT
    Call Should Have Blocked    ${call}    at_least=699 ms    at_most=3 s
    Peer Should Have Received Datagrams    ${peer}    count=3

A Silent Server Is Given Up After The Socket's Timeout
    ${peer}    Start UDP Peer    silent
    Open DTLS Socket That Trusts    ${EC}
    Set Timeout    500 ms
    ${call}    Begin Connect    ${peer}
    Call Should Return    ${call}    NSAPI_ERROR_CONNECTION_TIMEOUT
    Call Should Have Blocked    ${call}    at_least=499 ms    at_most=3 s

A Handshake That Waits Takes No Processor Time
    ${peer}    Start UDP Peer    silent
    Open DTLS Socket That Trusts    ${EC}
    Set Handshake Timeouts    100 ms    200 ms
    ${call}    Begin Connect    ${peer}
    Call Should Return    ${call}    NSAPI_ERROR_CONNECTION_TIMEOUT
    Call Should Have Waited    ${call}    at_most=2 M

No Datagram Is Longer Than The MTU
    [Documentation]    A certificate of the target's is cut into handshake fragments.
    ${identity}    Create Client Certificate    ${EC}
    ${peer}    Start DTLS Peer Of    ${EC}    client_root=${EC}
    Open DTLS Socket That Trusts    ${EC}
    Set Client Certificate    ${identity}
    Set MTU    300
    Connect    ${peer}
    Echo Should Work
    ${seen}    Get Peer Session    ${peer}
    Should Be True    250 < ${seen.longest_datagram_rx} <= 300
    Should Be True    ${seen.records_rx}[handshake] > 6

One Large Fragmented Datagram Does Not Stall The Handshake
    [Documentation]    The server sends its flight in one datagram, which the network cuts in pieces. No timer may pass,
    ...    and nothing may be sent again.
    Large Flight Should Come Through    mtu=8 KiB    whole_flights=True

Many Handshake Fragments Do Not Stall The Handshake
    [Documentation]    The same flight, cut by the server.
    Large Flight Should Come Through    mtu=300

OpenSSL's Server Agrees
    ${peer}    Connect To Program    openssl    ${EC}
    Program Should Have Agreed    ${peer}

GnuTLS's Server Agrees
    ${peer}    Connect To Program    gnutls    ${RSA}
    Program Should Have Agreed    ${peer}

OpenSSL's Server Agrees On What Was Lost
    Losses Should Be Made Good    openssl

GnuTLS's Server Agrees On What Was Lost
    Losses Should Be Made Good    gnutls

A Corrupt Record Is Dropped Silently
    ${peer}    Connect To DTLS Peer    behaviour=silent
    ${before}    Count Records Of Target    ${peer}
    ${damage}    Impair Datagrams    ${peer}    to target    corrupt    1
    Let Peer Send    ${peer}    corrupt
    Let Peer Send    ${peer}    intact
    Datagram Should Come    intact
    Impairment Should Have Happened    ${damage}
    Nothing Should Have Been Answered Since    ${before}    ${peer}

Corrupt Records Between Others End Nothing
    ${peer}    Connect To DTLS Peer    behaviour=silent
    ${before}    Count Records Of Target    ${peer}
    FOR    ${number}    IN RANGE    10
        Inject Datagram    ${peer}    ${{ bytes.fromhex($FORGED_ALERT) }}
        Let Peer Send    ${peer}    genuine ${number}
        Datagram Should Come    genuine ${number}
    END
    Nothing Should Have Been Answered Since    ${before}    ${peer}

A Replayed Record Is Dropped
    ${peer}    Connect To DTLS Peer    behaviour=silent
    ${replay}    Impair Datagrams    ${peer}    to target    duplicate    1
    Let Peer Send    ${peer}    once
    Let Peer Send    ${peer}    next
    Datagram Should Come    once
    Datagram Should Come    next
    Impairment Should Have Happened    ${replay}

A Record That Is Replayed When The Window Has Passed It Is Dropped
    [Documentation]    The window has 64 records (RFC 6347, section 4.1.2.6).
    ${peer}    Connect To DTLS Peer    behaviour=silent
    ${before}    Count Records Of Target    ${peer}
    ${replay}    Impair Datagrams    ${peer}    to target    duplicate    1
    FOR    ${number}    IN RANGE    66
        Let Peer Send    ${peer}    message ${number}
        Datagram Should Come    message ${number}
    END
    Inject Datagram    ${peer}    ${replay.first}
    Let Peer Send    ${peer}    next
    Datagram Should Come    next
    Nothing Should Have Been Answered Since    ${before}    ${peer}

Messages May Come In Another Order
    ${peer}    Connect To DTLS Peer    behaviour=silent
    ${swap}    Impair Datagrams    ${peer}    to target    swap    1
    Let Peer Send    ${peer}    first
    Let Peer Send    ${peer}    second
    Datagram Should Come    second
    Datagram Should Come    first
    Impairment Should Have Happened    ${swap}

A Stranger Is Not Heard
    ${peer}    Connect To DTLS Peer    behaviour=silent
    Let Stranger Send    ${peer}    ${{ bytes.fromhex($FATAL_ALERT) }}
    Let Stranger Send    ${peer}    ${EMPTY}
    Echo Of Silent Peer Should Work    ${peer}

What Somebody Forges In The Server's Name Ends Nothing
    ${peer}    Connect To DTLS Peer    behaviour=silent
    ${call}    Begin Receive
    FOR    ${forged}    IN    ${FATAL_ALERT}    ${FORGED_ALERT}    ${NOT_A_RECORD}    ${EMPTY}
        Inject Datagram    ${peer}    ${{ bytes.fromhex($forged) }}
    END
    Call Should Block    ${call}
    Let Peer Send    ${peer}    genuine
    ${count}    Call Should Return    ${call}
    Should Be Equal As Integers    ${count}    7


*** Keywords ***
Handshake Should Work
    [Documentation]    Shakes hands with short timers, on a network that loses and doubles, and exchanges a few bytes.
    [Arguments]    ${peer}
    Open DTLS Socket That Trusts    ${EC}
    Set Handshake Timeouts    ${FIRST}    ${LAST}
    Connect    ${peer}
    Peer Should Have Seen    ${peer}    version=DTLSv1.2

Start Peer Of Small Datagrams
    [Documentation]    Starts a peer that wants a certificate, so that both sides have long flights.
    ${peer}    Start DTLS Peer Of    ${EC}    client_root=${EC}    mtu=400
    RETURN    ${peer}

Handshake In Small Datagrams Should Work
    [Documentation]    Shakes hands, each side with a certificate, which is cut into fragments.
    [Arguments]    ${peer}
    ${identity}    Create Client Certificate    ${EC}
    Open DTLS Socket That Trusts    ${EC}
    Set Client Certificate    ${identity}
    Set Handshake Timeouts    ${FIRST}    ${LAST}
    Set MTU    300
    Connect    ${peer}
    Peer Should Have Seen    ${peer}    version=DTLSv1.2

Large Flight Should Come Through
    [Documentation]    Shakes hands with a server whose flight is longer than a packet. The timers are those of nobody
    ...    who said anything, so that one loss takes a second, and the second one two more.
    [Arguments]    &{options}
    ${peer}    Start DTLS Peer Of    ${RSA}    chain=3    cookies=False    &{options}
    Open DTLS Socket That Trusts    ${RSA}
    ${call}    Begin Connect    ${peer}
    Call Should Return    ${call}
    Call Should Have Blocked    ${call}    at_most=4 s
    ${seen}    Get Peer Session    ${peer}
    Should Be Equal As Numbers    ${seen.round_trips}    2

Connect To Program
    [Documentation]    Starts another maker's server, and connects to it.
    [Arguments]    ${program}    ${authority}
    ${identity}    Create Server Certificate    ${authority}    chain=2
    ${peer}    Start DTLS Program    ${program}    ${identity}
    Open DTLS Socket That Trusts    ${authority}
    Connect    ${peer}
    RETURN    ${peer}

Program Should Have Agreed
    [Documentation]    Exchanges messages with another maker's server, and looks at what the handshake was like.
    [Arguments]    ${peer}
    Echo Should Work    one\n
    Echo Should Work    and two\n
    ${seen}    Get Peer Session    ${peer}
    Should Be Equal    ${seen.version}    DTLSv1.2
    Should Be Equal As Integers    ${seen.hello_verify_requests}    1

Losses Should Be Made Good
    [Documentation]    Loses a flight each way in the handshake with another maker's server.
    [Arguments]    ${program}
    ${identity}    Create Server Certificate    ${EC}    chain=2
    ${peer}    Start DTLS Program    ${program}    ${identity}
    ${up}    Impair Datagrams    ${peer}    from target    lose    3
    ${down}    Impair Datagrams    ${peer}    to target    lose    2
    Open DTLS Socket That Trusts    ${EC}
    Set Handshake Timeouts    ${FIRST}    ${LAST}
    Connect    ${peer}
    Echo Should Work    hello\n
    Impairment Should Have Happened    ${up}
    Impairment Should Have Happened    ${down}

Count Records Of Target
    [Documentation]    Gives how many records came from the target so far.
    [Arguments]    ${peer}
    ${seen}    Get Peer Session    ${peer}
    RETURN    ${{ $seen.records_rx.total() }}

Nothing Should Have Been Answered Since
    [Documentation]    Has the target send a message, and checks that it is the only record since they were counted.
    [Arguments]    ${before}    ${peer}
    Send    hello
    Peer Should Have Received Datagrams    ${peer}    hello
    ${now}    Count Records Of Target    ${peer}
    Should Be Equal As Integers    ${now}    ${{ $before + 1 }}

Echo Of Silent Peer Should Work
    [Documentation]    Exchanges a message each way with a peer that says only what it is told.
    [Arguments]    ${peer}
    Let Peer Send    ${peer}    genuine
    Datagram Should Come    genuine
    Send    hello
    Peer Should Have Received Datagrams    ${peer}    hello
