"""The result codes that the target's socket API and its TLS library give, and their names.

Sources: ``nsapi_types.h`` of the Mbed OS 6 socket API; ``mbedtls/{ssl,x509,pk,ecp,...}.h`` of Mbed TLS.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag


class Nsapi(IntEnum):
    """Results of socket calls (``nsapi_error``). A call that counts bytes gives one of these when it is negative."""

    OK = 0
    WOULD_BLOCK = -3001
    UNSUPPORTED = -3002
    PARAMETER = -3003
    NO_CONNECTION = -3004
    NO_SOCKET = -3005
    NO_ADDRESS = -3006
    NO_MEMORY = -3007
    NO_SSID = -3008
    DNS_FAILURE = -3009
    DHCP_FAILURE = -3010
    AUTH_FAILURE = -3011
    DEVICE_ERROR = -3012
    IN_PROGRESS = -3013
    ALREADY = -3014
    IS_CONNECTED = -3015
    CONNECTION_LOST = -3016
    CONNECTION_TIMEOUT = -3017
    ADDRESS_IN_USE = -3018
    TIMEOUT = -3019
    BUSY = -3020

    @property
    def api_name(self) -> str:
        """The name as the API documents it, ``NSAPI_ERROR_WOULD_BLOCK``."""
        return f"NSAPI_ERROR_{self.name}"


def parse_nsapi(text: str) -> Nsapi:
    """The code that a text names: ``NSAPI_ERROR_WOULD_BLOCK``, ``WOULD_BLOCK``, ``would block`` or ``-3001``.

    Raises:
        ValueError: no code has that name or number; the message lists the names.
    """
    name = text.strip().upper().replace(" ", "_").removeprefix("NSAPI_ERROR_")
    try:
        return Nsapi(int(name)) if name.lstrip("-").isdigit() else Nsapi[name]
    except (KeyError, ValueError):
        known = ", ".join(code.api_name for code in Nsapi)
        raise ValueError(f"{text!r} is no result code of the socket API; known are {known}") from None


def describe_result(result: int) -> str:
    """A call's result for a person: ``NSAPI_ERROR_TIMEOUT (-3019)``, ``NSAPI_ERROR_OK`` or a plain count."""
    if result > 0:
        return str(result)
    try:
        name = Nsapi(result).api_name
    except ValueError:
        return describe_mbedtls(result)  # the API passes on what it has no code for
    return f"{name} ({result})" if result else name


class VerifyFlag(IntFlag):
    """Why Mbed TLS did not accept the peer's certificate chain (``MBEDTLS_X509_BADCERT_...``)."""

    EXPIRED = 0x0001
    REVOKED = 0x0002
    CN_MISMATCH = 0x0004
    NOT_TRUSTED = 0x0008
    CRL_NOT_TRUSTED = 0x0010
    CRL_EXPIRED = 0x0020
    MISSING = 0x0040
    SKIP_VERIFY = 0x0080
    OTHER = 0x0100
    FUTURE = 0x0200
    CRL_FUTURE = 0x0400
    KEY_USAGE = 0x0800
    EXT_KEY_USAGE = 0x1000
    NS_CERT_TYPE = 0x2000
    BAD_MD = 0x4000
    BAD_PK = 0x8000
    BAD_KEY = 0x010000
    CRL_BAD_MD = 0x020000
    CRL_BAD_PK = 0x040000
    CRL_BAD_KEY = 0x080000


def describe_verify_flags(flags: int) -> str:
    """Names of the flags, ``EXPIRED, NOT_TRUSTED``; bits without a name in hexadecimal; ``none`` for 0."""
    known = [flag.name or "" for flag in VerifyFlag if flags & flag]
    rest = flags & ~sum(VerifyFlag)
    if rest:
        known.append(f"0x{rest:x}")
    return ", ".join(known) or "none"


# Codes below 0x1000 come from a low-level module and may be added to a high-level one: -0x3B00 - 0x0062.
_HIGH = {
    0x1080: "PEM_NO_HEADER_FOOTER_PRESENT",
    0x1100: "PEM_INVALID_DATA",
    0x1180: "PEM_ALLOC_FAILED",
    0x1480: "PEM_BAD_INPUT_DATA",
    0x2080: "X509_FEATURE_UNAVAILABLE",
    0x2100: "X509_UNKNOWN_OID",
    0x2180: "X509_INVALID_FORMAT",
    0x2200: "X509_INVALID_VERSION",
    0x2280: "X509_INVALID_SERIAL",
    0x2300: "X509_INVALID_ALG",
    0x2380: "X509_INVALID_NAME",
    0x2400: "X509_INVALID_DATE",
    0x2480: "X509_INVALID_SIGNATURE",
    0x2500: "X509_INVALID_EXTENSIONS",
    0x2580: "X509_UNKNOWN_VERSION",
    0x2600: "X509_UNKNOWN_SIG_ALG",
    0x2680: "X509_SIG_MISMATCH",
    0x2700: "X509_CERT_VERIFY_FAILED",
    0x2780: "X509_CERT_UNKNOWN_FORMAT",
    0x2800: "X509_BAD_INPUT_DATA",
    0x2880: "X509_ALLOC_FAILED",
    0x2900: "X509_FILE_IO_ERROR",
    0x2980: "X509_BUFFER_TOO_SMALL",
    0x3000: "X509_FATAL_ERROR",
    0x3980: "PK_FEATURE_UNAVAILABLE",
    0x3A00: "PK_UNKNOWN_NAMED_CURVE",
    0x3A80: "PK_INVALID_ALG",
    0x3B00: "PK_INVALID_PUBKEY",
    0x3C80: "PK_UNKNOWN_PK_ALG",
    0x3D00: "PK_KEY_INVALID_FORMAT",
    0x3D80: "PK_KEY_INVALID_VERSION",
    0x3E80: "PK_BAD_INPUT_DATA",
    0x3F00: "PK_TYPE_MISMATCH",
    0x3F80: "PK_ALLOC_FAILED",
    0x4080: "RSA_BAD_INPUT_DATA",
    0x4100: "RSA_INVALID_PADDING",
    0x4380: "RSA_VERIFY_FAILED",
    0x4C80: "ECP_INVALID_KEY",
    0x4D80: "ECP_ALLOC_FAILED",
    0x4E00: "ECP_VERIFY_FAILED",
    0x4F80: "ECP_BAD_INPUT_DATA",
    0x5180: "MD_ALLOC_FAILED",
    0x6180: "CIPHER_ALLOC_FAILED",
    0x6300: "CIPHER_AUTH_FAILED",
    0x6600: "SSL_INVALID_VERIFY_HASH",
    0x6700: "SSL_CONTINUE_PROCESSING",
    0x6880: "SSL_WANT_WRITE",
    0x6900: "SSL_WANT_READ",
    0x6A00: "SSL_BUFFER_TOO_SMALL",
    0x6C00: "SSL_INTERNAL_ERROR",
    0x6E00: "SSL_HANDSHAKE_FAILURE",
    0x6E80: "SSL_BAD_PROTOCOL_VERSION",
    0x7080: "SSL_FEATURE_UNAVAILABLE",
    0x7100: "SSL_BAD_INPUT_DATA",
    0x7180: "SSL_INVALID_MAC",
    0x7200: "SSL_INVALID_RECORD",
    0x7280: "SSL_CONN_EOF",
    0x7300: "SSL_DECODE_ERROR",
    0x7480: "SSL_NO_RNG",
    0x7600: "SSL_PRIVATE_KEY_REQUIRED",
    0x7680: "SSL_CA_CHAIN_REQUIRED",
    0x7700: "SSL_UNEXPECTED_MESSAGE",
    0x7780: "SSL_FATAL_ALERT_MESSAGE",
    0x7880: "SSL_PEER_CLOSE_NOTIFY",
    0x7A00: "SSL_BAD_CERTIFICATE",
    0x7F00: "SSL_ALLOC_FAILED",
}
_LOW = {
    0x0004: "MPI_BAD_INPUT_DATA",
    0x0010: "MPI_ALLOC_FAILED",
    0x0034: "CTR_DRBG_ENTROPY_SOURCE_FAILED",
    0x0060: "ASN1_OUT_OF_DATA",
    0x0062: "ASN1_UNEXPECTED_TAG",
    0x0064: "ASN1_INVALID_LENGTH",
    0x0066: "ASN1_LENGTH_MISMATCH",
    0x0068: "ASN1_INVALID_DATA",
    0x006A: "ASN1_ALLOC_FAILED",
    0x002C: "BASE64_INVALID_CHARACTER",
    0x006E: "ERROR_CORRUPTION_DETECTED",
}


def describe_mbedtls(code: int) -> str:
    """An Mbed TLS error code for a person: ``MBEDTLS_ERR_X509_CERT_VERIFY_FAILED (-0x2700)``; unknown ones in hex."""
    if code >= 0:
        return str(code)
    number = -code
    high, low = number & ~0x7F, number & 0x7F
    names = [name for name in (_HIGH.get(high), _LOW.get(low)) if name]
    whole = bool(names) and (not high or high in _HIGH) and (not low or low in _LOW)
    text = " + ".join(f"MBEDTLS_ERR_{name}" for name in names)
    return f"{text} (-0x{number:04X})" if whole else f"-0x{number:04X}"


def parse_result(text: str | int) -> int:
    """The result that a text names: one of the socket API (see `parse_nsapi`) or, passed on by it, one of Mbed TLS
    (``MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE``).

    Raises:
        ValueError: nothing has that name.
    """
    name = str(text).strip().upper()
    for code, known in (_HIGH | _LOW).items():
        if name == f"MBEDTLS_ERR_{known}":
            return -code
    return parse_nsapi(str(text))
