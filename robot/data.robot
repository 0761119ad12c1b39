*** Settings ***
Documentation    What send and recv of a secure socket do with data of every size, and with every end of a connection.

Resource         tls.resource

Suite Setup      Create Authorities


*** Test Cases ***
Send To Ignores The Address
    ${port}    Reserve Refused Port
    Connect To Peer Of    ${EC}
    ${count}    Send To    ${port}    hello
    Should Be Equal As Integers    ${count}    5
    ${data}    Receive
    Should Be Equal As Strings    ${data}    hello

Receive From Leaves The Address As It Was
    [Setup]    TLS Should Be Done On The Board    recvfrom() that tells no address: the socket is a TCP socket
    Connect To Peer Of    ${EC}
    Set Blocking    False
    Receive And Learn Nothing    expect=NSAPI_ERROR_WOULD_BLOCK
    Set Blocking    True
    Send    hello
    ${data}    Receive And Learn Nothing
    Should Be Equal As Strings    ${data}    hello

Messages Go As Data Does And Take No Control Data
    Connect To Peer Of    ${EC}
    Send Message    hello    control=True    expect=NSAPI_ERROR_UNSUPPORTED
    Send Message    hello
    Receive Message    control=True    expect=NSAPI_ERROR_UNSUPPORTED
    ${data}    Receive Message
    Should Be Equal As Strings    ${data}    hello

A Receive With Nothing There Would Block
    Connect To Peer Of    ${EC}
    Set Blocking    False
    Receive    expect=NSAPI_ERROR_WOULD_BLOCK

The Peer's Goodbye Is An Empty Receive Again And Again
    ${peer}    Start Peer Of    ${EC}    behaviour=half-open    after=5
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    Echo Should Work
    FOR    ${_}    IN RANGE    3
        ${data}    Receive
        Should Be Empty    ${data}
    END
    Send    still there
    Peer Should Have Received    ${peer}    16 B

A Connection That Is Cut Short Is Lost And Not Ended
    Connection Should End    close    NSAPI_ERROR_CONNECTION_LOST    when=established    notify=False

A Connection That Is Reset Is Lost
    Connection Should End    reset    NSAPI_ERROR_CONNECTION_LOST    when=established

What Mbed TLS Says Of A Forged Record Is Passed On
    Connection Should End    flood    MBEDTLS_ERR_SSL_INVALID_MAC    when=established

A Send Of Nothing Sends Nothing
    ${peer}    Connect To Peer Of    ${EC}
    ${count}    Send    ${EMPTY}
    Should Be Equal As Integers    ${count}    0
    Echo Should Work
    ${seen}    Get Peer Session    ${peer}
    Should Be Equal As Integers    ${seen.records_rx}[application_data]    1

A Receive Of Nothing Takes Nothing
    Connect To Peer Of    ${EC}
    Send    hello
    ${data}    Receive    0
    Should Be Empty    ${data}
    ${data}    Receive
    Should Be Equal As Strings    ${data}    hello

A Receive Of Less Than A Record Keeps The Rest
    Connect To Peer Of    ${EC}
    Send    one two three
    FOR    ${part}    IN    one    ${SPACE}two    ${SPACE}three
        ${data}    Receive    ${{ len($part) }}
        Should Be Equal As Strings    ${data}    ${part}
    END

A Receive Of More Than There Is Gives What There Is
    ${peer}    Start Peer Of    ${EC}    behaviour=source    length=100    chunk=100
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    ${data}    Receive
    Length Should Be    ${data}    100

A MiB Is Sent Right And In Order
    ${peer}    Start Peer Of    ${EC}    behaviour=sink    seed=0
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    Send Pattern    1 MiB
    Peer Should Have Received    ${peer}    1 MiB

A MiB Is Received Right And In Order
    ${peer}    Start Peer Of    ${EC}    behaviour=source    length=1 MiB
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    Receive Pattern    1 MiB

Two Threads Send And Receive At Once
    ${peer}    Start Peer Of    ${EC}    behaviour=source    length=64 KiB
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    ${sending}    Begin Send Pattern    64 KiB    worker=1
    Receive Pattern    64 KiB    worker=0
    Call Should Return    ${sending}
    Peer Should Have Received    ${peer}    64 KiB


*** Keywords ***
Connection Should End
    [Documentation]    Receives from a peer that ends the connection in its way, and checks that it stays ended so.
    ...    The end comes when there is a connection: one that overtakes the handshake is another matter.
    [Arguments]    ${behaviour}    ${expect}    &{options}
    ${peer}    Start Peer Of    ${EC}    behaviour=${behaviour}    after=5 B    &{options}
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    Send    hello
    Wait Until Keyword Succeeds    5 s    20 ms    Receive    expect=${expect}
    Receive    expect=${expect}
    Send    hello    expect=${expect}
