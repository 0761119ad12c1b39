#include "identity.h"

#include "world.h"

#include "mbedtls/ecp.h"

namespace {

uint64_t state = 1;

/// @param issuer null: the certificate signs itself, and others
Identity *make(const char *name, Identity *issuer)
{
    auto made = new Identity; // for the life of the program
    mbedtls_pk_init(&made->key);
    mbedtls_x509_crt_init(&made->chain);
    MUST(mbedtls_pk_setup(&made->key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) == 0);
    MUST(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(made->key), world::numbers, &state) == 0);

    mbedtls_x509write_cert writing;
    mbedtls_x509write_crt_init(&writing);
    mbedtls_x509write_crt_set_md_alg(&writing, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(&writing, &made->key);
    mbedtls_x509write_crt_set_issuer_key(&writing, issuer ? &issuer->key : &made->key);
    MUST(mbedtls_x509write_crt_set_subject_name(&writing, name) == 0);
    MUST(mbedtls_x509write_crt_set_issuer_name(&writing, issuer ? "CN=root" : name) == 0);
    mbedtls_mpi serial;
    mbedtls_mpi_init(&serial);
    MUST(mbedtls_mpi_lset(&serial, 1) == 0);
    MUST(mbedtls_x509write_crt_set_serial(&writing, &serial) == 0);
    MUST(mbedtls_x509write_crt_set_validity(&writing, "20200101000000", "20400101000000") == 0);
    MUST(mbedtls_x509write_crt_set_basic_constraints(&writing, !issuer, -1) == 0);
    unsigned char room[1024];
    int size = mbedtls_x509write_crt_der(&writing, room, sizeof room, world::numbers, &state);
    MUST(size > 0); // at the end of the room
    made->der.assign(room + sizeof room - size, room + sizeof room);
    size = mbedtls_pk_write_key_der(&made->key, room, sizeof room);
    MUST(size > 0);
    made->key_der.assign(room + sizeof room - size, room + sizeof room);
    mbedtls_mpi_free(&serial);
    mbedtls_x509write_crt_free(&writing);
    MUST(mbedtls_x509_crt_parse_der(&made->chain, made->der.data(), made->der.size()) == 0);
    return made;
}

} // namespace

Identity &root_identity()
{
    static Identity &made = *make("CN=root", nullptr);
    return made;
}

Identity &server_identity()
{
    static Identity &made = *make("CN=server.test", &root_identity());
    return made;
}

Identity &client_identity()
{
    static Identity &made = *make("CN=client", &root_identity());
    return made;
}

Identity &other_identity()
{
    static Identity &made = *make("CN=root", nullptr);
    return made;
}
