// SocketAddress is given text. What it takes for an address is one to the C library, too, and the same.
#include "Input.h"
#include "world.h"

#include "netsocket/SocketAddress.h"

#include <arpa/inet.h>
#include <cstring>
#include <string>

namespace {

/// inet_pton() takes what our parser takes. The C library's own address of the text, or none.
nsapi_addr_t reference(const char *text)
{
    nsapi_addr_t address{};
    if (inet_pton(AF_INET, text, address.bytes) == 1) {
        address.version = NSAPI_IPv4;
    } else if (inet_pton(AF_INET6, text, address.bytes) == 1) {
        address.version = NSAPI_IPv6;
    } else {
        address = {};
    }
    return address;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const std::string text(reinterpret_cast<const char *>(data), size);
    SocketAddress address(text.c_str(), 80);
    MUST(address == SocketAddress(reference(text.c_str()), 80));
    if (address.get_ip_version() == NSAPI_UNSPEC) {
        MUST(!address && !address.get_ip_address());
        return 0;
    }
    // Its own text gives it again, and that text is the C library's.
    const char *own = address.get_ip_address();
    MUST(strlen(own) < NSAPI_IP_SIZE);
    MUST(SocketAddress(own, 80) == address);
    MUST(SocketAddress(address.get_ip_bytes(), address.get_ip_version(), 80) == address);
    return 0;
}
