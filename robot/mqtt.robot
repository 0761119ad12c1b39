*** Settings ***
Documentation    MQTT against a real broker: the application's client takes a Socket and does not know what carries it.

Library          tlsbench.Bench

Suite Setup      Create Authorities


*** Test Cases ***
Messages Go Through The Broker Over TLS
    ${broker}    Start MQTT Broker    ${IDENTITY}
    Run Application    mqtt    port=${broker.port}    root-ca=${AUTHORITY}
    Session Should Succeed    ${broker}    ${broker.port}

The Same Client Speaks Over TCP
    ${broker}    Start MQTT Broker    ${IDENTITY}
    Run Application    mqtt    port=${broker.plain_port}    secure=0
    Session Should Succeed    ${broker}    ${broker.plain_port}

A Broker That Is Not Trusted Gets No Session
    ${other}    Create Authority    name=somebody else
    ${broker}    Start MQTT Broker    ${IDENTITY}
    Run Application    mqtt    port=${broker.port}    root-ca=${other}
    Application Should Print    server.tlsbench.test: connect failed (-3011)
    Application Should End With    1
    Broker Should Have Logged    ${broker}    *New connection from * on port ${broker.port}.    *unknown ca*


*** Keywords ***
Create Authorities
    [Documentation]    An authority whose broker the application trusts.
    ${authority}    Create Authority
    ${identity}    Create Server Certificate    ${authority}
    VAR    ${AUTHORITY}    ${authority}    scope=SUITE
    VAR    ${IDENTITY}    ${identity}    scope=SUITE

Session Should Succeed
    [Documentation]    A message of each quality of service goes to the broker and back, and the session ends well.
    [Arguments]    ${broker}    ${port}
    Application Should Print    Session begun    Subscribed to tlsbench/hello
    Application Should Print    Message on tlsbench/hello: at most once
    Application Should Print    Message on tlsbench/hello: at least once
    Application Should Print    The broker answers a ping    Session ended (0)
    Application Should End With    0
    Broker Should Have Logged
    ...    ${broker}
    ...    *New connection from * on port ${port}.
    ...    *New client connected from * as tlsbench (p2, c1, k60).
    ...    *Received PUBLISH from tlsbench (d0, q0, r0, m0, 'tlsbench/hello', ... (12 bytes))
    ...    *Received PUBLISH from tlsbench (d0, q1, r0, m*, 'tlsbench/hello', ... (13 bytes))
    ...    *Received PUBACK from tlsbench (Mid: *, RC:0)
    ...    *Client tlsbench disconnected.
