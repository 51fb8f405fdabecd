"""``python -m fuzz.process TARGET ARGUMENT …``: one target under the fuzzer. It does not come back."""

import sys

import atheris

with atheris.instrument_imports(include=["b2bsync.edi"]):
    from fuzz.targets import TARGETS

if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()
