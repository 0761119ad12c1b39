"""Keywords about the MQTT broker that applications talk to."""

from __future__ import annotations

from datetime import timedelta

from robot.api import logger
from robot.api.deco import keyword

from tlsbench.keywords.topic import Topic
from tlsbench.peers import Identity
from tlsbench.peers.mosquitto import Mosquitto

WITHIN = timedelta(seconds=5)


class BrokerKeywords(Topic):
    """A Mosquitto of the bench's own. It has nothing to do with one that the machine may run as a service."""

    @keyword(name="Start MQTT Broker", tags=["mqtt"])
    def start_mqtt_broker(self, identity: Identity) -> Mosquitto:
        """Starts Mosquitto, with one port for MQTT over TLS and one for MQTT over TCP. It ends with the test.

        It has ``port`` and ``plain_port``.

        | =Argument= | =Meaning= |
        | ``identity`` | its certificate and key, see `Create Server Certificate` |

        Example:
        | ${broker}    `Start MQTT Broker`    ${identity}
        | `Run Application`    mqtt    port=${broker.port}    root-ca=${authority}
        """
        return self.session.keep(Mosquitto(identity, address=self.session.listen))

    @keyword(tags=["mqtt"])
    def broker_should_have_logged(self, broker: Mosquitto, *lines: str, within: timedelta = WITHIN) -> None:
        """Waits until the broker has logged lines, in any order.

        | =Argument= | =Meaning= |
        | ``broker`` | the broker |
        | ``lines`` | how each looks, its time included, with the wildcards ``*`` and ``?`` |
        | ``within`` | how long to wait for each |

        Example:
        | `Broker Should Have Logged`    ${broker}    *New client connected*
        """
        for line in lines:
            logger.info(broker.wait_for_log(line, within.total_seconds()))
