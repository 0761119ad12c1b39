*** Settings ***
Documentation    Calls in the wrong order give the code that Mbed OS gives, and never a crash.

Resource         tls.resource

Suite Setup      Create Authorities


*** Test Cases ***
Send And Receive Before Open Have No Connection
    [Setup]    TLS Should Be Done On The Board    TLSSocketWrapper, which calls come to
    Create Socket
    Send    hello    expect=NSAPI_ERROR_NO_CONNECTION
    Receive    expect=NSAPI_ERROR_NO_CONNECTION

Send And Receive Before Connect Have No Connection
    Open Socket That Trusts    ${EC}
    Send    hello    expect=NSAPI_ERROR_NO_CONNECTION
    Receive    expect=NSAPI_ERROR_NO_CONNECTION
    Send To    ${443}    hello    expect=NSAPI_ERROR_NO_CONNECTION
    Receive From    ${443}    expect=NSAPI_ERROR_NO_CONNECTION

Connect Before Open Has No Socket
    [Setup]    TLS Should Be Done On The Board    TLSSocketWrapper, which calls come to
    ${peer}    Start Peer Of    ${EC}
    Create Socket
    Set Root CA    ${EC}
    Connect    ${peer}    expect=NSAPI_ERROR_NO_SOCKET
    Open Socket
    Connect    ${peer}
    Echo Should Work

Open Twice Is A Wrong Parameter And Changes Nothing
    ${peer}    Start Peer Of    ${EC}
    Open Socket That Trusts    ${EC}
    Open Socket    expect=NSAPI_ERROR_PARAMETER
    Connect    ${peer}
    Open Socket    expect=NSAPI_ERROR_PARAMETER
    Echo Should Work

Connect Twice Is Connected Already And Changes Nothing
    [Setup]    TLS Should Be Done On The Board    TLSSocketWrapper, which calls come to
    ${peer}    Connect To Peer Of    ${EC}
    Connect    ${peer}    expect=NSAPI_ERROR_IS_CONNECTED
    Connect By Address    ${peer}    NSAPI_ERROR_IS_CONNECTED
    Start TLS    expect=NSAPI_ERROR_IS_CONNECTED
    Echo Should Work

Connect While Another Thread Connects Is On Its Way Already
    [Setup]    TLS Should Be Done On The Board    TLSSocketWrapper, which calls come to
    ${silent}    Start Peer Of    ${EC}    behaviour=silent
    Open Socket That Trusts    ${EC}
    ${connecting}    Begin Connect    ${silent}
    Peer Should Have Seen    ${silent}
    Connect    ${silent}    worker=1    expect=NSAPI_ERROR_ALREADY
    Send    hello    worker=1    expect=NSAPI_ERROR_NO_CONNECTION
    Set Root CA    ${EC}    worker=1    expect=NSAPI_ERROR_BUSY
    Stop Peer    ${silent}
    Call Should Return    ${connecting}    NSAPI_ERROR_CONNECTION_LOST

Nothing Has A Socket After Close
    ${peer}    Connect To Peer Of    ${EC}
    Close Socket
    Receive    expect=NSAPI_ERROR_NO_SOCKET
    Send    hello    expect=NSAPI_ERROR_NO_SOCKET
    Other End Should Be    ${peer}    expect=NSAPI_ERROR_NO_SOCKET
    Close Socket    expect=NSAPI_ERROR_NO_SOCKET

Connect After Close Has No Socket Until It Is Opened Again
    [Setup]    TLS Should Be Done On The Board    TLSSocketWrapper, which calls come to
    ${peer}    Connect To Peer Of    ${EC}
    Close Socket
    Set Root CA    ${EC}
    Connect    ${peer}    expect=NSAPI_ERROR_NO_SOCKET
    Open Socket
    Connect    ${peer}
    Echo Should Work

Options And Bind After Close Have No Socket
    Open Socket
    Close Socket
    Bind Socket    0    expect=NSAPI_ERROR_NO_SOCKET
    Set Socket Option    KEEPALIVE    1    expect=NSAPI_ERROR_NO_SOCKET
    Get Socket Option    KEEPALIVE    expect=NSAPI_ERROR_NO_SOCKET

What Never Blocks May Be Called At Any Time
    Create Socket
    Set Blocking    False
    Set Timeout    1 s
    Switch Sigio On
    Open Socket
    Close Socket
    Set Timeout    ${None}
    Set Blocking    True
    Switch Sigio On

A Socket May Be Deleted While It Is Open
    Create Socket    socket=other
    ${before}    Get Heap
    Open Socket That Trusts    ${EC}
    Delete Socket
    Heap Should Be    ${before}

A Socket May Be Deleted While It Is Connected
    ${peer}    Start Peer Of    ${EC}
    ${before}    Get Heap
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    Echo Should Work
    Delete Socket
    Heap Should Be    ${before}

A Socket May Be Deleted After A Connect That Failed
    ${peer}    Start Peer Of    ${RSA}
    ${before}    Get Heap
    Open Socket That Trusts    ${EC}
    Connect    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE
    Delete Socket
    Heap Should Be    ${before}

Certificates That Are Set While Connected Disturb Nothing
    [Setup]    TLS Should Be Done On The Board    TLSSocketWrapper, which calls come to
    ${client}    Create Client Certificate    ${EC}
    Connect To Peer Of    ${EC}
    Set Root CA    ${RSA}    expect=NSAPI_ERROR_OK
    Echo Should Work    one
    Append Root CA    ${EC}    expect=NSAPI_ERROR_OK
    Echo Should Work    two
    Set Client Certificate    ${client}    expect=NSAPI_ERROR_OK
    Echo Should Work    three
    Set Hostname    other.tlsbench.test
    Echo Should Work    four

A Wrapper Over A Socket That Is Not Open Has No Socket
    ${peer}    Start Peer Of    ${EC}
    Create Socket    tcp    socket=plain
    Create Socket    tls-wrapper    transport=plain    hostname=server.tlsbench.test
    Set Root CA    ${EC}
    Connect By Address    ${peer}    NSAPI_ERROR_NO_SOCKET

TLS Over A Transport That Is Not Connected Has No Connection
    Open Socket    tcp    socket=plain
    Create Socket    tls-wrapper    transport=plain    hostname=server.tlsbench.test    mode=KEEP
    Set Root CA    ${EC}
    Start TLS    expect=NSAPI_ERROR_NO_CONNECTION

A Transport That Was Closed Below A Secure Socket Ends It
    ${peer}    Start Peer Of    ${EC}
    Open Socket    tcp    socket=plain
    Create Socket    tls-wrapper    transport=plain    hostname=server.tlsbench.test
    Set Root CA    ${EC}
    Connect By Address    ${peer}
    Close Socket    socket=plain
    Send    hello    expect=NSAPI_ERROR_NO_SOCKET
    Receive    expect=NSAPI_ERROR_NO_SOCKET
    Close Socket    expect=NSAPI_ERROR_NO_SOCKET
