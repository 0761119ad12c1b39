#include "worker.h"

#include "channel.h"

#include "platform/clock.h"

#include <cstring>

namespace tlsbench::agent {

void Worker::init(uint32_t index, uint8_t *stack, SocketTable &sockets)
{
    _index = index;
    _stack = stack;
    _sockets = &sockets;
    _name[sizeof "worker" - 1] = char('0' + index);
    restart(kWorkerStackBytes, osPriorityNormal);
}

void Worker::restart(uint32_t stack_bytes, osPriority priority)
{
    if (_thread) {
        // The old one may still be writing the end of its last answer: it leaves by itself.
        _leave = true;
        _work.release();
        _thread->join();
        _thread->~Thread();
        _leave = false;
    }
    _stack_bytes = stack_bytes;
    _thread = new (_room) rtos::Thread(priority, stack_bytes, _stack, _name);
    osStatus status = _thread->start(mbed::callback(this, &Worker::run));
    MBED_ASSERT(status == osOK);
}

void Worker::begin(const tlsbench_Request &request, const Uses &uses)
{
    _nonce = request.nonce;
    _request = request.id;
    _call = request.op.call;
    _uses = uses;
    _busy = true;
    _work.release();
}

bool Worker::repeats(const tlsbench_Request &request)
{
    // Requests of a run count up, and come in order.
    if (request.nonce != _nonce || request.id > _request) {
        return false;
    }
    if (request.id == _request && !_busy) {
        answer();
    }
    return true;
}

void Worker::report(tlsbench_WorkerStatus &status) const
{
    status.index = _index;
    status.stack_bytes = _stack_bytes;
    status.busy = _busy;
    if (_busy) {
        status.request = _request;
        strlcpy(status.socket, _call.socket, sizeof status.socket);
        status.call = _call.which_what;
        status.elapsed_us = _calls ? uptime_us() - _begun_us : 0;
    }
}

void Worker::run()
{
    for (;;) {
        _work.acquire();
        if (_leave) {
            return;
        }
        _outcome = {};
        _begun_us = uptime_us();
        _calls = true;
        make_call(_request, _call, _uses, *_sockets, _buffer, _outcome);
        _calls = false;
        // Before the answer: whoever reads it may delete the socket, or give this worker its next call.
        _sockets->release(_uses);
        answer();
    }
}

void Worker::answer()
{
    Outgoing message(_nonce);
    fill_reply(_outcome, _buffer, message.reply(_request));
    message.seal();
    _busy = false;
    message.send();
}

} // namespace tlsbench::agent
