"""NAME.h: the interface of a compiled network, for C and C++."""

from __future__ import annotations

from thenar.compile.arena import ALIGNMENT
from thenar.compile.c_types import c_type
from thenar.compile.interface import Interface
from thenar.compile.program import Program


def emit_header(program: Program, interface: Interface, weight_bytes: int) -> str:
    """The macros that size the caller's buffers, and the declaration of NAME_run."""
    prefix = interface.prefix
    upper = prefix.upper()
    sizes = [
        (f"{upper}_{interface.parameters[name].upper()}_SIZE", program.tensors[name].size)
        for name in (*program.inputs, *program.outputs)
    ]
    facts = [("ARENA_BYTES", program.arena_bytes), ("ARENA_ALIGNMENT", ALIGNMENT), ("WEIGHT_BYTES", weight_bytes)]
    lines = [f"#define {upper}_{key} {value}" for key, value in facts]
    lines += [f"#define {upper}_MACS INT64_C({program.macs})", f'#define {upper}_MODEL_SHA256 "{program.digest}"']
    lines += [f"#define {key} {value}" for key, value in sizes]
    described = "\n".join(
        f"   {interface.parameters[name]}: {c_type(program.tensors[name].dtype)}"
        f" [{']['.join(map(str, program.tensors[name].shape)) or '1'}]"
        for name in (*program.inputs, *program.outputs)
    )
    return f"""/* {prefix}: a neural network compiled to C by thenar. */
#ifndef {upper}_H
#define {upper}_H

#include <stdint.h>

/* Sizes in elements of what {prefix}_run reads and writes, and in bytes of what it needs. */
{chr(10).join(lines)}

#ifdef __cplusplus
extern "C" {{
#endif

/* Runs the network once.
{described}
   arena: {upper}_ARENA_BYTES bytes of scratch memory aligned to {upper}_ARENA_ALIGNMENT; null where that is 0.
   Nothing is kept between calls: threads may run at the same time, each with an arena of its own. */
{interface.signature(program)};

#ifdef __cplusplus
}}
#endif

#endif
"""
