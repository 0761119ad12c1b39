/* Test image for the emulator's probe. Every count and every lowest store below is known by reading this file.
 *
 * The order of the marks and calls is the test: see tests/host/test_probe.py, which holds the expected numbers.
 */
    .syntax unified
    .cpu cortex-m3
    .thumb

    .equ UART, 0x40004000
    .equ THREAD, 16
    .equ MARK, 17
    .equ CALL_BEGIN, 18
    .equ CALL_END, 19
    .equ MEASURE, 20
    .equ SWITCH, 32

    .section .vectors, "a"
    .word stack_top
    .word reset_handler

    .bss
    .global tlsbench_probe
tlsbench_probe:
    .space 64
    .balign 8
stack_a:
    .space 256
stack_b:
    .space 256

    .text
/* say_argument value: eight nibbles, the most significant first. 16 instructions. r4 is tlsbench_probe. */
    .macro say_argument value
    .irp shift, 28, 24, 20, 16, 12, 8, 4, 0
    movs r0, #((\value >> \shift) & 15)
    strb r0, [r4, r0]
    .endr
    .endm

/* say command, argument: 17 instructions; the command is the last of them. */
    .macro say command, argument
    say_argument \argument
    strb r0, [r4, #\command]
    .endm

/* An argument that only the linker knows, from r1. r0, r2 and r3 are lost. */
    .thumb_func
say_r1:
    movs r2, #8
1:  lsrs r0, r1, #28
    lsls r1, r1, #4
    strb r0, [r4, r0]
    subs r2, #1
    bne 1b
    bx lr

    .macro use_stack slot, stack
    say_argument \slot
    ldr r1, =\stack
    bl say_r1
    ldr r1, =256
    bl say_r1
    strb r0, [r4, #THREAD]
    .endm

    .global reset_handler
    .type reset_handler, %function
    .thumb_func
reset_handler:
    ldr r4, =tlsbench_probe
    ldr r5, =UART
    movs r0, #1
    str r0, [r5, #8]            /* transmitter on */
    use_stack 1, stack_a
    use_stack 2, stack_b
    ldr r6, =stack_a + 256
    ldr r7, =stack_b + 256
    strb r0, [r4, #SWITCH + 1]

    say MARK, 1
    nop                         /* marks 1 to 2: 3 + 17 instructions */
    nop
    nop
    say MARK, 2

    /* marks 2 to 3: each kind of store, deeper each time; 12 + 17 instructions; lowest is stack_a + 256 - 76 */
    str r0, [r6, #-4]!          /* -4 */
    strd r0, r1, [r6, #-8]!     /* -12 */
    stmdb r6!, {r0-r3}          /* -28 */
    strh r0, [r6, #-2]          /* -30 */
    strb r0, [r6, #-5]          /* -33 */
    sub r6, #32                 /* -60 */
    mov r3, sp
    mov sp, r6
    push {r0-r3}                /* -76 */
    pop {r0-r3}
    mov sp, r3
    ldr r0, [r6, #-100]         /* a load is no use of the stack */
    say MARK, 3

    /* marks 3 to 4: nothing touches a stack, then slot 2 runs; a store into the stack of slot 1 is not its own */
    strb r0, [r4, #SWITCH + 2]
    str r0, [r7, #-16]          /* slot 2: -16 */
    str r0, [r6, #-128]
    bl tlsbench_paint_stack
    strb r0, [r4, #SWITCH + 1]
    say MARK, 4

    /* a call of 1000 loops of 2 instructions */
    say CALL_BEGIN, 77
    mov r1, #1000
1:  subs r1, #1
    bne 1b
    say CALL_END, 77

    /* a conditional block counts whole, also what it skips: 1 + 3 + 17 instructions */
    say MARK, 5
    cmp r4, r4
    ite ne
    movne r1, #1
    moveq r1, #2
    say MARK, 6

    /* slot 1 waits at stack_a + 256 - 60 - 16 over a mark; marks 6 to 8: what it holds there is not forgotten */
    bl PendSV_Handler
    say MARK, 7
    strb r0, [r4, #SWITCH + 1]
    say MARK, 8

    /* marks 8 to 9: what comes after MEASURE is the bench's own work; 2 instructions */
    nop
    strb r0, [r4, #MEASURE]
    ldr r3, =stack_a + 256 - 200
    mov r1, #500
1:  str r0, [r3]
    subs r1, #1
    bne 1b
    say MARK, 9

    movs r0, #'.'
    str r0, [r5]
    bl tlsbench_idle

    .thumb_func
    .global tlsbench_paint_stack
    .type tlsbench_paint_stack, %function
tlsbench_paint_stack:
    str r0, [r7, #-200]
    bx lr
    .size tlsbench_paint_stack, . - tlsbench_paint_stack

    .thumb_func
    .global PendSV_Handler
    .type PendSV_Handler, %function
PendSV_Handler:
    stmdb r6!, {r0-r3}
    strb r0, [r4, #SWITCH + 2]
    bx lr
    .size PendSV_Handler, . - PendSV_Handler

    .thumb_func
    .global tlsbench_idle
    .type tlsbench_idle, %function
tlsbench_idle:
    wfi
    b tlsbench_idle
    .size tlsbench_idle, . - tlsbench_idle
