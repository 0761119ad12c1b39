#include "netsocket/SocketAddress.h"

#include <cstdio>
#include <cstring>

namespace {

/// Four decimal numbers of at most 255, nothing before, between or after. No leading zeros: some read those as octal.
bool parse_ipv4(const char *text, uint8_t *bytes)
{
    for (int i = 0; i < NSAPI_IPv4_BYTES; i++) {
        if (i > 0 && *text++ != '.') {
            return false;
        }
        const char *start = text;
        unsigned value = 0;
        while (*text >= '0' && *text <= '9' && text - start < 3) {
            value = value * 10 + unsigned(*text++ - '0');
        }
        if (text == start || value > 255 || (*start == '0' && text - start > 1)) {
            return false;
        }
        bytes[i] = uint8_t(value);
    }
    return *text == '\0';
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = char(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// RFC 4291 section 2.2: eight groups of hex digits, one run of zeros as "::", the last two groups perhaps as IPv4.
bool parse_ipv6(const char *text, uint8_t *bytes)
{
    int filled = 0; // bytes
    int gap = -1;   // where "::" stands, in bytes
    if (text[0] == ':' && text[1] != ':') {
        return false;
    }
    while (*text) {
        if (text[0] == ':' && text[1] == ':') {
            if (gap >= 0) {
                return false;
            }
            gap = filled;
            text += 2;
            continue;
        }
        if (*text == ':') {
            // A separator must come after a group and before another one.
            if (filled == 0 || gap == filled || hex_digit(text[1]) < 0) {
                return false;
            }
            text++;
        } else if (filled > 0 && gap != filled) {
            return false;
        }
        if (filled <= NSAPI_IPv6_BYTES - NSAPI_IPv4_BYTES && parse_ipv4(text, bytes + filled)) {
            filled += NSAPI_IPv4_BYTES;
            break;
        }
        unsigned value = 0;
        int digits = 0;
        while (hex_digit(*text) >= 0 && digits < 4) {
            value = value << 4 | unsigned(hex_digit(*text++));
            digits++;
        }
        if (digits == 0 || filled == NSAPI_IPv6_BYTES) {
            return false;
        }
        bytes[filled++] = uint8_t(value >> 8);
        bytes[filled++] = uint8_t(value);
    }
    if (gap < 0) {
        return filled == NSAPI_IPv6_BYTES;
    }
    if (filled == NSAPI_IPv6_BYTES) {
        return false; // "::" must stand for at least one group
    }
    const int after = filled - gap;
    memmove(bytes + NSAPI_IPv6_BYTES - after, bytes + gap, size_t(after));
    memset(bytes + gap, 0, size_t(NSAPI_IPv6_BYTES - filled));
    return true;
}

/// RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as "::".
void print_ipv6(char *out, const uint8_t *bytes)
{
    int best = -1, best_length = 1;
    for (int i = 0; i < 8; i++) {
        int length = 0;
        while (i + length < 8 && bytes[2 * (i + length)] == 0 && bytes[2 * (i + length) + 1] == 0) {
            length++;
        }
        if (length > best_length) {
            best = i;
            best_length = length;
        }
    }
    for (int i = 0; i < 8; i++) {
        if (i == best) {
            *out++ = ':';
            *out++ = ':';
            i += best_length - 1;
            continue;
        }
        if (i > 0 && out[-1] != ':') {
            *out++ = ':';
        }
        out += sprintf(out, "%x", unsigned(bytes[2 * i] << 8 | bytes[2 * i + 1]));
    }
    *out = '\0';
}

size_t bytes_of(nsapi_version_t version)
{
    switch (version) {
        case NSAPI_IPv4: return NSAPI_IPv4_BYTES;
        case NSAPI_IPv6: return NSAPI_IPv6_BYTES;
        default: return 0;
    }
}

} // namespace

SocketAddress::SocketAddress(const nsapi_addr_t &addr, uint16_t port) : _port(port)
{
    set_addr(addr);
}

SocketAddress::SocketAddress(const char *addr, uint16_t port) : _port(port)
{
    set_ip_address(addr);
}

SocketAddress::SocketAddress(const void *bytes, nsapi_version_t version, uint16_t port) : _port(port)
{
    set_ip_bytes(bytes, version);
}

bool SocketAddress::set_ip_address(const char *addr)
{
    nsapi_addr_t parsed{};
    if (addr && parse_ipv4(addr, parsed.bytes)) {
        parsed.version = NSAPI_IPv4;
    } else {
        parsed = {};
        if (addr && parse_ipv6(addr, parsed.bytes)) {
            parsed.version = NSAPI_IPv6;
        }
    }
    set_addr(parsed);
    return parsed.version != NSAPI_UNSPEC;
}

void SocketAddress::set_ip_bytes(const void *bytes, nsapi_version_t version)
{
    nsapi_addr_t addr{};
    const size_t size = bytes ? bytes_of(version) : 0;
    if (size > 0) {
        addr.version = version;
        memcpy(addr.bytes, bytes, size);
    }
    set_addr(addr);
}

void SocketAddress::set_addr(const nsapi_addr_t &addr)
{
    const size_t size = bytes_of(addr.version);
    _addr = {};
    _addr.version = size > 0 ? addr.version : NSAPI_UNSPEC;
    memcpy(_addr.bytes, addr.bytes, size);
    _text[0] = '\0';
}

const char *SocketAddress::get_ip_address() const
{
    if (_text[0] == '\0') {
        if (_addr.version == NSAPI_IPv4) {
            sprintf(_text, "%u.%u.%u.%u", _addr.bytes[0], _addr.bytes[1], _addr.bytes[2], _addr.bytes[3]);
        } else if (_addr.version == NSAPI_IPv6) {
            print_ipv6(_text, _addr.bytes);
        } else {
            return nullptr;
        }
    }
    return _text;
}

SocketAddress::operator bool() const
{
    for (size_t i = 0; i < bytes_of(_addr.version); i++) {
        if (_addr.bytes[i] != 0) {
            return true;
        }
    }
    return false;
}

bool operator==(const SocketAddress &a, const SocketAddress &b)
{
    return a._addr.version == b._addr.version && a._port == b._port &&
           memcmp(a._addr.bytes, b._addr.bytes, bytes_of(a._addr.version)) == 0;
}

bool operator!=(const SocketAddress &a, const SocketAddress &b)
{
    return !(a == b);
}
