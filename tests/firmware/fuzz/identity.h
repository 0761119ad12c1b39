// Certificates of the server and of the client under test: made when they are first needed, the same every time.
#pragma once

#include "mbedtls/pk.h"
#include "mbedtls/x509_crt.h"

#include <cstdint>
#include <vector>

constexpr char HOST[] = "server.test";

struct Identity {
    mbedtls_pk_context key;
    mbedtls_x509_crt chain;
    std::vector<uint8_t> der; ///< the certificate
    std::vector<uint8_t> key_der;
};

Identity &root_identity();   ///< who signed the next two
Identity &server_identity(); ///< HOST's
Identity &client_identity();
Identity &other_identity(); ///< another root
