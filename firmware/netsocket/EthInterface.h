#ifndef TLSBENCH_NETSOCKET_ETHINTERFACE_H
#define TLSBENCH_NETSOCKET_ETHINTERFACE_H

#include "netsocket/NetworkInterface.h"

/// A wired network interface.
class EthInterface : public NetworkInterface {
public:
    EthInterface *ethInterface() final { return this; }

    /// The board's wired interface, or null if its default interface is of another kind.
    static EthInterface *get_default_instance() { return NetworkInterface::get_default_instance()->ethInterface(); }
};

#endif
