#include "agent.h"

#include "blob.h"
#include "channel.h"
#include "identity.h"
#include "kinds.h"
#include "worker.h"

#include "drivers/serial.h"
#include "line/line.h"
#include "platform/CriticalSectionLock.h"
#include "platform/clock.h"
#include "platform/cycles.h"
#include "platform/entropy.h"
#include "platform/heap.h"
#include "platform/mbed_rtc_time.h"
#include "platform/mbed_trace.h"
#include "platform/probe.h"
#include "platform/stack.h"

#include <pb_decode.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace tlsbench::agent {

namespace {

TLSBENCH_STACK(agent_stack, kAgentStackBytes);
TLSBENCH_STACK(worker_stacks, kWorkers *kWorkerStackBytes);
constexpr uint64_t kReadyEveryUs = 1'000'000;

class Agent {
public:
    void run();

private:
    void take(uint8_t byte);
    void request();
    void reject(const char *reason, uint64_t nonce);
    void say_ready();
    void begin_call();
    void answer();
    void start(tlsbench_Reply &reply);
    void greet(const tlsbench_Hello &hello);
    void restart_worker(tlsbench_Reply &reply);
    void take_stats(uint32_t mark);
    void stats(tlsbench_Reply &reply);
    tlsbench_Rejections rejections() const;

    template <typename... Arguments> void refuse(tlsbench_Reply &reply, const char *format, Arguments... arguments)
    {
        snprintf(reply.error, sizeof reply.error, format, arguments...);
    }

    uint8_t _frame[line::cobs_bytes(kReceivePayload)];
    line::FrameReader _reader{_frame};
    tlsbench_Request _request;
    SocketTable _sockets;
    Worker _workers[kWorkers];
    ThreadStats _threads[kThreads];
    struct {
        uint32_t mark; // id of the request that ended a phase with these; 0: none did
        uint64_t uptime_us;
        HeapStats heap;
        CycleCount cycles;
        size_t threads;
    } _taken = {}; // with _threads
    tlsbench_Rejections _rejections;
    uint64_t _nonce = 0; // of the run; 0 until it was started
    bool _again = false; // another run had been started before
};

void Agent::run()
{
    for (uint32_t i = 0; i < kWorkers; i++) {
        _workers[i].init(i, &worker_stacks[i * kWorkerStackBytes], _sockets);
    }
    uint64_t ready_at_us = 0;
    for (;;) {
        uint32_t wait_ms = line::tick();
        if (_nonce == 0) {
            uint64_t now_us = uptime_us();
            if (now_us >= ready_at_us) {
                say_ready();
                ready_at_us = now_us + kReadyEveryUs;
            }
            wait_ms = std::min(wait_ms, uint32_t((ready_at_us - now_us) / 1000) + 1);
        }
        uint8_t bytes[64];
        size_t count = serial_read(bytes, sizeof bytes, rtos::Kernel::Clock::duration_u32(wait_ms));
        for (size_t i = 0; i < count; i++) {
            take(bytes[i]);
        }
    }
}

void Agent::say_ready()
{
    Outgoing message(0);
    message.ready().uptime_us = uptime_us();
    message.seal();
    message.send();
}

void Agent::take(uint8_t byte)
{
    switch (_reader.take(byte)) {
        case line::FrameReader::NOTHING: return;
        case line::FrameReader::FRAME:
            if (_reader.channel() == line::AGENT) {
                request();
            } else if (!line::dispatch(_reader)) {
                _rejections.bad_version++;
                reject("other protocol version", _nonce);
            }
            return;
        case line::FrameReader::BAD_FRAME:
            _rejections.bad_frame++;
            reject("no frame between two zero bytes", _nonce);
            break;
        case line::FrameReader::BAD_CRC:
            _rejections.bad_crc++;
            reject("wrong CRC", _nonce);
            break;
        case line::FrameReader::TOO_LONG:
            _rejections.too_long++;
            reject("frame too long", _nonce);
            break;
    }
    line::tell_damaged();
}

void Agent::reject(const char *reason, uint64_t nonce)
{
    Outgoing message(nonce);
    tlsbench_Rejected &rejected = message.rejected();
    snprintf(rejected.reason, sizeof rejected.reason, "%s", reason);
    rejected.has_counts = true;
    rejected.counts = rejections();
    message.seal();
    message.send();
}

tlsbench_Rejections Agent::rejections() const
{
    tlsbench_Rejections counts = _rejections;
    counts.overruns = serial_overruns;
    return counts;
}

void Agent::request()
{
    pb_istream_t stream = pb_istream_from_buffer(_reader.message(), _reader.length());
    if (!pb_decode(&stream, tlsbench_Request_fields, &_request)) {
        _rejections.undecodable++;
        reject(PB_GET_ERROR(&stream), _nonce);
    } else if (_request.which_op != tlsbench_Request_start_tag && (_request.nonce != _nonce || _nonce == 0)) {
        _rejections.bad_nonce++;
        reject(_nonce == 0 ? "request before the start" : "request of another run", _request.nonce);
    } else if (_request.which_op == tlsbench_Request_call_tag) {
        begin_call();
    } else {
        answer();
    }
}

void Agent::begin_call()
{
    const tlsbench_Call &call = _request.op.call;
    Refusal refusal;
    Uses uses;
    if (call.worker >= kWorkers) {
        refusal.say("there is no worker %u, only 0 to %u", unsigned(call.worker), unsigned(kWorkers - 1));
    } else if (_workers[call.worker].repeats(_request)) {
        return; // the line lost the answer, or the host heard nothing for long
    } else if (_workers[call.worker].busy()) {
        refusal.say("worker %u is busy with another call", unsigned(call.worker));
    } else {
        uses = _sockets.use(call, refusal);
    }
    if (!refusal) {
        _workers[call.worker].begin(_request, uses);
        return;
    }
    Outgoing message(_request.nonce);
    tlsbench_Reply &reply = message.reply(_request.id);
    strlcpy(reply.error, refusal.text, sizeof reply.error);
    message.seal();
    message.send();
}

void Agent::answer()
{
    Outgoing message(_request.nonce);
    tlsbench_Reply &reply = message.reply(_request.id);
    reply.started_us = uptime_us();
    switch (_request.which_op) {
        case tlsbench_Request_start_tag: start(reply); break;
        case tlsbench_Request_set_time_tag: set_time(time_t(_request.op.set_time.epoch_s)); break;
        case tlsbench_Request_set_worker_tag: restart_worker(reply); break;
        case tlsbench_Request_status_tag: {
            reply.which_body = tlsbench_Reply_status_tag;
            tlsbench_Status &status = reply.body.status;
            for (const Worker &worker : _workers) {
                worker.report(status.workers[status.workers_count++]);
            }
            _sockets.report(status);
            status.uptime_us = uptime_us();
            status.has_rejections = true;
            status.rejections = rejections();
            break;
        }
        case tlsbench_Request_stats_tag:
            take_stats(0);
            stats(reply);
            break;
        case tlsbench_Request_mark_tag: {
            // One instant: a thread that ran between two of these would belong to the one phase by its paint and to
            // the next by the emulator's count.
            mbed::CriticalSectionLock lock;
            if (_taken.mark != _request.id) { // else its answer was lost, and the next phase goes on
                probe_measure();              // looking through the paint and painting again is no work of the phase
                take_stats(_request.id);
                heap_restart_peak();
                stacks_restart_peak();
                probe_mark(_request.op.mark.id);
            }
            stats(reply);
            break;
        }
        case tlsbench_Request_put_tag: {
            const tlsbench_Put &put = _request.op.put;
            if (!blob_put(put.offset, put.data.bytes, put.data.size)) {
                refuse(reply, "bytes %u to %u go beyond the %u of the blob area", unsigned(put.offset),
                       unsigned(put.offset + put.data.size), unsigned(kBlobBytes));
            }
            break;
        }
        case tlsbench_Request_heap_limit_tag: heap_set_limit(_request.op.heap_limit.bytes); break;
#if MBED_CONF_MBED_TRACE_ENABLE
        case tlsbench_Request_trace_tag: {
            _request.op.trace.on ? void(mbed_trace_init()) : mbed_trace_free();
            mbed_trace_config_set(uint8_t(_request.op.trace.config));
            break;
        }
#endif
        default: refuse(reply, "there is no operation %u", unsigned(_request.which_op));
    }
    reply.finished_us = uptime_us();
    message.seal();
    message.send();
}

void Agent::start(tlsbench_Reply &reply)
{
    const tlsbench_Start &start = _request.op.start;
    // The host repeats a start whose answer is late; that must not seed the generator a second time.
    bool repeated = _request.nonce == _nonce;
    if (_request.nonce == 0) {
        refuse(reply, "a run needs a nonce other than 0");
        return;
    }
    if (!repeated && start.seed.size == 0) {
        entropy_gather(); // Hello says whether there is any
    } else if (!repeated && !entropy_inject(start.seed.bytes, start.seed.size)) {
        refuse(reply, "a seed of %u bytes; it needs at least %u", unsigned(start.seed.size),
               unsigned(ENTROPY_MIN_BYTES));
        return;
    }
    if (!repeated) {
        set_time(time_t(start.epoch_s));
        _again = _nonce != 0;
        _nonce = _request.nonce;
        _taken.mark = 0;
    }
    reply.which_body = tlsbench_Reply_hello_tag;
    identify(reply.body.hello);
    reply.body.hello.again = _again;
    if (!repeated) {
        greet(reply.body.hello);
    }
}

/// A line on the console with the run's nonce: text of an earlier run is never taken for this one's.
void Agent::greet(const tlsbench_Hello &hello)
{
    char *line = reinterpret_cast<char *>(_frame); // the request has been read
    int length = snprintf(line, sizeof _frame, "tlsbench agent on %s, profile %s, Mbed TLS %s, run %08lx%08lx\n",
                          hello.board, hello.profile, hello.mbedtls[0] ? hello.mbedtls : "none",
                          static_cast<unsigned long>(_nonce >> 32), static_cast<unsigned long>(_nonce));
    serial_write(_frame, std::min(size_t(length), sizeof _frame - 1));
}

void Agent::restart_worker(tlsbench_Reply &reply)
{
    const tlsbench_SetWorker &how = _request.op.set_worker;
    uint32_t stack_bytes = how.stack_bytes ? how.stack_bytes : kWorkerStackBytes;
    osPriority priority = how.priority ? osPriority(how.priority) : osPriorityNormal;
    if (how.index >= kWorkers) {
        refuse(reply, "there is no worker %u, only 0 to %u", unsigned(how.index), unsigned(kWorkers - 1));
    } else if (_workers[how.index].busy()) {
        refuse(reply, "worker %u is busy with a call", unsigned(how.index));
    } else if (stack_bytes < kSmallestStackBytes || stack_bytes > kWorkerStackBytes || stack_bytes % 8 != 0) {
        refuse(reply, "a stack of %u bytes; it may have %u to %u, in steps of 8", unsigned(stack_bytes),
               unsigned(kSmallestStackBytes), unsigned(kWorkerStackBytes));
    } else if (priority < osPriorityLow || priority >= osPriorityHigh) {
        refuse(reply, "priority %d; it may be %d to %d, below the agent's own", int(priority), int(osPriorityLow),
               int(osPriorityHigh) - 1);
    } else {
        _workers[how.index].restart(stack_bytes, priority);
    }
}

void Agent::take_stats(uint32_t mark)
{
    _taken = {mark, uptime_us(), heap_stats(), {}, 0};
    if (cycles_counted) {
        _taken.cycles = cycles_read();
    }
    _taken.threads = thread_stats(_threads, kThreads);
}

void Agent::stats(tlsbench_Reply &reply)
{
    reply.which_body = tlsbench_Reply_stats_tag;
    tlsbench_Stats &out = reply.body.stats;
    const HeapStats &heap = _taken.heap;
    out.uptime_us = _taken.uptime_us;
    out.heap_current = heap.current;
    out.heap_peak = heap.peak;
    out.heap_arena_peak = heap.arena_peak;
    out.heap_region = heap.region;
    if (cycles_counted) {
        out.has_cycles = out.has_idle_cycles = true;
        out.cycles = _taken.cycles.all;
        out.idle_cycles = _taken.cycles.idle;
    }
    for (size_t i = 0; i < _taken.threads; i++) {
        tlsbench_ThreadStats &thread = out.threads[out.threads_count++];
        snprintf(thread.name, sizeof thread.name, "%s", _threads[i].name ? _threads[i].name : "");
        thread.slot = _threads[i].slot;
        thread.stack_base = _threads[i].stack_base;
        thread.stack_size = _threads[i].stack_size;
        thread.stack_peak = _threads[i].stack_peak;
        thread.priority = int32_t(_threads[i].priority);
    }
}

Agent agent;

} // namespace

void run()
{
    mbed_trace_init();
    add_standard_kinds();
    static rtos::Thread thread(osPriorityHigh, sizeof agent_stack, agent_stack, "agent");
    osStatus status = thread.start(mbed::callback(&agent, &Agent::run));
    MBED_ASSERT(status == osOK);
    for (;;) {
        thread.join();
    }
}

} // namespace tlsbench::agent

// The agent reads, whoever else has a channel.
void tlsbench::line::start_reading() {}
