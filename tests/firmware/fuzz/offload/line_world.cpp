#include "line_world.h"

#include "Player.h"
#include "drivers/serial.h"
#include "line/line.h"
#include "platform/clock.h"
#include "platform/mbed_assert.h"
#include "play.h"

namespace {

uint64_t now;
bool is_reading = false;
Input *speaks = nullptr;
offload::Player *player = nullptr;

} // namespace

offload::Oracle &line_world::begin(Input &input)
{
    delete player;
    speaks = &input;
    player = new offload::Player(input);
    return player->oracle;
}

bool line_world::reading()
{
    return is_reading;
}

uint64_t line_world::now_ms()
{
    return now;
}

void line_world::step(uint64_t most_ms)
{
    MUST(!is_reading); // the reader waits for nobody: who would read meanwhile?
    is_reading = true;
    const uint64_t wait_ms = std::min<uint64_t>(tlsbench::line::tick(), most_ms);
    const uint8_t how = speaks->byte();
    if (how % 4) {
        player->say();
    } else {
        now += speaks->ended() ? wait_ms : std::min<uint64_t>(wait_ms, how / 4 * 16);
    }
    is_reading = false;
}

void tlsbench::line::start_reading() {}

void tlsbench::serial_write(const uint8_t *bytes, size_t count)
{
    player->oracle.hears(bytes, count);
    if (!is_reading && speaks->byte() % 8 == 1) {
        line_world::step(0); // the line is slow, and its reader has read meanwhile
    }
}

uint64_t tlsbench::uptime_us()
{
    return now * 1000;
}

void mbed_assert_internal(const char *expr, const char *file, int line)
{
    fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expr);
    abort();
}
