#!/usr/bin/env python3
"""Make a CMake prefix for Arrow C++ out of a pyarrow wheel.

  arrow_prefix.py --version 26.0.1 --out build/arrow        # pip-downloads the wheel, unpacks the native part
  arrow_prefix.py --site PATH/TO/pyarrow --out build/arrow  # symlinks an installed pyarrow (no copy)

The prefix has include/, lib/lib*.so[.N00] and lib/cmake/<Pkg>/<Pkg>Config.cmake with the same
package and target names as Arrow's own packages, so that find_package() needs no special case.
"""
import argparse, pathlib, re, subprocess, sys, tempfile, zipfile

# CMake package -> (target, library stem, dependencies)
PKGS = {
    "Arrow": ("Arrow::arrow_shared", "arrow", []),
    "ArrowCompute": ("ArrowCompute::arrow_compute_shared", "arrow_compute", ["Arrow"]),
    "ArrowAcero": ("ArrowAcero::arrow_acero_shared", "arrow_acero", ["ArrowCompute"]),
    "Parquet": ("Parquet::parquet_shared", "parquet", ["Arrow"]),
    "ArrowDataset": ("ArrowDataset::arrow_dataset_shared", "arrow_dataset", ["ArrowAcero", "Parquet"]),
    "ArrowFlight": ("ArrowFlight::arrow_flight_shared", "arrow_flight", ["Arrow"]),
    "ArrowSubstrait": ("ArrowSubstrait::arrow_substrait_shared", "arrow_substrait", ["ArrowDataset"]),
    "ArrowS3": ("ArrowS3::arrow_s3_shared", "arrow_s3", ["Arrow"]),
}

def link(dst, src):
    if dst.is_symlink() or dst.exists():
        dst.unlink()
    dst.symlink_to(src)

def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--version", default="26.0.1")
    ap.add_argument("--site")
    ap.add_argument("--out", required=True, type=pathlib.Path)
    a = ap.parse_args()
    out, lib = a.out.resolve(), a.out.resolve() / "lib"
    lib.mkdir(parents=True, exist_ok=True)
    native = re.compile(r"^pyarrow/(include/.*|lib(arrow|parquet)(?!_python)[a-z0-9_]*\.(so\.\d+|\d+\.dylib))$")
    if a.site:
        site = pathlib.Path(a.site).resolve()
        link(out / "include", site / "include")
        for f in site.glob("lib*"):
            if native.match("pyarrow/" + f.name):
                link(lib / f.name, f)
    else:
        with tempfile.TemporaryDirectory() as tmp:
            subprocess.check_call([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                                   "--only-binary=:all:", "-d", tmp, "pyarrow==" + a.version])
            with zipfile.ZipFile(next(pathlib.Path(tmp).glob("*.whl"))) as z:
                for n in z.namelist():
                    if n.endswith("/") or not native.match(n):
                        continue
                    rel = n[len("pyarrow/"):]
                    dst = out / rel if rel.startswith("include/") else lib / rel
                    dst.parent.mkdir(parents=True, exist_ok=True)
                    dst.write_bytes(z.read(n))
    cfg = (out / "include/arrow/util/config.h").read_text()
    version = re.search(r'ARROW_VERSION_STRING "([^"]+)"', cfg)[1]
    has = {}
    for f in lib.iterdir():
        m = re.match(r"lib(\w+)\.(so\.\d+|\d+\.dylib)$", f.name)
        if m:
            has[m[1]] = f.name
            ext = "so" if ".so." in f.name else "dylib"
            link(lib / f"lib{m[1]}.{ext}", f.name)
    for pkg, (target, stem, deps) in PKGS.items():
        if stem not in has:
            continue
        deps = [d for d in deps if PKGS[d][1] in has]
        d = lib / "cmake" / pkg
        d.mkdir(parents=True, exist_ok=True)
        (d / f"{pkg}Config.cmake").write_text(
            "include(CMakeFindDependencyMacro)\n"
            + "".join(f"find_dependency({x} CONFIG)\n" for x in deps)
            + f"""get_filename_component(_p "${{CMAKE_CURRENT_LIST_DIR}}/../../.." ABSOLUTE)
if(NOT TARGET {target})
  add_library({target} SHARED IMPORTED)
  set_target_properties({target} PROPERTIES
    IMPORTED_LOCATION "${{_p}}/lib/{has[stem]}"
    IMPORTED_SONAME "{has[stem]}"
    INTERFACE_INCLUDE_DIRECTORIES "${{_p}}/include"
    INTERFACE_LINK_LIBRARIES "{';'.join(PKGS[x][0] for x in deps)}")
endif()
set({pkg}_VERSION "{version}")
set(ARROW_FROM_WHEEL ON)
""")
        (d / f"{pkg}ConfigVersion.cmake").write_text(
            f'set(PACKAGE_VERSION "{version}")\n'
            "if(PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION)\n  set(PACKAGE_VERSION_COMPATIBLE FALSE)\n"
            "else()\n  set(PACKAGE_VERSION_COMPATIBLE TRUE)\nendif()\n")
    print(out, version, " ".join(sorted(has)))

main()
