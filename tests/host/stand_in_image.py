"""Images for the emulated board that say fixed bytes on the serial line and nothing else: bad firmware, on purpose."""

from __future__ import annotations

import subprocess
from pathlib import Path

SOURCE = """
typedef unsigned int u32;
volatile unsigned char tlsbench_probe[64];
static const unsigned char said[] = {{ {said} }};

__attribute__((noinline)) void tlsbench_idle(void)
{{
    for (;;) {{ __asm volatile("wfi"); }}
}}

void reset(void)
{{
    volatile u32 *const uart = (volatile u32 *){uart:#x}; /* CMSDK APB UART: data, state, control, -, divider */
    uart[4] = 16;
    uart[2] = 1; /* transmitter on */
    for (u32 i = 0; i < sizeof said - 1; ++i) {{ /* C has no empty arrays: the last byte is not said */
        while (uart[1] & 1) {{ }}
        uart[0] = said[i];
    }}
    tlsbench_idle();
}}

void *const vectors[16] __attribute__((section(".vectors"))) = {{ (void *)0x20010000, (void *)reset }};
"""

LINK = """
SECTIONS {
    . = 0; .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) }
    . = 0x20000000; .bss : { *(.bss*) *(COMMON) }
}
"""


def build(folder: Path, said: bytes, uart: int = 0x4000_4000) -> Path:
    """An image that says these bytes after power on and then idles.

    Arguments:
        folder: where it is built.
        said: bytes for the serial line.
        uart: base address of a CMSDK UART.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source, script, image = folder / "stand_in.c", folder / "stand_in.ld", folder / "stand_in.elf"
    source.write_text(SOURCE.format(said=", ".join(map(str, [*said, 0])), uart=uart))
    script.write_text(LINK)
    command = ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-O1", "-nostdlib", "-ffreestanding"]
    subprocess.run([*command, f"-T{script}", str(source), "-o", str(image)], check=True, capture_output=True)
    return image
