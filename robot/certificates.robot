*** Settings ***
Documentation    Which certificates and keys a secure socket takes, in which form, and what it does with bad ones.
Metadata         Takes    10 s

Resource         tls.resource

Suite Setup      Create Certificates


*** Variables ***
${ROUNDS}     ${8}
${NOT_PEM}    -----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n


*** Test Cases ***
Several Roots In One PEM String Are Taken
    Roots Should Be Taken    ${{ $RSA.root_pem + $EC.root_pem }}    PEM

Several Roots In One PEM Buffer Are Taken
    Roots Should Be Taken    ${{ $RSA.root_pem + $EC.root_pem }}    PEM buffer

Several Roots In One DER Buffer Are Taken
    Roots Should Be Taken    ${{ $RSA.root_der + $EC.root_der }}    DER

A PEM Buffer Without Its Ending 0 Is Refused
    Bad Root Should Be Refused    ${EC.root_pem}    DER

A Root Is Added In DER
    Open Socket That Trusts    ${RSA}
    Append Root CA    ${EC}    DER
    Peer Should Be Trusted

Several Roots Are Added At Once
    Open Socket That Trusts    ${OTHER}
    Append Root CA    ${{ $RSA.root_pem + $EC.root_pem }}
    Peer Should Be Trusted

A Root Can Be Added To Nothing
    Open Socket
    Append Root CA    ${EC}
    Peer Should Be Trusted

Adding A Root Keeps The Earlier Ones
    Open Socket That Trusts    ${EC}
    Append Root CA    ${RSA}
    Peer Should Be Trusted

Setting A Root Replaces The Earlier Ones
    Open Socket That Trusts    ${EC}
    Append Root CA    ${RSA}
    Set Root CA    ${OTHER}
    ${peer}    Start Peer Of    ${EC}
    Connect    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE
    Certificate Should Have Been Refused For    NOT_TRUSTED

What Is Set Is Copied
    [Documentation]    The bench writes other certificates over the ones that the call was given.
    [Setup]    TLS Should Be Done On The Board    setter that may be called before open()
    ${client}    Create Client Certificate    ${RSA}
    Open Socket That Trusts    ${EC}
    Create Socket    socket=other
    Set Client Certificate    ${client}    DER    socket=other
    Peer Should Be Trusted

A Broken PEM Leaves The Earlier Trust As It Was
    Bad Root Should Be Refused    ${{ $NOT_PEM.encode() }}    PEM

What Is No Certificate Leaves The Earlier Trust As It Was
    Bad Root Should Be Refused    ${{ b'no certificate' }}    PEM

Nothing At All Leaves The Earlier Trust As It Was
    Bad Root Should Be Refused    ${{ b'' }}    DER

A Broken PEM Among Several Leaves The Earlier Trust As It Was
    Bad Root Should Be Refused    ${{ $RSA.root_pem + $NOT_PEM.encode() }}    PEM

A DER That Is Cut Short Leaves The Earlier Trust As It Was
    Bad Root Should Be Refused    ${{ $RSA.root_der[:-1] }}    DER

A Cut DER After A Whole One Leaves The Earlier Trust As It Was
    Bad Root Should Be Refused    ${{ $RSA.root_der + $EC.root_der[:-1] }}    DER

Setting Roots Again And Again Leaks Nothing
    Create Socket
    ${before}    Get Heap
    Open Socket That Trusts    ${EC}
    ${once}    Get Heap
    FOR    ${_}    IN RANGE    ${ROUNDS}
        Set Root CA    ${EC}
        Set Root CA    ${{ b'no certificate' }}    expect=NSAPI_ERROR_PARAMETER
    END
    Nothing Should Have Leaked    ${before}    ${once}

Adding Roots Leaks Nothing
    Create Socket
    ${before}    Get Heap
    Open Socket That Trusts    ${EC}
    ${once}    Get Heap
    FOR    ${_}    IN RANGE    ${ROUNDS}
        Append Root CA    ${RSA}
        Append Root CA    ${{ b'no certificate' }}    expect=NSAPI_ERROR_PARAMETER
        Set Root CA    ${EC}
    END
    Nothing Should Have Leaked    ${before}    ${once}

A Client Certificate In A PEM Buffer Is Shown
    Client Should Be Known    PEM buffer

A Client Certificate With Its Chain Is Shown
    ${client}    Create Client Certificate    ${EC}    name=meter 7    chain=2
    Open Socket That Trusts    ${EC}
    Set Client Certificate    ${client}
    Client Certificate Should Be Accepted

A Client's Key That Is Another's Is Refused At Once In PEM
    Key Of Another Should Be Refused    PEM

A Client's Key That Is Another's Is Refused At Once In DER
    Key Of Another Should Be Refused    DER

A Bad Client Certificate Leaves The Earlier One
    ${client}    Create Client Certificate    ${EC}    name=meter 7
    ${stranger}    Create Client Certificate    ${OTHER}    name=meter 8    key=rsa
    Open Socket That Trusts    ${EC}
    Set Client Certificate    ${client}
    ${mixed}    Set Variable    ${{ dataclasses.replace($stranger, key=$client.key) }}
    Set Client Certificate    ${mixed}    expect=NSAPI_ERROR_PARAMETER
    Client Certificate Should Be Accepted

Setting A Client Certificate Again And Again Leaks Nothing
    ${client}    Create Client Certificate    ${EC}
    ${stranger}    Create Client Certificate    ${OTHER}    key=rsa
    Create Socket
    ${before}    Get Heap
    Open Socket
    Set Client Certificate    ${client}
    ${once}    Get Heap
    FOR    ${_}    IN RANGE    ${ROUNDS}
        Set Client Certificate    ${client}    DER
        Set Client Certificate
        ...    ${{ dataclasses.replace($stranger, key=$client.key) }}
        ...    expect=NSAPI_ERROR_PARAMETER
    END
    Nothing Should Have Leaked    ${before}    ${once}

Certificates Need No Open Socket
    [Setup]    TLS Should Be Done On The Board    setter that may be called before open()
    Create Socket
    Set Root CA    ${EC}
    Open Socket
    Peer Should Be Trusted

A Socket Without Memory For A Root Says So And Keeps The Earlier One
    [Setup]    TLS Should Be Done On The Board    heap that TLS takes
    Open Socket That Trusts    ${EC}
    ${now}    Get Heap
    Limit Heap    ${{ $now + 100 }}
    Set Root CA    ${RSA}    expect=NSAPI_ERROR_NO_MEMORY
    Limit Heap    0
    Heap Should Be    ${now}
    Peer Should Be Trusted


*** Keywords ***
Create Certificates
    [Documentation]    Makes two authorities, and a third one that no peer's certificate is from.
    Create Authorities
    ${other}    Create Authority    ec    other
    VAR    ${OTHER}    ${other}    scope=SUITE

Peer Should Be Trusted
    [Documentation]    Connects to a peer whose certificate is from ${EC}.
    ${peer}    Start Peer Of    ${EC}
    Connect    ${peer}
    Echo Should Work

Roots Should Be Taken
    [Documentation]    Sets roots, one of which is the peer's.
    [Arguments]    ${roots}    ${form}
    Open Socket
    Set Root CA    ${roots}    ${form}
    Peer Should Be Trusted

Bad Root Should Be Refused
    [Documentation]    Sets and adds something bad, and checks that nothing changed by it.
    [Arguments]    ${root}    ${form}
    Open Socket That Trusts    ${EC}
    ${before}    Get Heap
    Set Root CA    ${root}    ${form}    expect=NSAPI_ERROR_PARAMETER
    Append Root CA    ${root}    ${form}    expect=NSAPI_ERROR_PARAMETER
    Heap Should Be    ${before}
    Peer Should Be Trusted

Nothing Should Have Leaked
    [Documentation]    Checks that a round lost nothing: one block of 8 bytes in each would be more than the slack. A
    ...    certificate may come to lie in a gap that is a few bytes larger than it needs, which the allocator
    ...    counts with it. A close gives everything back, to the byte.
    [Arguments]    ${before}    ${once}
    ${now}    Get Heap
    Should Be True    $now < $once + 8 * $ROUNDS    ${now} bytes are live; it were ${once}
    Close Socket
    Heap Should Be    ${before}

Client Should Be Known
    [Documentation]    Shows a client certificate, set in this form, to a peer that requires one.
    [Arguments]    ${form}
    ${client}    Create Client Certificate    ${EC}    name=meter 7
    Open Socket That Trusts    ${EC}
    Set Client Certificate    ${client}    ${form}
    Client Certificate Should Be Accepted

Client Certificate Should Be Accepted
    [Documentation]    Connects to a peer that requires a client certificate, and checks which one it got.
    ${peer}    Start Peer Of    ${EC}    client_certificate=required    client_root=${EC}
    Connect    ${peer}
    Peer Should Have Seen    ${peer}    client_certificate=*meter 7*
    Echo Should Work

Key Of Another Should Be Refused
    [Documentation]    Sets a certificate with a key that is not its own, and checks that nothing changed by it.
    [Arguments]    ${form}
    ${client}    Create Client Certificate    ${EC}
    ${stranger}    Create Client Certificate    ${OTHER}    key=rsa
    Open Socket That Trusts    ${EC}
    ${before}    Get Heap
    ${mixed}    Set Variable    ${{ dataclasses.replace($client, key=$stranger.key) }}
    Set Client Certificate    ${mixed}    ${form}    expect=NSAPI_ERROR_PARAMETER
    Heap Should Be    ${before}
    Should Be Shared    own cert
