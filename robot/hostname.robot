*** Settings ***
Documentation    Mbed OS's old behaviour, for applications that rely on it (tls-socket.require-hostname 0): without a
...              host name, any server will do that a trusted root vouches for. A name that was said is checked.

Resource         configuration.resource
Resource         tls.resource

Suite Setup      Create Authorities And Use    any-host


*** Test Cases ***
An Address Alone Will Do And A Line Warns Of It
    ${peer}    Start Peer Of    ${EC}    wrong host
    Open Socket That Trusts    ${EC}
    ${address}    Get Host Address
    Connect    ${peer}    ${address}
    Echo Should Work
    Peer Should Have Seen    ${peer}    server_name=none
    Console Should Show    [[]WARN][[]TLSW]: No host name to check the certificate for: any trusted server will do

A Root Is Still Wanted
    ${peer}    Start Peer Of    ${EC}    untrusted root
    Open Socket That Trusts    ${EC}
    ${address}    Get Host Address
    Connect    ${peer}    ${address}    expect=NSAPI_ERROR_AUTH_FAILURE
    Certificate Should Have Been Refused For    NOT_TRUSTED

A Name To Connect To Is Checked
    ${peer}    Start Peer Of    ${EC}    wrong host
    Open Socket That Trusts    ${EC}
    Peer Should Be Refused    ${peer}    CN_MISMATCH    bad_certificate
    Console Should Not Show    [[]WARN]*

A Name That Was Set Is Checked
    ${peer}    Start Peer Of    ${EC}
    Open Socket That Trusts    ${EC}
    Set Hostname    other.tlsbench.test
    ${address}    Get Host Address
    Connect    ${peer}    ${address}    expect=NSAPI_ERROR_AUTH_FAILURE
    Certificate Should Have Been Refused For    CN_MISMATCH

A Name That Is Waived Needs No Warning
    ${peer}    Start Peer Of    ${EC}    wrong host
    Open Socket That Trusts    ${EC}
    Set Hostname    ${None}
    ${address}    Get Host Address
    Connect    ${peer}    ${address}
    Console Should Not Show    [[]WARN]*
