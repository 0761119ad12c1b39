*** Settings ***
Documentation    Closing a secure socket: what the peer sees, what it takes, and what it gives back.

Resource         tls.resource

Suite Setup      Create Authorities


*** Test Cases ***
Close Says Goodbye To The Peer
    ${peer}    Connect To Peer Of    ${EC}
    Close Socket
    Peer Should Have Seen    ${peer}    ending=close_notify    alert=close_notify

Delete Says Goodbye To The Peer
    ${peer}    Connect To Peer Of    ${EC}
    Delete Socket
    Peer Should Have Seen    ${peer}    ending=close_notify

Close Says Goodbye After A Record That Is Still On Its Way
    ${peer}    Start Peer Of    ${EC}    behaviour=sink    paused=True    seed=0    receive_buffer=4 KiB
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    Set Blocking    False
    Send Until It Would Block
    Set Timeout    20 s
    ${closing}    Begin Close
    Resume Peer    ${peer}
    Call Should Return    ${closing}
    Peer Should Have Seen    ${peer}    ending=close_notify

Close Gives The Heap Back When It Returns
    ${peer}    Start Peer Of    ${EC}
    Create Socket
    ${before}    Get Heap
    Open Socket That Trusts    ${EC}
    Set Hostname    server.tlsbench.test
    Connect    ${peer}
    Close Socket
    Heap Should Be    ${before}

Close Returns Within The Timeout When Nobody Reads
    Close With A Full Window Should Take    500 ms    at_most=1900 ms

Close Returns Within Two Seconds Without A Timeout When Nobody Reads
    Close With A Full Window Should Take    ${None}    at_most=5 s

Close Of A Socket That Must Not Block Returns At Once
    Close With A Full Window Should Take    0 ms    at_most=1 s

Close Returns When The Cable Is Cut
    Connect To Peer Of    ${EC}
    Echo Should Work
    Set Timeout    500 ms
    Cut The Cable
    Close Should Take    at_most=1900 ms

Close Returns When The Cable Is Cut And Data Is On Its Way
    [Documentation]    What was sent after the cut is never acknowledged; nor is the goodbye that follows it.
    Create Socket
    ${before}    Get Heap
    Connect To Peer Of    ${EC}
    Echo Should Work
    Cut The Cable
    Send    nobody gets this
    Set Timeout    500 ms
    Close Should Take    at_most=1900 ms
    Heap Should Be    ${before}

Close Returns When The Peer Is Gone
    Create Socket
    ${before}    Get Heap
    ${peer}    Connect To Peer Of    ${EC}
    Stop Peer    ${peer}
    Close Socket
    Heap Should Be    ${before}

Close Returns After A Reset
    [Documentation]    The reset comes when there is a connection: one that overtakes the handshake is another matter.
    ${peer}    Start Peer Of    ${EC}    behaviour=reset    when=established    after=5 B
    Create Socket
    ${before}    Get Heap
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    Send    hello
    Wait Until Keyword Succeeds    5 s    20 ms    Receive    expect=NSAPI_ERROR_CONNECTION_LOST
    Close Socket
    Heap Should Be    ${before}

Close Forgets Certificates And Name
    ${peer}    Connect To Peer Of    ${EC}
    Close Socket
    Open Socket
    Connect    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE
    TLS Error Should Be    SSL_CA_CHAIN_REQUIRED

A Closed Socket Can Be Opened And Connected Again
    ${peer}    Start Peer Of    ${EC}
    Create Socket
    FOR    ${_}    IN RANGE    2
        Open Socket That Trusts    ${EC}
        Connect    ${peer}
        Echo Should Work
        Close Socket
    END


*** Keywords ***
Send Until It Would Block
    [Documentation]    Fills all buffers on the way; the last record may be half sent.
    Send Pattern    4 MiB    expect=NSAPI_ERROR_WOULD_BLOCK

Close With A Full Window Should Take
    [Documentation]    Closes a connection on which nothing more can be sent, and checks that all is given back.
    ...    It may end early: buffers on the way make room now and then, and may yet take the goodbye.
    [Arguments]    ${timeout}    &{limits}
    Create Socket
    ${before}    Get Heap
    ${peer}    Start Peer Of    ${EC}    behaviour=sink    paused=True    receive_buffer=4 KiB
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    Set Timeout    300 ms
    Send Until It Would Block
    Set Timeout    ${timeout}
    Close Should Take    &{limits}
    Heap Should Be    ${before}

Close Should Take
    [Documentation]    Closes, and checks how long that took by the target's clock.
    [Arguments]    &{limits}
    ${closing}    Begin Close
    Call Should Return    ${closing}
    Call Should Have Blocked    ${closing}    &{limits}
