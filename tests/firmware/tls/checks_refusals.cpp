// What the secure socket refuses at once, and what it must be able to go on after.
#include "checks.h"

void refusals(int)
{
    {
        Pair pair;
        const std::string cert = root();
        EQUAL(pair.tls.set_client_cert_key(cert.data(), cert.size() + 1, nullptr, 0), NSAPI_ERROR_PARAMETER);
        EQUAL(pair.tls.set_root_ca_cert(nullptr, 0), NSAPI_ERROR_PARAMETER);
        // A socket's own configuration, set again, stays its own.
        mbedtls_ssl_config *own = pair.tls.get_ssl_config();
        pair.tls.set_ssl_config(own);
        EQUAL(pair.tls.get_ssl_config() == own, true);
        connect(pair.tls);
        EQUAL(pair.tls.send(nullptr, 1), NSAPI_ERROR_PARAMETER);
        EQUAL(pair.tls.recv(nullptr, 1), NSAPI_ERROR_PARAMETER);
        echo(pair.tls, 100);
    }
    // A name that could not be kept is not forgotten: nothing is checked for another name, or for none.
    Pair pair;
    stand_in::refuse_allocation(0);
    pair.tls.set_hostname("another.test");
    stand_in::refuse_allocation(-1);
    EQUAL(pair.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_NO_MEMORY);
    pair.tls.set_hostname(HOST);
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_OK);
}
