"""Each fault that check_house knows is found in a small tree that has it, and the real tree has none."""
import pathlib
import subprocess

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
SOUND = {
    "CMakeLists.txt": "lance_room(base)\nlance_room(io DEPS base)\nlance_room(encoding DEPS base LINK some_library)\n"
                      "lance_room(catalog DEPS base io)\n",
    "lance/base/error.h": '#include "lance/base/error.def"\n',
    "lance/base/error.def": "",
    "lance/base/testing/matchers.h": "",
    "lance/api.h": '#include "lance/catalog/namespace.h"\n',
    "lance/io/store.h": '#include "lance/base/error.h"\n',
    "lance/io/stores.inc": "// LANCE_STORE(in_a_comment)\nLANCE_STORE(local)\n",
    "lance/io/local/local_store.h": "",
    "lance/io/local/local_store.cc": '#include "lance/io/local/local_store.h"\n// #include "lance/catalog/namespace.h"\n',
    "lance/io/store_test.cc": '#include "lance/base/testing/matchers.h"\n',
    "lance/encoding/page/page.h": "",
    "lance/encoding/page/page.cc": '#include "encodings.pb.h"\n',
    "lance/encoding/kernel/unpack.cc": "",
    "lance/encoding/codecs.inc": "LANCE_CODEC(flat)\n",
    "lance/encoding/codec/flat/flat.cc": "",
    "lance/catalog/namespace.h": '#include "lance/io/store.h"\n',
    "lance/catalog/catalogs.inc": "LANCE_CATALOG(dir)\n",
    "lance/catalog/dir/dir.cc": "",
    "cli/output.h": "",
    "cli/main.cc": '#include "CLI/CLI.hpp"\n#include "lance/api.h"\n#include "output.h"\n',
}


def check(root):
    done = subprocess.run([str(REPOSITORY / "tools/check_house"), "--root", str(root)], capture_output=True, text=True)
    return done.returncode, done.stdout


def tree(folder, changes):
    for name, text in {**SOUND, **changes}.items():
        if text is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return folder


def test_the_real_tree_passes():
    code, out = check(REPOSITORY)
    assert code == 0, out


def test_a_sound_tree_passes(tmp_path):
    code, out = check(tree(tmp_path, {}))
    assert code == 0, out


ROOMS = SOUND["CMakeLists.txt"]
FAULTS = {
    "include of a room above":
        ({"lance/io/a.cc": '#include "lance/catalog/namespace.h"\n'}, "lance/io/a.cc: upward:"),
    "include of a neighbour without a door":
        ({"lance/encoding/a.cc": '#include "lance/io/store.h"\n'}, "lance/encoding/a.cc: upward:"),
    "include in angle brackets":
        ({"lance/io/a.cc": "#  include <lance/catalog/namespace.h>\n"}, "lance/io/a.cc: upward:"),
    "include by a relative path":
        ({"lance/io/a.cc": '#include "../catalog/namespace.h"\n'}, "lance/io/a.cc: upward:"),
    "room includes what entrances see":
        ({"lance/io/a.cc": '#include "lance/api.h"\n'}, "lance/io/a.cc: upward:"),
    "room includes an entrance":
        ({"lance/io/a.cc": '#include "cli/output.h"\n'}, "lance/io/a.cc: upward:"),
    "room names a later room":
        ({"CMakeLists.txt": ROOMS.replace("io DEPS base", "io DEPS base encoding", 1)}, "CMakeLists.txt: upward: room io"),
    "room names an unknown room":
        ({"CMakeLists.txt": ROOMS + "lance_room(roof DEPS sky)\n"}, "CMakeLists.txt: upward: room roof"),
    "room that is not declared":
        ({"lance/attic/a.cc": ""}, "lance/attic: upward:"),
    "closet of another room":
        ({"lance/catalog/a.cc": '#include "lance/io/local/local_store.h"\n'}, "lance/catalog/a.cc: closet:"),
    "closet of another room in a test":
        ({"lance/catalog/a_test.cc": '#include "lance/io/local/local_store.h"\n'}, "lance/catalog/a_test.cc: closet:"),
    "testing closet outside of tests":
        ({"lance/io/a.cc": '#include "lance/base/testing/matchers.h"\n'}, "lance/io/a.cc: closet:"),
    "rooms in a circle":
        ({"CMakeLists.txt": "lance_room(base DEPS io)\nlance_room(io DEPS base)\nlance_room(encoding DEPS base)\n"
                            "lance_room(catalog DEPS base io)\n"}, "CMakeLists.txt: cycle: rooms base and io"),
    "headers in a circle":
        ({"lance/io/a.h": '#include "lance/io/b.h"\n', "lance/io/b.h": '#include "lance/io/a.h"\n'}, "lance/io/a.h: cycle:"),
    "codec without a row":
        ({"lance/encoding/codec/rle/rle.cc": ""}, "lance/encoding/codec/rle: registry:"),
    "catalog without a row":
        ({"lance/catalog/rest/rest.cc": ""}, "lance/catalog/rest: registry:"),
    "store without a row":
        ({"lance/io/in_a_comment/a.cc": ""}, "lance/io/in_a_comment: registry:"),
    "registry that is missing":
        ({"lance/encoding/codecs.inc": None}, "lance/encoding/codec/flat: registry:"),
    "row without a folder":
        ({"lance/io/stores.inc": "LANCE_STORE(local)\nLANCE_STORE(s3)\n"}, "lance/io/stores.inc: registry: LANCE_STORE(s3)"),
    "protobuf in a door":
        ({"lance/encoding/codec.h": '#include "encodings.pb.h"\n'}, "lance/encoding/codec.h: protobuf:"),
    "entrance that goes around api.h":
        ({"cli/a.cc": '#include "lance/io/store.h"\n'}, "cli/a.cc: entrance:"),
    "entrance that uses another":
        ({"java/jni/a.cc": '#include "cli/output.h"\n'}, "java/jni/a.cc: entrance:"),
    "entrance that includes wire messages":
        ({"cli/a.cc": '#include "table.pb.h"\n'}, "cli/a.cc: entrance:"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_finds(tmp_path, name):
    changes, expected = FAULTS[name]
    code, out = check(tree(tmp_path, changes))
    assert code == 1
    faults = [line for line in out.splitlines() if not line.startswith("check_house:")]
    assert all(line.startswith(expected.split(":")[0]) or "cycle" in line for line in faults), out
    assert any(line.startswith(expected) for line in faults), out
