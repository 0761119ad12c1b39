#include "Question.h"

#include "platform/clock.h"

#include <algorithm>
#include <cstring>

namespace tlsbench {
namespace offload {

namespace {

constexpr uint64_t kTimeoutUs = 5'000'000;

rtos::Mutex one_at_a_time; // taken before the stack's lock
rtos::EventFlags news;
uint32_t last_id = 0;

struct {
    uint32_t id; // 0: nobody waits
    nsapi_error_t result;
    uint16_t total;
    uint8_t got;
    uint8_t value[Question::kPiece]; // not in the memory of who asked: that thread may have been terminated
} waiting;

/// Let others have the lock until there is news.
/// @return false after the deadline
bool wait_until(uint64_t deadline_us)
{
    const uint64_t now = uptime_us();
    if (now >= deadline_us) {
        return false;
    }
    Session::instance().pause();
    news.wait_any(1, uint32_t((deadline_us - now) / 1000) + 1);
    Session::instance().resume();
    return true;
}

/// In the place of other questions, without the lock.
class Place {
public:
    Place()
    {
        Session::instance().pause();
        one_at_a_time.lock();
        Session::instance().resume();
    }
    ~Place() { one_at_a_time.unlock(); }
    Place(const Place &) = delete;
    Place &operator=(const Place &) = delete;
};

nsapi_error_t room_by(uint64_t deadline_us)
{
    Session &session = Session::instance();
    while (session.up() && session.room() == 0) {
        if (!wait_until(deadline_us)) {
            return NSAPI_ERROR_TIMEOUT;
        }
    }
    return session.up() ? NSAPI_ERROR_OK : NSAPI_ERROR_NO_CONNECTION;
}

} // namespace

nsapi_error_t Question::wait_for_room()
{
    Place place;
    return room_by(uptime_us() + kTimeoutUs);
}

nsapi_error_t Question::ask(offload_ToHost &message, Bytes data, uint8_t *value, size_t room, size_t *total,
                            size_t *got)
{
    Place place;
    const uint64_t deadline_us = uptime_us() + kTimeoutUs;
    const nsapi_error_t error = room_by(deadline_us);
    if (error != NSAPI_ERROR_OK) {
        return error;
    }
    // All questions have the same shape, whichever of the four they are.
    message.what.bind.id = ++last_id;
    waiting = {last_id, NSAPI_ERROR_NO_CONNECTION, 0, 0, {}};
    Session &session = Session::instance();
    session.send(message, data);
    while (waiting.id) {
        if (!wait_until(deadline_us)) {
            waiting.id = 0;
            return NSAPI_ERROR_TIMEOUT;
        }
    }
    waiting.id = 0;
    if (got) {
        *total = waiting.total;
        *got = std::min<size_t>(waiting.got, room);
        memcpy(value, waiting.value, *got);
    }
    return waiting.result;
}

void Question::on_answer(const offload_Answer &answer, const Bytes &data)
{
    if (waiting.id && answer.id == waiting.id) {
        waiting.id = 0;
        waiting.result = std::min<int32_t>(answer.result, NSAPI_ERROR_OK);
        waiting.total = uint16_t(answer.total);
        waiting.got = uint8_t(std::min(data.count, sizeof waiting.value));
        if (waiting.got) {
            memcpy(waiting.value, data.at, waiting.got);
        }
        on_news();
    }
}

// Whoever asked may look only when the next session is up, whose host knows nothing of the question.
void Question::on_down()
{
    waiting.id = 0;
    on_news();
}

void Question::on_news()
{
    news.set(1);
}

} // namespace offload
} // namespace tlsbench
