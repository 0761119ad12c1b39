/*
 * What of Mbed TLS is built, for both generations: a TLS 1.2 client that authenticates by certificates, and nothing
 * else. The profiles differ in the sizes and trade-offs of profile_*.h only, so that they are comparable.
 */
#pragma once

#include "mbed_config.h"

#ifdef TLSBENCH_PROFILE_SMALL
#include "tls_config/profile_small.h"
#else
#include "tls_config/profile_default.h"
#endif

/* ---- the firmware around it */
#include "tls_config/platform.h"
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_CALLOC_MACRO tls_calloc
#define MBEDTLS_PLATFORM_FREE_MACRO free
#define MBEDTLS_NO_PLATFORM_ENTROPY
#define MBEDTLS_HAVE_ASM
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_HAVE_TIME_DATE
#define MBEDTLS_PLATFORM_GMTIME_R_ALT
#define MBEDTLS_PLATFORM_MS_TIME_ALT /* nothing here asks for it */

#if MBED_CONF_TLS_SOCKET_DEBUG_LEVEL > 0
#define MBEDTLS_DEBUG_C
#endif

/* ---- TLS */
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#if MBED_CONF_DTLS_SOCKET_ENABLE
#define MBEDTLS_SSL_PROTO_DTLS
#define MBEDTLS_SSL_DTLS_ANTI_REPLAY
/* Messages that came too early, or in pieces: the longest one, with its header and a bit for each of its bytes. */
#define MBEDTLS_SSL_DTLS_MAX_BUFFERING (12 + MBEDTLS_SSL_IN_CONTENT_LEN + MBEDTLS_SSL_IN_CONTENT_LEN / 8)
#endif
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_MAX_FRAGMENT_LENGTH
#define MBEDTLS_SSL_ALL_ALERT_MESSAGES
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
/* The peer's certificate is not kept for the life of the connection: its digest is enough. */
#undef MBEDTLS_SSL_KEEP_PEER_CERTIFICATE

/* Cheapest first: a server that follows the client's order then spares the client RAM and time. */
#define MBEDTLS_SSL_CIPHERSUITES                                                                                       \
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,                    \
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384

/* ---- X.509 */
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_PEM_PARSE_C
#define MBEDTLS_BASE64_C
#define MBEDTLS_OID_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C

/* ---- cryptography */
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES /* otherwise they would be in RAM */
#define MBEDTLS_GCM_C
#define MBEDTLS_CIPHER_C
#define MBEDTLS_CTR_DRBG_C
#define MBEDTLS_CTR_DRBG_MAX_SEED_INPUT 128 /* lies on the stack; the longest seed is 64 bytes */
#define MBEDTLS_MD_C
#define MBEDTLS_SHA224_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_ECP_C
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#if MBED_CONF_TLS_SOCKET_NONBLOCKING_HANDSHAKE
#define MBEDTLS_ECP_RESTARTABLE
#define MBEDTLS_ECDH_LEGACY_CONTEXT /* larger, but the one that 2.28 can restart; 3.6 knows by itself */
#endif
#define MBEDTLS_MPI_MAX_SIZE 512 /* RSA with 4096 bits */

#ifdef TLSBENCH_MBEDTLS_2
/* No second generator, a kilobyte of stack, for blinding where no generator is given: that is when a signature is
 * verified, all public values, and once when set_client_cert_key() compares key and certificate. */
#define MBEDTLS_ECP_NO_INTERNAL_RNG
#include "mbedtls/check_config.h" /* Mbed TLS 3 does so on its own */
#endif
