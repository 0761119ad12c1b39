#include "hosts.h"

#include <cstdlib>
#include <cstring>
#include <strings.h>

namespace tlsbench {
namespace posix {

bool find_host(const char *name, SocketAddress *address)
{
    const char *entry = getenv(hosts_variable);
    const size_t length = strlen(name);
    while (entry && *entry) {
        const char *const end = entry + strcspn(entry, " ");
        if (strncasecmp(entry, name, length) == 0 && entry[length] == '=') {
            const char *text = entry + length + 1;
            char copy[NSAPI_IP_SIZE] = {};
            if (size_t(end - text) < sizeof copy) {
                memcpy(copy, text, size_t(end - text));
                return address->set_ip_address(copy);
            }
        }
        entry = end + strspn(end, " ");
    }
    return false;
}

} // namespace posix
} // namespace tlsbench
