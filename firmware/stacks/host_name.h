// What a host name is, to every network stack.
#pragma once

#include <cstddef>

namespace tlsbench {

constexpr size_t kLongestHostName = 255;

/// Whether a name can be asked for: labels of 1 to 63 bytes (RFC 1035, section 2.3.4), one dot at its end at the most.
inline bool is_host_name(const char *host)
{
    size_t label = 0, length = 0;
    for (; host[length]; length++) {
        label = host[length] == '.' ? 0 : label + 1;
        if (label > 63 || (label == 0 && (length == 0 || host[length - 1] == '.'))) {
            return false;
        }
    }
    return length > 0 && length <= kLongestHostName;
}

} // namespace tlsbench
