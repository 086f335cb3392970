"""Make the operating system forget the bytes of some files, and know that it did."""
import ctypes
import mmap
import os
import pathlib

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.mmap.restype = ctypes.c_void_p
_LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
_LIBC.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p]
_LIBC.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]


def resident_bytes(path):
    size = os.path.getsize(path)
    if size == 0:
        return 0
    pages = ctypes.create_string_buffer((size + mmap.PAGESIZE - 1) // mmap.PAGESIZE)
    with open(path, "rb") as file:
        at = _LIBC.mmap(None, size, mmap.PROT_READ, mmap.MAP_SHARED, file.fileno(), 0)
        if at == ctypes.c_void_p(-1).value:
            raise OSError(ctypes.get_errno(), "mmap", str(path))
        failed = _LIBC.mincore(at, size, pages)
        _LIBC.munmap(at, size)
    return 0 if failed else sum(byte & 1 for byte in pages.raw) * mmap.PAGESIZE


def evict(place):
    """Write out and drop what the page cache holds of a file or folder. The whole machine's cache is dropped (needs
    root) only where that does not do: others may be at work here."""
    place = pathlib.Path(place)
    files = [place] if place.is_file() else [p for p in place.rglob("*") if p.is_file()]
    for path in files:
        with open(path, "rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    left = sum(resident_bytes(p) for p in files)
    if left and os.geteuid() == 0:
        os.sync()
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("1")
        left = sum(resident_bytes(p) for p in files)
    if left:
        raise RuntimeError(f"{left} bytes of {place} stay in the page cache")
