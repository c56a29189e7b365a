"""The output folder: NAME.c, NAME.h, CMakeLists.txt and example.c, written whole or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path

from thenar.compile.c_types import c_type, identifier
from thenar.compile.interface import Interface
from thenar.compile.program import Program
from thenar.compile.targets import Target
from thenar.errors import ThenarError

_CMAKE = """cmake_minimum_required(VERSION 3.16)
project({name} C)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

add_library({name} {name}.c)
target_include_directories({name} PUBLIC ${{CMAKE_CURRENT_SOURCE_DIR}})
set_target_properties({name} PROPERTIES C_STANDARD 99 POSITION_INDEPENDENT_CODE ON)
target_compile_options({name} PRIVATE {flags}){native}
target_link_libraries({name} PUBLIC m)

add_executable(example example.c)
set_target_properties(example PROPERTIES C_STANDARD 99)
target_link_libraries(example {name})
"""

_NATIVE = """
# For another CPU: cmake -B build -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_C_COMPILER={compiler} -DCMAKE_C_FLAGS=-mcpu=...
if(NOT CMAKE_CROSSCOMPILING AND NOT CMAKE_C_FLAGS MATCHES "-m(cpu|arch)=")
  target_compile_options({name} PRIVATE {flags})
endif()"""
"""Kernels that use what the C compiler knows of the CPU: this machine's, where nobody names another."""

_BARE_CMAKE = """cmake_minimum_required(VERSION 3.16)
# On its own this builds with {compiler}; a project that adds this folder brings its own toolchain.
if(NOT DEFINED CMAKE_C_COMPILER)
  set(CMAKE_SYSTEM_NAME Generic)
  set(CMAKE_C_COMPILER {compiler})
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
endif()
project({name} C)

# example.c is for a board with stdio and startup code of its own.
add_library({name} STATIC {name}.c)
target_include_directories({name} PUBLIC ${{CMAKE_CURRENT_SOURCE_DIR}})
set_target_properties({name} PROPERTIES C_STANDARD 99)
target_compile_options({name} PRIVATE {flags} -ffunction-sections -fdata-sections)
target_link_libraries({name} PUBLIC m)
"""
"""For CPUs without an operating system, where nothing runs from a build folder."""


_OWN_TARGETS = {"all", "clean", "edit_cache", "example", "help", "install", "m", "package", "rebuild_cache", "test"}


def build_file(name: str, target: Target) -> str:
    """CMakeLists.txt of the library `name`."""
    fields = {"name": name, "compiler": target.compiler}
    native = _NATIVE.format(flags=" ".join(target.native_flags), **fields) if target.native_flags else ""
    return (_BARE_CMAKE if target.bare else _CMAKE).format(flags=" ".join(target.flags), native=native, **fields)


def example(program: Program, interface: Interface) -> str:
    """A program that runs the network once on zeros and prints the first value of each output."""
    prefix, upper = interface.prefix, interface.prefix.upper()
    parameters = [(program.tensors[name], interface.parameters[name]) for name in (*program.inputs, *program.outputs)]
    sizes = {name: f"{upper}_{name.upper()}_SIZE" for _, name in parameters}
    buffers = "".join(
        f"    static {c_type(tensor.dtype)} {name}[{sizes[name]} > 0 ? {sizes[name]} : 1];\n"
        for tensor, name in parameters
    )
    outputs = parameters[len(program.inputs) :]
    prints = "".join(f'    printf("{name}[0] = %g\\n", (double){name}[0]);\n' for _, name in outputs)
    arguments = ", ".join(name for _, name in parameters)
    return f"""/* Runs {prefix} once on zeros. */
#include <stdio.h>

#include "{prefix}.h"

static union {{
    double align;
    unsigned char bytes[{upper}_ARENA_BYTES + {upper}_ARENA_ALIGNMENT];
}} memory;

int main(void)
{{
{buffers}    uintptr_t start = ((uintptr_t)memory.bytes + {upper}_ARENA_ALIGNMENT - 1) / {upper}_ARENA_ALIGNMENT;
    {prefix}_run({arguments}, (void *)(start * {upper}_ARENA_ALIGNMENT));
{prints}    return 0;
}}
"""


def library_name(folder: Path) -> str:
    """NAME: a C identifier like the folder's name that is no file or CMake target of its own."""
    name = identifier(folder.absolute().name)
    return f"{name}_net" if name in _OWN_TARGETS else name


def write_folder(folder: Path, files: dict[str, str]) -> None:
    """`files` as the folder `folder`, which replaces one that the compiler wrote before.

    Raises:
        ThenarError: the folder holds something else, or can't be written; it is as it was before.
    """
    try:
        if folder.exists() and not (folder.is_dir() and _ours(folder)):
            raise ThenarError("holds other files", where=folder, fix="name a new folder for the library")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as scratch:
            fresh, old = Path(scratch) / "new", Path(scratch) / "old"
            fresh.mkdir()
            for name, text in files.items():
                (fresh / name).write_text(text, encoding="utf-8", newline="\n")
            if folder.exists():
                folder.rename(old)
            fresh.rename(folder)
    except OSError as error:
        raise ThenarError(
            f"cannot write: {error.strerror or error}", where=folder, fix="free some space or choose another folder"
        ) from error


def _ours(folder: Path) -> bool:
    """Only files that the compiler writes, and what CMake makes of them."""
    names = {path.name for path in folder.iterdir()} - {"build"}
    allowed = {"CMakeLists.txt", "example.c", *(f"{folder_name(names)}{end}" for end in (".c", ".h"))}
    return names <= allowed | {"report.json", "report.svg"}


def folder_name(names: set[str]) -> str:
    """NAME, from the header among the file names."""
    return next((name.removesuffix(".h") for name in sorted(names) if name.endswith(".h")), "")
