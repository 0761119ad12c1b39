*** Settings ***
Documentation    Each failure of a handshake has its own code, tells its reason, and leaves a socket that can connect.

Resource         tls.resource

Suite Setup      Create Authorities


*** Test Cases ***
A Peer That Is Not Trusted Is An Authentication Failure
    ${peer}    Start Peer Of    ${RSA}
    Failure Should Leave A Socket That Connects    ${peer}    NSAPI_ERROR_AUTH_FAILURE
    ...    NOT_TRUSTED    X509_CERT_VERIFY_FAILED

A Peer Of Another Name Is An Authentication Failure
    ${peer}    Start Peer Of    ${EC}    wrong host
    Failure Should Leave A Socket That Connects    ${peer}    NSAPI_ERROR_AUTH_FAILURE
    ...    CN_MISMATCH    X509_CERT_VERIFY_FAILED

A Peer That Goes Away Is A Lost Connection
    ${peer}    Start Peer Of    ${EC}    behaviour=close    when=handshake
    Failure Should Leave A Socket That Connects    ${peer}    NSAPI_ERROR_CONNECTION_LOST

A Peer That Resets Is A Lost Connection
    ${peer}    Start Peer Of    ${EC}    behaviour=reset    when=handshake
    Failure Should Leave A Socket That Connects    ${peer}    NSAPI_ERROR_CONNECTION_LOST

A Peer That Says Nothing Is A Timeout
    ${peer}    Start Peer Of    ${EC}    behaviour=silent
    Failure Should Leave A Socket That Connects    ${peer}    NSAPI_ERROR_CONNECTION_TIMEOUT    timeout=300 ms

A Peer With No Cipher Suite In Common Says So
    ${peer}    Start Peer Of    ${RSA}    ciphers=ECDHE-RSA-CHACHA20-POLY1305
    Failure Should Leave A Socket That Connects    ${peer}    MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE

A Peer With Another Version Says So
    ${peer}    Start Peer Of    ${EC}    min_version=1.3    max_version=1.3
    Failure Should Leave A Socket That Connects    ${peer}    MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE

Too Little Memory Is No Memory
    [Setup]    TLS Should Be Done On The Board    heap that TLS takes
    ${peer}    Start Peer Of    ${EC}
    Open Socket That Trusts    ${EC}
    Limit Heap    6 KiB
    Connect    ${peer}    expect=NSAPI_ERROR_NO_MEMORY
    Limit Heap    0
    Socket Should Connect

A Port That Nobody Listens On Has No Connection
    ${port}    Reserve Refused Port
    Failure Should Leave A Socket That Connects    ${port}    NSAPI_ERROR_NO_CONNECTION

A Name That Nobody Knows Is A Failure Of The Name Service
    Open Socket That Trusts    ${EC}
    Connect    ${443}    nobody.tlsbench.test    expect=NSAPI_ERROR_DNS_FAILURE
    Socket Should Connect

No Word About The Name Is A Wrong Parameter And Reaches Nobody
    ${peer}    Start Peer Of    ${EC}
    Open Socket That Trusts    ${EC}
    Connect By Address    ${peer}    NSAPI_ERROR_PARAMETER
    Connect    ${peer}
    Get Peer Session    ${peer}    number=1

Without A Clock A Certificate Is Refused
    ${peer}    Start Peer Of    ${EC}
    Open Socket That Trusts    ${EC}
    Forget Target Clock
    Connect    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE
    Certificate Should Have Been Refused For    EXPIRED    FUTURE
    Set Target Clock
    Socket Should Connect

Failures One After The Other Leave No Heap Behind
    ${silent}    Start Peer Of    ${EC}    behaviour=close    when=handshake
    ${stranger}    Start Peer Of    ${RSA}
    Open Socket That Trusts    ${EC}
    ${before}    Get Heap
    FOR    ${_}    IN RANGE    3
        Connect    ${silent}    expect=NSAPI_ERROR_CONNECTION_LOST
        Heap Should Be    ${before}
        Connect    ${stranger}    expect=NSAPI_ERROR_AUTH_FAILURE
        Heap Should Be    ${before}
    END
    Socket Should Connect

The Reason Can Still Be Read After Close
    ${peer}    Start Peer Of    ${EC}    expired
    Open Socket That Trusts    ${EC}
    Connect    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE
    Close Socket
    TLS Error Should Be    X509_CERT_VERIFY_FAILED
    Certificate Should Have Been Refused For    EXPIRED


*** Keywords ***
Failure Should Leave A Socket That Connects
    [Documentation]    Connects to a peer that fails, checks the code and the reason, and connects the same socket.
    [Arguments]    ${peer}    ${expect}    ${reason}=${None}    ${tls_error}=${None}    ${timeout}=${None}
    Open Socket That Trusts    ${EC}
    Set Timeout    ${timeout}
    Connect    ${peer}    expect=${expect}
    IF    $reason
        Certificate Should Have Been Refused For    ${reason}
    ELSE
        Certificate Should Have Been Refused For
    END
    IF    $tls_error    TLS Error Should Be    ${tls_error}
    Set Timeout    ${None}
    Socket Should Connect

Socket Should Connect
    [Documentation]    Connects the same socket to a peer that it trusts.
    ${peer}    Start Peer Of    ${EC}
    Connect    ${peer}
    Certificate Should Have Been Refused For
    Echo Should Work
