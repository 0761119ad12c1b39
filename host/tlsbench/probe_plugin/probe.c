/* Probe: counts what the emulated core executes and where its threads store, between marks that the firmware sets.
 *
 * A plugin of this generation sees the address of each store but not its value. So the firmware says everything by
 * the address of byte stores inside its 64 bytes `tlsbench_probe` (firmware/platform/probe.h).
 *
 * Counts are exact. Each translated block adds its length when it starts; a store inside the block knows how many
 * instructions of it come later and takes them off again. Only an instruction that faults leaves a block early, and,
 * where instructions drive the clock (-icount), one that reaches a device: then each instruction adds itself.
 *
 * Results go to a file shared with the host (measure/probe.py reads it). A record is complete before the store that
 * caused it returns, thus before anything the firmware says about it can leave the target.
 *
 * Arguments: fd=N (open file, at least sizeof(struct shared) long), probe=ADDRESS, entry=ADDRESS of the reset
 * handler, idle=FROM-TO, quiet=FROM-TO (code that paints stacks: its stores are no use of a stack), each=1 (every
 * instruction adds itself), save=FROM-TO (code that saves a thread's registers on its stack before another one runs:
 * how deep a thread is while it waits, which a mark must not forget).
 */
#include "plugin_api.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LAYOUT_VERSION = 2, SLOTS = 32, MAIN_STACK = 31, RING = 4096, PROBE_BYTES = 64, MAX_ARGUMENTS = 3 };

/* Offsets into tlsbench_probe. */
enum { NIBBLES = 16, THREAD = 16, MARK = 17, CALL_BEGIN = 18, CALL_END = 19, MEASURE = 20, SWITCH = 32 };

enum kind { RESET = 1, MARKED, CALL_BEGAN, CALL_ENDED, MISUSED };

struct record {
    uint64_t sequence; /* counts from 1 */
    uint32_t kind;
    uint32_t id; /* mark or request; for MISUSED the offset that was stored to */
    uint64_t executed;
    uint64_t idle;
    uint64_t thread_executed[SLOTS]; /* while the slot was the running thread */
    uint32_t stack_low[SLOTS];       /* lowest store since the mark before; 0: none */
    uint32_t running;                /* slot */
    uint32_t reserved;
};

struct shared {
    char magic[8];
    uint32_t version;
    uint32_t record_bytes;
    uint32_t ring;
    uint32_t slots;
    uint64_t executed; /* up to the end of the block that runs now */
    uint64_t idle;
    uint64_t measuring;       /* executed between MEASURE and MARK: the bench's doing, off every record */
    _Atomic uint64_t written; /* sequence of the newest complete record */
    struct record records[RING];
};

struct range {
    uint32_t from, to;
};

struct stack {
    uint32_t base, size;
    uint32_t untouched; /* bytes from base up to the lowest store since the last mark */
    uint32_t resting;   /* the same up to where its registers are saved while it waits */
    uint64_t executed;
};

int qemu_plugin_version = 1;

static struct shared *shared;
static uint32_t probe_base;
static uint32_t entry;
static struct range idle, quiet, save;
static int each;

static struct stack stacks[SLOTS];
static struct stack *running = &stacks[MAIN_STACK];
static uint64_t running_since;
static int measuring;
static uint64_t measuring_since;
static uint32_t saved_at; /* lowest store of the save that is under way; 0: none */

static uint32_t arguments[MAX_ARGUMENTS];
static unsigned nibbles;

static int within(struct range range, uint64_t address)
{
    return address >= range.from && address < range.to;
}

static void restart_minima(void)
{
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        stacks[slot].untouched = stacks[slot].resting;
    }
    running->untouched = running->size;
}

static void charge(uint64_t executed)
{
    if (!measuring) {
        running->executed += executed - running_since;
    }
    running_since = executed;
}

static void start_measuring(uint64_t executed)
{
    charge(executed);
    measuring = 1;
    measuring_since = executed;
}

static void end_measuring(uint64_t executed)
{
    charge(executed);
    if (measuring) {
        shared->measuring += executed - measuring_since;
    }
    measuring = 0;
}

/* What the firmware executed, without what the bench had it do to measure. */
static uint64_t work(uint64_t executed)
{
    return (measuring ? measuring_since : executed) - shared->measuring;
}

static void write_record(enum kind kind, uint32_t id, uint64_t executed)
{
    uint64_t sequence = atomic_load_explicit(&shared->written, memory_order_relaxed) + 1;
    struct record *record = &shared->records[sequence % RING];
    charge(executed);
    record->sequence = sequence;
    record->kind = kind;
    record->id = id;
    record->executed = work(executed);
    record->idle = shared->idle;
    record->running = (uint32_t)(running - stacks);
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        const struct stack *stack = &stacks[slot];
        record->thread_executed[slot] = stack->executed;
        record->stack_low[slot] = stack->untouched < stack->size ? stack->base + stack->untouched : 0;
    }
    atomic_store_explicit(&shared->written, sequence, memory_order_release);
}

static void start_thread(uint32_t slot, uint32_t base, uint32_t size)
{
    struct stack *stack = &stacks[slot];
    stack->base = base;
    stack->size = size;
    stack->untouched = size;
    stack->resting = size;
}

static void switch_to(uint32_t slot, uint64_t executed)
{
    charge(executed);
    running->resting = saved_at != 0 ? saved_at - running->base : running->size;
    saved_at = 0;
    running = &stacks[slot];
}

/* The firmware stored to tlsbench_probe + offset. */
static void command(uint32_t offset, uint64_t executed)
{
    if (offset < NIBBLES) {
        uint32_t *argument = &arguments[nibbles / 8 % MAX_ARGUMENTS];
        *argument = *argument << 4 | offset;
        nibbles++;
        return;
    }
    if (offset >= SWITCH) {
        switch_to(offset - SWITCH, executed);
        return;
    }
    unsigned given = nibbles;
    nibbles = 0;
    if (offset == THREAD && given == 24 && arguments[0] < SLOTS) {
        start_thread(arguments[0], arguments[1], arguments[2]);
    } else if (offset == MARK && given == 8) {
        end_measuring(executed);
        write_record(MARKED, arguments[0], executed);
        restart_minima();
    } else if (offset == CALL_BEGIN && given == 8) {
        write_record(CALL_BEGAN, arguments[0], executed);
    } else if (offset == CALL_END && given == 8) {
        write_record(CALL_ENDED, arguments[0], executed);
    } else if (offset == MEASURE && given == 0) {
        start_measuring(executed);
    } else {
        write_record(MISUSED, offset, executed);
    }
}

static void lower(struct stack *stack, uint32_t address)
{
    if (address - stack->base < stack->untouched) {
        stack->untouched = address - stack->base;
    }
}

/* `later` counts the instructions of the block that come after the one that accesses memory. QEMU 7.2 calls this for
 * loads too, whatever was asked for; they are told apart only where it matters, below the lowest store so far. */
static void on_access(unsigned core, qemu_plugin_meminfo_t info, uint64_t address, void *later)
{
    (void)core;
    uint32_t at = (uint32_t)address;
    struct stack *main_stack = &stacks[MAIN_STACK];
    int hit = at - running->base < running->untouched || at - main_stack->base < main_stack->untouched ||
              at - probe_base < PROBE_BYTES;
    if (!hit || !qemu_plugin_mem_is_store(info)) {
        return;
    }
    lower(running, at);
    lower(main_stack, at); /* interrupts store here whichever thread runs */
    if (at - probe_base < PROBE_BYTES && qemu_plugin_mem_size_shift(info) == 0) { /* start-up code zeroes by words */
        command(at - probe_base, shared->executed - (uintptr_t)later);
    }
}

static void on_save(unsigned core, qemu_plugin_meminfo_t info, uint64_t address, void *later)
{
    uint32_t at = (uint32_t)address;
    on_access(core, info, address, later);
    if (at - running->base < running->size && qemu_plugin_mem_is_store(info) && (saved_at == 0 || at < saved_at)) {
        saved_at = at;
    }
}

/* The reset handler begins; `remaining` instructions from its first on are in the count already. */
static void on_reset(unsigned core, void *remaining)
{
    (void)core;
    uint64_t executed = shared->executed - (uintptr_t)remaining;
    end_measuring(executed);
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        start_thread(slot, 0, 0);
    }
    running = &stacks[MAIN_STACK];
    saved_at = 0;
    nibbles = 0;
    write_record(RESET, 0, executed);
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    size_t length = qemu_plugin_tb_n_insns(block);
    size_t idling = 0;
    for (size_t i = 0; i < length; i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        uint64_t address = qemu_plugin_insn_vaddr(instruction);
        uintptr_t later = each ? 0 : length - i - 1;
        idling += (size_t)within(idle, address);
        if (address == entry) {
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_reset, QEMU_PLUGIN_CB_NO_REGS,
                                                   (void *)(uintptr_t)(each ? 0 : length - i));
        }
        if (!within(quiet, address)) {
            qemu_plugin_register_vcpu_mem_cb(instruction, within(save, address) ? on_save : on_access,
                                             QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_W, (void *)later);
        }
        if (each) {
            qemu_plugin_register_vcpu_insn_exec_inline(instruction, QEMU_PLUGIN_INLINE_ADD_U64, &shared->executed, 1);
        }
    }
    if (!each) {
        qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &shared->executed, length);
    }
    if (idling != 0) {
        qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &shared->idle, idling);
    }
}

static int share(int file)
{
    void *memory = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) {
        perror("tlsbench probe: cannot map the shared file");
        return -1;
    }
    shared = memory;
    shared->version = LAYOUT_VERSION;
    shared->record_bytes = sizeof(struct record);
    shared->ring = RING;
    shared->slots = SLOTS;
    memcpy(shared->magic, "TLSPROBE", sizeof shared->magic);
    return 0;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int count, char **arguments_given)
{
    (void)info;
    int file = -1;
    for (int i = 0; i < count; i++) {
        const char *argument = arguments_given[i];
        if (sscanf(argument, "fd=%d", &file) != 1 && sscanf(argument, "probe=%x", &probe_base) != 1 &&
            sscanf(argument, "entry=%x", &entry) != 1 && sscanf(argument, "idle=%x-%x", &idle.from, &idle.to) != 2 &&
            sscanf(argument, "quiet=%x-%x", &quiet.from, &quiet.to) != 2 &&
            sscanf(argument, "save=%x-%x", &save.from, &save.to) != 2 && sscanf(argument, "each=%d", &each) != 1) {
            fprintf(stderr, "tlsbench probe: cannot read the argument %s\n", argument);
            return -1;
        }
    }
    if (share(file) != 0) {
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    return 0;
}
