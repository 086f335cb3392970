"""tidy finds each thing that is too big, and its list of exceptions can only shrink."""
import pathlib
import subprocess

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
LINES = "  step();\n"


def tidy(root, exceptions=""):
    listed = root / "exceptions.txt"
    listed.write_text(exceptions)
    done = subprocess.run([str(REPOSITORY / "tools/tidy"), "--root", str(root), "--exceptions", str(listed)],
                          capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()


def place(root, text, name="lance/io/a.cc"):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return root


def test_the_real_tree_passes():
    done = subprocess.run([str(REPOSITORY / "tools/tidy")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_exceptions_have_not_grown():
    listed = (REPOSITORY / "tools/tidy_exceptions.txt").read_text().splitlines()
    assert len([line for line in listed if line.split("#")[0].strip()]) <= 0


FINE = {
    "function of 70 lines": "void F() {\n" + LINES * 68 + "}\n",
    "two functions of 60 lines": ("void F() {\n" + LINES * 58 + "}\n") * 2,
    "braces in comments and strings": 'void F() {\n  // {{{{\n  Say("{{ // ");\n  char c = \'{\';\n}\n' + LINES * 90,
    "five arguments": "void F(int a, std::map<int, int> b, int c, int d, std::function<void(int, int)> e);\n",
    "six arguments in a call": "void F() {\n  G(1, 2, 3, 4, 5, 6);\n}\n",
    "JNI's own arguments": "void F(JNIEnv* env, jclass, int a, int b, int c, int d, int e) {}\n",
    "three levels": "void F() {\n  if (a) {\n    for (;;) {\n      if (b) {\n        G();\n      }\n    }\n  }\n}\n",
    "chain of else": "void F() {\n  if (a) {\n  } else if (b) {\n  } else if (c) {\n  } else if (d) {\n  } else {\n  }\n}\n",
}


@pytest.mark.parametrize("name", FINE)
def test_accepts(tmp_path, name):
    code, out = tidy(place(tmp_path, FINE[name]))
    assert code == 0, out


TOO_MUCH = {
    "function": "int Room::F(int a) const {\n" + LINES * 70 + "}\n",
    "function in a class": "class A : public B {\n public:\n  void F() override {\n" + LINES * 70 + "  }\n};\n",
    "function with initializers": "A::A(int a)\n    : a_(a), b_{1} {\n" + LINES * 70 + "}\n",
    "function template": "template <typename T>\nResult<std::vector<T>> F(T a) {\n" + LINES * 70 + "}\n",
    "function around a lambda": "void F() {\n  auto g = [&](int i) -> int {\n" + LINES * 70 + "  };\n}\n",
    "nesting": "void F() {\n  if (a) {\n    for (;;) {\n      while (b) {\n        switch (c) {\n        }\n      }\n    }\n  }\n}\n",
    "nesting through a lambda": "void F() {\n  if (a) {\n    for (;;) {\n      G([&] {\n        while (b) {\n"
                                "          if (c) {\n          }\n        }\n      });\n    }\n  }\n}\n",
    "arguments": "Status F(int a, int b, int c, int d, int e, int f) {}\n",
    "arguments of a declaration": "class A {\n  virtual Status F(int a, int b, int c, int d, int e,\n                   int f) const = 0;\n};\n",
    "arguments of a constructor": "class A {\n  A(int a, int b, int c, int d, int e, int f);\n};\n",
    "line": "// " + "x" * 98 + "\n",
    "file": "int a;\n" * 801,
    "word": "void F() {\n  auto a = b.ValueOrDie();\n}\n",
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_finds(tmp_path, name):
    code, out = tidy(place(tmp_path, TOO_MUCH[name]))
    assert code == 1
    assert len(out) == 2 and f": {name.split()[0]}:" in out[0], out


def test_finds_a_long_header(tmp_path):
    code, out = tidy(place(tmp_path, "int a;\n" * 301, "lance/io/a.h"))
    assert code == 1 and ": file:" in out[0]


def test_finds_a_name_that_says_nothing(tmp_path):
    code, out = tidy(place(tmp_path, "", "lance/io/path_util.h"))
    assert code == 1 and ": name:" in out[0]


def test_an_exception_excuses_one_thing(tmp_path):
    place(tmp_path, TOO_MUCH["function"])
    code, out = tidy(tmp_path, "lance/io/a.cc function F  # because\n")
    assert code == 0, out


def test_an_exception_that_is_not_needed_is_a_fault(tmp_path):
    place(tmp_path, FINE["function of 70 lines"])
    code, out = tidy(tmp_path, "lance/io/a.cc function F\n")
    assert code == 1 and "not needed" in out[0]
