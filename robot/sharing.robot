*** Settings ***
Documentation    What secure sockets can share: a whole configuration, root certificates, a client certificate.

Resource         tls.resource

Suite Setup      Create Authorities


*** Test Cases ***
Two Sockets Work With One Configuration
    ${peer}    Start Peer Of    ${EC}
    Share Configuration
    Should Be Shared    ssl config    first    socket=second
    Should Be Shared    ca chain    first    socket=second
    Connect    ${peer}    socket=first
    Connect    ${peer}    socket=second    worker=1
    Echo Should Work    one    socket=first
    Echo Should Work    two    socket=second    worker=1
    Echo Should Work    one again    socket=first

A Shared Configuration Refuses In Both
    ${peer}    Start Peer Of    ${RSA}
    Share Configuration
    Connect    ${peer}    socket=first    expect=NSAPI_ERROR_AUTH_FAILURE
    Connect    ${peer}    socket=second    expect=NSAPI_ERROR_AUTH_FAILURE
    Certificate Should Have Been Refused For    NOT_TRUSTED    socket=second

The Lender May Be Closed Before The Borrower Connects
    ${peer}    Start Peer Of    ${EC}
    Share Configuration
    Close Socket    socket=first
    Connect    ${peer}    socket=second
    Echo Should Work    socket=second

The Lender May Be Deleted While The Borrower Is Connected
    ${peer}    Start Peer Of    ${EC}
    Share Configuration
    Connect    ${peer}    socket=first
    Connect    ${peer}    socket=second
    Delete Socket    socket=first
    Echo Should Work    socket=second
    Close Socket    socket=second

The Borrower May Be Deleted While The Lender Is Connected
    ${peer}    Start Peer Of    ${EC}
    Share Configuration
    Connect    ${peer}    socket=second
    Connect    ${peer}    socket=first
    Delete Socket    socket=second
    Echo Should Work    socket=first

A Shared Configuration Is Freed Once When The Lender Goes First
    Everything Should Be Free After    first    second

A Shared Configuration Is Freed Once When The Borrower Goes First
    Everything Should Be Free After    second    first

Three Sockets Can Pass A Configuration On
    ${peer}    Start Peer Of    ${EC}
    Share Configuration
    Open Socket    socket=third
    Share    ssl config    second    socket=third
    Delete Socket    socket=first
    Delete Socket    socket=second
    Connect    ${peer}    socket=third
    Echo Should Work    socket=third

What A Shared Configuration Saves Is Measured
    Open Socket    socket=first
    Set Root CA    ${EC}    socket=first
    ${alone}    Heap That Second Socket Takes By    Set Root CA    ${EC}
    ${shared}    Heap That Second Socket Takes By    Share    ssl config    first
    Second Socket Should Take At Most    0 B    shared=${shared}    alone=${alone}

Root Certificates Alone Can Be Shared
    ${peer}    Start Peer Of    ${EC}
    Open Sockets
    Set Root CA    ${EC}    socket=first
    Share    ca chain    first    socket=second
    Should Be Shared    ca chain    first    socket=second
    Should Not Be Shared    ssl config    first    socket=second
    Connect    ${peer}    socket=second
    Close Socket    socket=second
    Connect    ${peer}    socket=first
    Echo Should Work    socket=first

Root Certificates That Are Taken Away Are Not Trusted
    ${peer}    Start Peer Of    ${EC}
    Open Sockets
    Set Root CA    ${EC}    socket=second
    Share    ca chain    socket=second
    Should Be Shared    ca chain    socket=second
    Connect    ${peer}    socket=second    expect=NSAPI_ERROR_AUTH_FAILURE

A Client Certificate Alone Can Be Shared
    [Documentation]    The key does not come with it: it was set before, with the same certificate.
    ${client}    Create Client Certificate    ${EC}    name=meter 7
    ${peer}    Start Peer Of    ${EC}    client_certificate=required    client_root=${EC}
    Open Sockets
    Set Client Certificate    ${client}    socket=first
    Set Client Certificate    ${client}    socket=second
    Share    own cert    first    socket=second
    Should Be Shared    own cert    first    socket=second
    Set Root CA    ${EC}    socket=second
    Connect    ${peer}    socket=second
    Peer Should Have Seen    ${peer}    client_certificate=*meter 7*

A Client Certificate Without A Key Is Refused
    ${client}    Create Client Certificate    ${EC}
    Open Sockets
    Set Client Certificate    ${client}    socket=first
    Share    own cert    first    socket=second    expect=NSAPI_ERROR_PARAMETER
    Should Be Shared    own cert    socket=second

A Client Certificate That Is Taken Away Is Not Shown
    ${client}    Create Client Certificate    ${EC}
    ${peer}    Start Peer Of    ${EC}    client_certificate=optional    client_root=${EC}
    Open Sockets
    Set Root CA    ${EC}    socket=second
    Set Client Certificate    ${client}    socket=second
    Should Not Be Shared    own cert    socket=second
    Share    own cert    socket=second
    Connect    ${peer}    socket=second
    Peer Should Have Seen    ${peer}    client_certificate=none

A Shared Configuration Brings The Client Certificate
    ${client}    Create Client Certificate    ${EC}    name=meter 7
    ${peer}    Start Peer Of    ${EC}    client_certificate=required    client_root=${EC}
    Share Configuration
    Set Client Certificate    ${client}    socket=first
    Should Be Shared    own cert    first    socket=second
    Connect    ${peer}    socket=second
    Peer Should Have Seen    ${peer}    client_certificate=*meter 7*

What Is Not Set Is Null
    Open Sockets
    Should Be Shared    own cert    socket=first
    Should Be Shared    ca chain    socket=first
    Should Not Be Shared    ssl config    socket=first

Mbed TLS's Connection Is There From Connect To Close
    Open Socket That Trusts    ${EC}
    Should Be Shared    ssl context
    ${peer}    Start Peer Of    ${EC}
    Connect    ${peer}
    Should Not Be Shared    ssl context
    Close Socket
    Should Be Shared    ssl context

A Root That Is Set After Sharing Is The Borrower's Alone
    ${peer}    Start Peer Of    ${RSA}
    Share Configuration
    Set Root CA    ${RSA}    socket=second
    Connect    ${peer}    socket=first    expect=NSAPI_ERROR_AUTH_FAILURE
    Connect    ${peer}    socket=second
    Echo Should Work    socket=second

A Root That Is Added After Sharing Is Trusted Beside The Lender's
    Share Configuration
    Append Root CA    ${RSA}    socket=second
    Second Socket Should Trust Both
    Close Socket    socket=second
    ${stranger}    Start Peer Of    ${RSA}
    Connect    ${stranger}    socket=first    expect=NSAPI_ERROR_AUTH_FAILURE

A Root That Is Added To Another Socket's Is Trusted Beside Them
    Open Sockets
    Set Root CA    ${EC}    socket=first
    Share    ca chain    first    socket=second
    Append Root CA    ${RSA}    socket=second
    Delete Socket    socket=first
    Second Socket Should Trust Both

A Root Of One's Own Goes With The Rest Of A Shared Configuration
    [Documentation]    The borrower's own root takes the place of the lender's, whose client certificate is shown.
    ${client}    Create Client Certificate    ${EC}    name=meter 7
    ${peer}    Start Peer Of    ${EC}    client_certificate=required    client_root=${EC}
    Open Sockets
    Set Root CA    ${RSA}    socket=first
    Set Client Certificate    ${client}    socket=first
    Set Root CA    ${EC}    socket=second
    Share    ssl config    first    socket=second
    Connect    ${peer}    socket=second
    Peer Should Have Seen    ${peer}    client_certificate=*meter 7*

A Configuration That Is Set While Connected Is Not Used
    ${peer}    Start Peer Of    ${EC}
    Open Sockets
    Set Root CA    ${EC}    socket=first
    Set Root CA    ${EC}    socket=second
    Connect    ${peer}    socket=second
    Share    ssl config    first    socket=second
    Should Not Be Shared    ssl config    first    socket=second
    Echo Should Work    socket=second

A Configuration Can Be Given Back
    ${peer}    Start Peer Of    ${EC}
    Share Configuration
    Share    ssl config    socket=second
    Should Not Be Shared    ssl config    first    socket=second
    Connect    ${peer}    socket=second    expect=NSAPI_ERROR_AUTH_FAILURE
    TLS Error Should Be    SSL_CA_CHAIN_REQUIRED    socket=second

A Root That Was Set Before Sharing Stays
    [Documentation]    In Mbed OS set_root_ca_cert and then set_ssl_config lost it.
    ${peer}    Start Peer Of    ${EC}
    Open Sockets
    Set Root CA    ${RSA}    socket=first
    Set Root CA    ${EC}    socket=second
    Share    ssl config    first    socket=second
    Connect    ${peer}    socket=second
    Echo Should Work    socket=second


*** Keywords ***
Open Sockets
    [Documentation]    Opens two secure sockets that have nothing set.
    Open Socket    socket=first
    Open Socket    socket=second

Share Configuration
    [Documentation]    Opens two secure sockets; the second one uses the first one's configuration, which trusts ${EC}.
    Open Sockets
    Set Root CA    ${EC}    socket=first
    Share    ssl config    first    socket=second

Second Socket Should Trust Both
    [Documentation]    A peer of ${EC} is refused for its name alone, so its root is trusted; one of ${RSA} is accepted.
    ${misnamed}    Start Peer Of    ${EC}    wrong host
    Connect    ${misnamed}    socket=second    expect=NSAPI_ERROR_AUTH_FAILURE
    Certificate Should Have Been Refused For    CN_MISMATCH    socket=second
    ${peer}    Start Peer Of    ${RSA}
    Connect    ${peer}    socket=second
    Echo Should Work    socket=second

Heap That Second Socket Takes By
    [Documentation]    Gives the heap that this call for a fresh second socket takes, the socket itself not counted.
    [Arguments]    ${call}    @{arguments}
    Open Socket    socket=second
    ${before}    Get Heap
    Run Keyword    ${call}    @{arguments}    socket=second
    ${after}    Get Heap
    Delete Socket    socket=second
    RETURN    ${{ $after - $before }}

Everything Should Be Free After
    [Documentation]    Connects two sockets that share, deletes them in this order, and checks that no heap is left.
    [Arguments]    ${one}    ${other}
    ${peer}    Start Peer Of    ${EC}
    ${before}    Get Heap
    Share Configuration
    Connect    ${peer}    socket=first
    Connect    ${peer}    socket=second
    Delete Socket    socket=${one}
    Delete Socket    socket=${other}
    Heap Should Be    ${before}
