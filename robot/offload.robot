*** Settings ***
Documentation    TLS that the network does for the target: a TLSSocket without Mbed TLS, controlled by options of level
...              7099 (nsapi.offload-tlssocket), and what that gives up. Absent where the network stack does no TLS.

Resource         tls.resource

Suite Setup      Start Without TLS On The Board


*** Variables ***
${SECRET}    a secret of the application's


*** Test Cases ***
The Image Has No Mbed TLS
    Image Should Not Contain    mbedtls_*
    Image Should Contain    *TLSSocket*

A Connection Takes No Heap On The Target
    ${peer}    Start Peer Of    ${EC}
    Create Socket
    ${before}    Get Heap
    Open Socket That Trusts    ${EC}
    Connect    ${peer}
    Heap Should Be    ${before}
    Echo Should Work
    Heap Should Be    ${before}

Certificates Before Open Have No Socket
    Create Socket
    Set Root CA    ${EC}    expect=NSAPI_ERROR_NO_SOCKET
    ${client}    Create Client Certificate    ${EC}
    Set Client Certificate    ${client}    expect=NSAPI_ERROR_NO_SOCKET
    Set TLS Option    ENABLE    ${True}    expect=NSAPI_ERROR_NO_SOCKET

Certificates After Connect Come Too Late
    Connect To Peer Of    ${EC}
    Set Root CA    ${RSA}    expect=NSAPI_ERROR_IS_CONNECTED
    ${client}    Create Client Certificate    ${EC}
    Set Client Certificate    ${client}    expect=NSAPI_ERROR_IS_CONNECTED
    Set TLS Option    HOSTNAME    other.tlsbench.test    expect=NSAPI_ERROR_IS_CONNECTED
    Set TLS Option    ENABLE    ${False}    expect=NSAPI_ERROR_IS_CONNECTED
    Echo Should Work

Certificates While It Connects Come Too Late
    ${peer}    Start Peer Of    ${EC}    behaviour=silent
    Open Socket That Trusts    ${EC}
    Set Blocking    False
    Connect    ${peer}    expect=NSAPI_ERROR_IN_PROGRESS
    Set TLS Option    CACERT    ${EC.root_pem}    expect=NSAPI_ERROR_BUSY

A Connection In The Clear Becomes A Secure One By Its Options
    [Documentation]    What a TLSSocket does for the application, done by hand on a TCPSocket.
    ${peer}    Start Peer Of    ${EC}
    Open Clear Socket That Knows Name And Root
    Set TLS Option    ENABLE    ${True}
    Connect    ${peer}
    Echo Should Work
    Peer Should Have Seen    ${peer}    version=TLSv1.2    server_name=server.tlsbench.test

Enable Honours False
    ${peer}    Start TCP Peer
    Open Clear Socket That Knows Name And Root
    Set TLS Option    ENABLE    ${True}
    Set TLS Option    ENABLE    ${False}
    Connect    ${peer}
    Echo Should Work

A Client Certificate And Its Key Are Options Of Their Own
    ${client}    Create Client Certificate    ${EC}
    ${peer}    Start Peer Of    ${EC}    client_certificate=required    client_root=${EC}
    Open Clear Socket That Knows Name And Root
    Set TLS Option    CLCERT    ${client.chain_pem}
    Set TLS Option    CLKEY    ${client.key_pem}
    Set TLS Option    ENABLE    ${True}
    Connect    ${peer}
    Echo Should Work
    Peer Should Have Seen    ${peer}    client_certificate=*tlsbench client*

Options That Are Wrong Are Refused And Change Nothing
    ${peer}    Start Peer Of    ${EC}
    Open Clear Socket That Knows Name And Root
    Set TLS Option    CACERT    no certificate    expect=NSAPI_ERROR_PARAMETER
    Set TLS Option    CACERT    ${EMPTY}    expect=NSAPI_ERROR_PARAMETER
    Set TLS Option    CLCERT    no certificate    expect=NSAPI_ERROR_PARAMETER
    Set TLS Option    CLKEY    no key    expect=NSAPI_ERROR_PARAMETER
    Set TLS Option    ENABLE    2 bytes    expect=NSAPI_ERROR_PARAMETER
    Set TLS Option    ENABLE    ${True}
    Connect    ${peer}
    Echo Should Work

Without A Word About The Name Nothing Connects
    ${peer}    Start Peer Of    ${EC}
    Open Socket    kind=tcp
    Set TLS Option    CACERT    ${EC.root_pem}
    Set TLS Option    ENABLE    ${True}
    Connect    ${peer}    expect=NSAPI_ERROR_PARAMETER

A Failed Connection Can Be Tried Again
    ${bad}    Start Peer Of    ${EC}    expired
    Open Socket That Trusts    ${EC}
    Connect    ${bad}    expect=NSAPI_ERROR_AUTH_FAILURE
    Certificate Should Have Been Refused For    EXPIRED
    ${good}    Start Peer Of    ${EC}
    Connect    ${good}
    Echo Should Work

Connect On A Socket That Must Not Block Takes Several Calls
    ${peer}    Start Peer Of    ${EC}
    Open Socket That Trusts    ${EC}
    Set Blocking    False
    Connect    ${peer}    expect=NSAPI_ERROR_IN_PROGRESS
    Wait Until Keyword Succeeds    5 s    20 ms    Connect    ${peer}    expect=NSAPI_ERROR_IS_CONNECTED
    Set Blocking    True
    Echo Should Work

The Serial Line Carries What Was Offloaded In The Clear
    [Documentation]    The price that the socket documents name: between the target and who does TLS nothing is secret.
    Capture Serial Line
    Connect And Send The Secret
    Network Should Show    ${SECRET}

With TLS On The Board The Serial Line Carries No Clear Text
    Use Configuration    ${EMPTY}
    Capture Serial Line
    Connect And Send The Secret
    Network Should Not Show    ${SECRET}


*** Keywords ***
Start Without TLS On The Board
    [Documentation]    Makes the authorities, on the image whose TLS the network does.
    Use Configuration    offload-tls
    Create Authorities

Open Clear Socket That Knows Name And Root
    [Documentation]    A TCPSocket with what a secure one has to know, set by hand.
    Open Socket    kind=tcp
    Set TLS Option    HOSTNAME    server.tlsbench.test
    Set TLS Option    CACERT    ${EC.root_pem}

Connect And Send The Secret
    [Documentation]    Sends it to a peer, who sends it back.
    Connect To Peer Of    ${EC}
    Send    ${SECRET}
    ${answer}    Receive
    Should Be Equal As Strings    ${answer}    ${SECRET}
    Close Socket
