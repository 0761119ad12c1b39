*** Settings ***
Documentation    What a TLS 1.2 handshake accepts, what it refuses and for which reason, and what it costs.

Resource         tls.resource

Suite Setup      Create Authorities


*** Test Cases ***
ECDHE-ECDSA With A Chain Of 1 Completes
    Handshake With Chain Should Work    ${EC}    1    ECDHE-ECDSA-*

ECDHE-ECDSA With A Chain Of 2 Completes
    Handshake With Chain Should Work    ${EC}    2    ECDHE-ECDSA-*

ECDHE-ECDSA With A Chain Of 3 Completes
    Handshake With Chain Should Work    ${EC}    3    ECDHE-ECDSA-*

ECDHE-RSA With A Chain Of 1 Completes
    Handshake With Chain Should Work    ${RSA}    1    ECDHE-RSA-*

ECDHE-RSA With A Chain Of 2 Completes
    Handshake With Chain Should Work    ${RSA}    2    ECDHE-RSA-*

ECDHE-RSA With A Chain Of 3 Completes
    Handshake With Chain Should Work    ${RSA}    3    ECDHE-RSA-*

A Root In PEM Is Taken As A Buffer
    Connect To Peer Of    ${EC}    form=PEM buffer
    Echo Should Work

A Root In DER Is Taken
    Connect To Peer Of    ${EC}    form=DER
    Echo Should Work

A Second Root Is Taken Beside The First
    ${peer}    Start Peer Of    ${EC}
    Open Socket That Trusts    ${RSA}
    Append Root CA    ${EC}
    Connect    ${peer}
    Echo Should Work

A Client Certificate In PEM Is Shown
    Client Certificate Should Be Shown    PEM

A Client Certificate In DER Is Shown
    Client Certificate Should Be Shown    DER

An RSA Client Certificate Is Shown
    Client Certificate Should Be Shown    PEM    rsa

A Plain Connection Is Upgraded
    [Documentation]    As STARTTLS does it: a wrapper over a socket that is connected already.
    ${peer}    Start Peer Of    ${EC}
    Open Socket    tcp    socket=plain
    Connect    ${peer}    socket=plain
    Create Socket    tls-wrapper    transport=plain    hostname=server.tlsbench.test    mode=CLOSE
    Set Root CA    ${EC}
    Start TLS
    Echo Should Work

A Peer That Misses The Client Certificate Ends The Handshake
    ${peer}    Start Peer Of    ${EC}    client_certificate=required    client_root=${EC}
    Open Socket That Trusts    ${EC}
    Connect    ${peer}    expect=MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE
    Peer Should Have Seen    ${peer}    handshake_error=*did not return a certificate*

The Server Name Is Sent
    ${peer}    Connect To Peer Of    ${EC}
    Peer Should Have Seen    ${peer}    server_name=server.tlsbench.test

An Address Alone Is Refused Because It Leaves No Name To Check
    ${peer}    Start Peer Of    ${EC}
    Open Socket That Trusts    ${EC}
    ${address}    Get Host Address
    Connect    ${peer}    ${address}    expect=NSAPI_ERROR_PARAMETER

A Name That Is Waived Is Neither Sent Nor Checked
    ${peer}    Start Peer Of    ${EC}    wrong host
    Open Socket That Trusts    ${EC}
    Set Hostname    ${None}
    ${address}    Get Host Address
    Connect    ${peer}    ${address}
    Peer Should Have Seen    ${peer}    server_name=none

A Name Set For An Address Is Sent And Checked
    ${peer}    Start Peer Of    ${EC}
    Open Socket That Trusts    ${EC}
    Set Hostname    other.tlsbench.test
    ${address}    Get Host Address
    Connect    ${peer}    ${address}    expect=NSAPI_ERROR_AUTH_FAILURE
    Certificate Should Have Been Refused For    CN_MISMATCH
    Peer Should Have Seen    ${peer}    server_name=other.tlsbench.test

The Wrong Host Name Is Refused
    Peer With Flaw Should Be Refused    wrong host    CN_MISMATCH    bad_certificate

An Untrusted Root Is Refused
    Peer With Flaw Should Be Refused    untrusted root    NOT_TRUSTED    unknown_ca

An Expired Certificate Is Refused
    Peer With Flaw Should Be Refused    expired    EXPIRED    certificate_expired

A Certificate That Is Not Yet Valid Is Refused
    # RFC 5246, section 7.2.2, leaves open what to say of one: Mbed TLS certificate_unknown, OpenSSL bad_certificate.
    Peer With Flaw Should Be Refused    not yet valid    FUTURE    *certificate*

A Self-Signed Certificate Is Refused
    Peer With Flaw Should Be Refused    self-signed    NOT_TRUSTED    unknown_ca

A Peer Is Refused When No Root Was Set
    ${peer}    Start Peer Of    ${EC}
    Open Socket
    Connect    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE
    TLS Error Should Be    SSL_CA_CHAIN_REQUIRED

A Certificate Expires By The Target's Clock
    ${peer}    Start Peer Of    ${EC}
    Open Socket That Trusts    ${EC}
    Set Target Clock    60 days
    Peer Should Be Refused    ${peer}    EXPIRED    certificate_expired

What Is No Certificate Is Refused As A Root
    Open Socket
    Set Root CA    ${{ b'no certificate' }}    DER    expect=NSAPI_ERROR_PARAMETER

A Handshake Takes Two Round Trips
    Connect To Peer Of    ${EC}
    Round Trips Should Be    2    phase=handshake

The Instructions Of A Handshake Are Counted
    Connect To Peer Of    ${EC}
    Metric Should Be Recorded    instructions    phase=handshake

The Time Of A Handshake Is Measured
    Connect To Peer Of    ${EC}
    Metric Should Be Recorded    duration    phase=handshake

The Bytes Of A Handshake Are Those That The Peer Saw
    ${peer}    Connect To Peer Of    ${EC}
    ${seen}    Get Peer Session    ${peer}
    ${sent}    Get Metric    bytes_tx    phase=handshake
    ${received}    Get Metric    bytes_rx    phase=handshake
    Should Be True    ${seen.handshake_bytes_rx} < ${sent} < ${seen.handshake_bytes_rx} + 2000
    Should Be True    ${seen.handshake_bytes_tx} < ${received} < ${seen.handshake_bytes_tx} + 2000


*** Keywords ***
Client Certificate Should Be Shown
    [Documentation]    Connects to a peer that requires a client certificate, and checks which one it got.
    [Arguments]    ${form}    ${key}=ec
    ${client}    Create Client Certificate    ${EC}    name=meter 7    key=${key}
    ${peer}    Start Peer Of    ${EC}    client_certificate=required    client_root=${EC}
    Open Socket That Trusts    ${EC}
    Set Client Certificate    ${client}    ${form}
    Connect    ${peer}
    Peer Should Have Seen    ${peer}    client_certificate=*meter 7*
    Echo Should Work

Peer With Flaw Should Be Refused
    [Documentation]    Connects to a peer whose certificate has a flaw, and checks that it is refused for it.
    [Arguments]    ${flaw}    ${reason}    ${alert}
    ${peer}    Start Peer Of    ${EC}    ${flaw}
    Open Socket That Trusts    ${EC}
    Peer Should Be Refused    ${peer}    ${reason}    ${alert}
    TLS Error Should Be    X509_CERT_VERIFY_FAILED
