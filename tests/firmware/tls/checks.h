// The checks. Each is named after what it tries; `argument` comes from the command line.
#pragma once

#include "check.h"

void reconnect(int);
void every_allocation(int);
void close_wakes(int);
void wrong_order(int);
void refused(int expected);
void refusals(int);
void ends(int expected);

void trust(int);
void client_certificate(int);
void certificate_refused(int);
void application_s_configuration(int);
void shared_configuration(int);
void lender_changes(int);
void settings_every_allocation(int);
void append_every_allocation(int);
void busy(int);
void who_ran_out(int);
void no_seed(int);

void random_numbers(int);
void mbedtls_fails(int);
void never_waits_in_a_step(int);

void awkward_transport(int piece);
void nested(int);
void nested_setter(int);
void nested_close(int);
void modes(int);
void passes_on(int);
void given_up(int);
void flooded(int);
void close_while_connecting(int);
void close_ends_a_connect_below(int);
void no_answer_lost(int);
void full_window(int);

void nb_connect(int piece);
void nb_ended_anywhere(int);
void nb_every_allocation(int);
void nb_fails_then_connects(int);
void nb_says_the_name(int);
void nb_send_goes_on(int receiving);
void nb_becomes_blocking(int);
void nb_silent(int);
void nb_flooded(int);
void nb_stuck(int);
void nb_kept(int);
void nb_nested(int);
void nb_two_at_once(int);
void nb_lender_changes(int);

#if MBED_CONF_MBED_TRACE_ENABLE
void trace_reasons(int);
void trace_out_of_memory(int);
void trace_unverified(int);
void trace_nameless(int);
#endif

#if MBED_CONF_DTLS_SOCKET_ENABLE
void dtls_reconnect(int);
void dtls_every_allocation(int);
void dtls_messages(int);
void dtls_awkward_transport(int);
void dtls_flooded(int);
void dtls_broken_transport(int);
void dtls_wrong_configuration(int);
void dtls_shared_configuration(int);
void dtls_cannot_send(int);
void dtls_other_message(int);
void dtls_no_timer_left(int);
void dtls_default_timers(int);
void dtls_long_flight(int);
#endif
