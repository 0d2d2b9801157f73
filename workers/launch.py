"""``python -m workers.launch MODULE``: runs a process of ours, whose modules are imported without collecting garbage.

What is imported stays as long as the process. Going through it again and again while it grows takes a fifth of a
worker's start, and a third of the web's.
"""

import gc
import sys
from importlib import import_module
from types import ModuleType


def load(module: str) -> ModuleType:
    """Return the module of a process. Garbage stays until its ``main`` calls ``freeze_loaded``, once all is loaded."""
    gc.disable()
    return import_module(module)


def freeze_loaded() -> None:
    """Keep what is loaded by now out of the garbage collector, and collect garbage from here on.

    The collector would go through it again and again, and hold up a request now and then for 60 ms.
    """
    gc.freeze()
    gc.enable()


def main() -> None:
    """Run the module that is the first argument on the command line; the other arguments are for it."""
    module = load(sys.argv.pop(1))
    from workers import process_start  # noqa: PLC0415 - after the collector is disabled

    process_start.run(module.main)


if __name__ == "__main__":
    main()
