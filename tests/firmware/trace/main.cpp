// trace_test CHECK: mbed_trace on this machine, with a line of 48 bytes. The line to the console is standard output.
#define TRACE_GROUP "test"
#include "mbed-trace/mbed_trace.h"

#include "drivers/serial.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

int locks; // held now
int waits, releases;
std::string printed;

void keep(const char *line)
{
    if (locks == 0) {
        printf("a line was printed without the lock\n");
        exit(1);
    }
    printed += line;
    printed += '\n';
}

void expect(const char *expected)
{
    if (printed != expected || locks != 0) {
        printf("printed:\n%s\nnot:\n%s\n%d locks held\n", printed.c_str(), expected, locks);
        exit(1);
    }
    printed.clear();
}

char *prefix(size_t length)
{
    static char text[16];
    snprintf(text, sizeof text, "<%u> ", unsigned(length));
    return text;
}

char *suffix()
{
    static char text[] = " END";
    return text;
}

void init()
{
    mbed_trace_init();
    mbed_trace_print_function_set(keep);
}

void nothing_without_init()
{
    mbed_trace_print_function_set(keep);
    tr_err("lost");
    expect("");
    init();
    tr_err("shown");
    expect("[ERR ][test]: shown\n");
    mbed_trace_free();
    mbed_trace_print_function_set(keep);
    tr_err("lost");
    expect("");
}

void levels()
{
    init();
    auto all = [] {
        tr_debug("d");
        tr_info("i");
        tr_warn("w");
        tr_warning("w");
        tr_err("e");
        tr_error("e");
        tr_cmdline("c");
    };
    all();
    expect("[DBG ][test]: d\n[INFO][test]: i\n[WARN][test]: w\n[WARN][test]: w\n[ERR ][test]: e\n[ERR ][test]: e\nc\n");
    mbed_trace_config_set(TRACE_ACTIVE_LEVEL_WARN);
    all();
    expect("[WARN][test]: w\n[WARN][test]: w\n[ERR ][test]: e\n[ERR ][test]: e\nc\n");
    mbed_trace_config_set(TRACE_ACTIVE_LEVEL_CMD);
    all();
    expect("c\n");
    mbed_trace_config_set(TRACE_ACTIVE_LEVEL_NONE);
    all();
    expect("");
}

void modes()
{
    init();
    mbed_trace_prefix_function_set(prefix);
    mbed_trace_suffix_function_set(suffix);
    tr_info("%d", 12);
    expect("<2> [INFO][test]: 12 END\n");
    mbed_trace_config_set(TRACE_MODE_PLAIN | TRACE_ACTIVE_LEVEL_ALL);
    tr_info("%d", 12);
    expect("12\n");
    mbed_trace_prefix_function_set(nullptr);
    mbed_trace_suffix_function_set(nullptr);
    mbed_trace_config_set(TRACE_MODE_COLOR | TRACE_CARRIAGE_RETURN | TRACE_ACTIVE_LEVEL_ALL);
    tr_warn("w");
    expect("\r\x1b[33m[WARN][test]: w\x1b[0m\n");
    mbed_trace_cmdprint_function_set([](const char *line) { keep((std::string("> ") + line).c_str()); });
    tr_cmdline("c");
    expect("> c\n");
}

void filters()
{
    init();
    mbed_trace_exclude_filters_set("mine,yours");
    mbed_tracef(TRACE_LEVEL_INFO, "mine", "no");
    mbed_tracef(TRACE_LEVEL_INFO, "test", "yes");
    expect("[INFO][test]: yes\n");
    mbed_trace_exclude_filters_set(nullptr);
    mbed_trace_include_filters_set("mine,yours");
    mbed_tracef(TRACE_LEVEL_INFO, "mine", "yes");
    mbed_tracef(TRACE_LEVEL_INFO, "test", "no");
    expect("[INFO][mine]: yes\n");
    mbed_trace_include_filters_set("far more than there is room for");
    expect("");
    if (strlen(mbed_trace_include_filters_get()) != 23 || mbed_trace_exclude_filters_get()[0]) {
        exit(1);
    }
}

void long_lines()
{
    init();
    const std::string text(100, 'x');
    tr_info("%s", text.c_str());
    expect(("[INFO][test]: " + std::string(47 - 14, 'x') + "\n").c_str());
    if (strlen(mbed_trace_last()) != 47) {
        exit(1);
    }
    mbed_trace_buffer_sizes(20, 0);
    tr_info("%s", text.c_str());
    expect("[INFO][test]: xxxxx\n");
    mbed_trace_buffer_sizes(1000, 0); // no more than there is
    tr_info("%s", text.c_str());
    expect(("[INFO][test]: " + std::string(47 - 14, 'x') + "\n").c_str());
}

void arrays()
{
    init();
    const uint8_t bytes[] = {0x00, 0x0a, 0xff, 0x10};
    tr_info("%s %s %s", tr_array(bytes, 4), tr_array(bytes + 1, 1), tr_array(bytes, 0));
    expect("[INFO][test]: 00:0a:ff:10 0a \n");
    mbed_trace_buffer_sizes(0, 9);
    tr_info("%s", tr_array(bytes, 4));
    expect("[INFO][test]: 00:0a*\n");
    const char *first = tr_array(bytes, 4), *second = tr_array(bytes, 4), *third = tr_array(bytes, 4);
    tr_info("%s%s%s", first, second, third);
    expect("[INFO][test]: 00:0a**\n");
    mbed_trace_buffer_sizes(0, 128);
    tr_info("%s", tr_array(bytes, 4));
    expect("[INFO][test]: 00:0a:ff:10\n");
    mbed_trace_buffer_sizes(0, 8); // the first array takes all but the last byte, where the line before has a digit
    first = tr_array(bytes, 4), second = tr_array(bytes, 4);
    tr_info("%s%s", first, second);
    expect("[INFO][test]: 00:0a*\n");
    mbed_trace_config_set(TRACE_ACTIVE_LEVEL_NONE);
    tr_info("%s", tr_array(bytes, 4)); // gives its lock back though nothing is shown
    expect("");
}

void mutex()
{
    init();
    mbed_trace_mutex_wait_function_set([] { waits++; });
    mbed_trace_mutex_release_function_set([] { releases++; });
    const uint8_t byte = 1;
    tr_info("%s", tr_array(&byte, 1));
    expect("[INFO][test]: 01\n");
    if (waits != 2 || releases != 2) {
        printf("%d waits, %d releases\n", waits, releases);
        exit(1);
    }
}

constexpr struct {
    const char *name;
    void (*run)();
} checks[] = {
    {"nothing_without_init", nothing_without_init},
    {"levels", levels},
    {"modes", modes},
    {"filters", filters},
    {"long_lines", long_lines},
    {"arrays", arrays},
    {"mutex", mutex},
};

} // namespace

void tlsbench::serial_lock()
{
    locks++;
}

void tlsbench::serial_unlock()
{
    locks--;
}

int main(int count, char **arguments)
{
    for (auto &check : checks) {
        if (count > 1 && strcmp(check.name, arguments[1]) == 0) {
            check.run();
            return 0;
        }
    }
    printf("there is no such check\n");
    return 2;
}
