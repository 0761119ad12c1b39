// tls_test PORT FOLDER CHECK [ARGUMENT]: runs one check against the peer on 127.0.0.1:PORT, with certificates in
// FOLDER.
#include "checks.h"

#include "platform/entropy.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>

namespace {

uint16_t port;
std::string folder;

struct Named {
    const char *name;
    void (*run)(int argument);
};

constexpr Named checks[] = {
    {"reconnect", reconnect},
    {"every_allocation", every_allocation},
    {"close_wakes", close_wakes},
    {"wrong_order", wrong_order},
    {"refused", refused},
    {"refusals", refusals},
    {"ends", ends},
    {"trust", trust},
    {"client_certificate", client_certificate},
    {"certificate_refused", certificate_refused},
    {"application_s_configuration", application_s_configuration},
    {"shared_configuration", shared_configuration},
    {"lender_changes", lender_changes},
    {"settings_every_allocation", settings_every_allocation},
    {"append_every_allocation", append_every_allocation},
    {"busy", busy},
    {"who_ran_out", who_ran_out},
    {"no_seed", no_seed},
    {"random_numbers", random_numbers},
    {"mbedtls_fails", mbedtls_fails},
    {"never_waits_in_a_step", never_waits_in_a_step},
    {"awkward_transport", awkward_transport},
    {"nested", nested},
    {"nested_setter", nested_setter},
    {"nested_close", nested_close},
    {"modes", modes},
    {"passes_on", passes_on},
    {"given_up", given_up},
    {"flooded", flooded},
    {"close_while_connecting", close_while_connecting},
    {"close_ends_a_connect_below", close_ends_a_connect_below},
    {"no_answer_lost", no_answer_lost},
    {"full_window", full_window},
    {"nb_connect", nb_connect},
    {"nb_ended_anywhere", nb_ended_anywhere},
    {"nb_every_allocation", nb_every_allocation},
    {"nb_fails_then_connects", nb_fails_then_connects},
    {"nb_says_the_name", nb_says_the_name},
    {"nb_send_goes_on", nb_send_goes_on},
    {"nb_becomes_blocking", nb_becomes_blocking},
    {"nb_silent", nb_silent},
    {"nb_flooded", nb_flooded},
    {"nb_stuck", nb_stuck},
    {"nb_kept", nb_kept},
    {"nb_nested", nb_nested},
    {"nb_two_at_once", nb_two_at_once},
    {"nb_lender_changes", nb_lender_changes},
#if MBED_CONF_MBED_TRACE_ENABLE
    {"trace_reasons", trace_reasons},
    {"trace_out_of_memory", trace_out_of_memory},
    {"trace_unverified", trace_unverified},
    {"trace_nameless", trace_nameless},
#endif
#if MBED_CONF_DTLS_SOCKET_ENABLE
    {"dtls_reconnect", dtls_reconnect},
    {"dtls_every_allocation", dtls_every_allocation},
    {"dtls_messages", dtls_messages},
    {"dtls_awkward_transport", dtls_awkward_transport},
    {"dtls_flooded", dtls_flooded},
    {"dtls_broken_transport", dtls_broken_transport},
    {"dtls_wrong_configuration", dtls_wrong_configuration},
    {"dtls_shared_configuration", dtls_shared_configuration},
    {"dtls_cannot_send", dtls_cannot_send},
    {"dtls_other_message", dtls_other_message},
    {"dtls_no_timer_left", dtls_no_timer_left},
    {"dtls_default_timers", dtls_default_timers},
    {"dtls_long_flight", dtls_long_flight},
#endif
};

} // namespace

SocketAddress peer()
{
    return SocketAddress("127.0.0.1", port);
}

std::string file(const char *name)
{
    std::ifstream stream(folder + "/" + name, std::ios::binary);
    CHECK(stream.good());
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

uint64_t now_ms()
{
    return rtos::Kernel::get_ms_count();
}

void connect(TLSSocketWrapper &tls)
{
    EQUAL(tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    EQUAL(tls.connect(peer()), NSAPI_ERROR_OK);
}

void echo(Socket &socket, size_t size)
{
    std::string out(size, '\0');
    for (size_t i = 0; i < size; ++i) {
        out[i] = char(i * 7 + (i >> 8));
    }
    std::thread sender([&] {
        for (size_t sent = 0; sent < size;) {
            int ret = socket.send(out.data() + sent, nsapi_size_t(size - sent));
            CHECK(ret > 0 || ret == NSAPI_ERROR_WOULD_BLOCK);
            sent += ret > 0 ? size_t(ret) : 0;
        }
    });
    std::string in(size, '\0');
    for (size_t got = 0; got < size;) {
        int ret = socket.recv(&in[got], nsapi_size_t(size - got));
        CHECK(ret > 0 || ret == NSAPI_ERROR_WOULD_BLOCK);
        got += ret > 0 ? size_t(ret) : 0;
    }
    sender.join();
    CHECK(in == out);
}

int main(int count, char **arguments)
{
    if (count < 4) {
        printf("usage: tls_test PORT FOLDER CHECK [ARGUMENT]\n");
        return 2;
    }
    port = uint16_t(atoi(arguments[1]));
    folder = arguments[2];
    for (const Named &check : checks) {
        if (strcmp(check.name, arguments[3]) == 0) {
            uint8_t seed[tlsbench::ENTROPY_MIN_BYTES] = {1, 2, 3};
            if (check.run != no_seed) {
                CHECK(tlsbench::entropy_inject(seed, sizeof seed));
            }
            check.run(count > 4 ? atoi(arguments[4]) : 0);
            EQUAL(stand_in::blocks(), 0u);
            return 0;
        }
    }
    printf("there is no check %s\n", arguments[3]);
    return 2;
}
